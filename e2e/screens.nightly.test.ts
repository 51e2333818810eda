/**
 * Every screen and state of the page as pictures, in both themes and at three widths, in `e2e/screens/`: to be looked at. Each is
 * held to its width, a finger finds everything on a phone, and axe finds nothing serious in either theme.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser, openPage } from './browser.js';
import { Person } from './person.js';
import { HEIGHT, inGroup, SCREENS, wide } from './screen-list.js';
import { ServerProcess } from './server-process.js';
import { addSlashBot, askAt } from './slash-bot.js';
import { asPhone, PHONE, smallTargets } from './touch-targets.js';

const WIDTHS = [360, 768, 1440] as const;
const FOLDER = fileURLToPath(new URL('screens', import.meta.url));
const MESSAGES = 3_000;
/** What stands over the page or beside the conversation, and is wider inside than it is. */
const CUT_OFF = `[...document.querySelectorAll('.dialog, .dialog-body, .panel, .panel-body')]
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => one.className + ': ' + one.scrollWidth + ' px in ' + one.clientWidth)`;

describe.skipIf(!hasChromium)('the screens of the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ada: Person;

  beforeAll(async () => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    server = await ServerProcess.openDemo(MESSAGES);
    await addSlashBot(askAt(server.url), 'ada');
    browser = await openBrowser();
    ada = await Person.onAnotherDevice(browser, { username: 'ada', name: 'Ada Brandt', url: server.url });
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it.each(SCREENS)('%s', async (name, show) => {
    await show(ada);
    await look(ada.page, name);
  });

  it.each(['Deutsch', 'العربية'])('conversation and settings in %s', async (language) => {
    const name = language === 'Deutsch' ? 'german' : 'arabic';
    await inGroup(ada);
    const address = ada.page.url();
    await ada.button('Settings').click();
    await ada.button('Appearance').click();
    await ada.page.getByText(language, { exact: true }).click();
    await look(ada.page, `${name}-settings`);
    await ada.page.keyboard.press('Escape');
    await look(ada.page, `${name}-conversation`);
    await ada.page.goto(address);
    await wide(ada.page);
    await ada.page.locator('.sidebar > header button').click();
    await ada.page.locator('dialog .tab').nth(1).click();
    await ada.page.getByText('English', { exact: true }).click();
    await ada.page.keyboard.press('Escape');
  });

  it('without a network: a line, what waits to be sent, what is found here', async () => {
    await inGroup(ada);
    await ada.page.context().setOffline(true);
    await ada.write('Written under ground');
    await ada.page.getByText('No connection.').waitFor();
    await look(ada.page, 'offline');
    await ada.page.context().setOffline(false);
  });

  it('somebody new: signing up and in, a wrong password, an empty list, a part that does not come', async () => {
    const { page } = await openPage(browser, { url: server.url });
    await look(page, 'sign-in');
    await page.getByLabel('Username').fill('nobody');
    await page.getByLabel('Password').fill('a wrong password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').getByText('wrong').waitFor();
    await look(page, 'sign-in-wrong');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await look(page, 'sign-up');
    await page.context().close();
    const dee = await Person.signUp(browser, { username: 'dee', name: 'Dee Side', url: server.url });
    await dee.page.getByText('Nobody here yet').waitFor();
    await look(dee.page, 'empty-list');
    await dee.page.context().close();
    const blocked = await browser.newContext({ serviceWorkers: 'block', locale: 'en-GB' });
    const broken = await blocked.newPage();
    await broken.goto(server.url);
    await broken.getByLabel('Username').fill('dee');
    await broken.getByLabel('Password').fill('dee walks in the rain');
    await broken.getByRole('button', { name: 'Sign in', exact: true }).click();
    await broken.getByText('Nobody here yet').waitFor();
    await broken.route('**/assets/dialogs-*.js', (route) => route.abort());
    await broken.getByRole('button', { name: 'Settings', exact: true }).click();
    await broken.getByText('This part could not be loaded').waitFor();
    await look(broken, 'part-not-loaded');
    await blocked.close();
  });

  it('an old browser, and one without scripts', async () => {
    const old = await browser.newContext({ locale: 'en-GB' });
    await old.addInitScript('delete Array.prototype.toSorted');
    const page = await old.newPage();
    await page.goto(server.url);
    await page.getByRole('alert').waitFor();
    await look(page, 'old-browser');
    await old.close();
    const without = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB' });
    const silent = await without.newPage();
    await silent.goto(server.url);
    for (const width of WIDTHS) {
      await silent.setViewportSize({ width, height: HEIGHT });
      await silent.screenshot({ path: `${FOLDER}/no-scripts-${width}-light.png` });
    }
    await without.close();
  });

  async function look(page: Page, name: string): Promise<void> {
    const wrong: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const picture = async (width: number) => {
        const widest = (await page.evaluate('document.documentElement.scrollWidth')) as number;
        if (widest > width) wrong.push(`${widest} px wide at ${width}`);
        for (const cut of (await page.evaluate(CUT_OFF)) as string[]) wrong.push(`${cut} at ${width}`);
        await page.screenshot({ path: `${FOLDER}/${name}-${width}-${colorScheme}.png` });
      };
      await asPhone(page, async () => {
        await picture(PHONE.width);
        wrong.push(...(await smallTargets(page)));
      });
      for (const width of [768, 1440]) {
        await page.setViewportSize({ width, height: HEIGHT });
        await picture(width);
      }
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, impact, nodes } of violations) {
        const isSerious = impact === 'serious' || impact === 'critical';
        if (isSerious) wrong.push(`${colorScheme}, ${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      }
    }
    if (wrong.length > 0) console.warn(`${name}: ${wrong.join('; ')}`);
    expect(wrong, name).toEqual([]);
  }
});
