/** What stands beside a conversation and on its messages: threads, pins, reactions, mentions, search, what is put in order. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person, twoInWalks } from './person.js';
import { ServerProcess } from './server-process.js';

describe.skipIf(!hasChromium)('beside the conversation', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ({ ann, ben } = await twoInWalks(browser, server.url, 'Where shall we go on Sunday?'));
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('[S127] a thread is answered, counted on what it answers, and listed for who follows it', async () => {
    await ben.choose(ben.message('Where shall we go on Sunday?'), 'Answer in a thread');
    await ben.page.getByRole('textbox', { name: 'Answer in this thread' }).fill('To the mill');
    await ben.page.keyboard.press('Enter');
    await ann.page.getByRole('button', { name: '1 answer' }).click();
    const thread = ann.page.getByRole('complementary', { name: 'Thread' });
    await thread.getByText('To the mill', { exact: true }).waitFor();
    expect(await ann.page.getByRole('log').getByText('To the mill').count()).toBe(0);
    await ann.button('Close this side').click();
    await ann.button('Threads').click();
    await ann.page.getByRole('complementary', { name: 'Threads' }).getByText('Where shall we go on Sunday?').waitFor();
    await ann.button('Close this side').click();
  });

  it('[S129] a reaction is put on a message, seen by the other, and taken back', async () => {
    await ben.button('Close this side').click();
    const question = ben.message('Where shall we go on Sunday?');
    await question.hover();
    await question.getByRole('button', { name: 'React to this message' }).click();
    await ben.page.getByRole('list', { name: 'Often used' }).getByRole('button', { name: '👍' }).click();
    const seen = ann.page.getByRole('button', { name: '👍, 1 person' });
    await seen.click();
    await ben.page.getByRole('button', { name: '👍, 2 people' }).waitFor();
    await ann.page.getByRole('button', { name: '👍, 2 people' }).click();
    await ben.page.getByRole('button', { name: '👍, 1 person' }).waitFor();
    // Where there is room for one button beside it, by the menu.
    await ann.page.setViewportSize({ width: 360, height: 700 });
    await ann.choose(ann.message('Where shall we go on Sunday?'), 'React to this message');
    await ann.page.getByRole('list', { name: 'Often used' }).getByRole('button', { name: '🎉' }).click();
    await ben.page.getByRole('button', { name: '🎉, 1 person' }).waitFor();
    await ann.page.setViewportSize({ width: 1280, height: 800 });
  });

  it('a message is pinned, and found among the pins by the other', async () => {
    await ann.choose(ann.message('Where shall we go on Sunday?'), 'Pin');
    await ben.button('Pinned messages').click();
    const pins = ben.page.getByRole('list', { name: 'Pinned messages' });
    await pins.getByText('Where shall we go on Sunday?').waitFor();
    await ben.button('Close this side').click();
  });

  it('somebody is named with completion, and sees that they were', async () => {
    const input = ann.page.getByRole('textbox', { name: 'Message' });
    await input.pressSequentially('@be');
    await ann.page.getByRole('option', { name: 'Ben Nevis' }).waitFor();
    await input.press('Enter');
    await input.pressSequentially('bring the map');
    await input.press('Enter');
    await ben.page.locator('.mentions-me').getByText('bring the map').waitFor();
  });

  it('what is written is formatted by keys, goes on with its list, and can be taken back; a paste becomes Markdown', async () => {
    const { page } = ann;
    const input = page.getByRole('textbox', { name: 'Message' });
    await input.pressSequentially('- new');
    await page.keyboard.press('Shift+Control+ArrowLeft');
    await page.keyboard.press('Control+b');
    expect(await input.inputValue()).toBe('- **new**');
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+Enter');
    expect(await input.inputValue()).toBe('- **new**\n- ');
    await page.keyboard.press('Control+z');
    expect(await input.inputValue()).toBe('- **new**');
    await input.fill('');
    await input.pressSequentially('So :smile');
    await page.getByRole('option').first().waitFor();
    await input.pressSequentially(': ');
    expect(await input.inputValue()).toBe('So 😄 ');
    await input.evaluate((field) => {
      const data = new DataTransfer();
      data.setData('text/html', '<p>see <b>this</b></p>');
      data.setData('text/plain', 'see this');
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await expect.poll(() => input.inputValue(), { timeout: 10_000 }).toBe('So 😄 see **this**');
    await ann.button('Formatting').click();
    await page.getByRole('region', { name: 'How it will look' }).getByText('this', { exact: true }).waitFor();
    await ann.button('Formatting').click();
    await input.fill('');
  });

  it('a message is found by its words, and gone to', async () => {
    await ann.button('Search this conversation').click();
    await ann.page.getByRole('searchbox', { name: 'Words of a message' }).fill('Sunday');
    const found = ann.page.getByRole('list', { name: 'Found messages' });
    await found.getByRole('button').first().click();
    await ann.page.locator('.message:focus').getByText('Where shall we go on Sunday?').waitFor();
    await ann.button('Close this side').click();
  });

  it('[S137] [S140] a draft, a folder and what is kept on top are there on another device', async () => {
    const phone = await Person.onAnotherDevice(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    await ann.page.getByRole('textbox', { name: 'Message' }).fill('Half a thought');
    await ann.button('Details').click();
    await ann.button('Keep on top').click();
    await ann.button('Folders').click();
    const dialog = ann.page.getByRole('dialog');
    await dialog.getByLabel('New folder').fill('Outdoors');
    await dialog.getByRole('button', { name: 'Make folder' }).click();
    await dialog.getByRole('checkbox', { checked: true }).waitFor();
    await phone.button('Outdoors').click();
    await phone.conversation('Walks').getByLabel('On top').waitFor();
    await phone.open('Walks');
    await phone.page.getByText('Half a thought').waitFor();
    expect([...ann.complaints, ...ben.complaints, ...phone.complaints]).toEqual([]);
  });
});
