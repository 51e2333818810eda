/** The chat in a page of another site by one tag, under a policy that allows nothing but what docs/embed.md asks for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium } from './browser.js';
import { Person } from './person.js';
import { inside, kith, launcher, Shop } from './shop.js';

const MOST_BYTES = 4_096;
/** In the page: whether the launcher has the focus, and the panel is closed. */
const IS_BACK = "document.activeElement?.shadowRoot?.activeElement?.getAttribute('aria-expanded') === 'false'";

describe.skipIf(!hasChromium)('a shop with the chat in its page', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.open();
  });

  afterAll(() => shop?.close());

  it('[S144] opens a panel by one tag, in which somebody of the shop talks with people of the ordinary page', async () => {
    const [{ page, complaints }, ben] = await Promise.all([
      shop.ann(),
      Person.signUp(shop.browser, { username: 'ben', name: 'Ben Nevis', url: shop.server.url }),
    ]);
    await shop.shelf(page);
    await launcher(page).click();
    expect(await launcher(page).getAttribute('aria-expanded')).toBe('true');
    await inside(page).getByText('Nobody here yet').waitFor();
    await kith(page, "show({ person: 'ben' })");
    const field = inside(page).getByRole('textbox', { name: 'Message' });
    await field.fill('Is it in stock?');
    await field.press('Enter');
    await ben.open('Ann Example');
    await ben.message('Is it in stock?').waitFor();
    await ben.write('The last one.');
    await inside(page).getByText('The last one.', { exact: true }).waitFor();

    // The way out and back: by Escape to the button, and by the button to where one writes.
    await field.press('Escape');
    await eventually('the button has the focus', () => page.evaluate(IS_BACK), Boolean);
    await ben.write('Shall I keep it?');
    await page.getByRole('button', { name: 'Chat, 1 unread message', exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await inside(page).locator('textarea:focus').waitFor();
    await page.keyboard.type('Yes please');
    await page.keyboard.press('Enter');
    await ben.message('Yes please').waitFor();
    await page.getByRole('button', { name: 'Chat', exact: true }).waitFor();

    // Whoever leaves the shop is signed out at the server, and so is who only leaves the page.
    expect(await shop.sessions()).toBe(1);
    await kith(page, 'close()');
    expect([await shop.sessions(), await page.locator('kith-chat').count()]).toEqual([0, 0]);
    await shop.shelf(page);
    await eventually(
      'there is a session',
      () => shop.sessions(),
      (count) => count === 1,
    );
    await page.evaluate("document.querySelector('kith-chat').remove()");
    await eventually(
      'it has ended with the element',
      () => shop.sessions(),
      (count) => count === 0,
    );
    expect(await page.context().cookies(shop.server.url)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('gets no frame, and no button, in the page of a site that EMBED_ORIGINS does not name', async () => {
    const { page, complaints } = await shop.ann({ origin: shop.unnamed });
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
    await shop.shelf(page, shop.unnamed);
    expect((await refused).text()).toContain(shop.origin);
    expect(await launcher(page).count()).toBe(0);
    expect(complaints.filter((words) => !words.includes('frame-ancestors'))).toEqual([]);
  });

  it('loads a script of at most 4 KB for it', async () => {
    const { headers } = await fetch(`${shop.server.url}/embed.js`, { headers: { 'accept-encoding': 'br' } });
    expect(headers.get('content-encoding')).toBe('br');
    expect(Number(headers.get('content-length'))).toBeLessThanOrEqual(MOST_BYTES);
  });
});
