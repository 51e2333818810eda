/**
 * How messages look, are told and are reached: received and sent ones are told apart as a snapshot has it, their times don't
 * intrude, who listens is told of them sanely, and on a phone a finger finds everything.
 */
import { randomUUID } from 'node:crypto';
import type { SignedIn, Summary } from '@kith/protocol';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { type Bubble, bubblesOf, distanceOf } from './bubbles.js';
import { heard, LISTENING } from './heard.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';
import { asPhone, PHONE, smallTargets } from './touch-targets.js';

const WIDTHS = [360, 768, 1440] as const;
const HEIGHT = 800;
const EARLIER = 120;
const MISSED = 30;
const TIME_ZONE = 'Asia/Kolkata';
/** So much apart to the eye that nobody looks twice: `panel` and `page` differ by half of it. */
const LEAST_DISTANCE = 0.05;
/** Of messages that are told apart. */
const KINDS = 9;
const LONG = 'X'.repeat(120);
const OF_CONNECTION = /^(Connecting|No connection|Back online)/;
const ACCEPT = 'where this is meant: npx vitest run --project e2e e2e/messages.test.ts -t S186 -u';

/** What is being moved, by its name, and which properties of it. */
const MOVING = `document.getAnimations().map((one) => (one.animationName ?? one.transitionProperty) + ': ' +
  [...new Set(one.effect.getKeyframes().flatMap((frame) => Object.keys(frame)))]
    .filter((name) => !['offset', 'computedOffset', 'easing', 'composite'].includes(name)).sort().join(', '))`;

/** What a test needs of a page's window. */
type Time = { readonly dateTime: string; readonly title: string; readonly textContent: string };
type Styles = { getComputedStyle(element: unknown): { readonly opacity: string } };

describe.skipIf(!hasChromium)('messages', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: string;
  let walks: string;

  async function ask<T>(request: string, body: object | null, token = ben): Promise<T> {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${server.url}/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${request}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
  const send = (text: string, token = ben) =>
    ask<{ seq: number; epoch: string }>(`POST /conversations/${walks}/messages`, { key: randomUUID(), text }, token);
  const archive = (archived: boolean) => ask(`PATCH /conversations/${walks}`, { key: randomUUID(), archived });

  beforeAll(async () => {
    server = await ServerProcess.open({ RATE_FACTOR: '1000' });
    browser = await openBrowser();
    const make = (username: string, displayName: string) =>
      ask<SignedIn>('POST /accounts', { username, password: `${username} walks in the rain`, displayName }, '');
    const [own, others] = [await make('ann', 'Ann Arbor'), await make('ben', 'Ben Nevis')];
    ben = others.accessToken;
    const members = [own.user.id];
    const group = { kind: 'group', members, name: 'Walks', key: randomUUID() };
    walks = (await ask<Summary>('POST /conversations', group)).id;
    for (let sent = 0; sent < EARLIER; sent += 20)
      await Promise.all(Array.from({ length: 20 }, (_, index) => send(`line ${sent + index}`)));
    const deleted = [await send('gone', own.accessToken), await send('gone')];
    for (const [index, { epoch, seq }] of deleted.entries()) {
      const token = index === 0 ? own.accessToken : ben;
      await ask(`DELETE /conversations/${walks}/messages/${seq}?epoch=${epoch}&key=${randomUUID()}`, null, token);
    }
    for (const text of ['theirs first', 'theirs between', 'theirs last']) await send(`${text} ${LONG}`);
    for (const text of ['own first', 'own last']) await send(`${text} ${LONG}`, own.accessToken);
    const wish = { username: 'ann', name: 'Ann Arbor', url: server.url, timeZone: TIME_ZONE, script: LISTENING };
    ann = await Person.onAnotherDevice(browser, wish);
    await ann.open('Walks');
    await ann.message(`own last ${LONG}`).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('[S193] show their time once in a run, and all of it to who points, goes there or listens, in their language and zone', async () => {
    const { page } = ann;
    const shown = (name: string) => ann.message(`${name} ${LONG}`);
    const opacity = (name: string) =>
      shown(name)
        .locator('time')
        .evaluate((time) => (globalThis as unknown as Styles).getComputedStyle(time).opacity);
    await page.mouse.move(0, 0);
    for (const name of ['theirs first', 'theirs between', 'own first']) expect(await opacity(name), name).toBe('0');
    for (const name of ['theirs last', 'own last']) expect(await opacity(name), name).toBe('1');
    const before = await shown('theirs between').locator('.bubble').boundingBox();
    await shown('theirs between').hover();
    await expect.poll(() => opacity('theirs between')).toBe('1');
    expect(await shown('theirs between').locator('.bubble').boundingBox()).toEqual(before);
    await page.mouse.move(0, 0);
    await shown('own first').focus();
    await expect.poll(() => opacity('own first')).toBe('1');
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const times = nodes.filter(({ role, ignored }) => role?.value === 'time' && !ignored);
    expect(times.length).toBeGreaterThan(0);
    for (const { description } of times)
      expect(String(description?.value)).toMatch(/^\w+day, \d+ \w+ \d{4} at \d\d:\d\d$/);
    await page.evaluate(`localStorage.setItem('kith.appearance', '{"language":"de"}')`);
    await page.reload();
    await shown('own last').waitFor();
    const said = (await page
      .locator('time')
      .evaluateAll((all) =>
        (all as unknown as Time[]).map(({ dateTime, title, textContent }) => [dateTime, title, textContent]),
      )) as [string, string, string][];
    expect(said.length).toBeGreaterThan(5);
    for (const [written, title, words] of said) {
      const part = (options: Intl.DateTimeFormatOptions) =>
        new Intl.DateTimeFormat('de', { timeZone: TIME_ZONE, ...options }).format(new Date(written));
      const [day, time] = [part({ dateStyle: 'full' }), part({ hour: '2-digit', minute: '2-digit' })];
      expect([title.includes(day), title.includes(time), words], title).toEqual([true, true, time]);
    }
    await page.evaluate(`localStorage.removeItem('kith.appearance')`);
    await page.reload();
    await shown('own last').waitFor();
  });

  it('[S186] are told apart as the snapshot has it, in both themes and at every width', async () => {
    const { page } = ann;
    const waits = page.getByLabel('Waiting to be sent');
    const goOffline = async () => {
      await page.context().setOffline(true);
      await page.getByText('No connection.').first().waitFor();
    };
    await goOffline();
    await ann.write(`own refused ${LONG}`);
    await waits.waitFor();
    await archive(true);
    await page.context().setOffline(false);
    await page.locator('.remedies').waitFor();
    await archive(false);
    await goOffline();
    await ann.write(`own waiting ${LONG}`);
    await waits.waitFor();
    const lines: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: HEIGHT });
        const { page: ground, bubbles } = await eventually(
          'each kind of message is drawn at this width',
          () => bubblesOf(page),
          (drawn) => Object.keys(drawn.bubbles).length === KINDS,
        );
        lines.push(`${colorScheme}, ${width} px`, ...Object.entries(bubbles).map(lineOf));
        const [own, theirs] = [bubbles['own last']?.ground ?? ground, bubbles['theirs last']?.ground ?? ground];
        const distances = [distanceOf(own, theirs), distanceOf(own, ground), distanceOf(theirs, ground)];
        lines.push(
          `  apart: own and theirs, own and page, theirs and page: ${distances.map((one) => one.toFixed(3)).join(', ')}`,
        );
        expect(Math.min(...distances.slice(0, 2))).toBeGreaterThan(LEAST_DISTANCE);
        for (const [name, { side, contrast, isItalic, way }] of Object.entries(bubbles)) {
          expect([side, isItalic], name).toEqual([name.startsWith('own') ? 'end' : 'start', name.endsWith('deleted')]);
          expect(contrast, name).toBeGreaterThanOrEqual(4.5);
          expect(way !== null, name).toBe(name.startsWith('own'));
        }
      }
    }
    await expect(`${lines.join('\n')}\n`, ACCEPT).toMatchFileSnapshot('bubbles.txt');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.context().setOffline(false);
    await waits.waitFor({ state: 'detached' });
  });

  // One that failed leaves the page to the next as it found it.
  afterEach(async () => {
    await ann.page.context().setOffline(false);
  });

  it('[S191] leave a finger on a phone nothing to miss, and are written at the bottom, where its thumb rests', async () => {
    const { page } = ann;
    const log = page.getByRole('log');
    await log.press('End');
    await asPhone(page, async () => {
      const small: { [screen: string]: readonly string[] } = {};
      const look = async (screen: string) => {
        small[screen] = await smallTargets(page);
      };
      await look('conversation');
      const input = page.getByRole('textbox', { name: 'Message' });
      const send = await ann.button('Send').boundingBox();
      expect((send?.y ?? 0) + (send?.height ?? 0)).toBeGreaterThan(PHONE.height - 24);
      expect((send?.x ?? 0) + (send?.width ?? 0)).toBeGreaterThan(PHONE.width - 24);
      // Beside a message there is nothing until it is touched.
      const message = ann.message(`own last ${LONG}`);
      const more = message.getByRole('button', { name: 'What to do with this message' });
      expect(await more.evaluate(isDrawn)).toBe(false);
      await message.locator('.bubble').click({ position: { x: 8, y: 8 } });
      await expect.poll(() => more.evaluate(isDrawn)).toBe(true);
      await look('touched message');
      await input.fill('On my way');
      await look('composer');
      await input.fill('');
      await ann.button('Details').click();
      await ann.button('Mute').waitFor();
      await look('details');
      await ann.button('Close this side').click();
      await ann.button('Back to the list').click();
      await look('list');
      await ann.button('Settings').click();
      await page.getByRole('dialog').waitFor();
      await look('settings');
      await page.keyboard.press('Escape');
      expect(Object.entries(small).filter(([, found]) => found.length > 0)).toEqual([]);
    });
    await page.setViewportSize({ width: 1440, height: HEIGHT });
  });

  it('[S192] move nothing but how opaque something is and where it is drawn, and nothing where that is unwanted', async () => {
    const { page } = ann;
    const moving = async () => {
      await ann.button('Settings').click();
      const moved = (await page.evaluate(MOVING)) as string[];
      await page.keyboard.press('Escape');
      return moved;
    };
    expect(await moving()).toEqual(['appear: transform']);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await moving()).toEqual([]);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });

  it('[S188] are told to who listens once, with who and what, but for own ones and what is paged in; of many how many', async () => {
    const { page } = ann;
    await ann.open('Walks');
    const told: string[] = [];
    const tells = (count: number) =>
      eventually(
        `${count} were told`,
        async () => {
          told.push(...(await heard(page)).filter((words) => !OF_CONNECTION.test(words)));
          return told;
        },
        ({ length }) => length >= count,
      );
    await tells(0);
    expect(told).toEqual([]);
    await ann.write('Who has the map?');
    await ann
      .message('Who has the map?')
      .getByLabel(/Sent|Delivered/)
      .waitFor();
    await send('I do');
    await tells(1);
    await send('I do');
    const log = page.getByRole('log');
    const isBegin = async () => {
      await log.press('Home');
      return await ann.message('line 0').count();
    };
    await eventually('the first message is there', isBegin, (count) => count === 1);
    await tells(2);
    expect(told).toEqual(['Ben Nevis: I do', 'Ben Nevis: I do']);
    await log.press('End');
    await page.context().setOffline(true);
    await page.getByText('No connection.').first().waitFor();
    await Promise.all(Array.from({ length: MISSED }, (_, index) => send(`missed ${index}`)));
    await page.context().setOffline(false);
    await tells(3);
    expect(told.slice(2)).toEqual([`${MISSED} new messages from \u2068Ben Nevis\u2069`]);
  });
});

function isDrawn(element: unknown): boolean {
  const { checkVisibility } = element as { checkVisibility(options: object): boolean };
  return checkVisibility.call(element, { opacityProperty: true });
}

function lineOf([name, { side, gaps, corners, ground, text, contrast, isItalic, way }]: [string, Bubble]): string {
  const words = [side, `gaps ${gaps}`, `corners ${corners}`, `${text} on ${ground}, ${contrast} to 1`];
  return `  ${name}: ${[...words, ...(isItalic ? ['italic'] : []), ...(way === null ? [] : [way])].join('; ')}`;
}
