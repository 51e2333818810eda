/**
 * What the page costs, as numbers that are the same on every machine: how much it loads at first, how many rows of a long log
 * stand in it, and how often it draws for a message that comes in.
 */
import { randomUUID } from 'node:crypto';
import type { SignedIn, Summary } from '@kith/protocol';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser, openPage } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const MESSAGES = 1_000;
const AT_ONCE = 20;
const MOST_ROWS = 80;
const MOST_COMMITS = 3;
const MOST_BYTES = 170 * 1024;
const MOST_BYTES_OF_FORM = 115 * 1024;
/** React tells its developer tools of each commit; this counts them in their place. */
const COUNTING = `
  globalThis.commits = 0;
  globalThis.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
    supportsFiber: true,
    inject: () => 1,
    onCommitFiberRoot: () => { globalThis.commits += 1; },
    onCommitFiberUnmount: () => {},
    onPostCommitFiberRoot: () => {},
  };
`;

describe.skipIf(!hasChromium)('the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let conversation: string;
  let token: string;

  async function ask<T>(path: string, body: object, as: string | null = token): Promise<T> {
    const response = await fetch(`${server.url}/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(as === null ? {} : { authorization: `Bearer ${as}` }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  const send = (text: string) => ask(`/conversations/${conversation}/messages`, { key: randomUUID(), text });

  beforeAll(async () => {
    server = await ServerProcess.open({ RATE_FACTOR: '1000' });
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url, script: COUNTING });
    const account = { username: 'ben', password: 'ben walks in the rain', displayName: 'Ben Nevis' };
    ({ accessToken: token } = await ask<SignedIn>('/accounts', account, null));
    await ann.begin(['ben']);
    const response = await fetch(`${server.url}/v1/conversations`, { headers: { authorization: `Bearer ${token}` } });
    const { items } = (await response.json()) as { items: Summary[] };
    conversation = items.find(({ kind }) => kind === 'direct')?.id ?? '';
    for (let sent = 0; sent < MESSAGES; sent += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => send(`line ${sent + index} of many`)));
    }
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('loads at most 170 KB of compressed scripts until the list is there, and 115 KB until the form is', async () => {
    const cem = { username: 'cem', name: 'Cem Ararat', url: server.url };
    const { page } = await openPage(browser, cem);
    const bytes = () =>
      page.evaluate(() =>
        (performance.getEntriesByType('resource') as unknown as { name: string; encodedBodySize: number }[])
          .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
          .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      );
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    const atFirst = await bytes();
    expect(atFirst).toBeGreaterThan(50 * 1024);
    expect(atFirst).toBeLessThanOrEqual(MOST_BYTES_OF_FORM);
    await page.getByRole('button', { name: 'Create an account', exact: true }).click();
    await page.getByLabel('Username').fill(cem.username);
    await page.getByLabel('Name that others see').fill(cem.name);
    await page.getByLabel('Password').fill('cem walks in the rain');
    await page.getByRole('button', { name: 'Sign up', exact: true }).click();
    await page.getByText('Nobody here yet').waitFor();
    expect(await bytes()).toBeLessThanOrEqual(MOST_BYTES);
    await page.context().close();
  });

  it('holds at most 80 rows of a long log, wherever it is scrolled to', async () => {
    await ann.open('Ben Nevis');
    const rows = ann.page.locator('.row-of-log');
    await rows.first().waitFor();
    const counts: number[] = [];
    const log = ann.page.getByRole('log');
    await log.hover();
    for (let turn = 0; turn < 30; turn += 1) {
      await ann.page.mouse.wheel(0, -1_500);
      counts.push(await rows.count());
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(MOST_ROWS);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    await log.press('End');
  });

  it('draws at most three times for a message that comes in', async () => {
    const commits = () => ann.page.evaluate(() => (globalThis as unknown as { commits: number }).commits);
    await ann.message(`line ${MESSAGES - 1} of many`).waitFor();
    const quiet = async () => {
      const before = await commits();
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      return (await commits()) - before;
    };
    await eventually('nothing is drawn any more', quiet, (drawn) => drawn === 0);
    const before = await commits();
    for (let index = 0; index < 20; index += 1) {
      await send(`one more, ${index}`);
      await ann.message(`one more, ${index}`).waitFor();
    }
    const drawn = (await commits()) - before;
    expect(drawn).toBeGreaterThanOrEqual(20);
    expect(drawn / 20).toBeLessThanOrEqual(MOST_COMMITS);
  });
});
