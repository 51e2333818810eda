/**
 * How the chat in another site's page looks and reads, in both themes, wide and on a phone, and what it says where it can't be
 * opened. EMBED_PICTURES names a folder for pictures of it, to be looked at.
 */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, WITHOUT_STORAGE } from './browser.js';
import { Person } from './person.js';
import { inside, kith, launcher, Shop } from './shop.js';

const PICTURES = process.env.EMBED_PICTURES;
const UNSIGNED = 'eyJhbGciOiJub25lIn0.e30.';

describe.skipIf(!hasChromium)('the chat in the page of a shop', () => {
  let shop: Shop;
  let ben: Person;

  beforeAll(async () => {
    shop = await Shop.open();
    ben = await Person.signUp(shop.browser, { username: 'ben', name: 'Ben Nevis', url: shop.server.url });
  });

  afterAll(() => shop?.close());

  async function look(page: Page, name: string): Promise<void> {
    const wrong: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, impact, nodes } of violations) {
        const isSerious = impact === 'serious' || impact === 'critical';
        if (isSerious) wrong.push(`${colorScheme}, ${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      }
      if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}.png` });
    }
    expect(wrong, name).toEqual([]);
  }

  it('is a panel, and on a phone the whole screen with a way out of it', async () => {
    const { page, complaints } = await shop.ann();
    await shop.shelf(page);
    await launcher(page).waitFor();
    await look(page, 'closed');
    await kith(page, "show({ person: 'ben' })");
    const field = inside(page).getByRole('textbox', { name: 'Message' });
    await field.fill('Is it in stock?');
    await field.press('Enter');
    await ben.open('Ann Example');
    await ben.write('The last one.');
    await inside(page).getByText('The last one.', { exact: true }).waitFor();
    await look(page, 'conversation');
    await page.setViewportSize({ width: 360, height: 720 });
    expect(await page.locator('kith-chat iframe').boundingBox()).toEqual({ x: 0, y: 0, width: 360, height: 720 });
    await look(page, 'conversation-phone');
    await inside(page).getByRole('button', { name: 'Back to the list' }).click();
    await look(page, 'list-phone');
    await inside(page).getByRole('button', { name: 'Close the chat' }).click();
    await page.locator('kith-chat [role=dialog]').waitFor({ state: 'hidden' });
    await look(page, 'closed-phone');
    await kith(page, "show({ person: 'nobody-here' })");
    await inside(page).getByText('Nobody here can be reached as @nobody-here.').waitFor();
    expect(complaints).toEqual([]);
  });

  it('asks the page again where a token was too old, and says in words where none is good, without storage too', async () => {
    const { page, complaints } = await shop.ann({ script: WITHOUT_STORAGE });
    const now = Math.floor(Date.now() / 1_000);
    const tokens = [shop.product.sign({ sub: 'u-1', iat: now - 600, exp: now - 300 })];
    let asked = 0;
    await page.route('**/chat-token', async (route) => {
      asked += 1;
      const token = tokens.shift();
      if (token === undefined) await route.continue();
      else await route.fulfill({ json: { token } });
    });
    const list = inside(page).getByRole('heading', { name: 'Conversations' });
    await shop.shelf(page);
    await launcher(page).click();
    await list.waitFor();
    expect(asked).toBe(2);

    tokens.push(UNSIGNED, UNSIGNED);
    await shop.shelf(page);
    await launcher(page).click();
    await inside(page).getByRole('heading', { name: "This chat can't be opened" }).waitFor();
    await look(page, 'refused');
    await inside(page).getByRole('button', { name: 'Try again' }).click();
    await list.waitFor();

    await page.unroute('**/chat-token');
    await page.context().clearCookies();
    await kith(page, 'close()');
    await kith(page, "open({ tokenUrl: '/chat-token', target: 'main', language: 'de' })");
    await inside(page).getByRole('heading', { name: 'Du bist nicht angemeldet' }).waitFor();
    await look(page, 'nobody-in-place');
    expect(complaints).toEqual([]);
  });

  it('opened by itself, the page says that it belongs inside another', async () => {
    const { page } = await shop.ann();
    await page.goto(`${shop.server.url}/embed`);
    await page.getByRole('heading', { name: 'This page belongs inside another' }).waitFor();
    await look(page, 'alone');
    await page.getByRole('button', { name: 'Open the chat' }).click();
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  });
});
