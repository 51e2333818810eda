/**
 * Pages of the tests' browser. Each person gets a context of their own; whatever a page complains about (an error, a broken
 * content policy) is kept and looked at.
 */

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { hasChromium, PLAIN_HOST } from './chromium.js';

const WAIT_MS = 20_000;

/** A script for pages: what a browser does that keeps nothing for a site. */
export const WITHOUT_STORAGE = `
  const forbid = () => { throw new DOMException('denied', 'SecurityError'); };
  IDBFactory.prototype.open = forbid;
  Object.defineProperty(window, 'localStorage', { get: forbid });
`;

export { hasChromium };

/** A connection to the Chromium that the tests share; what is opened over it goes with it. */
export function openBrowser(): Promise<Browser> {
  return chromium.connect(inject('chromium') ?? '');
}

/** The address of a server on this machine as one that is reached over plain http by its name. */
export function plainUrlOf(url: string): string {
  const named = new URL(url);
  named.hostname = PLAIN_HOST;
  return named.origin;
}

export type OpenPage = {
  readonly page: Page;
  readonly complaints: string[];
  /** How many WebSockets the page holds now. */
  readonly sockets: () => number;
};

type PageOptions = {
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
  /** By its name of the IANA. */
  readonly timeZone?: string;
  /** Runs in every page of the device before its own scripts. */
  readonly script?: string;
};

export async function openPage(browser: Browser, options: PageOptions): Promise<OpenPage> {
  const { url, width = 1280, height = 800, timeZone = 'Europe/Berlin', script } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    timezoneId: timeZone,
    locale: 'en-GB',
  });
  if (script !== undefined) await context.addInitScript(script);
  return await openTab(context, url);
}

/** Another page of the same device. */
export async function openTab(context: BrowserContext, url: string): Promise<OpenPage> {
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  let sockets = 0;
  page.on('websocket', (socket) => {
    sockets += 1;
    socket.on('close', () => {
      sockets -= 1;
    });
  });
  await page.goto(url);
  return { page, complaints, sockets: () => sockets };
}

/**
 * Waits until `read` gives what `isRight` takes, and says what was there instead where it never does.
 * @param what the fact that is waited for, as a sentence
 */
export async function eventually<T>(what: string, read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  const untilMs = Date.now() + 2 * WAIT_MS;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (Date.now() > untilMs) throw new Error(`waited in vain: ${what}. There was: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
