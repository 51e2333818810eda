import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settle } from '@kith/testkit/fake-clock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DoorScene, URL } from '../test/fixtures/door-scene.js';
import { until } from '../test/fixtures/facts.js';
import { entry, HERE, person, summary, welcome } from '../test/fixtures/replica-scene.js';
import type { Chat } from './chat.js';
import type { Person } from './person.js';
import { choosePlatform } from './platform/platform.js';
import { FileStores } from './storage/file.js';
import { IndexedDbStores } from './storage/indexeddb.js';
import type { Stored } from './storage/replica-store.js';
import type { Step } from './storage/versions.js';

const ANN = '00000000-0000-7000-8000-0000000000a1';
const HOUR_MS = 3_600_000;

let scene: DoorScene;
let chat: Chat;

beforeEach(() => {
  scene = new DoorScene();
  chat = scene.chat();
});
afterEach(async () => {
  await chat.close();
  vi.unstubAllGlobals();
});

const signIn = () => chat.signIn({ username: ANN, password: 'right' });
const listed = (head = 1, fields = {}) =>
  welcome([summary(head, { pushedAfter: 0, ...fields })], { user: person(ANN), since: `cursor-${head}` });
const seqsOf = (ann: Person) => {
  const timeline = ann.timeline(HERE);
  return settle().then(() => {
    timeline.close();
    return timeline.view.getSnapshot().items.map(({ seq }) => seq);
  });
};
const textsSent = () => scene.socket.commands('message.send').map(({ text }) => text);

async function opened(): Promise<Person> {
  const ann = await signIn();
  await scene.socket.welcome(listed());
  await scene.socket.say({ type: 'entry', ...entry(1) });
  return ann;
}

/** The next socket, after the wait. */
async function again(): Promise<void> {
  const before = scene.sockets.length;
  for (let waited = 0; waited < 600 && scene.sockets.length === before; waited += 1) await scene.pass(100);
  expect(scene.sockets.length).toBeGreaterThan(before);
}

describe('a private window', () => {
  it('in which neither localStorage nor IndexedDB may be touched holds everything in memory, and says so', async () => {
    const forbidden = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    vi.stubGlobal('document', new EventTarget());
    vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden, removeItem: forbidden });
    vi.stubGlobal('indexedDB', { open: forbidden, deleteDatabase: forbidden });
    scene.keyValues = choosePlatform().keyValues;
    chat = scene.chat(new IndexedDbStores());
    const ann = await opened();
    expect(ann.storage.getSnapshot()).toEqual({ kind: 'memory', reason: 'blocked' });
    await ann.send(HERE, 'hello');
    await settle();
    expect([await seqsOf(ann), textsSent()]).toEqual([[1], ['hello']]);
    await chat.signOut();
    expect(chat.person.getSnapshot()).toBeNull();
  });
});

describe('a device whose clock is wrong, or set while it runs', () => {
  it.each([HOUR_MS, -HOUR_MS])(
    '[S48] by %i ms: the session lasts, and everything is in the order of the log',
    async (ms) => {
      scene.clock.jump(ms);
      const ann = await opened();
      await ann.send(HERE, 'a');
      scene.clock.jump(-2 * ms);
      await chat.request('GET', '/me');
      await ann.send(HERE, 'b');
      scene.clock.jump(ms);
      await ann.send(HERE, 'c');
      await settle();
      expect(textsSent()).toEqual(['a', 'b', 'c']);
      // Nothing of the device's time goes to the server.
      const numbers = scene.socket
        .commands('message.send')
        .map((params) => Object.values(params).filter(Number.isFinite));
      expect(numbers).toEqual([[], [], []]);
      for (const seq of [2, 3, 4]) await scene.socket.say({ type: 'entry', ...entry(seq) });
      expect(await seqsOf(ann)).toEqual([1, 2, 3, 4]);
      expect(scene.http.to('POST /v1/sessions/refresh')).toEqual([]);
    },
  );

  it.each([HOUR_MS, -HOUR_MS])('[S48] keeps the order of writing through a restart %i ms later', async (ms) => {
    const ann = await opened();
    scene.socket.onclose?.({ code: 1006 });
    for (const text of ['a', 'b']) await ann.send(HERE, text);
    await chat.close();
    scene.clock.jump(ms);
    chat = scene.chat();
    const later = await chat.start();
    await later?.send(HERE, 'c');
    await settle();
    await scene.socket.welcome(listed());
    expect(textsSent()).toEqual(['a', 'b', 'c']);
    expect(later && (await seqsOf(later))).toEqual([1]);
  });
});

describe('what another version of the SDK has kept', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kith-versions-'));
  });
  afterEach(async () => {
    await chat.close();
    await rm(directory, { recursive: true });
  });
  /** A later SDK, in which every entry has another body. */
  const LATER: readonly Step[] = [
    (part, value) => (part === 'entries' ? { ...(value as Stored), body: { text: 'brought up' } } : value),
  ];
  async function run(steps: readonly Step[]): Promise<Person | null> {
    await chat.close();
    chat = scene.chat(new FileStores({ directory, steps }));
    return await chat.start();
  }
  const textsOf = async (ann: Person) => {
    const timeline = ann.timeline(HERE);
    await until(timeline.view, ({ isLoading }) => !isLoading);
    timeline.close();
    return timeline.view.getSnapshot().items.map(({ body }) => body.text);
  };

  it('is brought up where it is older, what was not sent included', async () => {
    await run([]);
    const before = await opened();
    scene.socket.onclose?.({ code: 1006 });
    await before.send(HERE, 'unsent');
    const ann = await run(LATER);
    expect(ann?.storage.getSnapshot()).toEqual({ kind: 'durable' });
    expect(ann && (await textsOf(ann))).toEqual(['brought up']);
    expect(ann?.unsent(HERE).getSnapshot()).toMatchObject([{ params: { text: 'unsent' }, status: 'pending' }]);
    await scene.socket.welcome(listed());
    expect(scene.socket.sent[0]).toMatchObject({ type: 'hello', since: 'cursor-1' });
    await expect.poll(textsSent, { timeout: 15_000 }).toEqual(['unsent']);
  });

  it('is left alone where it is newer: all is read from the server, and the later SDK finds its own again', async () => {
    await run(LATER);
    await opened();
    const ann = await run([]);
    expect(ann?.storage.getSnapshot()).toEqual({ kind: 'memory', reason: 'newer' });
    expect(ann?.conversations.getSnapshot()).toEqual([]);
    await scene.socket.welcome(listed(2));
    for (const seq of [1, 2]) await scene.socket.say({ type: 'entry', ...entry(seq) });
    expect(scene.socket.sent[0]).not.toHaveProperty('since');
    expect(ann && (await textsOf(ann))).toEqual(['message 1', 'message 2']);
    const later = await run(LATER);
    expect(later?.storage.getSnapshot()).toEqual({ kind: 'durable' });
    expect(later && (await textsOf(later))).toEqual(['message 1']);
  });
});

describe('nonsense of a server', () => {
  const entryOf = (fields: object) => JSON.stringify({ type: 'entry', ...entry(2), ...fields });
  it.each([
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['a frame without its parts', JSON.stringify({ type: 'entry', seq: 2 })],
    ['a seq that is no count', entryOf({ seq: -2 })],
    ['a seq that is a text', entryOf({ seq: '2' })],
    ['a welcome in the middle that is broken', JSON.stringify({ ...listed(), conversations: 5 })],
  ])('on the socket (%s) ends that socket, and all of it comes over the next', async (_, text) => {
    const ann = await opened();
    await ann.send(HERE, 'mine');
    await settle();
    const first = scene.socket;
    const [sent] = first.commands('message.send');
    await first.say(text);
    expect([first.isClosed, ann.connection.getSnapshot().kind, await seqsOf(ann)]).toEqual([true, 'waiting', [1]]);
    await again();
    await scene.socket.welcome(listed(2, { delivered: 1 }));
    await scene.socket.say({ type: 'entry', ...entry(2) });
    expect(scene.socket.sent[0]).toMatchObject({ type: 'hello', since: 'cursor-1' });
    expect(scene.socket.commands('message.send')).toEqual([sent]);
    expect([ann.connection.getSnapshot().kind, await seqsOf(ann)]).toEqual(['open', [1, 2]]);
  });

  it('of a later version is passed over: frames, fields and kinds that are not known, and bodies that are', async () => {
    const ann = await opened();
    await scene.socket.say(
      JSON.stringify({ type: 'novelty', of: 1 }),
      JSON.stringify({ type: 'signal', name: 'applause' }),
      JSON.stringify({ type: 'entry', ...entry(2), n: 1, kind: 'poll.opened', body: { options: [1] }, mood: 1 }),
      JSON.stringify({ type: 'entry', ...entry(3), n: 1, kind: 'member.joined', body: { users: 7 } }),
      JSON.stringify({ type: 'entry', ...entry(4), n: 2 }),
    );
    const { head, unread } = ann.conversation(HERE).getSnapshot() ?? {};
    expect([head, unread, ann.mismatches.getSnapshot()]).toEqual([4, 2, 0]);
    expect((await seqsOf(ann)).filter((seq) => seq !== 2 && seq !== 3)).toEqual([1, 4]);
    expect(ann.connection.getSnapshot().kind).toBe('open');
  });

  it.each([
    ['never', 'failed'],
    ['new_key', 'failed'],
    ['same_key', 'pending'],
    ['perhaps', 'failed'],
  ])('[E4] a code of a later version does what it says of retrying: %s is %s', async (retry, status) => {
    const ann = await opened();
    const { key } = await ann.send(HERE, 'hello');
    await settle();
    const sent = scene.socket.sent.find(({ type }) => type === 'command');
    await scene.socket.say(JSON.stringify({ type: 'error', id: sent?.id, code: 'moon_phase', message: 'm', retry }));
    expect(ann.unsent(HERE).getSnapshot()).toMatchObject([{ key, status }]);
    if (status === 'failed')
      expect(ann.unsent(HERE).getSnapshot()).toMatchObject([{ failure: { code: 'moon_phase' } }]);
    await scene.pass(10_000);
    const keys = scene.socket.commands('message.send').map((params) => params.key);
    expect(new Set(keys)).toEqual(new Set([key]));
    expect(keys.length > 1).toBe(status === 'pending');
  });

  it.each([
    ['the page of a proxy', { status: 502, text: '<html>' }],
    ['nothing', { status: 204 }],
    ['a text', { status: 201, text: '"hello"' }],
    ['tokens without a person', { status: 201, body: { accessToken: 'a', refreshToken: 'r', session: 's' } }],
    ['a person without an id', { status: 201, body: { accessToken: 'a', refreshToken: 'r', session: 's', user: {} } }],
    ['an error without a code', { status: 400, body: { message: 5 } }],
  ])('over HTTP (%s) signs nobody in, and is `unavailable`', async (_, answer) => {
    await chat.start();
    scene.http.answer = () => answer;
    await expect(signIn()).rejects.toMatchObject({ code: 'unavailable', retry: 'same_key' });
    expect([chat.person.getSnapshot(), scene.stores.opened, await scene.keyValues.get(`kith.session:${URL}`)]).toEqual([
      null,
      [],
      null,
    ]);
    expect(chat.session.getSnapshot().kind).toBe('signed_out');
  });
});
