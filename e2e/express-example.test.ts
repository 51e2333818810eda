/** The page of examples/express: the app's own login is all that its people do, and they talk at the app's address. */
import { World } from '@kith/testkit/conformance/world';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExpressApp } from '../packages/server/test/fixtures/express-app.js';
import { hasChromium, type OpenPage, openBrowser, openPage } from './browser.js';
import { ServerProcess } from './server-process.js';

describe.skipIf(!hasChromium)('a shop in Express with chat in it', () => {
  let server: ServerProcess;
  let world: World;
  let app: ExpressApp;
  let browser: Browser;

  beforeAll(async () => {
    server = await ServerProcess.open({ TRUSTED_PROXIES: '127.0.0.1' });
    world = new World(() => server.url);
    await world.fill(1);
    [app, browser] = await Promise.all([ExpressApp.before(world), openBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await world?.leave();
    await server?.remove();
  });

  const logIn = async (username: string): Promise<OpenPage> => {
    const opened = await openPage(browser, { url: app.url });
    await says(opened.page, 'Nobody is logged in.');
    await opened.page.getByLabel('Username').fill(username);
    await opened.page.getByRole('button', { name: 'Log in' }).click();
    return opened;
  };
  const says = (page: Page, words: string) => page.getByRole('status').getByText(words, { exact: true }).waitFor();
  const write = async (page: Page, to: string, text: string) => {
    await page.getByLabel('To').fill(to);
    await page.getByLabel('Message').fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };
  const shows = (page: Page, text: string) => page.getByRole('listitem').getByText(text, { exact: true }).waitFor();

  it('[S143] has its people talk who logged in to the shop alone, and know them again after a reload', async () => {
    const ann = await logIn('ann');
    await says(ann.page, 'You are Ann Example.');
    await write(ann.page, 'ben', 'Is it in stock?');
    await says(ann.page, 'ben was not in the chat yet.');
    const ben = await logIn('ben');
    await says(ben.page, 'You are Ben Example.');
    await write(ann.page, 'ben', 'Is it in stock?');
    await shows(ben.page, 'Is it in stock?');
    await write(ben.page, 'ann', 'The last one.');
    await shows(ann.page, 'The last one.');
    expect([ann.sockets(), ben.sockets()]).toEqual([1, 1]);

    // The session is kept under the shop's name for its person: no other token is asked for.
    await ann.page.route('**/chat-token', (route) => route.abort());
    await ann.page.reload();
    await says(ann.page, 'You are Ann Example.');
    await shows(ann.page, 'The last one.');
    await write(ann.page, 'ben', 'I take it.');
    await shows(ben.page, 'I take it.');
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });

  it('lets nobody in whom the shop does not know', async () => {
    const { page, complaints } = await logIn('eve');
    await says(page, 'Nobody is logged in.');
    expect(await page.getByRole('button', { name: 'Send' }).isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });
});
