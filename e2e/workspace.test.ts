/**
 * The workspace at the page, for those who care for it alone: its people and their roles, guests and their time, who is kept
 * from signing in, invitations, how long messages are kept, and the accent, which everybody sees.
 */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser, openPage } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

describe.skipIf(!hasChromium)('the workspace at the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open({ SIGN_UP: 'open' });
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await ann.begin(['ben'], 'Minutes');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const settings = (person: Person) => person.page.getByRole('dialog', { name: 'Settings' });
  const openWorkspace = async (person: Person): Promise<void> => {
    await person.button('Settings').click();
    await settings(person).getByRole('button', { name: 'Workspace', exact: true }).click();
    await row(person, 'Ann Arbor').waitFor();
  };
  const row = (person: Person, name: string): Locator =>
    settings(person)
      .getByRole('list', { name: 'People of the workspace' })
      .getByRole('listitem')
      .filter({ hasText: name });
  const choose = async (name: string, action: string): Promise<void> => {
    await row(ann, name)
      .getByRole('button', { name: `What to do with ${name}` })
      .click();
    await ann.page.getByRole('menuitem', { name: action, exact: true }).click();
  };

  /** @param route such as `GET /workspace/look` */
  const ask = async (username: string, route: string, body?: object): Promise<Response> => {
    const send = (to: string, what: object | undefined, headers: object) => {
      const [method = '', path = ''] = to.split(' ');
      return fetch(`${server.url}/v1${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(what ? { body: JSON.stringify(what) } : {}),
      });
    };
    const signedIn = await send('POST /sessions', { username, password: `${username} walks in the rain` }, {});
    const { accessToken } = (await signedIn.json()) as { accessToken: string };
    return await send(route, body, { authorization: `Bearer ${accessToken}` });
  };

  it('is not offered to members', async () => {
    await ben.button('Settings').click();
    await settings(ben).getByRole('textbox', { name: 'Name that others see' }).waitFor();
    expect(await settings(ben).getByRole('button', { name: 'Workspace', exact: true }).count()).toBe(0);
    await ben.page.keyboard.press('Escape');
  });

  it('gives roles, and a guest a time', async () => {
    await openWorkspace(ann);
    await row(ann, 'Ann Arbor').getByText('you, owner').waitFor();
    await choose('Ben Nevis', 'Make guest');
    await row(ann, 'Ben Nevis').getByText('guest', { exact: false }).waitFor();
    await choose('Ben Nevis', 'Until when…');
    await ann.page.getByLabel('Last day').fill('2199-12-31');
    await ann.page.getByRole('dialog', { name: 'Until when is' }).getByRole('button', { name: 'Save' }).click();
    await row(ann, 'Ben Nevis').getByText('guest, until 31 Dec 2199').waitFor();
    await choose('Ben Nevis', 'Make admin');
    await row(ann, 'Ben Nevis').getByText('admin', { exact: false }).waitFor();
    await openWorkspace(ben);
    expect(await row(ben, 'Ann Arbor').getByRole('button').count(), 'an admin stands below owners').toBe(0);
    await ben.page.keyboard.press('Escape');
    await choose('Ben Nevis', 'Make member');
    await row(ann, 'Ben Nevis').getByText('member', { exact: false }).waitFor();
  });

  it('keeps somebody from signing in, everywhere at once, and lets them in again', async () => {
    await choose('Ben Nevis', 'Deactivate');
    await ann.page
      .getByRole('dialog', { name: 'Deactivate Ben Nevis?' })
      .getByRole('button', { name: 'Deactivate' })
      .click();
    await row(ann, 'Ben Nevis').getByText('deactivated on').waitFor();
    await ben.button('Sign in').waitFor();
    await ben.page.getByLabel('Username').fill('ben');
    await ben.page.getByLabel('Password').fill('ben walks in the rain');
    await ben.button('Sign in').click();
    await ben.page.getByRole('alert').getByText('deactivated').waitFor();
    await choose('Ben Nevis', 'Let in again');
    await row(ann, 'Ben Nevis').getByText('member', { exact: false }).waitFor();
    await ben.signIn('ben');
  });

  it('invites new people by a link', async () => {
    await settings(ann).getByRole('button', { name: 'Invite by link' }).click();
    const link = await settings(ann).getByLabel('Link', { exact: true }).inputValue();
    const { page } = await openPage(browser, { url: link });
    await page.getByText('\u2068Ann Arbor\u2069 invites you to').waitFor();
    await page.context().close();
  });

  it('[LK1] [LK2] has one accent that an owner picks: an open page of others has it, and the next from its first part on', async () => {
    const read = (person: Person, what: string) => person.page.evaluate<string>(what);
    const accent = 'document.documentElement.dataset.accent ?? "none"';
    const section = settings(ann).getByRole('region', { name: 'Accent' });
    const choice = section.getByRole('radio');
    expect(await choice.count()).toBe(8);
    await section.getByRole('radio', { name: 'Green' }).and(ann.page.locator(':checked')).waitFor();
    const before = await read(ben, 'getComputedStyle(document.body).getPropertyValue("--own")');
    await section.getByRole('radio', { name: 'Violet' }).check();
    expect(await read(ben, accent)).not.toBe('violet');
    await section.getByRole('button', { name: 'Save' }).click();
    for (const one of [ann, ben]) {
      await eventually(
        'the page is violet',
        () => read(one, accent),
        (shown) => shown === 'violet',
      );
    }
    expect(await read(ben, 'getComputedStyle(document.body).getPropertyValue("--own")')).not.toBe(before);
    // What the first part of the next page finds, where the server says nothing of it.
    await ben.page.route('**/v1/workspace/look', (route) => route.abort());
    await ben.page.addInitScript(`new MutationObserver((_, observer) => {
      if (document.querySelector('#app > *') === null) return;
      observer.disconnect();
      globalThis.accentAtFirst = ${accent};
    }).observe(document, { childList: true, subtree: true })`);
    await ben.page.reload();
    await ben.button('New conversation').waitFor();
    expect(await read(ben, 'accentAtFirst')).toBe('violet');
    expect(await read(ben, accent)).toBe('violet');
    const refused = await ask('ben', 'PUT /workspace/look', { accent: 'red' });
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'forbidden' }]);
    expect(await (await ask('ben', 'GET /workspace/look')).json()).toEqual({ accent: 'violet' });
    // Who signs out leaves nothing of it.
    await ben.signOut();
    expect(await read(ben, accent)).toBe('none');
    await ben.page.unroute('**/v1/workspace/look');
    await ben.signIn('ben');
    await eventually(
      'it is read anew',
      () => read(ben, accent),
      (shown) => shown === 'violet',
    );
  });

  it('keeps messages for so many days, after asking, and everything of what an owner names', async () => {
    const policy = async () => {
      const answer = await ask('ann', 'GET /workspace/retention');
      return (await answer.json()) as { days: number | null; longer: boolean; kept: readonly string[] };
    };
    const section = settings(ann).getByRole('region', { name: 'How long messages are kept' });
    await section.getByLabel('Messages are kept').selectOption({ label: 'For some days' });
    await section.getByRole('spinbutton', { name: 'Days' }).fill('400');
    await section.getByLabel('Conversations may keep them for longer').check();
    await section.getByRole('button', { name: 'Save' }).click();
    const asking = ann.page.getByRole('dialog', { name: 'Remove older messages?' });
    await asking.getByText('What is older than 400 days').waitFor();
    expect((await policy()).days).toBe(null);
    await asking.getByRole('button', { name: 'Remove them' }).click();
    await asking.waitFor({ state: 'detached' });
    await section.getByRole('button', { name: 'Keep everything of a conversation' }).click();
    await ann.page
      .getByRole('dialog', { name: 'Keep everything' })
      .getByRole('listitem')
      .first()
      .getByRole('button')
      .click();
    const kept = section.getByRole('list', { name: 'Kept whatever is set' }).getByRole('listitem');
    await kept.waitFor();
    await eventually(
      'it is so at the server',
      policy,
      ({ days, longer, kept: named }) => days === 400 && longer && named.length === 1,
    );
    const { violations } = await new AxeBuilder({ page: ann.page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });
});
