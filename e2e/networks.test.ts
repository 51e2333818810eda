/** The same session of two people in real browsers, on a fast line, on slow 3G, and on one that goes away in the middle. */
import { NetworkLine } from '@kith/testkit/network-line';
import { NETWORKS } from '@kith/testkit/networks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const BURST = 3;
const MISSED = 6;
/** Timers may be a millisecond early. */
const EARLY_MS = 2;

const numbered = (word: string, count: number) => Array.from({ length: count }, (_, index) => `${word} ${index + 1}`);

describe.skipIf(!hasChromium)('two people at the page', { concurrent: true }, () => {
  let server: ServerProcess;
  let browser: Browser;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const write = async (person: Person, texts: readonly string[]) => {
    for (const text of texts) await person.write(text);
  };
  const sees = async (person: Person, texts: readonly string[]) => {
    const isRight = (seen: readonly string[]) => JSON.stringify(seen) === JSON.stringify(texts);
    await eventually(`${person.name} sees each once, in order`, () => person.texts(), isRight);
  };
  const nothingWaits = (person: Person) =>
    eventually(
      `all that ${person.name} wrote is sent`,
      () => person.page.getByLabel(/^(Sending|Waiting)/).count(),
      (count) => count === 0,
    );

  it.for(NETWORKS)('[S197] talk $name, and lose, double and reorder nothing', async (network, { onTestFinished }) => {
    const suffix = NETWORKS.indexOf(network);
    const somebody = async (username: string, name: string) => {
      const line = await NetworkLine.to(server.url, network);
      onTestFinished(() => line.close());
      const person = await Person.signUp(browser, { username, name, url: line.url });
      onTestFinished(() => person.page.context().close());
      return { line, person };
    };
    const [{ line, person: ann }, { person: ben }] = await Promise.all([
      somebody(`ann${suffix}`, `Ann Arbor ${suffix}`),
      somebody(`ben${suffix}`, `Ben Nevis ${suffix}`),
    ]);
    await ann.begin([`ben${suffix}`]);
    const startedMs = performance.now();
    await ann.write('Hello');
    await ann.seesTicks('Hello', 'Delivered');
    // There and back, at least: over the WebSocket too.
    expect(performance.now() - startedMs).toBeGreaterThan(network.roundTripMs - EARLY_MS);
    await ben.open(ann.name);
    await ann.seesTicks('Hello', 'Read');
    await ben.page.getByRole('textbox', { name: 'Message' }).pressSequentially('Just a mo');
    await ann.typing(ben.name).waitFor();

    const [left, right, missed] = [numbered('Left', BURST), numbered('Right', BURST), numbered('Missed', MISSED)];
    if (network.goesAway) {
      line.cut();
      await ann.page.getByText('No connection.').waitFor();
    }
    await Promise.all([write(ann, left), write(ben, right)]);
    if (network.goesAway) {
      await nothingWaits(ben);
      await expect(ann.page.getByLabel('Waiting to be sent').count()).resolves.toBe(BURST);
      line.mend();
    }
    for (const person of [ann, ben]) await nothingWaits(person);
    const texts = await eventually(
      'Ben has all',
      () => ben.texts(),
      (seen) => seen.length === 1 + 2 * BURST,
    );
    for (const words of [left, right]) expect(texts.filter((text) => words.includes(text))).toEqual(words);
    await sees(ann, texts);
    await ben.seesTicks(`Right ${BURST}`, 'Read');

    await ann.page.goto('about:blank');
    await write(ben, missed);
    await nothingWaits(ben);
    await ann.page.goto(line.url);
    await ann.page.getByText(`${MISSED} unread`).waitFor();
    await ann.open(ben.name);
    for (const person of [ann, ben]) await sees(person, [...texts, ...missed]);
    await ben.seesTicks(`Missed ${MISSED}`, 'Read');
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });
});
