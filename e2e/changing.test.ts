/** What was said is said otherwise, and taken back, by people at the page. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const MENU = 'What to do with this message';

describe.skipIf(!hasChromium)('a message that was sent', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await ann.begin(['ben']);
    await ann.write('Lunch at noon');
    await ann.write('I pay');
    await ben.conversation('Ann Arbor').waitFor();
    await ben.open('Ann Arbor');
    await ann.seesTicks('Lunch at noon', 'Read');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('[S61] [S130] is edited after it was read: the reader sees that it was, and what it was; the receipt stays', async () => {
    await ann.message('Lunch at noon').getByRole('button', { name: MENU }).click();
    const dialog = ann.page.getByRole('dialog', { name: 'Message' });
    await dialog.getByRole('textbox', { name: 'New text' }).fill('Lunch at one');
    await dialog.getByRole('button', { name: 'Save' }).click();
    for (const { page } of [ann, ben]) await page.getByText('Lunch at one', { exact: true }).waitFor();
    await ann.seesTicks('Lunch at one', 'Read');
    await ben.message('Lunch at one').getByRole('button', { name: 'edited' }).click();
    const texts = ben.page.getByRole('list', { name: 'Earlier texts' }).getByRole('listitem');
    await texts.nth(1).waitFor();
    expect(await texts.locator('p').allTextContents()).toEqual(['Lunch at noon', 'Lunch at one']);
    await ben.page.getByRole('button', { name: 'Close' }).click();
  });

  it('offers nothing to do with the message of another in a direct conversation', async () => {
    expect(await ben.message('Lunch at one').getByRole('button', { name: MENU }).count()).toBe(0);
  });

  it('[D2] [D4] is deleted for everyone, and leaves a tombstone where it stood', async () => {
    await ann.message('I pay').getByRole('button', { name: MENU }).click();
    await ann.page.getByRole('button', { name: 'Delete for everyone' }).click();
    for (const { page } of [ann, ben]) {
      await page.getByText('This message was deleted.').waitFor();
      expect(await page.getByText('I pay').count()).toBe(0);
    }
    await ben.page.reload();
    await ben.open('Ann Arbor');
    await ben.page.getByText('This message was deleted.').waitFor();
    expect(await ben.page.getByText('Lunch at one', { exact: true }).count()).toBe(1);
    expect(await ben.page.getByText('I pay').count()).toBe(0);
  });
});
