// The front door on Node against a real server: what a developer's first program does, and what it may rely on.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat, type ChatOptions } from '../src/chat.js';
import { historyOf } from '../src/history/history.js';
import { peopleOf } from '../src/members/members.js';
import type { Person } from '../src/person.js';
import { Pins, setPinned } from '../src/pins/pins.js';
import { memoryKeyValues } from '../src/platform/key-values.js';
import { choosePlatform } from '../src/platform/platform.js';
import type { HttpRequest } from '../src/ports.js';
import type { TimelineView } from '../src/replica/timeline.js';
import { FileStores } from '../src/storage/file.js';
import { MemoryStores } from '../src/storage/memory.js';
import { until } from './fixtures/facts.js';

const PASSWORD = 'a long pass phrase of the tests';

describe('the front door', () => {
  let server: RealServer;
  let directory: string;
  const open: Chat[] = [];

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20' });
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kith-sdk-'));
  });
  afterEach(async () => {
    for (const chat of open.splice(0)) await chat.close();
    await rm(directory, { recursive: true });
  });

  function chat(options: Partial<ChatOptions> = {}): Chat {
    const made = new Chat({
      url: server.url,
      stores: new MemoryStores(),
      client: 'test/1',
      ...options,
      platform: { WebSocket, ...options.platform },
    });
    open.push(made);
    return made;
  }

  async function somebody(options: Partial<ChatOptions> = {}): Promise<{ chat: Chat; person: Person }> {
    const made = chat(options);
    const person = await made.signUp({ username: `u${randomUUID().slice(0, 8)}`, password: PASSWORD });
    await until(person.connection, ({ kind }) => kind === 'open');
    return { chat: made, person };
  }

  const two = async () => [(await somebody()).person, (await somebody()).person] as const;
  const textsOf = ({ items }: TimelineView) =>
    items.flatMap(({ kind, body }) => (kind === 'message.sent' ? [body.text] : []));

  it('two people sign up, talk, and see how far the other has got', async () => {
    const [ann, ben] = await two();
    const conversation = await ann.create({ kind: 'direct', members: [ben.id] });
    const timeline = ben.timeline(conversation);
    await until(ben.conversation(conversation), (view) => view !== null);

    const item = await ann.send(conversation, 'hello');
    expect(item).toMatchObject({ command: 'message.send', params: { text: 'hello' } });
    const { items } = await until(timeline.view, (view) => textsOf(view).includes('hello'));
    await until(ann.unsent(conversation), (unsent) => unsent.length === 0);
    await until(ben.conversation(conversation), (view) => view?.unread === 1);

    const seq = items.at(-1)?.seq ?? 0;
    await until(peopleOf(ann, conversation), ({ marks }) => marks.get(ben.id)?.delivered === seq);
    ben.read(conversation, seq);
    await until(ben.conversation(conversation), (view) => view?.unread === 0);
    await until(peopleOf(ann, conversation), ({ marks }) => marks.get(ben.id)?.read === seq);
    timeline.close();
    expect([ann.mismatches.getSnapshot(), ben.mismatches.getSnapshot()]).toEqual([0, 0]);
  });

  it('[D5] [D7] shows one who has read a message that it was edited, and how; and when it was deleted', async () => {
    const [ann, ben] = await two();
    const conversation = await ann.create({ kind: 'direct', members: [ben.id] });
    const [own, timeline] = [ann.timeline(conversation), ben.timeline(conversation)];
    await until(ben.conversation(conversation), (view) => view !== null);
    await ann.send(conversation, 'first');
    const { items } = await until(timeline.view, (view) => textsOf(view).includes('first'));
    const message = items.at(-1);
    if (!message) throw new Error('there is no message');
    ben.read(conversation, message.seq);
    await until(peopleOf(ann, conversation), ({ marks }) => marks.get(ben.id)?.read === message.seq);
    expect(await ann.editMessage(message, 'second')).toMatchObject({ command: 'message.edit' });
    for (const { view } of [own, timeline]) await until(view, (shown) => textsOf(shown).includes('second'));
    await until(ann.unsent(conversation), (unsent) => unsent.length === 0);
    const edited = timeline.view.getSnapshot().items.at(-1);
    expect(edited).toMatchObject({ seq: message.seq, edited: { seq: message.seq + 1 } });
    expect((await historyOf(ben, message)).map(({ body }) => body.text)).toEqual(['first', 'second']);
    expect(peopleOf(ann, conversation).getSnapshot().marks.get(ben.id)?.read).toBe(message.seq);
    expect(ben.conversation(conversation).getSnapshot()?.unread).toBe(0);

    // What is not one's own is refused, visibly.
    const { key } = await ben.deleteMessage(message);
    await until(ben.unsent(conversation), ([item]) => item?.failure?.code === 'forbidden');
    await ben.discard(key);
    await ann.deleteMessage(message);
    const tombstone = { seq: message.seq, erased: true, body: {} };
    for (const { view } of [own, timeline]) await until(view, (shown) => shown.items.at(-1)?.erased === true);
    expect(timeline.view.getSnapshot().items.at(-1)).toMatchObject(tombstone);
    expect((await historyOf(ben, message)).map(({ body }) => body.text)).toEqual([undefined, undefined, undefined]);
    for (const each of [own, timeline]) each.close();
    expect([ann.mismatches.getSnapshot(), ben.mismatches.getSnapshot()]).toEqual([0, 0]);
  });

  it('[O6] forwards a message to where its reader did not see it, and says whose it is', async () => {
    const [ann, ben] = await two();
    const [from, to] = [
      await ben.create({ kind: 'group', members: [ann.id], name: 'From' }),
      await ann.create({ kind: 'direct', members: [ben.id] }),
    ];
    const [read, passed] = [ann.timeline(from), ben.timeline(to)];
    await ben.send(from, 'worth knowing');
    const { items } = await until(read.view, (view) => textsOf(view).includes('worth knowing'));
    const { conversation, epoch, seq, at } = items.at(-1) ?? { conversation: '', epoch: 0, seq: 0, at: 0 };
    const forward = { conversation, epoch, seq };
    const item = await ann.send(to, 'shown meanwhile', { forward });
    expect(item.params).toMatchObject({ text: 'shown meanwhile', forward });
    const { items: shown } = await until(passed.view, (view) => textsOf(view).includes('worth knowing'));
    expect(shown.at(-1)).toMatchObject({ author: ann.id, body: { forward: { ...forward, author: ben.id, at } } });
    await until(ann.unsent(to), (unsent) => unsent.length === 0);
    for (const timeline of [read, passed]) timeline.close();
  });

  it('[R3] [R5] two who put and take emoji at once, one of them after an absence, end with what a fresh reading gives', async () => {
    const { person: ann } = await somebody();
    const options = { stores: new FileStores({ directory }), platform: { keyValues: memoryKeyValues() } };
    const before = await somebody(options);
    const conversation = await ann.create({ kind: 'direct', members: [before.person.id] });
    const own = ann.timeline(conversation);
    await ann.send(conversation, 'hello');
    const { items } = await until(own.view, (view) => textsOf(view).includes('hello'));
    const message = items.at(-1);
    if (!message) throw new Error('there is no message');
    await until(before.person.conversation(conversation), (view) => view?.head === message.seq);
    await before.person.react(message, '👍');
    await until(own.view, (view) => view.items.at(-1)?.reactions?.[0]?.count === 1);
    await before.chat.close();

    for (const emoji of ['❤️', '👍', '🎉']) await ann.react(message, emoji);
    await ann.react(message, '❤️', false);
    await until(ann.unsent(conversation), (unsent) => unsent.length === 0);
    const ben = await chat(options).start();
    if (!ben) throw new Error('there is nobody');
    const timeline = ben.timeline(conversation);
    const toggles = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((count) => [
      ann.react(message, '👍', count % 2 === 0),
      ben.react(message, '🎉', count % 3 > 0),
    ]);
    await Promise.all(toggles);
    for (const person of [ann, ben]) await until(person.unsent(conversation), (unsent) => unsent.length === 0);
    const shown = (mine: readonly string[]) =>
      [
        ['👍', 1],
        ['🎉', 2],
      ].map(([emoji, count]) => ({ emoji, count, ...(mine.includes(String(emoji)) ? { mine: true } : {}) }));
    const rightFor = new Map([
      [ann, shown(['🎉'])],
      [ben, shown(['👍', '🎉'])],
    ]);
    for (const [person, right] of rightFor) {
      const { view } = person === ann ? own : timeline;
      await until(view, (now) => JSON.stringify(now.items.at(-1)?.reactions) === JSON.stringify(right));
      const fresh = await person.command('messages.read', { conversation });
      expect(fresh.items.at(-1)?.reactions).toEqual(right);
    }
    for (const each of [own, timeline]) each.close();
  });

  it('[J5] [J6] two who pin and unpin at once, one of them after an absence, see the same pinned, and the list keeps right', async () => {
    const { person: ann } = await somebody();
    const options = { stores: new FileStores({ directory }), platform: { keyValues: memoryKeyValues() } };
    const before = await somebody(options);
    const conversation = await ann.create({ kind: 'direct', members: [before.person.id] });
    const own = ann.timeline(conversation);
    for (const text of ['one', 'two', 'three']) await ann.send(conversation, text);
    const { items } = await until(own.view, (view) => textsOf(view).includes('three'));
    const [one, two, three] = items.slice(-3);
    if (!one || !two || !three) throw new Error('there is no message');
    await until(before.person.conversation(conversation), (view) => view?.head === three.seq);
    await before.chat.close();
    const list = new Pins(ann, conversation);
    const end = list.subscribe(() => {});
    for (const message of [one, two, three]) await setPinned(ann, message);
    await until(list, (pinned) => pinned?.map(({ body }) => body.text).join() === 'three,two,one');
    const ben = await chat(options).start();
    if (!ben) throw new Error('there is nobody');
    const timeline = ben.timeline(conversation);
    await until(timeline.view, (view) => view.items.filter(({ pinned }) => pinned).length === 3);
    await Promise.all([
      setPinned(ann, one, false),
      setPinned(ben, one, false),
      setPinned(ben, two, false),
      ann.editMessage(three, 'third'),
    ]);
    await until(list, (pinned) => pinned?.map(({ body }) => body.text).join() === 'third');
    await Promise.all([setPinned(ann, two), setPinned(ben, one), setPinned(ben, two)]);
    for (const person of [ann, ben]) await until(person.unsent(conversation), (unsent) => unsent.length === 0);
    for (const { view } of [own, timeline]) {
      await until(view, (now) => now.items.filter(({ pinned }) => pinned).length === 3);
    }
    await until(list, (pinned) => pinned?.length === 3);
    const fresh = await ann.command('pins.read', { conversation });
    expect(list.getSnapshot()?.map(({ seq, pinned }) => [seq, pinned])).toEqual(
      fresh.items.map(({ seq, pinned }) => [seq, pinned]),
    );
    await ann.deleteMessage(three);
    await until(list, (pinned) => pinned?.length === 2);
    await until(timeline.view, (view) => view.items.at(-1)?.erased === true && !view.items.at(-1)?.pinned);
    end();
    for (const each of [own, timeline]) each.close();
  });

  it('[S128] [J8] [J10] gives a reply what it quotes, however far back it stands, as it is now and becomes', async () => {
    const [ann, ben] = await two();
    const conversation = await ann.create({ kind: 'direct', members: [ben.id] });
    for (const text of ['first', 'second']) await ann.send(conversation, text);
    await until(ann.unsent(conversation), (unsent) => unsent.length === 0);
    const start = ann.timeline(conversation);
    const { items } = await until(start.view, (view) => textsOf(view).includes('second'));
    const [first, second] = items.slice(-2);
    if (!first || !second) throw new Error('there is no message');
    start.close();
    for (let index = 0; index < 120; index += 1) await ann.send(conversation, `between ${index}`);
    await until(ann.unsent(conversation), (unsent) => unsent.length === 0);
    await ann.send(conversation, 'to the first', { replyTo: first.seq });
    await ann.send(conversation, 'to the second', { replyTo: second.seq });
    await until(ann.unsent(conversation), (unsent) => unsent.length === 0);

    const timelines = [ann.timeline(conversation), ben.timeline(conversation)];
    const quoteIn = ({ quotes }: TimelineView, { seq }: { readonly seq: number }) => quotes.get(seq);
    for (const { view } of timelines) {
      await until(view, (now) => quoteIn(now, first)?.body.text === 'first' && quoteIn(now, second)?.author === ann.id);
      expect(view.getSnapshot().items.every(({ seq }) => seq > second.seq)).toBe(true);
    }
    await Promise.all([ann.editMessage(first, 'edited'), ann.deleteMessage(second)]);
    for (const { view } of timelines) {
      await until(view, (now) => quoteIn(now, first)?.body.text === 'edited' && quoteIn(now, second)?.erased === true);
    }
    await ben.send(conversation, 'to the first again', { replyTo: first.seq });
    for (const { view } of timelines) await until(view, (now) => textsOf(now).includes('to the first again'));
    for (const timeline of timelines) {
      expect(quoteIn(timeline.view.getSnapshot(), first)?.body.text).toBe('edited');
      await timeline.open({ at: 'seq', seq: first.seq });
      await until(timeline.view, (now) => now.items.some(({ seq }) => seq === first.seq));
      timeline.close();
    }
  });

  it('knows the members of a group while somebody looks, and their profiles', async () => {
    const [ann, ben] = await two();
    const { person: cid } = await somebody();
    const group = await ann.create({ kind: 'group', members: [ben.id, cid.id], name: 'all' });
    await until(ben.conversation(group), (view) => view?.name === 'all');
    const { members } = await until(peopleOf(ben, group), (people) => people.members?.size === 3);
    expect([...(members ?? [])].map(([user, { role }]) => [user, role])).toEqual([
      [ann.id, 'owner'],
      [ben.id, 'member'],
      [cid.id, 'member'],
    ]);
    expect(await until(ben.user(cid.id), (user) => user !== null)).toMatchObject({ id: cid.id, kind: 'person' });
  });

  it('keeps what was written without a connection over a restart of the app, and sends it once, in order', async () => {
    const keyValues = memoryKeyValues();
    const options = { stores: new FileStores({ directory }), platform: { keyValues } };
    const { person: ben } = await somebody();
    const first = await somebody(options);
    const conversation = await first.person.create({ kind: 'direct', members: [ben.id] });
    await until(first.person.conversation(conversation), (view) => view !== null);
    await first.chat.close();

    const offline = { ...options.platform, openSocket: refuse, http: async () => refuse() };
    const second = chat({ ...options, platform: offline });
    const person = await second.start();
    expect(person?.id).toBe(first.person.id);
    for (let count = 1; count <= 20; count += 1) await person?.send(conversation, `${count}`);
    expect(
      person
        ?.unsent(conversation)
        .getSnapshot()
        .map(({ status }) => status),
    ).toEqual(Array(20).fill('pending'));
    await second.close();

    const third = chat(options);
    const again = await third.start();
    expect(again?.unsent(conversation).getSnapshot()).toHaveLength(20);
    const timeline = ben.timeline(conversation);
    const numbers = Array.from({ length: 20 }, (_, index) => `${index + 1}`);
    const view = await until(timeline.view, (shown) => textsOf(shown).length >= 20);
    expect(textsOf(view)).toEqual(numbers);
    if (again) await until(again.unsent(conversation), (unsent) => unsent.length === 0);
    timeline.close();
  });

  it('gives nobody what another person held on the same device, and removes it when they sign out', async () => {
    const keyValues = memoryKeyValues();
    const options = { stores: new FileStores({ directory }), platform: { keyValues } };
    const { person: ben } = await somebody();
    const { chat: device, person: ann } = await somebody(options);
    const secret = await ann.create({ kind: 'direct', members: [ben.id] });
    await ann.send(secret, 'a secret');
    await until(ann.unsent(secret), (unsent) => unsent.length === 0);
    await expect.poll(async () => JSON.stringify(await textsIn(directory))).toContain('a secret');
    await device.signOut();
    expect(device.person.getSnapshot()).toBeNull();
    expect(device.session.getSnapshot()).toEqual({ kind: 'signed_out', isEnded: false });

    const cid = await device.signUp({ username: `u${randomUUID().slice(0, 8)}`, password: PASSWORD });
    await until(cid.connection, ({ kind }) => kind === 'open');
    expect(cid.id).not.toBe(ann.id);
    expect(cid.conversations.getSnapshot()).toEqual([]);
    expect(JSON.stringify(await textsIn(directory))).not.toContain('a secret');
  });

  it('removes what a person held also where the server cannot be told that they signed out', async () => {
    let isAway = false;
    const { http } = choosePlatform();
    const platform = { http: (request: HttpRequest) => (isAway ? new Promise<never>(() => {}) : http(request)) };
    const { chat: device, person: ann } = await somebody({ stores: new FileStores({ directory }), platform });
    await ann.create({ kind: 'group', members: [], name: 'a secret' });
    await expect.poll(async () => JSON.stringify(await textsIn(directory))).toContain('a secret');
    isAway = true;
    void device.signOut();
    await until(device.person, (person) => person === null);
    await expect.poll(async () => JSON.stringify(await textsIn(directory))).not.toContain('a secret');
  });

  it('shows a message that can never be sent as failed, with its reason, and goes on with those behind it', async () => {
    const [ann, ben] = await two();
    const conversation = await ann.create({ kind: 'direct', members: [ben.id] });
    const timeline = ann.timeline(conversation);
    const long = await ann.send(conversation, 'x'.repeat(16_001));
    await ann.send(conversation, 'next');
    await until(timeline.view, (view) => textsOf(view).includes('next'));
    const [failed] = await until(ann.unsent(conversation), (unsent) => unsent[0]?.status === 'failed');
    expect(failed).toMatchObject({ key: long.key, failure: { code: 'too_large' } });
    await ann.edit(long.key, 'shorter');
    await ann.retry(long.key);
    await until(timeline.view, (view) => textsOf(view).includes('shorter'));
    timeline.close();
  });

  it('[S60] sends text whose image is still on its way when that has come, without another order', async () => {
    const [ann, ben] = await two();
    const conversation = await ann.create({ kind: 'direct', members: [ben.id] });
    const timeline = ben.timeline(conversation);
    const held = await ann.send(conversation, 'with an image', { held: 'upload' });
    await ann.send(conversation, 'behind it');
    expect(
      ann
        .unsent(conversation)
        .getSnapshot()
        .map(({ held }) => held),
    ).toEqual(['upload', null]);
    await ann.release(held.key);
    const view = await until(timeline.view, (shown) => textsOf(shown).length === 2);
    expect(textsOf(view)).toEqual(['with an image', 'behind it']);

    const lost = await ann.send(conversation, 'with another', { held: 'upload', blocksOthers: false });
    await ann.send(conversation, 'not behind it');
    await until(timeline.view, (shown) => textsOf(shown).includes('not behind it'));
    await ann.fail(lost.key, 'the upload was refused');
    expect(ann.unsent(conversation).getSnapshot()).toMatchObject([{ status: 'failed', failure: { code: 'failed' } }]);
    await ann.discard(lost.key);
    expect(ann.unsent(conversation).getSnapshot()).toEqual([]);
    timeline.close();
  });

  it('tells whom a session was ended for, and goes on where another one begins', async () => {
    const { chat: device, person: ann } = await somebody();
    const { items } = (await device.request('GET', '/sessions')) as { items: { id: string }[] };
    await device.request('DELETE', `/sessions/${items[0]?.id}`);
    const state = await until(device.session, ({ kind }) => kind === 'signed_out');
    expect(state).toEqual({ kind: 'signed_out', isEnded: true });
    await until(device.person, (person) => person === null);
    expect(ann.connection.getSnapshot()).toMatchObject({ kind: 'stopped' });
  });
});

function refuse(): never {
  throw new Error('there is no network');
}

async function textsIn(directory: string): Promise<string[]> {
  return await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8')));
}
