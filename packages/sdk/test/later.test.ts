// What is scheduled, as an app on the SDK sees it: on two devices of a person within a second, and after both were away.
import { randomUUID } from 'node:crypto';
import type { Scheduled } from '@kith/protocol';
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

describe('what is scheduled', () => {
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
  const listOf = async (person: Person): Promise<readonly Scheduled[]> =>
    (await person.command('scheduled.read', {})).items;
  /** The changes of the list that a device has got, by the person's own conversation. */
  const changes = ({ view }: Timeline) =>
    view
      .getSnapshot()
      .items.flatMap(({ body }) => (body.name === 'kith:scheduled' ? [body.value as { state: string }] : []))
      .map(({ state }) => state);
  const told = (timeline: Timeline, states: readonly string[]) =>
    until(timeline.view, () => states.every((state) => changes(timeline).includes(state)));

  it('[Q1] [Q6] two devices know of a message that waits, and show it once it was sent', async () => {
    const username = `u${randomUUID().slice(0, 8)}`;
    const first = await chat().signUp({ username, password: PASSWORD });
    const second = await chat().signIn({ username, password: PASSWORD });
    for (const person of [first, second]) await isOpen(person);
    const conversation = await first.create({ kind: 'group', members: [], name: 'place' });
    const own = [first, second].map((person) => person.timeline(person.self ?? ''));
    const places = [first, second].map((person) => person.timeline(conversation));
    const params = { conversation, key: randomUUID(), text: 'in good time', at: Date.now() + 1_200 };
    await first.command('message.schedule', params);
    const askedAt = Date.now();
    for (const timeline of own) await told(timeline, ['waiting']);
    expect(Date.now() - askedAt).toBeLessThan(1_000);
    expect(await listOf(second)).toMatchObject([{ scheduled: params.key, text: 'in good time' }]);
    await second.command('scheduled.update', { scheduled: params.key, text: 'in better time' });
    for (const { view } of places) {
      await until(view, ({ items }) => items.some(({ body }) => body.text === 'in better time'));
    }
    for (const timeline of own) await told(timeline, ['sent']);
    expect(await listOf(first)).toEqual([]);
    for (const person of [first, second]) expect(person.mismatches.getSnapshot()).toBe(0);
  });

  it('[Q2] [Q5] [Q6] devices that were away at the time find what was sent, what was refused, and what they are reminded of', async () => {
    const username = `u${randomUUID().slice(0, 8)}`;
    const device = { stores: new MemoryStores(), keyValues: memoryKeyValues() };
    const here = chat(device);
    const person = await here.signUp({ username, password: PASSWORD });
    await isOpen(person);
    const conversation = await person.create({ kind: 'group', members: [], name: 'place' });
    const closed = await person.create({ kind: 'group', members: [], name: 'closed' });
    await person.send(conversation, 'do this');
    const place = person.timeline(conversation);
    const { items } = await until(place.view, (view) => view.items.some(({ body }) => body.text === 'do this'));
    const message = items.at(-1);
    if (!message) throw new Error('there is a message');
    const at = Date.now() + 800;
    const [sent, refused] = [randomUUID(), randomUUID()];
    await person.command('message.schedule', { conversation, key: sent, text: 'while away', at });
    await person.command('message.schedule', { conversation: closed, key: refused, text: 'too late', at });
    await person.command('conversation.update', { conversation: closed, key: randomUUID(), archived: true });
    const { epoch, seq: target } = message;
    await person.command('reminder.set', { conversation, key: randomUUID(), epoch, target, at });
    await here.close();
    open.splice(open.indexOf(here), 1);

    const witness = await chat().signIn({ username, password: PASSWORD });
    await isOpen(witness);
    await expect
      .poll(async () => (await listOf(witness)).map(({ kind }) => kind), { timeout: 10_000 })
      .toEqual(['message']);
    const again = chat(device);
    const back = await again.start();
    if (back === null) throw new Error('nobody is signed in');
    await isOpen(back);
    await told(back.timeline(back.self ?? ''), ['sent', 'refused']);
    const { view } = back.timeline(back.self ?? '');
    const seen = await until(view, (shown) => shown.items.some(({ kind }) => kind === 'reminder.due'));
    expect(seen.items.find(({ kind }) => kind === 'reminder.due')?.body).toEqual({
      message: { conversation, epoch, seq: target },
    });
    expect(await listOf(back)).toMatchObject([{ scheduled: refused, refused: 'conflict' }]);
    await until(back.timeline(conversation).view, (shown) =>
      shown.items.some(({ body }) => body.text === 'while away'),
    );
  });
});
