/** Two people, and a third, talk in real browsers with the real server, which is killed and started again meanwhile. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const BURST = 20;
const KILLED_AFTER = 6;

if (!hasChromium) console.warn('kith: the browser tests are skipped, for there is no Chromium on this machine.');

describe.skipIf(!hasChromium)('people at the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.openWhole();
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('find each other and talk, one to one, with ticks from sent to read', async () => {
    await ann.begin(['ben']);
    await ann.write('Hello Ben');
    await ben.conversation('Ann Arbor').waitFor();
    await ann.seesTicks('Hello Ben', 'Delivered');
    await expect(ben.conversation('Ann Arbor').textContent()).resolves.toContain('1 unread');
    await ben.open('Ann Arbor');
    await ben.message('Hello Ben').waitFor();
    await ann.seesTicks('Hello Ben', 'Read');
    await eventually(
      'Ben has nothing unread',
      async () => (await ben.conversation('Ann Arbor').textContent()) ?? '',
      (text) => !text.includes('unread'),
    );
    await ben.write('Hello Ann');
    await ann.message('Hello Ann').waitFor();
    await ben.seesTicks('Hello Ann', 'Read');
  });

  it('see who is there and who types', async () => {
    await ann.page.getByText('online', { exact: true }).waitFor();
    await Promise.all([
      ben.page.getByRole('textbox', { name: 'Message' }).pressSequentially('Just a mo', { delay: 250 }),
      ann.typing('Ben Nevis').waitFor(),
    ]);
    await ann.typing('Ben Nevis').waitFor({ state: 'detached', timeout: 10_000 });
    await ben.page.getByRole('textbox', { name: 'Message' }).fill('');
  });

  it('talk in a group, see who has read, rename it, add and remove people', async () => {
    const cem = await Person.signUp(browser, { username: 'cem', name: 'Cem Ararat', url: server.url });
    await ann.begin(['ben', 'cem'], 'Walks');
    await ann.write('Sunday at nine?');
    await ann.seesTicks('Sunday at nine?', 'Delivered to 2 of 2, read by 0');
    await cem.open('Walks');
    await ann.seesTicks('Sunday at nine?', 'Delivered to 2 of 2, read by 1');
    await ben.open('Walks');
    await ann.seesTicks('Sunday at nine?', 'Delivered to 2 of 2, read by 2');
    await cem.write('I am in');
    await ben.message('I am in').waitFor();
    await expect(ben.message('I am in').textContent()).resolves.toContain('Cem Ararat');

    await ann.button('Details').click();
    const details = ann.page.getByRole('complementary', { name: 'Details' });
    await details.getByLabel('Name of the group').fill('Sunday walks');
    await details.getByRole('button', { name: 'Save' }).click();
    await ben.conversation('Sunday walks').waitFor();
    await ann.button('What to do with Cem Ararat').click();
    await ann.page.getByRole('menuitem', { name: 'Remove Cem Ararat' }).click();
    await cem.page.getByText('You are no longer in this group').waitFor();
    await expect(cem.page.getByRole('textbox', { name: 'Message' }).isVisible()).resolves.toBe(false);
    await ann.button('Add people').click();
    const dialog = ann.page.getByRole('dialog');
    await dialog.getByRole('searchbox').fill('cem');
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Add 1 person' }).click();
    await cem.page.getByRole('textbox', { name: 'Message' }).waitFor();
    await ann.button('Close this side').click();

    await cem.button('Details').click();
    await cem.button('Leave group').click();
    await ann.page.getByRole('log').getByText('Cem Ararat\u2069 left').waitFor();
    expect(cem.complaints).toEqual([]);
    await cem.page.context().close();
  });

  it('[S56] lose and double nothing when the server is killed with -9 while both write, and come back by themselves', async () => {
    await ann.open('Ben Nevis');
    await ben.open('Ann Arbor');
    const before = (await ann.texts()).length;
    let written = 0;
    const burst = async (person: Person, word: string) => {
      for (let index = 1; index <= BURST; index += 1) {
        await person.write(`${word} ${index}`);
        written += 1;
      }
    };
    const restart = async () => {
      await eventually(
        'some messages are written',
        async () => written,
        (count) => count >= KILLED_AFTER,
      );
      await server.kill();
      await ann.page.getByText('No connection.').waitFor();
      await server.start();
    };
    await Promise.all([burst(ann, 'Left'), burst(ben, 'Right'), restart()]);

    for (const person of [ann, ben]) {
      const read = () => person.page.getByLabel(/^(Sending|Waiting)/).count();
      await eventually(`all that ${person.name} wrote is sent`, read, (count) => count === 0);
    }
    const isWhole = (texts: readonly string[]) => texts.length === before + 2 * BURST;
    const inOrder = await eventually('Ann has every message once', () => ann.texts(), isWhole);
    const isSame = (texts: readonly string[]) => JSON.stringify(texts) === JSON.stringify(inOrder);
    await eventually('Ben has the same messages in the same order', () => ben.texts(), isSame);
    for (const word of ['Left', 'Right']) {
      const own = inOrder.filter((text) => text.startsWith(`${word} `));
      expect(own).toEqual(Array.from({ length: BURST }, (_, index) => `${word} ${index + 1}`));
    }
    await ann.page.reload();
    await ann.open('Ben Nevis');
    await ann.readToTheBeginning();
    await eventually('Ann has the same after a reload', () => ann.texts(), isSame);
  });

  it('[S57] keep what is written without a connection through a reload, and send it once, in order', async () => {
    const texts = Array.from({ length: BURST }, (_, index) => `In the tunnel ${index + 1}`);
    await server.kill();
    await ann.page.getByText('No connection.').waitFor();
    for (const text of texts) await ann.write(text);
    await eventually(
      'all of them wait',
      () => ann.page.getByLabel('Waiting to be sent').count(),
      (count) => count === BURST,
    );
    await ann.page.goto('about:blank');
    await server.start();
    await ann.page.goto(server.url);
    await ben.message(`In the tunnel ${BURST}`).waitFor({ timeout: 40_000 });
    await ann.open('Ben Nevis');
    for (const person of [ann, ben]) {
      const read = async () => (await person.texts()).filter((text) => text.startsWith('In the tunnel'));
      const isWhole = (seen: readonly string[]) => JSON.stringify(seen) === JSON.stringify(texts);
      await eventually(`${person.name} has each once, in order`, read, isWhole);
    }
  });

  it('sign out and in again', async () => {
    await ben.signOut();
    await ben.signIn('ben');
    await ann.page.getByText('online', { exact: true }).waitFor();
    await ben.open('Ann Arbor');
    expect(await ben.texts()).toContain('In the tunnel 1');
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });
});
