/** How soon others see what somebody does: typing and receipts, from the cause to the frame that shows it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const ROUNDS = 20;
const MOST_MS = 500;
const PATIENCE_MS = 10_000;
/**
 * Somebody who sent a message begins the next one after so long. Sooner, that they type is not shown: news of it may still be
 * of the message before.
 */
const PAUSE_MS = 1_700;

describe.skipIf(!hasChromium)('what happens now', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    const { url } = server;
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url });
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url });
    await ann.begin(['ben']);
    await ann.write('Are you there?');
    await ben.open('Ann Arbor');
    await ben.message('Are you there?').waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  /** In a page: when a frame showed that something is so. */
  const paintedAt = (person: Person, condition: string) =>
    person.page.evaluate(`new Promise((resolve, reject) => {
      const untilMs = Date.now() + ${PATIENCE_MS};
      const look = () => {
        if (${condition}) requestAnimationFrame(() => resolve(Date.now()));
        else if (Date.now() > untilMs) reject(new Error('never seen by ${person.name}: ' + ${JSON.stringify(condition)}));
        else requestAnimationFrame(look);
      };
      look();
    })`) as Promise<number>;
  const p95 = (times: readonly number[]) =>
    times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.95) - 1] ?? 0;

  it('[S15] is painted within half a second, 95 times of 100: who types, and what was delivered and read', async () => {
    const [typing, receipts]: [number[], number[]] = [[], []];
    const input = ben.page.getByRole('textbox', { name: 'Message' });
    const isTyping = `document.body.textContent.includes('is typing…')`;
    for (let round = 0; round < ROUNDS; round += 1) {
      const shown = paintedAt(ann, isTyping);
      const startedMs = Date.now();
      await input.pressSequentially('x');
      typing.push((await shown) - startedMs);
      const gone = paintedAt(ann, `!(${isTyping})`);
      const text = `round ${round}`;
      const read = paintedAt(
        ben,
        `[...document.querySelectorAll('.message.own')].some((one) => one.textContent.includes('${text}') && one.querySelector('[aria-label="Read"]'))`,
      );
      await input.fill(text);
      const sentMs = Date.now();
      await input.press('Enter');
      receipts.push((await read) - sentMs);
      await gone;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    const said = [typing, receipts].map((times) => `${p95(times)} ms`);
    console.info(`95 of 100: who types within ${said[0]}, delivered and read within ${said[1]}`);
    expect(p95(typing), `typing: ${typing.join(', ')}`).toBeLessThan(MOST_MS);
    expect(p95(receipts), `receipts: ${receipts.join(', ')}`).toBeLessThan(MOST_MS);
  });
});
