/** What is written before it is sent: by an input method, and at its greatest length. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const MOST = 16_000;

describe.skipIf(!hasChromium)('writing', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    await ann.begin(['ben']);
    await ann.write('Hello');
    await ben.open('Ann Arbor');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('by an input method sends nothing before the word is chosen', async () => {
    const field = ann.page.getByRole('textbox', { name: 'Message' });
    await field.click();
    const session = await ann.page.context().newCDPSession(ann.page);
    await session.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
    // What an input method takes for itself the page sees as this key, and nothing is typed by it.
    await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', windowsVirtualKeyCode: 229 });
    expect(await field.inputValue()).toBe('にほん');
    await session.send('Input.insertText', { text: '日本' });
    await ann.page.keyboard.press('Enter');
    await ben.message('日本').waitFor();
    expect(await ben.page.locator('.message').count()).toBe(2);
    await session.detach();
  });

  it('says what is too long for one message, keeps it, and sends the longest one whole', async () => {
    const field = ann.page.getByRole('textbox', { name: 'Message' });
    await field.fill(`${'long '.repeat(MOST / 5)}!`);
    await ann.page.getByText('1 character too many for one message').waitFor();
    const before = await ann.page.locator('.message').count();
    await field.press('Enter');
    expect(await ann.page.locator('.message').count()).toBe(before);
    await field.press('Backspace');
    await field.press('Backspace');
    await field.press('.');
    await ann.page.getByText('0 more characters fit').waitFor();
    await field.press('Enter');
    const sent = ben.page.locator('.message').last().locator('.text');
    await expect.poll(async () => ((await sent.textContent()) ?? '').length).toBe(MOST);
  });
});
