/**
 * How the page looks and reads to everybody: no serious finding of axe in either theme, nothing wider than the screen, from
 * a phone to a desk. With `SCREENSHOTS=<directory>` it also leaves a picture of each state there.
 */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser, openPage, WITHOUT_STORAGE } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const WIDTHS = [360, 768, 1440] as const;
const THEMES = ['light', 'dark'] as const;
const HEIGHT = 800;
const LONG =
  'I would rather take the path along the river: it is flat, there is shade, and the bakery at the old mill opens at nine.';

describe.skipIf(!hasChromium)('the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    const make = (username: string, name: string) => Person.signUp(browser, { username, name, url: server.url });
    ann = await make('ann', 'Ann Arbor');
    const ben = await make('ben', 'Ben Nevis');
    const cem = await make('cem', 'Cem Ararat');
    await ben.begin(['ann']);
    await ben.write('Shall I bring the map?');
    await cem.begin(['ann']);
    await cem.write('مرحبا! أراك يوم الأحد');
    await ann.begin(['ben', 'cem'], 'Sunday walks');
    await ann.write('Sunday at nine, at the station?');
    await ben.open('Sunday walks');
    await ben.write('Nine is fine');
    await ben.write(LONG);
    await cem.open('Sunday walks');
    await cem.write('Then I will be hungry at nine.');
    await cem.write('Who brings coffee?\nAnd rolls, for later?');
    await ann.message('Then I will be hungry at nine.').waitFor();
    await ann.write('I do. '.repeat(3).trim());
    await ann.seesTicks('I do. I do. I do.', 'Delivered to 2 of 2, read by 2');
    await ben.open('Ann Arbor');
    await ben.write('And the thermos?');
    await ann.conversation('And the thermos?').waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('fits every screen and has no serious finding of axe when signing up', async () => {
    const { page } = await openPage(browser, { url: server.url });
    await page.getByRole('button', { name: 'Create an account' }).click();
    await inspect(page, 'sign-up');
    await page.context().close();
  });

  it('fits every screen and has no serious finding of axe in the open conversation', async () => {
    await inspect(ann.page, 'conversation');
  });

  it('fits every screen and has no serious finding of axe in the list', async () => {
    await ann.page.setViewportSize({ width: 360, height: HEIGHT });
    await ann.button('Back to the list').click();
    await inspect(ann.page, 'list');
    await ann.page.getByRole('log').waitFor({ state: 'hidden' });
    await ann.open('Sunday walks');
  });

  it('fits every screen and has no serious finding of axe in its dialogs', async () => {
    await ann.button('Details').click();
    await ann.button('Invite by link').waitFor();
    await inspect(ann.page, 'details');
    await ann.button('Close this side').click();
    await ann.page.setViewportSize({ width: 1440, height: HEIGHT });
    await ann.button('New conversation').click();
    await ann.page.getByRole('searchbox').fill('b');
    await ann.page.getByRole('dialog').getByText('@ben').waitFor();
    await inspect(ann.page, 'new');
    await ann.page.keyboard.press('Escape');
    await ann.page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('can be used with the keyboard alone', async () => {
    await ann.page.setViewportSize({ width: 1440, height: HEIGHT });
    await ann.conversation('Ben Nevis').getByRole('button').first().focus();
    await ann.page.keyboard.press('Enter');
    await ann.page.keyboard.type('Written without a mouse');
    await ann.page.keyboard.press('Enter');
    await ann.message('Written without a mouse').waitFor();
    await ann.button('New conversation').focus();
    await ann.page.keyboard.press('Space');
    await ann.page.getByRole('dialog').waitFor();
    await ann.page.keyboard.press('Escape');
    await ann.page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(ann.complaints).toEqual([]);
  });

  it('says beside the open conversation too, on every screen, that there is no connection, and where nothing is kept', async () => {
    const wish = { username: 'dee', name: 'Dee Side', url: server.url, script: WITHOUT_STORAGE };
    const dee = await Person.signUp(browser, wish);
    await dee.page.getByText('keeps nothing for this page').waitFor();
    await inspect(dee.page, 'kept-nowhere');
    await dee.begin(['ben']);
    await server.kill();
    for (const { page } of [ann, dee]) await page.getByText('No connection.').waitFor();
    await inspect(dee.page, 'no-connection');
    for (const width of WIDTHS) {
      for (const { page } of [ann, dee]) await page.setViewportSize({ width, height: HEIGHT });
      await ann.page.getByText('No connection.').waitFor();
      await dee.page.getByText('keeps nothing for this page').waitFor();
    }
    expect(dee.complaints).toEqual([]);
    await dee.page.context().close();
  });
});

async function inspect(page: Person['page'], name: string): Promise<void> {
  const directory = process.env.SCREENSHOTS;
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT });
      const widest = await page.evaluate('document.documentElement.scrollWidth');
      expect(widest, `${name} at ${width} px`).toBeLessThanOrEqual(width);
      if (directory) await page.screenshot({ path: join(directory, `${name}-${width}-${colorScheme}.png`) });
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    expect(found, `${name}, ${colorScheme}`).toEqual([]);
  }
}
