/**
 * Who is signed in at a browser: no script sees the token that lasts, no other site can use it, all tabs follow whoever signs
 * in or out, and signing out leaves nothing behind, also where there is no network to say so.
 */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const EVIL = ['http://evil.example', 'http://127.0.0.1:9'];

/** In a page of another origin: what it can send without asking, and what it has to ask for. */
const ATTACKS = `(async (url) => {
  const send = (path, init) => fetch(url + path, { method: 'POST', credentials: 'include', ...init }).catch(() => {});
  const body = JSON.stringify({ refreshToken: document.title });
  for (const path of ['/v1/sessions/refresh', '/v1/sessions']) {
    await send(path, { mode: 'no-cors', body, headers: { 'content-type': 'text/plain' } });
    await send(path, { body, headers: { 'content-type': 'application/json' } });
    await send(path, { body, headers: { 'content-type': 'application/json', 'kith-refresh': 'cookie' } });
  }
  await send('/v1/sessions/current', { method: 'DELETE', headers: { 'kith-refresh': 'cookie' } });
})`;

describe.skipIf(!hasChromium)('a session of the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let context: BrowserContext;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    context = ann.page.context();
    const account = { username: 'ben', password: 'ben walks in the rain', displayName: 'Ben Nevis' };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${server.url}/v1/accounts`, { method: 'POST', headers, body: JSON.stringify(account) });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const kept = () => ann.page.evaluate(() => JSON.stringify(localStorage) + document.cookie) as Promise<string>;
  const databases = async (person: Person) =>
    (await person.page.evaluate('indexedDB.databases()')) as readonly { readonly name: string }[];

  it('[H18] has its lasting token in a cookie that no script sees, and none in what is kept', async () => {
    const [cookie, ...others] = await context.cookies(`${server.url}/v1/sessions`);
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/v1/sessions' });
    expect(await context.cookies(server.url)).toEqual([]);
    const text = await kept();
    expect(text).toContain('kith.session');
    for (const token of [cookie?.value ?? '', 'eyJ']) expect(text).not.toContain(token);
  });

  it('[S171] cannot be used or ended by a page of another origin, on another site or on this one', async () => {
    const [before] = await context.cookies(`${server.url}/v1/sessions`);
    for (const origin of EVIL) {
      const page = await context.newPage();
      const session = before?.name.replace('kith-', '');
      const html = `<!doctype html><title>${session}</title>`;
      await page.route(`${origin}/**`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
      await page.goto(`${origin}/`);
      await page.evaluate(`${ATTACKS}(${JSON.stringify(server.url)})`);
      await page.close();
    }
    expect(await context.cookies(`${server.url}/v1/sessions`)).toEqual([before]);
    await ann.page.reload();
    await ann.button('Settings').click();
    await ann.button('Devices').click();
    await ann.page.getByText('This device').waitFor();
  });

  it('is followed by all tabs: two people at one browser never mix, and nothing of the first is left', async () => {
    await ann.page.reload();
    const tab = await ann.inAnotherTab();
    await ann.begin(['ben']);
    await ann.write('Between the two of us');
    await tab.page.getByText('Between the two of us').waitFor();
    await ann.signOut();
    await tab.button('Sign in').waitFor();
    // The server is told after all is gone from the device.
    const cookies = () => context.cookies(`${server.url}/v1/sessions`);
    await eventually('the cookie has gone', cookies, (left) => left.length === 0);
    expect(await databases(ann)).toEqual([]);
    expect(await kept()).not.toContain('Ann');

    await tab.signIn('ben');
    await ann.button('New conversation').waitFor();
    await ann.open('Ann Arbor');
    await ann.write('I am Ben now');
    for (const person of [ann, tab]) {
      await person.open('Ann Arbor');
      await person.message('I am Ben now').waitFor();
      expect(person.complaints).toEqual([]);
    }
    const names = (await databases(tab)).map(({ name }) => name);
    expect([names.length, (await context.cookies(`${server.url}/v1/sessions`)).length]).toEqual([1, 1]);
    await tab.page.close();
  });

  it('ends without a network, too: nothing is left on the device at once, and at the server when it is back', async () => {
    const elsewhere = await Person.onAnotherDevice(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await context.setOffline(true);
    await ann.signOut();
    expect(await databases(ann)).toEqual([]);
    await context.setOffline(false);
    await ann.page.reload();
    const left = () => context.cookies(`${server.url}/v1/sessions`);
    await eventually('the cookie has gone', left, (cookies) => cookies.length === 0);
    await elsewhere.button('Settings').click();
    await elsewhere.button('Devices').click();
    await elsewhere.page.getByText('This device').waitFor();
    expect(await elsewhere.page.getByText('Since').count()).toBe(2);
    await elsewhere.page.context().close();
  });

  it('[S198] [S190] begins with a first message within a minute, at a zoom of 200 %, where all is in reach', async () => {
    const zoomed = await browser.newContext({
      viewport: { width: 640, height: 400 },
      deviceScaleFactor: 2,
      locale: 'en-GB',
    });
    const page = await zoomed.newPage();
    const startedMs = performance.now();
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Create an account' }).click();
    // As somebody types who is not in a hurry.
    const type = (label: string, text: string) => page.getByLabel(label).pressSequentially(text, { delay: 60 });
    await type('Username', 'cleo');
    await type('Name that others see', 'Cleo');
    await type('Password', 'cleo walks in the rain');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Begin a conversation' }).click();
    // The field has the focus, so that one goes on by typing.
    await page.locator('dialog input:focus').waitFor();
    await page.keyboard.type('ben', { delay: 60 });
    await page.getByRole('listitem').filter({ hasText: '@ben' }).getByRole('checkbox').check();
    await page.getByRole('button', { name: /^Start/ }).click();
    await page.getByRole('textbox', { name: 'Message' }).pressSequentially('Hello, I am new here', { delay: 60 });
    await page.keyboard.press('Enter');
    await page
      .getByRole('log')
      .getByLabel(/^(Sent|Delivered|Read)/)
      .waitFor();
    expect(performance.now() - startedMs).toBeLessThan(60_000);
    const fits = async () => ((await page.evaluate('document.documentElement.scrollWidth')) as number) <= 640;
    expect(await fits()).toBe(true);
    for (const name of ['Pinned messages', 'Search this conversation', 'Details']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.locator('.panel-body').waitFor();
      expect(await fits(), name).toBe(true);
      await page.getByRole('button', { name: 'Close this side' }).click();
    }
    await page.getByRole('button', { name: 'Back to the list' }).click();
    for (const name of ['New conversation', 'Channels', 'Settings', 'Go to']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('dialog').waitFor();
      expect(await fits(), name).toBe(true);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await zoomed.close();
  });
});
