/**
 * The shop of examples/express with the chat in one of its pages, before a server that lets it: it is another site than the
 * chat's, `localhost` and not `127.0.0.1`, and its Ann has no other account.
 */
import type { SignedIn } from '@kith/protocol';
import { Product } from '@kith/testkit/conformance/product';
import { World } from '@kith/testkit/conformance/world';
import { freePort } from '@kith/testkit/free-port';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { ExpressApp } from '../packages/server/test/fixtures/express-app.js';
import { type OpenPage, openBrowser, openPage } from './browser.js';
import { ServerProcess } from './server-process.js';

type Parts = { readonly server: ServerProcess; readonly world: World; readonly app: ExpressApp };
type All = Parts & { readonly origin: string; readonly product: Product; readonly browser: Browser };

export class Shop {
  /** Where its people have it, and where it is in truth: the chat knows the first alone. */
  readonly origin: string;
  readonly unnamed: string;
  readonly browser: Browser;
  /** Signs for the same people as the shop does. */
  readonly product: Product;
  readonly server: ServerProcess;
  readonly #parts: Parts;

  private constructor({ origin, product, browser, ...parts }: All) {
    this.origin = origin;
    this.unnamed = parts.app.url;
    this.browser = browser;
    this.product = product;
    this.server = parts.server;
    this.#parts = parts;
  }

  static async open(): Promise<Shop> {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const environment = { EMBED_ORIGINS: origin, TRUSTED_PROXIES: '127.0.0.1', RATE_FACTOR: '10' };
    const server = await ServerProcess.open(environment);
    const world = new World(() => server.url);
    await world.fill(1);
    const product = await Product.of(world);
    const [app, browser] = await Promise.all([ExpressApp.before(world, port), openBrowser()]);
    return new Shop({ origin, product, browser, server, world, app });
  }

  async close(): Promise<void> {
    const { app, world, server } = this.#parts;
    await this.browser.close();
    await app.stop();
    await world.leave();
    await server.remove();
  }

  /** A page of Ann, who is logged in to the shop. */
  async ann({ origin = this.origin, script }: { origin?: string; script?: string } = {}): Promise<OpenPage> {
    const opened = await openPage(this.browser, { url: `${origin}/shelf.css`, ...(script ? { script } : {}) });
    await opened.page.context().request.post(`${origin}/login`, { data: { username: 'ann' } });
    return opened;
  }

  async shelf(page: Page, origin = this.origin): Promise<void> {
    await page.goto(`${origin}/shelf`);
  }

  /** How many sessions Ann has, without the one that asks. */
  async sessions(): Promise<number> {
    const { world } = this.#parts;
    const body = { assertion: this.product.sign({ sub: 'u-1' }) };
    const { accessToken: token } = (await world.ask<SignedIn>(null, 'POST /v1/sessions', { body })).body;
    const { items } = (await world.ask<{ items: unknown[] }>(null, 'GET /v1/sessions', { token })).body;
    await world.ask(null, 'DELETE /v1/sessions/current', { token });
    return items.length - 1;
  }
}

export function launcher(page: Page): Locator {
  return page.getByRole('button', { name: /^Chat/ });
}

export function inside(page: Page): FrameLocator {
  return page.frameLocator('kith-chat iframe');
}

/** Calls what the script has left in the page. */
export async function kith(page: Page, call: string): Promise<void> {
  await page.evaluate(`Kith.${call}`);
}
