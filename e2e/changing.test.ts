/** What was said is said otherwise, and taken back, by people at the page. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

/** What was read out to listeners stands in the page for a few seconds more. */
const GONE_MS = 10_000;

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
    await ann.edit(ann.message('Lunch at noon'), 'Lunch at one');
    for (const { page } of [ann, ben]) await page.getByText('Lunch at one', { exact: true }).waitFor();
    await ann.seesTicks('Lunch at one', 'Read');
    await ben.message('Lunch at one').getByRole('button', { name: 'edited' }).click();
    const texts = ben.page.getByRole('list', { name: 'Earlier texts' }).getByRole('listitem');
    await texts.nth(1).waitFor();
    expect(await texts.locator('.text').allTextContents()).toEqual(['Lunch at noon', 'Lunch at one']);
    await ben.page.getByRole('button', { name: 'Close' }).click();
  });

  it('is edited by an arrow up in the empty field, and left alone by Escape', async () => {
    const input = ann.page.getByRole('textbox', { name: 'Message' });
    await input.press('ArrowUp');
    await ann.page.getByText('Edit: I pay').waitFor();
    await input.press('Escape');
    await ann.page.getByText('Edit: I pay').waitFor({ state: 'detached' });
    expect(await input.inputValue()).toBe('');
  });

  it('offers neither to edit nor to delete the message of another in a direct conversation', async () => {
    const message = ben.message('Lunch at one');
    await message.hover();
    await message.getByRole('button', { name: 'What to do with this message' }).click();
    await ben.page.getByRole('menuitem', { name: 'Copy text' }).waitFor();
    for (const name of ['Edit', 'Delete for everyone'])
      expect(await ben.page.getByRole('menuitem', { name, exact: true }).count()).toBe(0);
    await ben.page.keyboard.press('Escape');
  });

  it('[S131] is hidden by a reader from themselves, on their devices and without a connection, and stays for others', async () => {
    await ann.write('Never mind the rain');
    await ben.choose(ben.message('Never mind the rain'), 'Delete for me');
    await ben.page.getByRole('dialog').getByRole('button', { name: 'Delete for me' }).click();
    await ben.message('Never mind the rain').waitFor({ state: 'detached' });
    // Nor does the list show it as what was said last, nor is it read out.
    await expect.poll(() => ben.page.getByText('Never mind the rain').count(), { timeout: GONE_MS }).toBe(0);
    const other = await Person.onAnotherDevice(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await other.open('Ann Arbor');
    await other.message('Lunch at one').waitFor();
    expect(await other.message('Never mind the rain').count()).toBe(0);
    await other.page.context().close();
    await ben.page.reload();
    await ben.message('Lunch at one').waitFor();
    expect(await ben.page.getByText('Never mind the rain').count()).toBe(0);
    expect(await ann.message('Never mind the rain').count()).toBe(1);
  });

  it('[D2] [D4] is deleted for everyone, and leaves a tombstone where it stood', async () => {
    await ann.deleteForEveryone(ann.message('I pay'));
    for (const { page } of [ann, ben]) {
      await page.getByText('This message was deleted.').waitFor();
      await expect.poll(() => page.getByText('I pay').count(), { timeout: GONE_MS }).toBe(0);
    }
    await ben.page.reload();
    await ben.open('Ann Arbor');
    await ben.message('Lunch at one').waitFor();
    await ben.page.getByText('This message was deleted.').first().waitFor();
    expect(await ben.page.getByText('I pay').count()).toBe(0);
  });
});
