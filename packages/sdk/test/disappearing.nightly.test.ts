// Messages that disappear, as apps on the SDK see them: on a device that looks on, on one that was away at the time, and on one
// that is new. It takes more than a minute, which is the shortest time that a message may have.
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
const TIMER_MS = 60_000;
const WORDS = 'soon gone';

describe('messages that disappear', () => {
  let server: RealServer;
  const open: Chat[] = [];
  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20' });
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
  const tombs = (timeline: Timeline) => timeline.view.getSnapshot().items.filter(({ erased }) => erased).length;

  it('[Z1] [Z3] [Z6] are gone from every device, whether it looks on, was away at the time, or is new', {
    timeout: 120_000,
  }, async () => {
    const [ann, ben] = ['a', 'b'].map((letter) => `${letter}${randomUUID().slice(0, 8)}`);
    const device = { stores: new MemoryStores(), keyValues: memoryKeyValues() };
    const sender = await chat().signUp({ username: ann ?? '', password: PASSWORD });
    const looking = await chat().signUp({ username: ben ?? '', password: PASSWORD });
    const away = chat(device);
    const before = await away.signIn({ username: ben ?? '', password: PASSWORD });
    for (const person of [sender, looking, before]) await isOpen(person);
    const conversation = await sender.create({ kind: 'direct', members: [looking.id] });
    await sender.send(conversation, 'this one stands');
    const sent = sender.timeline(conversation);
    // What waits is sent later, and has the timer of then.
    await until(sent.view, () => texts(sent).length === 1);
    await looking.command('conversation.update', { conversation, disappearAfterMs: TIMER_MS });
    await until(sent.view, ({ items }) => items.some(({ body }) => body.disappearAfterMs === TIMER_MS));
    await sender.send(conversation, WORDS);
    const timelines = [sent, looking.timeline(conversation), before.timeline(conversation)];
    for (const timeline of timelines) await until(timeline.view, () => texts(timeline).includes(WORDS));
    await away.close();
    open.splice(open.indexOf(away), 1);

    const [, seen] = timelines;
    for (const timeline of [sent, seen]) {
      if (!timeline) throw new Error('there are timelines');
      await expect.poll(() => tombs(timeline), { timeout: TIMER_MS + 10_000 }).toBe(1);
      expect(texts(timeline)).toEqual(['this one stands']);
    }
    const back = await chat(device).start();
    const fresh = await chat().signIn({ username: ben ?? '', password: PASSWORD });
    for (const person of [back, fresh]) {
      if (!person) throw new Error('they are signed in');
      await isOpen(person);
      const timeline = person.timeline(conversation);
      await until(timeline.view, () => tombs(timeline) === 1);
      expect(texts(timeline)).toEqual(['this one stands']);
      expect(person.mismatches.getSnapshot()).toBe(0);
    }
  });
});
