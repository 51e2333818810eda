/**
 * An invitation from the page to the page: made in the dialog of a group, read by whoever opens its link, accepted by one who
 * signs up and by one who signs in, and revoked. With `SCREENSHOTS=<directory>` it leaves pictures there.
 */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser, openPage } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const WIDTHS = [360, 1440] as const;

describe.skipIf(!hasChromium)('invitations at the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let link: string;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    const others = [
      { username: 'eve', name: 'Eve Everest', url: server.url },
      { username: 'fay', name: 'Fay Fuji', url: server.url },
    ];
    for (const other of others) await (await Person.signUp(browser, other)).page.context().close();
    await ann.begin(['eve', 'fay'], 'Sunday walks');
    await ann.write('Sunday at nine');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('are made in the dialog of a group, with a link, a code and a QR code', async () => {
    await ann.button('Details').click();
    await ann.button('Invite by link').click();
    const dialog = ann.page.getByRole('complementary', { name: 'Details' });
    link = await dialog.getByLabel('Link', { exact: true }).inputValue();
    const code = await dialog.getByLabel('Code', { exact: true }).inputValue();
    expect(code).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    expect(link).toBe(`${server.url}/join#${code}`);
    await dialog.getByRole('img', { name: 'QR code of the link' }).waitFor();
    await dialog.getByText('0 came by it').waitFor();
    await inspect(ann.page, 'invite');
    expect(ann.complaints).toEqual([]);
  });

  it('lead one who signs up into the conversation', async () => {
    const { page, complaints } = await openPage(browser, { url: link });
    await page.getByText('\u2068Ann Arbor\u2069 invites you to \u2068Sunday walks\u2069.').waitFor();
    await inspect(page, 'invited');
    await page.getByLabel('Username').fill('ben');
    await page.getByLabel('Name that others see').fill('Ben Nevis');
    await page.getByLabel('Password').fill('ben walks in the rain');
    await page.getByRole('button', { name: 'Sign up', exact: true }).click();
    await page.getByRole('heading', { name: 'Sunday walks', exact: true, level: 2 }).waitFor();
    await page.locator('.message').getByText('Sunday at nine').waitFor();
    expect(page.url()).toMatch(new RegExp(`^${server.url}/#/c/[0-9a-f-]{36}$`));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('lead one who has an account, and signs in, into the conversation', async () => {
    const cem = await Person.signUp(browser, { username: 'cem', name: 'Cem Ararat', url: server.url });
    await cem.signOut();
    await cem.page.goto('about:blank');
    await cem.page.goto(link);
    await cem.page.getByText('\u2068Ann Arbor\u2069 invites you to \u2068Sunday walks\u2069.').waitFor();
    await cem.button('I have an account').click();
    await cem.page.getByLabel('Username').fill('cem');
    await cem.page.getByLabel('Password').fill('cem walks in the rain');
    await cem.button('Sign in').click();
    await cem.page.getByRole('heading', { name: 'Sunday walks', exact: true, level: 2 }).waitFor();
    await cem.write('Here I am');
    await ann.message('Here I am').waitFor();
  });

  it('say so where they are over, and lead nobody anywhere', async () => {
    const dialog = ann.page.getByRole('complementary', { name: 'Details' });
    await dialog.getByRole('button', { name: /^Revoke/ }).click();
    await dialog.getByRole('img', { name: 'QR code of the link' }).waitFor({ state: 'detached' });
    const { page } = await openPage(browser, { url: link });
    await page.getByText('This invitation is over').waitFor();
    await page.context().close();
    const dee = await Person.signUp(browser, { username: 'dee', name: 'Dee Side', url: server.url });
    await dee.page.goto('about:blank');
    await dee.page.goto(link);
    await dee.page.getByRole('dialog').getByText('This invitation is over').waitFor();
  });
});

async function inspect(page: Page, name: string): Promise<void> {
  const directory = process.env.SCREENSHOTS;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const widest = await page.evaluate('document.documentElement.scrollWidth');
      expect(widest, `${name} at ${width} px`).toBeLessThanOrEqual(width);
      if (directory) await page.screenshot({ path: join(directory, `${name}-${width}-${colorScheme}.png`) });
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  }
}
