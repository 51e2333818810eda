/**
 * What motion costs on a middling phone: the processor slowed to a quarter over the DevTools protocol, and of each thing that
 * moves what the page's main thread computes for a frame of it (script, style, layout, paint). Time of the processor, not of the
 * clock: whatever else runs on the machine is not counted. 60 frames a second leave 16.7 ms for each.
 */
import { randomUUID } from 'node:crypto';
import type { SignedIn, Summary } from '@kith/protocol';
import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';
import { PHONE } from './touch-targets.js';

const SLOWER = 4;
const FRAME_MS = 1_000 / 60;
const MESSAGES = 300;
const MOST_FRAMES = 3_000;
const COUNTING = `
  globalThis.frames = 0;
  const count = () => { globalThis.frames += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
`;
/** Of the processor, a good part of a second where it isn't slowed. */
const LOOP = `(() => { let sum = 0; for (let turn = 0; turn < 2e8; turn += 1) sum += turn % 7; return sum; })()`;

describe.skipIf(!hasChromium)('motion on a middling phone', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let session: CDPSession;
  let ben: string;
  let walks: string;

  async function ask<T>(path: string, body: object, token = ben): Promise<T> {
    const response = await fetch(`${server.url}/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  beforeAll(async () => {
    server = await ServerProcess.open({ RATE_FACTOR: '1000' });
    browser = await openBrowser();
    const make = (username: string, displayName: string) =>
      ask<SignedIn>('/accounts', { username, password: `${username} walks in the rain`, displayName }, '');
    const [own, others] = [await make('ann', 'Ann Arbor'), await make('ben', 'Ben Nevis')];
    ben = others.accessToken;
    const group = { kind: 'group', members: [own.user.id], name: 'Walks', key: randomUUID() };
    walks = (await ask<Summary>('/conversations', group)).id;
    for (let sent = 0; sent < MESSAGES; sent += 1)
      await ask(`/conversations/${walks}/messages`, {
        key: randomUUID(),
        text: `line ${sent} of **many** in a long talk`,
      });
    const wish = { username: 'ann', name: 'Ann Arbor', url: server.url, script: COUNTING };
    ann = await Person.onAnotherDevice(browser, wish);
    await ann.open('Walks');
    // It opens at the first of them, since none was read.
    await ann.page.locator('.timeline .message').nth(5).waitFor();
    await ann.page.setViewportSize(PHONE);
    session = await ann.page.context().newCDPSession(ann.page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await session.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 1 });
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  async function cpuMs(): Promise<number> {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000;
  }
  const frames = async () => (await ann.page.evaluate('globalThis.frames')) as number;

  /** @returns what a frame costs while something moves, and how many there were */
  async function costOf(
    move: () => Promise<unknown>,
  ): Promise<{ readonly msPerFrame: number; readonly count: number }> {
    const [framesBefore, cpuBefore] = [await frames(), await cpuMs()];
    await move();
    const [framesAfter, cpuAfter] = [await frames(), await cpuMs()];
    const count = Math.min(MOST_FRAMES, framesAfter - framesBefore);
    return { msPerFrame: (cpuAfter - cpuBefore) / count, count };
  }
  /** Some of what moves by itself, as the page has it, for a while. */
  const shown = async (name: string, count: number) => {
    await ann.page.evaluate(`{
      const place = document.querySelector('.typing').appendChild(document.createElement('span'));
      place.className = 'skeletons';
      for (let index = 0; index < ${count}; index += 1)
        place.appendChild(document.createElement('span')).className = '${name}';
    }`);
    await pass(90);
    await ann.page.evaluate(`document.querySelector('.typing > .skeletons').remove()`);
  };
  const pass = (count: number) =>
    ann.page.evaluate(`new Promise((resolve) => {
      const until = globalThis.frames + ${count};
      const look = () => (globalThis.frames >= until ? resolve() : requestAnimationFrame(look));
      look();
    })`);

  it('is measured as slowly as it runs there', async () => {
    const took = async (rate: number) => {
      await session.send('Emulation.setCPUThrottlingRate', { rate });
      const before = await cpuMs();
      await ann.page.evaluate(LOOP);
      return (await cpuMs()) - before;
    };
    const whole = await took(1);
    const slowed = await took(SLOWER);
    expect(slowed / whole).toBeGreaterThan(SLOWER * 0.7);
  });

  it('[S192] leaves time over in each frame of 60 a second: dots of who types, what opens, a message under a finger, the log', async () => {
    const { page } = ann;
    const costs: { [what: string]: number } = {};
    const moves: { readonly [what: string]: () => Promise<unknown> } = {
      dots: () => shown('dots', 1),
      skeletons: () => shown('skeleton', 5),
      swipe: async () => {
        const box = await page.locator('.timeline .message .bubble').nth(3).boundingBox();
        const [x, y] = [(box?.x ?? 0) + 20, (box?.y ?? 0) + 10];
        const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', by: number) =>
          session.send('Input.dispatchTouchEvent', {
            type,
            touchPoints: type === 'touchEnd' ? [] : [{ x: x + by, y }],
          });
        await touch('touchStart', 0);
        for (let by = 2; by <= 50; by += 1) await touch('touchMove', by);
        for (let by = 50; by >= 2; by -= 1) await touch('touchMove', by);
        await touch('touchEnd', 0);
        await pass(10);
      },
      log: () =>
        session.send('Input.synthesizeScrollGesture', {
          x: 180,
          y: 400,
          yDistance: -4_000,
          speed: 1_500,
          gestureSourceType: 'touch',
        }),
    };
    for (const [what, move] of Object.entries(moves)) {
      const { msPerFrame, count } = await costOf(move);
      expect(count, what).toBeGreaterThan(20);
      costs[what] = Math.round(msPerFrame * 10) / 10;
    }
    await page.getByRole('button', { name: 'Details' }).click();
    await page.getByRole('button', { name: 'Mute' }).waitFor();
    const { msPerFrame, count } = await costOf(async () => {
      for (let turn = 0; turn < 10; turn += 1)
        await page.evaluate(`Promise.all((document.querySelector('.panel').getAnimations().length > 0
          ? document.querySelector('.panel').getAnimations()
          : [document.querySelector('.panel').animate([{ opacity: 0, transform: 'translateY(6px)' }, {}], 120)]
        ).map((one) => (one.play(), one.finished)))`);
    });
    expect(count).toBeGreaterThan(20);
    costs.panel = Math.round(msPerFrame * 10) / 10;
    console.info(`milliseconds of the processor a frame, slowed to a quarter: ${JSON.stringify(costs)}`);
    expect(Object.entries(costs).filter(([, ms]) => ms > FRAME_MS)).toEqual([]);
  });
});
