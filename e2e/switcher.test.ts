/** Going anywhere by its name (Ctrl and K): conversations, people, what the page can do, and messages. */
import { randomUUID } from 'node:crypto';
import type { SignedIn, Summary } from '@kith/protocol';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const PLACES = ['Allotment', 'Bicycles', 'Choir', 'Dogs'];

describe.skipIf(!hasChromium)('the switcher', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let token: string;
  const ids = new Map<string, string>();

  async function ask<T>(request: string, body: object): Promise<T> {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${server.url}/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${request}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
  const idOf = (name: string) => ids.get(name) ?? '';
  const visit = (name: string, weight: number) =>
    ask(`PUT /settings/web:visit:${idOf(name)}`, { value: [weight, Date.now()] });

  beforeAll(async () => {
    server = await ServerProcess.open({ RATE_FACTOR: '100' });
    browser = await openBrowser();
    token = '';
    const make = (username: string, displayName: string) =>
      ask<SignedIn>('POST /accounts', { username, password: `${username} walks in the rain`, displayName });
    await make('zoe', 'Zoe Zander');
    token = (await make('ann', 'Ann Arbor')).accessToken;
    for (const name of PLACES) {
      const made = await ask<Summary>('POST /conversations', { kind: 'group', members: [], name, key: randomUUID() });
      ids.set(name, made.id);
      for (const text of [`welcome to ${name}`, 'the rehearsal is at seven'])
        await ask(`POST /conversations/${made.id}/messages`, { key: randomUUID(), text: `${text}` });
    }
    ann = await Person.onAnotherDevice(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  let box: Locator;
  const options = () => ann.page.getByRole('dialog').getByRole('option');
  const titles = () => options().locator('bdi').allTextContents();

  beforeEach(async () => {
    await ann.page.keyboard.press('Control+k');
    box = ann.page.getByRole('combobox', { name: 'Conversation, person, message or action' });
    await box.waitFor();
    return () => ann.page.keyboard.press('Escape');
  });

  it('offers first where one is most, as it was on any device', async () => {
    expect(await titles()).toEqual(['Dogs', 'Choir', 'Bicycles', 'Allotment']);
    await visit('Bicycles', 2);
    await visit('Allotment', 3);
    await expect.poll(titles).toEqual(['Allotment', 'Bicycles', 'Dogs', 'Choir']);
  });

  it('counts a conversation in which one stays, for all devices', async () => {
    await box.press('Enter');
    await ann.page.getByRole('heading', { name: 'Allotment' }).waitFor();
    await ann.page.keyboard.press('Control+k');
    await box.fill('dog');
    await expect.poll(titles).toContain('Dogs');
    await box.press('Enter');
    await ann.page.getByRole('heading', { name: 'Dogs' }).waitFor();
    const kept = async () => {
      const answer = await fetch(`${server.url}/v1/settings`, { headers: { authorization: `Bearer ${token}` } });
      const { values } = (await answer.json()) as { values: { readonly [name: string]: unknown } };
      return values[`web:visit:${idOf('Dogs')}`];
    };
    await expect.poll(kept, { timeout: 15_000 }).toEqual([1, expect.any(Number)]);
    // The one that is open is gone to last.
    await ann.page.keyboard.press('Control+k');
    await expect.poll(titles).toEqual(['Allotment', 'Bicycles', 'Choir', 'Dogs']);
  });

  it('goes to a message by its words, through arrows, and to the search for all of them', async () => {
    await box.fill('rehearsal');
    await expect.poll(titles).toHaveLength(PLACES.length + 1);
    expect((await titles()).at(-1)).toBe('Search messages for “rehearsal”');
    expect(await options().first().locator('mark').textContent()).toBe('rehearsal');
    const last = options().nth(PLACES.length - 1);
    const place = (await last.locator('.hint').textContent()) ?? '';
    for (let step = 1; step < PLACES.length; step += 1) await box.press('ArrowDown');
    expect(await last.getAttribute('aria-selected')).toBe('true');
    await box.press('Enter');
    await ann.page.getByRole('heading', { name: place }).waitFor();
    expect(ann.page.url()).toMatch(new RegExp(`#/c/${idOf(place)}/\\d+$`));
    await ann.page.keyboard.press('Control+k');
    await box.fill('rehearsal');
    await expect.poll(titles).toHaveLength(PLACES.length + 1);
    await box.press('ArrowUp');
    await box.press('Enter');
    await expect
      .poll(() => ann.page.getByRole('searchbox', { name: 'Words of a message' }).inputValue())
      .toBe('rehearsal');
    await expect
      .poll(() => ann.page.getByRole('list', { name: 'Found messages' }).getByRole('listitem').count())
      .toBe(PLACES.length);
    await ann.button('Close this side').click();
  });

  it('begins a conversation with somebody, and does what the page can do', async () => {
    await box.fill('zoe');
    await expect.poll(titles).toContain('Zoe Zander');
    await box.press('Enter');
    await ann.page.getByRole('heading', { name: 'Zoe Zander' }).waitFor();
    await ann.page.keyboard.press('Control+k');
    await box.fill('settings');
    await options().filter({ hasText: 'Action' }).first().click();
    await ann.page.getByRole('dialog', { name: 'Settings' }).waitFor();
  });

  it('finds what this device holds where there is no network', async () => {
    await ann.page.context().setOffline(true);
    await box.fill('rehearsal');
    await expect.poll(titles, { timeout: 20_000 }).toContain('the rehearsal is at seven');
    await ann.page.context().setOffline(false);
  });
});
