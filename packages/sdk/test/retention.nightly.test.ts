// Retention, as apps on the SDK see it: on a device that looks on, on one that was away for long, and on one that is new. A policy
// has days; so the log is made older where it is kept, in the database.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat } from '../src/chat.js';
import type { Person } from '../src/person.js';
import { memoryKeyValues } from '../src/platform/key-values.js';
import type { Timeline } from '../src/replica/timeline.js';
import { MemoryStores } from '../src/storage/memory.js';
import { until } from './fixtures/facts.js';

const PASSWORD = 'a long pass phrase of the tests';
const WORDS = 'long ago';
/** In which what has had its time is gone, on every device that is connected. */
const GONE_MS = 70_000;

describe('retention', () => {
  let server: RealServer;
  const open: Chat[] = [];
  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20', RETENTION_DAYS: '30' });
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const chat of open.splice(0)) await chat.close();
  });

  function chat({ stores = new MemoryStores(), keyValues = memoryKeyValues() } = {}): Chat {
    const made = new Chat({ url: server.url, stores, client: 'test/1', platform: { WebSocket, keyValues } });
    open.push(made);
    return made;
  }

  const isOpen = (person: Person) => until(person.connection, ({ kind }) => kind === 'open');
  const texts = (timeline: Timeline) => timeline.view.getSnapshot().items.flatMap(({ body }) => body.text ?? []);
  const unread = (person: Person, conversation: string) =>
    person.conversations.getSnapshot().find(({ id }) => id === conversation)?.unread;

  /** A person's device, as it is held on to over runs. */
  async function pair() {
    const [ann, ben] = ['a', 'b'].map((letter) => ({
      username: `${letter}${randomUUID().slice(0, 8)}`,
      password: PASSWORD,
    }));
    if (!ann || !ben) throw new Error('there are two');
    const device = { stores: new MemoryStores(), keyValues: memoryKeyValues() };
    const sender = await chat().signUp(ann);
    const looking = await chat().signUp(ben);
    const away = chat(device);
    const before = await away.signIn(ben);
    for (const person of [sender, looking, before]) await isOpen(person);
    return { sender, looking, before, away, device, ben };
  }

  /** All but what was said lately was said a month ago. */
  async function age(): Promise<void> {
    const days = 31 * 86_400_000;
    await server.query(`UPDATE entry SET at = at - ${days} WHERE body NOT LIKE '%lately%'`);
    await server.query(`UPDATE conversation SET created_at = created_at - ${days}`);
  }

  it('[RT3] [RT6] [RT7] what is gone goes from every device, one that was away too, and counts agree', {
    timeout: 120_000,
  }, async () => {
    const { sender, looking, before, away, device, ben } = await pair();
    const conversation = await sender.create({ kind: 'direct', members: [looking.id] });
    for (const text of [WORDS, WORDS, WORDS, 'lately']) await sender.send(conversation, text);
    const seen = async (person: Person, count: number) => {
      const timeline = person.timeline(conversation);
      await until(timeline.view, () => texts(timeline).length === 4);
      await until(person.conversations, () => unread(person, conversation) === count);
      return { person, timeline };
    };
    const shown = [await seen(sender, 0), await seen(looking, 4)];
    await seen(before, 4);
    await away.close();
    open.splice(open.indexOf(away), 1);

    await age();
    for (const { timeline } of shown) {
      await expect.poll(() => texts(timeline), { timeout: GONE_MS }).toEqual(['lately']);
    }
    await until(looking.conversations, () => unread(looking, conversation) === 1);
    for (const table of ['SELECT body FROM entry', 'SELECT text FROM search_document']) {
      expect(JSON.stringify(await server.query(table))).not.toContain(WORDS);
    }

    const back = await chat(device).start();
    const fresh = await chat().signIn(ben);
    if (!back) throw new Error('ben is signed in');
    for (const person of [back, fresh]) {
      await isOpen(person);
      const timeline = person.timeline(conversation);
      await until(timeline.view, () => texts(timeline).join() === 'lately');
      await until(person.conversations, () => unread(person, conversation) === 1);
    }
    await sender.send(conversation, 'now');
    for (const person of [looking, back, fresh]) {
      await until(person.conversations, () => unread(person, conversation) === 2);
      expect(person.mismatches.getSnapshot()).toBe(0);
    }
  });
});
