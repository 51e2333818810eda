/** The page behind a proxy that refuses WebSockets: it works all the same, and takes one as soon as it can. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostileProxy } from '../packages/sdk/test/fixtures/hostile-proxy.js';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const START_MS = 5_000;
/** Long before the next try that is made without any news of the network. */
const UPGRADED_MS = 15_000;

describe.skipIf(!hasChromium)('where WebSocket is refused', () => {
  let server: ServerProcess;
  let proxy: HostileProxy;
  let browser: Browser;

  beforeAll(async () => {
    server = await ServerProcess.open();
    proxy = await HostileProxy.before(server.url);
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await proxy?.close();
    await server?.remove();
  });

  it('[S2] [S3] the page talks by server-sent events within 5 s, then by a WebSocket when that comes through', async () => {
    const ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    proxy.upgrades = 'refused';
    const ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: proxy.url });
    await ann.begin(['ben']);
    await ann.page.reload();
    await ann.open('Ben Nevis');
    const startedMs = performance.now();
    await ann.write('By events');
    await ann.seesTicks('By events', 'Delivered');
    expect(performance.now() - startedMs).toBeLessThan(START_MS);
    expect(await server.numberOf('kith_connections_events')).toBe(1);
    await ben.open('Ann Arbor');
    await ben.write('I hear you');
    await ann.message('I hear you').waitFor();

    // Offline, Chromium goes on with a stream that is open, and lets nothing else through.
    await ann.page.context().setOffline(true);
    await ann.page.getByText('No connection.').first().waitFor();
    await ann.page.context().setOffline(false);
    await ann.page.getByText('No connection.').first().waitFor({ state: 'detached' });

    proxy.upgrades = 'passed';
    const texts = Array.from({ length: 20 }, (_, index) => `On the way ${index + 1}`);
    const writing = (async () => {
      for (const text of texts) await ben.write(text);
    })();
    // What the browser tells a page whose network has changed.
    await ann.page.evaluate('window.dispatchEvent(new Event("online"))');
    const changedMs = performance.now();
    const byEvents = () => server.numberOf('kith_connections_events');
    await eventually('the page has a WebSocket', byEvents, (count) => count === 0);
    expect(performance.now() - changedMs).toBeLessThan(UPGRADED_MS);
    await writing;
    await ann.write('By a WebSocket');
    const all = ['By events', 'I hear you', ...texts, 'By a WebSocket'];
    for (const person of [ann, ben]) {
      const isRight = (seen: readonly string[]) => JSON.stringify(seen.toSorted()) === JSON.stringify(all.toSorted());
      await eventually(`${person.name} has all`, () => person.texts(), isRight);
    }
    expect((await ann.texts()).filter((text) => text.startsWith('On the way'))).toEqual(texts);
    expect(await server.numberOf('kith_connections_websocket')).toBe(2);
    expect(ann.complaints).toEqual([]);
  });
});
