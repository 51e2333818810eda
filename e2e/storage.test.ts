/** What a device keeps: through a cut of its network, and where the browser forbids it, takes it away or has no room. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser, WITHOUT_STORAGE } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const COUNT = 20;

/** In the page: everything that its origin has in IndexedDB and localStorage, as one text. */
const ALL_THAT_IS_KEPT = `(async () => {
  const promised = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const kept = [JSON.stringify(localStorage)];
  for (const { name } of await indexedDB.databases()) {
    const database = await promised(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const records = database.transaction(store).objectStore(store);
      kept.push(name, store, JSON.stringify([await promised(records.getAllKeys()), await promised(records.getAll())]));
    }
    database.close();
  }
  return kept.join('\\n');
})()`;

/** What a browser does to a write for which it has no room. */
const FULL = `
  IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
`;

describe.skipIf(!hasChromium)('a device', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ben: Person;
  let people = 0;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  /** Somebody new, who has begun to talk with Ben; he has their conversation open. */
  async function somebody(script?: string): Promise<Person> {
    people += 1;
    const [username, name] = [`ann${people}`, `Ann Arbor ${people}`];
    const ann = await Person.signUp(browser, { username, name, url: server.url, ...(script ? { script } : {}) });
    await ann.begin(['ben']);
    await ann.write(`It is me, ${name}`);
    await ben.open(name);
    await ben.message(`It is me, ${name}`).waitFor();
    await ann.seesTicks(`It is me, ${name}`, 'Read');
    return ann;
  }

  const says = (page: Page, words: string) => page.getByText(words).waitFor();
  const bothSee = async (ann: Person, texts: readonly string[]) => {
    for (const person of [ben, ann]) {
      const read = async () => (await person.texts()).slice(1);
      const isRight = (seen: readonly string[]) => JSON.stringify(seen) === JSON.stringify(texts);
      await eventually(`${person.name} sees each once, in order`, read, isRight);
    }
  };
  it('[S57] keeps what is written without a network when its tab is closed, and sends it once, in order', async () => {
    const ann = await somebody();
    const context = ann.page.context();
    await context.setOffline(true);
    const texts = Array.from({ length: COUNT }, (_, index) => `Offline ${index + 1}`);
    for (const text of texts) await ann.write(text);
    const unsent = () => ann.page.getByLabel(/^(Sending|Waiting)/).count();
    await eventually('all of them wait', unsent, (count) => count === COUNT);
    await ann.page.close({ runBeforeUnload: false });
    await context.setOffline(false);
    const again = await ann.inAnotherTab();
    await again.open('Ben Nevis');
    await bothSee(again, texts);
    await eventually(
      'nothing waits any more',
      () => again.page.getByLabel(/^(Sending|Waiting)/).count(),
      (count) => count === 0,
    );
    expect(again.complaints).toEqual([]);
    await context.close();
  });

  it('shows what it holds while the server is away, after a reload too', async () => {
    const ann = await somebody();
    await ann.write('What is held');
    await ben.message('What is held').waitFor();
    // The page itself comes from a server: what it shows does not.
    await ann.page.route('**/v1/**', (route) => route.abort());
    await ann.page.routeWebSocket('**/v1/ws', (socket) => socket.close());
    await ann.page.reload();
    await ann.open('Ben Nevis');
    await ann.message('What is held').waitFor();
    await ann.write('Written meanwhile');
    await ann.page.getByLabel('Waiting to be sent').waitFor();
    expect(ann.complaints).toEqual([]);
    await ann.page.context().close();
  });

  it('goes on in memory where the browser forbids storage, and says so', async () => {
    const ann = await somebody(WITHOUT_STORAGE);
    await says(ann.page, 'This browser keeps nothing for this page');
    await ann.write('Sent without storage');
    await ben.message('Sent without storage').waitFor();
    await ben.write('And answered');
    await bothSee(ann, ['Sent without storage', 'And answered']);
    expect(ann.complaints).toEqual([]);
    await ann.page.context().close();
  });

  it('goes on in memory where what it kept is wiped under it, and holds everything again after a reload', async () => {
    const ann = await somebody();
    await ann.write('Before it is wiped');
    await ben.message('Before it is wiped').waitFor();
    const session = await ann.page.context().newCDPSession(ann.page);
    await session.send('Storage.clearDataForOrigin', { origin: server.url, storageTypes: 'indexeddb' });
    await ann.write('After it was wiped');
    await ben.write('And answered');
    await says(ann.page, 'This browser keeps nothing for this page');
    const texts = ['Before it is wiped', 'After it was wiped', 'And answered'];
    await eventually(
      'Ben has all',
      () => ben.texts(),
      (seen) => seen.length === 4,
    );
    await ann.page.reload();
    await ann.open('Ben Nevis');
    for (const text of texts) await ann.message(text).waitFor();
    const seen = await ben.texts();
    await bothSee(ann, seen.slice(1));
    expect([...seen].sort()).toEqual([`It is me, ${ann.name}`, ...texts].sort());
    expect(ann.complaints).toEqual([]);
    await ann.page.context().close();
  });

  it('goes on in memory where storage is full, says so, and loses nothing', async () => {
    const ann = await somebody();
    await ann.page.evaluate(FULL);
    await ann.write('Sent without room');
    await says(ann.page, "This browser's storage is full");
    await ben.message('Sent without room').waitFor();
    await ben.write('And answered');
    await bothSee(ann, ['Sent without room', 'And answered']);
    await ann.page.reload();
    await ann.open('Ben Nevis');
    await bothSee(ann, ['Sent without room', 'And answered']);
    expect(ann.complaints).toEqual([]);
    await ann.page.context().close();
  });

  it.each(['there', 'away'])('shows the next person nothing of the one before, with the server %s', async (how) => {
    const ann = await somebody();
    await ann.write('Between you and me');
    await ben.message('Between you and me').waitFor();
    const holds = () => ann.page.evaluate(ALL_THAT_IS_KEPT) as Promise<string>;
    await eventually('the device holds it', holds, (kept) => kept.includes('Between you and me'));
    const context = ann.page.context();
    await context.setOffline(how === 'away');
    if (how === 'away') await ann.write('Never to be sent');
    await ann.signOut();
    await eventually('the device holds nothing of it', holds, (kept) => !kept.includes('Between you and me'));
    await ann.page.close();
    await context.setOffline(false);

    const next = await ann.inAnotherTab();
    const dora = { username: `dora_${how}`, name: 'Dora Maar' };
    await next.signUp(dora);
    const content = await next.page.content();
    const kept = (await next.page.evaluate(ALL_THAT_IS_KEPT)) as string;
    expect(kept).toContain('conversations');
    for (const trace of [ann.name, 'Ben Nevis', 'Between you and me', 'Never to be sent']) {
      expect(content).not.toContain(trace);
      expect(kept).not.toContain(trace);
    }
    expect(next.complaints).toEqual([]);
    await context.close();
  });
});
