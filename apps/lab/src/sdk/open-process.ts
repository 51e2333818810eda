// The role `sdk-open`: fills IndexedDB in a real browser with one long conversation, then opens it in browsers that have just
// started, at its end, at the first unread message in the middle and at a number, and says how long each took.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { OpenRequest, OpenTimes } from '../page/open-times.js';
import { inBrowser, servePage } from './browser-page.js';

export type BrowserRequest = {
  readonly executable: string;
  /** Where the profile goes; removed at the end. */
  readonly directory: string;
  readonly messages: number;
  readonly rounds: number;
};

export type BrowserResult = {
  readonly browser: string;
  readonly fillMs: number;
  /** By opening, then by round; in each round the first is of a browser that has just started. */
  readonly times: { readonly [opening: string]: readonly (readonly OpenTimes[])[] };
};

const OPENINGS_EACH = 5;

export async function runOpen({ executable, directory, messages, rounds }: BrowserRequest): Promise<BrowserResult> {
  const profile = { executable, directory: await mkdtemp(join(directory, 'browser-')) };
  const server = await servePage();
  try {
    const startedMs = performance.now();
    const browser = await inBrowser(profile, server.url, async (fresh) => {
      const page = await fresh();
      await page.evaluate(`window.lab.fill(${messages})`);
      return page.context().browser()?.version() ?? 'unknown';
    });
    const fillMs = performance.now() - startedMs;
    const openings: { readonly [name: string]: OpenRequest } = {
      end: { at: 'end' },
      unread: { at: 'unread' },
      seq: { at: 'seq', seq: Math.floor(messages / 3) },
    };
    const times: { [name: string]: OpenTimes[][] } = {};
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, opening] of Object.entries(openings)) {
        const found = await inBrowser(profile, server.url, (fresh) => openAgain(fresh, opening));
        times[name] = [...(times[name] ?? []), found];
      }
    }
    return { browser, fillMs, times };
  } finally {
    await server.stop();
    await rm(profile.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function openAgain(fresh: () => Promise<Page>, opening: OpenRequest): Promise<OpenTimes[]> {
  const times: OpenTimes[] = [];
  for (let count = 0; count < OPENINGS_EACH; count += 1) {
    const page = await fresh();
    times.push((await page.evaluate(`window.lab.open(${JSON.stringify(opening)})`)) as OpenTimes);
    await page.close();
  }
  return times;
}
