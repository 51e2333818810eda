// Hiding messages through the SDK against a real server: what one device hides none of the person's shows, also where both were
// away, in a later run and where there is no connection; others see it as before, and nothing that is counted changes. Rules HD1
// to HD6.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkLine } from '@kith/testkit/network-line';
import { NETWORKS } from '@kith/testkit/networks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat, type ChatOptions } from '../src/chat.js';
import { Hiding } from '../src/hiding/hiding.js';
import type { MessagePlace, Person } from '../src/person.js';
import { Pins, setPinned } from '../src/pins/pins.js';
import { memoryKeyValues } from '../src/platform/key-values.js';
import type { Timeline, TimelineView } from '../src/replica/timeline.js';
import { FileStores } from '../src/storage/file.js';
import { MemoryStores } from '../src/storage/memory.js';
import { Thread } from '../src/threads/thread.js';
import { until } from './fixtures/facts.js';

const PASSWORD = 'a long pass phrase of the tests';

describe('messages that a person hides', () => {
  let server: RealServer;
  const ends: (() => unknown)[] = [];
  const chats = new Map<Person, Chat>();

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '1000' });
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  function chat(options: Partial<ChatOptions> = {}): Chat {
    const platform = { WebSocket, keyValues: memoryKeyValues(), ...options.platform };
    const made = new Chat({ url: server.url, stores: new MemoryStores(), ...options, platform });
    ends.push(() => made.close());
    return made;
  }

  /** Every app here begins with it. */
  const hidings = new Map<Person, Hiding>();
  const begin = (person: Person): Person => {
    const hiding = new Hiding(person);
    hidings.set(person, hiding);
    ends.push(() => hiding.close());
    return person;
  };
  const hide = (person: Person, item: MessagePlace) => hidings.get(person)?.hide(item);

  const isOpen = (person: Person) => until(person.connection, ({ kind }) => kind === 'open');

  async function somebody(): Promise<{ person: Person; username: string }> {
    const username = `u${randomUUID().slice(0, 8)}`;
    const person = begin(await chat().signUp({ username, password: PASSWORD }));
    await isOpen(person);
    return { person, username };
  }

  async function another(username: string, options: Partial<ChatOptions> = {}): Promise<Person> {
    const made = chat(options);
    const person = begin(await made.signIn({ username, password: PASSWORD }));
    chats.set(person, made);
    await isOpen(person);
    return person;
  }

  const line = async () => {
    const [network] = NETWORKS;
    if (!network) throw new Error('there is no network');
    const made = await NetworkLine.to(server.url, network);
    ends.push(() => made.close());
    return made;
  };

  const opened = (person: Person, id: string): Timeline => {
    const timeline = person.timeline(id);
    ends.push(() => timeline.close());
    return timeline;
  };
  const textsOf = ({ items }: TimelineView) =>
    items.flatMap(({ kind, body }) => (kind === 'message.sent' ? [String(body.text)] : []));
  const shows = ({ view }: Timeline, texts: readonly string[]) =>
    until(view, (now) => !now.isLoading && JSON.stringify(textsOf(now)) === JSON.stringify(texts));
  const say = async (person: Person, id: string, texts: readonly string[]) => {
    for (const text of texts) await person.send(id, text);
    await until(person.unsent(id), (items) => items.length === 0);
  };
  const itemOf = ({ view }: Timeline, text: string) => {
    const item = view.getSnapshot().items.find(({ body }) => body.text === text);
    if (!item) throw new Error(`${text} is not shown`);
    return item;
  };

  it('[S131] [HD1] [HD6] what one device hides the other shows no more, others do, and no number is missing', async () => {
    const { person: ann, username } = await somebody();
    const { person: ben } = await somebody();
    const phone = await another(username);
    const id = await ann.create({ kind: 'group', members: [ben.id], name: 'place' });
    const [mine, own, theirs] = [opened(ann, id), opened(phone, id), opened(ben, id)];
    await say(ben, id, ['one', 'two', 'three']);
    for (const timeline of [mine, own, theirs]) await shows(timeline, ['one', 'two', 'three']);
    const { unread } = ann.conversation(id).getSnapshot() ?? {};
    expect(unread).toBe(3);
    await hide(ann, itemOf(mine, 'three'));
    // At once where it was hidden.
    expect(textsOf(mine.view.getSnapshot())).toEqual(['one', 'two']);
    await shows(own, ['one', 'two']);
    await until(ann.unsent(ann.self ?? ''), (items) => items.length === 0);
    for (const person of [ann, phone]) {
      const view = await until(person.conversation(id), (now) => now?.last?.kind === 'hidden');
      expect(view).toMatchObject({ unread: 3, last: { author: ben.id } });
    }
    await ben.editMessage(itemOf(theirs, 'three'), 'three, too');
    await say(ben, id, ['four']);
    for (const timeline of [mine, own]) await shows(timeline, ['one', 'two', 'four']);
    await shows(theirs, ['one', 'two', 'three, too', 'four']);
    // Deleted for everyone it is a tombstone, which is hidden as well; the numbers go on.
    await ben.deleteMessage(itemOf(theirs, 'two'));
    for (const { view } of [mine, own]) await until(view, ({ items }) => items.some(({ erased }) => erased));
    const tombstone = mine.view.getSnapshot().items.find(({ erased }) => erased);
    if (!tombstone) throw new Error('there is no tombstone');
    await hide(phone, tombstone);
    for (const timeline of [mine, own]) await shows(timeline, ['one', 'four']);
    const fresh = await another(username);
    const anew = opened(fresh, id);
    await shows(anew, ['one', 'four']);
    for (const person of [ann, phone, fresh]) {
      await until(person.conversation(id), (now) => now?.unread === 3 && now.head === 8);
      expect(person.mismatches.getSnapshot()).toBe(0);
    }
  });

  it('[HD6] [HD2] what both hid while they were away neither shows when they are back, nor a later run without a connection', async () => {
    const { username } = await somebody();
    const { person: ben } = await somebody();
    const lines = [await line(), await line()] as const;
    const directory = await mkdtemp(join(tmpdir(), 'kith-hiding-'));
    ends.push(() => rm(directory, { recursive: true }));
    const options = { stores: new FileStores({ directory }), platform: { keyValues: memoryKeyValues() } };
    const one = await another(username, { ...options, url: lines[0].url });
    const two = await another(username, { url: lines[1].url });
    const id = await one.create({ kind: 'group', members: [ben.id], name: 'place' });
    await until(two.conversations, (all) => all.some((each) => each.id === id));
    await say(ben, id, ['one', 'two', 'three', 'four']);
    const [first, second] = [opened(one, id), opened(two, id)];
    for (const timeline of [first, second]) await shows(timeline, ['one', 'two', 'three', 'four']);
    for (const each of lines) each.cut();
    for (const { connection } of [one, two]) await until(connection, ({ kind }) => kind !== 'open');
    for (const [person, timeline, texts] of [
      [one, first, ['one', 'two']],
      [two, second, ['two', 'three']],
    ] as const) {
      for (const text of texts) await hide(person, itemOf(timeline, text));
    }
    expect(textsOf(first.view.getSnapshot())).toEqual(['three', 'four']);
    expect(textsOf(second.view.getSnapshot())).toEqual(['one', 'four']);
    // Kept before it is sent: a run that begins here has it.
    await chats.get(one)?.close();
    const offline = await chat({ ...options, url: lines[0].url }).start();
    if (!offline) throw new Error('nobody is signed in');
    begin(offline);
    const again = opened(offline, id);
    await shows(again, ['three', 'four']);
    expect(offline.connection.getSnapshot().kind).not.toBe('open');
    for (const each of lines) each.mend();
    for (const timeline of [again, second]) await shows(timeline, ['four']);
    for (const person of [offline, two]) await until(person.unsent(person.self ?? ''), (items) => items.length === 0);
    expect(textsOf(again.view.getSnapshot())).toEqual(['four']);
  });

  it('[HD4] [HD6] a thread, the pins and the quotes show it no more', async () => {
    const { person: ann, username } = await somebody();
    const phone = await another(username);
    const id = await ann.create({ kind: 'group', members: [], name: 'place' });
    const timeline = opened(phone, id);
    await say(ann, id, ['a question']);
    await shows(timeline, ['a question']);
    const question = itemOf(timeline, 'a question');
    await setPinned(ann, question);
    await ann.send(id, 'an answer', { thread: question.seq });
    await ann.send(id, 'a reply', { replyTo: question.seq });
    const pins = new Pins(phone, id);
    ends.push(pins.subscribe(() => {}));
    await until(pins, (items) => items?.length === 1);
    const thread = new Thread(phone, question);
    ends.push(() => thread.close());
    await until(thread.view, ({ message, items }) => message !== null && items.length === 1);
    await until(timeline.view, ({ quotes }) => quotes.get(question.seq)?.body.text === 'a question');
    await hide(ann, question);
    await until(pins, (items) => items?.length === 0);
    await until(thread.view, ({ message, items }) => message === null && items.length === 1);
    await until(timeline.view, ({ quotes }) => quotes.get(question.seq) === null);
    expect(textsOf(timeline.view.getSnapshot())).toEqual(['a reply']);
  });
});
