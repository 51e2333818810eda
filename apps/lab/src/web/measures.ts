// What is measured of the page, each in the system's Chromium over the DevTools protocol: how soon it can be used at first and
// when it comes back, on a slow phone with a slow network; how soon a press shows a conversation that is held; and what it
// costs to scroll through 10,000 messages.
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { SIGN_IN } from './demo-server.js';
import { OPEN_ROW, WATCH, type Watched } from './page-watch.js';

/** Slow 4G as Lighthouse has it: 1.6 and 0.75 Mbit a second, 150 ms there and back. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
const SLOW_CPU = 4;
/** Without a long task for so long the page is taken for quiet. Milliseconds. */
const QUIET_MS = 5_000;
const WIDTH = 1280;
const HEIGHT = 800;
const SCROLL_PX = 12_000;
const SCROLL_PX_PER_S = 8_000;
/** A scroll that has not come to its end by then is counted as far as it came. Milliseconds. */
const SCROLL_MS = 180_000;

export type Start = {
  readonly paintedMs: number;
  readonly interactiveMs: number;
  /** Of the main thread, slowed down as it was, in all. */
  readonly cpuMs: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
  readonly layoutShift: number;
  /** Compressed, of all scripts. */
  readonly scriptBytes: number;
};
export type Scroll = {
  readonly messages: number;
  readonly seconds: number;
  readonly frames: number;
  readonly scriptMsPerFrame: number;
  readonly layoutMsPerFrame: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
  readonly layoutShift: number;
};

async function openSlow(context: BrowserContext, url: string, selector: string): Promise<Start> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await slowDown(session);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(url, { waitUntil: 'commit' });
  const paintedMs = (await page.evaluate(`paintedAt(${JSON.stringify(selector)})`)) as number;
  const quiet = `new Promise((resolve) => {
    const look = () => {
      const lastMs = Math.max(${paintedMs}, ...watched.longTasks.map(({ endMs }) => endMs));
      if (performance.now() - lastMs > ${QUIET_MS}) resolve(lastMs);
      else setTimeout(look, 250);
    };
    look();
  })`;
  const interactiveMs = (await page.evaluate(quiet)) as number;
  const seen = await watchedOf(page);
  const cpuMs = (await metricsOf(session)).TaskDuration * 1_000;
  const scriptBytes = (await page.evaluate(
    `performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
  )) as number;
  await page.close();
  return { paintedMs, interactiveMs, cpuMs, ...summed(seen), scriptBytes };
}

/** Somebody who was never here: until the form in which they sign in can be used. */
export async function firstVisit(browser: Browser, url: string): Promise<Start> {
  const context = await watchedContext(browser);
  const start = await openSlow(context, url, 'form.card input');
  await context.close();
  return start;
}

/** Somebody who is signed in comes back: until the list can be used. */
export function laterVisit(context: BrowserContext, url: string): Promise<Start> {
  return openSlow(context, url, '.conversations .row');
}

/** A browser in which somebody is signed in and has opened every conversation once. @returns its context and page */
export async function settledPage(browser: Browser, url: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await watchedContext(browser);
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel('Username').fill(SIGN_IN.username);
  await page.getByLabel('Password').fill(SIGN_IN.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('.conversations .row').first().waitFor();
  await page.waitForFunction('navigator.serviceWorker.controller !== null');
  for (let index = 0; index < (await rowsOf(page)); index += 1) await openRow(page, index);
  return { context, page };
}

export type OpeningTime = {
  /** From the press until it is painted. */
  readonly paintedMs: number;
  /** Of the main thread, whatever else ran on the machine. */
  readonly cpuMs: number;
};

/** Each conversation once, in a page that was just loaded. */
export async function openings(page: Page, cpu: number): Promise<readonly OpeningTime[]> {
  await page.goto(new URL('/', page.url()).href);
  await page.reload();
  await page.locator('.conversations .row').first().waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: cpu });
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const times: OpeningTime[] = [];
  // The first brings the code of the timeline with it.
  await openRow(page, 0);
  for (let index = 1; index < (await rowsOf(page)); index += 1) {
    const before = await metricsOf(session);
    const paintedMs = await openRow(page, index);
    const after = await metricsOf(session);
    times.push({ paintedMs, cpuMs: (after.TaskDuration - before.TaskDuration) * 1_000 });
  }
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await session.detach();
  return times;
}

/** @param title of the conversation, which has more than so many messages */
export async function scrollThrough(page: Page, title: string, messages: number): Promise<Scroll> {
  await page.locator('.conversations .row', { hasText: title }).first().click();
  await page.getByRole('heading', { name: title, level: 2 }).waitFor();
  await page.getByRole('log').press('End');
  await page.waitForTimeout(2_000);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const box = await page.getByRole('log').boundingBox();
  const at = { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 };
  const before = await metricsOf(session);
  const framesBefore = (await page.evaluate('watched.frames')) as number;
  await page.evaluate('watched.longTasks.length = 0; watched.shifts.length = 0;');
  const [startSeq, startMs] = [await firstSeq(page), performance.now()];
  let seen = 0;
  while (seen < messages && performance.now() - startMs < SCROLL_MS) {
    const gesture = { ...at, yDistance: SCROLL_PX, speed: SCROLL_PX_PER_S, preventFling: true } as const;
    await session.send('Input.synthesizeScrollGesture', gesture);
    const now = startSeq - (await firstSeq(page));
    if (now === seen) await page.waitForTimeout(100);
    seen = now;
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const after = await metricsOf(session);
  const watched = await watchedOf(page);
  const frames = watched.frames - framesBefore;
  await session.detach();
  return {
    messages: seen,
    seconds,
    frames,
    scriptMsPerFrame: ((after.ScriptDuration - before.ScriptDuration) * 1_000) / frames,
    layoutMsPerFrame:
      ((after.LayoutDuration + after.RecalcStyleDuration - before.LayoutDuration - before.RecalcStyleDuration) *
        1_000) /
      frames,
    ...summed(watched),
  };
}

async function watchedContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: WIDTH, height: HEIGHT }, locale: 'en-GB' });
  context.setDefaultTimeout(60_000);
  await context.addInitScript(WATCH);
  return context;
}

async function slowDown(session: CDPSession): Promise<void> {
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', SLOW_4G);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOW_CPU });
}

const rowsOf = (page: Page) => page.locator('.conversations .row').count();
const openRow = (page: Page, index: number) => page.evaluate(`${OPEN_ROW}(${index})`) as Promise<number>;
const watchedOf = (page: Page) => page.evaluate('watched') as Promise<Watched>;

function summed({ longTasks, shifts }: Watched) {
  return {
    longTasks: longTasks.length,
    longestTaskMs: Math.max(0, ...longTasks.map(({ durationMs }) => durationMs)),
    layoutShift: shifts.reduce((sum, value) => sum + value, 0),
  };
}

type Metrics = {
  readonly TaskDuration: number;
  readonly ScriptDuration: number;
  readonly LayoutDuration: number;
  readonly RecalcStyleDuration: number;
};

async function metricsOf(session: CDPSession): Promise<Metrics> {
  const { metrics } = await session.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value])) as unknown as Metrics;
}

/** Of the messages in the page. */
async function firstSeq(page: Page): Promise<number> {
  const seqs = `[...document.querySelectorAll('.conversation [data-seq]')].map((row) => Number(row.dataset.seq))`;
  return (await page.evaluate(`Math.min(...${seqs})`)) as number;
}
