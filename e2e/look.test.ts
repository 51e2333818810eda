/** How the page looks by choice: theme, density and language, from left to right and from right to left. */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const WIDTHS = [360, 1440] as const;

describe.skipIf(!hasChromium)('the look of the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    const ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await ben.begin(['ann'], 'Walks');
    await ben.write('Where shall we go on Sunday?');
    await ann.open('Walks');
    await ann.write('To the mill');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const ground = () => ann.page.evaluate('getComputedStyle(document.body).backgroundColor');

  it('[S187] follows the system, and a choice by hand, which lasts', async () => {
    await ann.page.emulateMedia({ colorScheme: 'light' });
    const light = await ground();
    await ann.page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ground();
    expect(dark).not.toBe(light);
    await ann.button('Settings').click();
    await ann.button('Appearance').click();
    await ann.page.getByText('Light', { exact: true }).click();
    expect(await ground()).toBe(light);
    await ann.page.reload();
    await ann.button('Settings').waitFor();
    expect(await ground()).toBe(light);
    await ann.button('Settings').click();
    await ann.button('Appearance').click();
    await ann.page.getByText('As the system', { exact: true }).click();
    expect(await ground()).toBe(dark);
  });

  it('[S204] writes a report of a problem with versions and the last states, and nothing of what was said or who was there', async () => {
    await ann.button('Report a problem').click();
    await ann.page.getByLabel('What went wrong?').fill('It flickers');
    const report = ann.page.getByLabel('The report', { exact: true });
    await expect.poll(() => report.inputValue(), { timeout: 10_000 }).toMatch(/server: \d+\.\d+/);
    const text = await report.inputValue();
    for (const part of [
      'It flickers',
      'page: web 0',
      'connection open websocket',
      'storage durable',
      'conversations: 1',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/Walks|Sunday|mill|Arbor|Nevis|\bann\b|\bben\b|127\.0\.0\.1/);
    const saved = ann.page.waitForEvent('download');
    await ann.button('Save as a file').click();
    expect((await saved).suggestedFilename()).toBe('kith-report.txt');
    await inspect('feedback');
    await ann.button('Appearance').click();
  });

  it('speaks German, and Arabic from right to left, wherever it stands', async () => {
    await ann.page.getByText('Deutsch', { exact: true }).click();
    await ann.page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    expect(await ann.page.locator('.row-when').first().getAttribute('title')).toMatch(/ um \d\d:\d\d$/);
    await inspect('german');
    await ann.page.getByText('العربية', { exact: true }).click();
    await ann.page.getByRole('heading', { name: 'الإعدادات' }).waitFor();
    expect(await ann.page.evaluate('document.documentElement.dir')).toBe('rtl');
    await inspect('arabic-settings');
    await ann.page.keyboard.press('Escape');
    await inspect('arabic');
    expect(ann.complaints).toEqual([]);
  });

  it('says in the reader’s language that a browser is too old, or runs no scripts', async () => {
    const old = await browser.newContext({ locale: 'de-DE', viewport: { width: 360, height: 800 } });
    await old.addInitScript('delete Array.prototype.toSorted');
    const page = await old.newPage();
    await page.goto(server.url);
    await page.getByRole('alert').getByText('Dieser Browser ist zu alt für Kith').waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    await old.close();
    const without = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 800 } });
    const silent = await without.newPage();
    await silent.goto(server.url);
    const words = silent.locator('.unable');
    expect((await words.boundingBox())?.y).toBeLessThan(200);
    expect(await words.textContent()).toMatch(/needs JavaScript.*braucht JavaScript/s);
    await without.close();
  });

  it('says which page or conversation there is not, with a way back', async () => {
    const { page } = ann;
    await page.setViewportSize({ width: 360, height: 800 });
    const answer = await page.goto(`${server.url}/nowhere`);
    expect(answer?.status()).toBe(404);
    await page.getByText('لا توجد صفحة كهذه').waitFor();
    await page.getByRole('button', { name: 'العودة إلى القائمة' }).click();
    await page.getByRole('button', { name: 'محادثة جديدة' }).waitFor();
    await page.goto(`${server.url}/#/c/01234567-89ab-7def-8123-456789abcdef`);
    await page.getByText('هذه المحادثة ليست هنا').waitFor();
    expect(ann.complaints).toEqual([]);
  });

  it('keeps a text that is too long for one message, says by how much, and sends it when it is shorter, in colours', async () => {
    const ben = await Person.onAnotherDevice(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await ben.open('Walks');
    await ben.write('x'.repeat(16_003));
    await ben.page.getByText('3 characters too many for one message').waitFor();
    const field = ben.page.getByRole('textbox', { name: 'Message' });
    expect((await field.inputValue()).length).toBe(16_003);
    // Code comes in the colours of its language, with its grammars.
    await ben.write('```js\nconst bridge = 1;\n```');
    await ben.page.locator('.hljs-keyword').getByText('const', { exact: true }).waitFor();
    expect(ben.complaints).toEqual([]);
    await ben.page.context().close();
  });

  async function inspect(name: string): Promise<void> {
    const { page } = ann;
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} at ${width} px`).toBeLessThanOrEqual(
        width,
      );
      const { SCREENSHOTS } = process.env;
      if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}-${width}.png`) });
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  }
});
