// Threads through the SDK against a real server: what people see of one, and of all that they follow, on any of their devices.
import { randomUUID } from 'node:crypto';
import type { FollowedThread } from '@kith/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat } from '../src/chat.js';
import { Hiding } from '../src/hiding/hiding.js';
import type { MessagePlace, Person } from '../src/person.js';
import { MemoryStores } from '../src/storage/memory.js';
import { Thread } from '../src/threads/thread.js';
import { Threads, type ThreadsView } from '../src/threads/threads.js';
import { until } from './fixtures/facts.js';

const PASSWORD = 'a long pass phrase of the tests';

describe('threads', () => {
  let server: RealServer;
  const open: Chat[] = [];
  const windows: { close(): void }[] = [];
  /** All that each device has opened. */
  const sockets = new Map<Person, readonly WebSocket[]>();

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20' });
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const window of windows.splice(0)) window.close();
    for (const chat of open.splice(0)) await chat.close();
    sockets.clear();
  });

  async function device(
    username = `u${randomUUID().slice(0, 8)}`,
    isKnown = false,
  ): Promise<Person & { readonly name: string }> {
    const own: WebSocket[] = [];
    class Socket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        own.push(this);
      }
    }
    const chat = new Chat({
      url: server.url,
      stores: new MemoryStores(),
      client: 'test/1',
      platform: { WebSocket: Socket },
    });
    open.push(chat);
    const account = { username, password: PASSWORD };
    const person = await (isKnown ? chat.signIn(account) : chat.signUp(account));
    await until(person.connection, ({ kind }) => kind === 'open');
    sockets.set(person, own);
    return Object.assign(person, { name: username });
  }

  /** A message in the log, as its author's timeline has it. */
  async function say(person: Person, where: string | MessagePlace, text: string): Promise<MessagePlace> {
    const [conversation, parts] = typeof where === 'string' ? [where, {}] : [where.conversation, { thread: where.seq }];
    const { key } = await person.send(conversation, text, parts);
    const written = () => person.command('entries.read', { conversation, limit: 200 });
    for (;;) {
      const found = (await written()).entries.find((entry) => entry.key === key);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  function look(person: Person, message: MessagePlace): Thread {
    const thread = new Thread(person, message);
    windows.push(thread);
    return thread;
  }

  function list(person: Person): Threads {
    const threads = new Threads(person);
    windows.push(threads);
    return threads;
  }

  const textsOf = (items: readonly { readonly body: object }[]) =>
    items.map(({ body }) => (body as { text?: string }).text);
  const seqsOf = (items: readonly { readonly seq: number }[] = []) => items.map(({ seq }) => seq);
  const listed = ({ items }: ThreadsView) => items.map(({ thread, unread }) => [thread, unread]);

  it('[S127] [T4] [T7] a thread has its own unread state on every device, its parent the count, and its answers the order of the log', async () => {
    const [ann, ben] = [await device(), await device()];
    const phone = await device(ann.name, true);
    const conversation = await ann.create({ kind: 'group', name: 'x', members: [ben.id] });
    const first = await say(ann, conversation, 'a question');
    const timeline = ben.timeline(conversation);
    windows.push(timeline);
    const views = [look(ann, first), look(phone, first)];
    const theirs = look(ben, first);
    for (const { view } of [...views, theirs]) await until(view, ({ isLoading }) => !isLoading);
    const answers: MessagePlace[] = [];
    for (const text of ['one', 'two', 'three']) answers.push(await say(ben, first, text));
    for (const { view } of views) {
      const shown = await until(view, ({ items }) => items.length === 3);
      expect(textsOf(shown.items)).toEqual(['one', 'two', 'three']);
      expect(shown.standing).toMatchObject({ follows: true, unread: 3 });
      expect(shown.message).toMatchObject({ seq: first.seq, thread: { count: 3 } });
    }
    expect((await until(theirs.view, ({ items }) => items.length === 3)).standing).toMatchObject({ unread: 0 });
    expect(ann.conversation(conversation).getSnapshot()).toMatchObject({ unread: 0 });
    const parent = await until(timeline.view, ({ items }) => items.some(({ thread }) => thread?.count === 3));
    expect(textsOf(parent.items).filter((text) => text !== undefined)).toEqual(['a question']);

    views[0]?.looked(answers[1]?.seq ?? 0);
    expect(views[0]?.view.getSnapshot().standing).toMatchObject({ unread: 1 });
    for (const { view } of views)
      await until(view, ({ standing }) => standing.unread === 1 && standing.read === answers[1]?.seq);
    await ben.deleteMessage(answers[2] ?? first);
    for (const { view } of views)
      await until(view, ({ standing, items }) => standing.unread === 0 && items[2]?.erased === true);
    const fresh = await until(look(ann, first).view, ({ isLoading }) => !isLoading);
    const shown = views[0]?.view.getSnapshot();
    expect({ ...fresh, message: null, items: seqsOf(fresh.items) }).toEqual({
      ...shown,
      message: null,
      items: seqsOf(shown?.items),
    });
    expect(textsOf(fresh.items)).toEqual(['one', 'two', undefined]);
  });

  it('[T5] who began a thread follows it from its first answer on, also where they hid what it begins with', async () => {
    const [ann, ben] = [await device(), await device()];
    const hiding = new Hiding(ann);
    windows.push(hiding);
    const conversation = await ann.create({ kind: 'group', name: 'x', members: [ben.id] });
    const first = await say(ann, conversation, 'a question');
    const { view } = look(ann, first);
    await until(view, ({ isLoading }) => !isLoading);
    await hiding.hide(first);
    await until(view, ({ message, isLoading }) => message === null && !isLoading);
    await say(ben, first, 'an answer');
    const { standing } = await until(view, ({ items, standing: { follows } }) => items.length === 1 && follows);
    expect(standing).toMatchObject({ follows: true, unread: 1 });
  });

  it('[T5] [T8] one who follows a thread finds it in a list that every device changes and keeps right', async () => {
    const [ann, ben] = [await device(), await device()];
    const phone = await device(ann.name, true);
    const conversation = await ann.create({ kind: 'group', name: 'x', members: [ben.id] });
    const lists = [list(ann), list(phone)];
    for (const { view } of lists) await until(view, ({ isLoading }) => !isLoading);
    const [one, two] = [await say(ann, conversation, 'one'), await say(ben, conversation, 'two')];
    await say(ben, one, 'to one');
    for (const { view } of lists) {
      const shown = await until(view, ({ unread, items }) => unread === 1 && items.length === 1);
      expect(listed(shown)).toEqual([[one.seq, 1]]);
    }
    const other = look(ann, two);
    await until(other.view, ({ isLoading }) => !isLoading);
    await other.follow();
    await say(ben, two, 'to two');
    for (const { view } of lists) {
      const shown = await until(view, ({ items, unread }) => items.length === 2 && unread === 2);
      expect(listed(shown)).toEqual([
        [two.seq, 1],
        [one.seq, 1],
      ]);
      expect(textsOf(shown.items.map(({ last }) => last))).toEqual(['to two', 'to one']);
    }
    await say(ann, one, 'my own');
    for (const { view } of lists)
      await until(view, (shown) => JSON.stringify(listed(shown)) === `[[${one.seq},0],[${two.seq},1]]`);
    await other.follow(false);
    for (const { view } of lists) await until(view, ({ items, unread }) => items.length === 1 && unread === 0);
    await ben.command('member.remove', { conversation, user: ben.id });
    const fresh = await until(list(phone).view, ({ isLoading }) => !isLoading);
    const seen = ({ message, last, ...rest }: FollowedThread) => [
      rest,
      message.body,
      message.thread,
      last.seq,
      last.body,
    ];
    expect(fresh.items.map(seen)).toEqual(lists[0]?.view.getSnapshot().items.map(seen));
  });

  it('[T8] who leaves a conversation has its threads in the list no more, and has them again who comes back', async () => {
    const [ann, ben] = [await device(), await device()];
    const conversation = await ben.create({ kind: 'group', name: 'x', members: [ann.id] });
    const first = await say(ben, conversation, 'a question');
    await say(ann, first, 'an answer');
    const { view } = list(ann);
    await until(view, ({ items }) => items.length === 1);
    await ann.command('member.remove', { conversation, user: ann.id });
    await until(view, ({ items }) => items.length === 0);
    await ben.command('member.add', { conversation, user: ann.id });
    await until(view, ({ items }) => items.length === 1);
  });

  it('[T3] [T6] pages of a long thread join without a hole, what was read stays read after a cut, and what came meanwhile is there', async () => {
    const [ann, ben] = [await device(), await device()];
    const conversation = await ann.create({ kind: 'group', name: 'x', members: [ben.id] });
    const first = await say(ann, conversation, 'a question');
    for (let count = 1; count <= 70; count += 1) await ben.send(conversation, `${count}`, { thread: first.seq });
    await until(ben.unsent(conversation), (unsent) => unsent.length === 0);
    const thread = look(ann, first);
    const newest = await until(thread.view, ({ isLoading, items }) => !isLoading && items.length === 50);
    expect(newest.message).toMatchObject({ seq: first.seq });
    expect([newest.hasBefore, textsOf(newest.items).at(0)]).toEqual([true, '21']);
    await thread.loadBefore();
    const whole = thread.view.getSnapshot();
    expect([whole.hasBefore, textsOf(whole.items)]).toEqual([
      false,
      Array.from({ length: 70 }, (_, index) => `${index + 1}`),
    ]);
    expect(whole.standing.unread).toBe(70);
    thread.looked(whole.items[39]?.seq ?? 0);
    await until(thread.view, ({ standing }) => standing.unread === 30);
    const phone = look(await device(ann.name, true), first);
    await until(phone.view, ({ standing }) => standing.unread === 30);
    for (const socket of sockets.get(ann) ?? []) socket.terminate();
    await until(ann.connection, ({ kind }) => kind !== 'open');
    thread.looked(whole.items.at(-1)?.seq ?? 0);
    await until(ann.connection, ({ kind }) => kind === 'open');
    await until(phone.view, ({ standing }) => standing.unread === 0);
    await say(ben, first, 'after it');
    for (const { view } of [thread, phone]) {
      const shown = await until(view, ({ items }) => textsOf(items).at(-1) === 'after it');
      expect(shown.standing.unread).toBe(1);
    }
  });
});
