/**
 * What the page says and does where something is missing: the network, a part of the page, what this device doesn't hold, and
 * the leave to send. The page itself opens without a network, with all that was held, and goes on when there is one.
 */
import { randomUUID } from 'node:crypto';
import type { SignedIn, Summary } from '@kith/protocol';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person, twoInWalks } from './person.js';
import { ServerProcess } from './server-process.js';

describe.skipIf(!hasChromium)('where something is missing', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ({ ann, ben } = await twoInWalks(browser, server.url, 'We meet at the old mill'));
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('[S57] the page opens without a network: what was said is read and found, and what is written goes out with the next', async () => {
    const { page } = ann;
    await page.waitForFunction('navigator.serviceWorker.controller !== null');
    await ann.seesTicks('We meet at the old mill', 'Delivered to 1 of 1, read by 1');
    await page.context().setOffline(true);
    await page.reload();
    await page.getByText('No connection.').waitFor();
    await ann.open('Walks');
    await ann.message('We meet at the old mill').waitFor();
    await ann.button('Search').first().click();
    await page.getByRole('searchbox', { name: 'Words of a message' }).fill('OLD mil');
    await page.getByText('this is what is found on this device').waitFor();
    await page.getByRole('list', { name: 'Found messages' }).locator('mark').getByText('old').waitFor();
    await ann.button('Close this side').click();
    await ann.write('Written under ground');
    await page.getByLabel('Waiting to be sent').waitFor();
    await page.reload();
    await ann.open('Walks');
    await page.getByLabel('Waiting to be sent').waitFor();
    await page.context().setOffline(false);
    await ben.message('Written under ground').waitFor();
    await ben.write('I have it');
    await ann.message('I have it').waitFor();
    expect(ann.complaints).toEqual([]);
  });

  it('a conversation that is not on the device yet is said to be so, and shown with the connection', async () => {
    const { page } = ben;
    const headers = { 'content-type': 'application/json' };
    const ask = async <T>(path: string, body: object, token = ''): Promise<T> => {
      const sent = {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      };
      return (await (await fetch(`${server.url}/v1${path}`, sent)).json()) as T;
    };
    const { accessToken, user } = await ask<SignedIn>('/sessions', {
      username: 'ben',
      password: 'ben walks in the rain',
    });
    await page.waitForFunction('navigator.serviceWorker.controller !== null');
    await page.context().setOffline(true);
    const made = await ask<Summary>(
      '/conversations',
      { kind: 'group', members: [], name: 'Later', key: randomUUID() },
      accessToken,
    );
    expect(user.name).toBe('Ben Nevis');
    await page.goto(`${server.url}/#/c/${made.id}`);
    await page.getByRole('heading', { name: 'This conversation is not on this device yet' }).waitFor();
    await page.context().setOffline(false);
    await page.getByRole('heading', { name: 'Later', level: 2 }).waitFor();
  });

  it('a list that is empty only for want of a connection says so, and nobody is told that they have nothing', async () => {
    const cem = await Person.signUp(browser, { username: 'cem', name: 'Cem Ararat', url: server.url });
    await cem.page.waitForFunction('navigator.serviceWorker.controller !== null');
    await cem.page.context().setOffline(true);
    // What a browser does that is short of room.
    await cem.page.evaluate(
      `indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name)))`,
    );
    await cem.page.reload();
    await cem.page.getByText('Your conversations are shown as soon as there is a connection.').waitFor();
    expect(await cem.page.getByText('Nobody here yet').count()).toBe(0);
    await cem.page.context().setOffline(false);
    await cem.page.getByText('Nobody here yet').waitFor();
    await cem.page.context().close();
  });

  it('a part of the page that does not come is said in words, with a way on, and what was written is kept', async () => {
    const context = await browser.newContext({ serviceWorkers: 'block', locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByLabel('Username').fill('ann');
    await page.getByLabel('Password').fill('ann walks in the rain');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Walks', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Message' }).fill('Half a sen');
    await page.route('**/assets/dialogs-*.js', (route) => route.abort());
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await page.getByRole('alert').getByText('This part could not be loaded').waitFor();
    await page.unroute('**/assets/dialogs-*.js');
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await eventually(
      'what was written is there',
      () => page.getByRole('textbox', { name: 'Message' }).inputValue(),
      (text) => text === 'Half a sen',
    );
    await context.close();
  });

  it('a message that is refused says why, and is sent again or dropped by hand', async () => {
    await ben.page.goto(`${server.url}/`);
    await ben.open('Walks');
    await ben.page.context().setOffline(true);
    await ben.write('Too late');
    await ben.page.getByLabel('Waiting to be sent').waitFor();
    await ann.button('Details').click();
    await ann.page.getByLabel('Archived: nobody writes here').click();
    await ann.page.getByRole('checkbox', { name: 'Archived: nobody writes here', checked: true }).waitFor();
    await ben.page.context().setOffline(false);
    const refused = ben.page.locator('.remedies');
    await refused.getByText(/Not sent/).waitFor();
    expect(await refused.textContent()).toMatch(/archived/i);
    await ann.page.getByLabel('Archived: nobody writes here').click();
    await refused.getByRole('button', { name: 'Send again' }).click();
    await ann.message('Too late').waitFor();
  });
});
