import { settle } from '@kith/testkit/fake-clock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoorScene, URL } from '../test/fixtures/door-scene.js';
import { entry, HERE, person, summary, welcome } from '../test/fixtures/replica-scene.js';
import type { Chat } from './chat.js';
import { watchPresence } from './presence/presence.js';
import { typed } from './typing/typing.js';

const ANN = '00000000-0000-7000-8000-0000000000a1';
const BEN = '00000000-0000-7000-8000-0000000000b1';
const PASSWORD = 'right';

let scene: DoorScene;
let chat: Chat;
let shown: (string | null)[];

beforeEach(() => {
  scene = new DoorScene();
  chat = scene.chat();
  shown = [];
  chat.person.subscribe(() => shown.push(chat.person.getSnapshot()?.id ?? null));
});
afterEach(async () => {
  void scene.stores.goOn();
  await chat.close();
});

const signIn = (username: string) => chat.signIn({ username, password: PASSWORD });
const storeOf = (user: string) => `${URL} ${user}`;
const greeted = (user: string) => welcome([], { user: person(user) });
/** The welcome of somebody who is in one conversation with one message. */
const listed = (user: string) => welcome([summary(1, { pushedAfter: 0 })], { user: person(user) });

describe('who is signed in', () => {
  it('is the second alone where somebody else signs in while the store of the first still opens', async () => {
    scene.stores.isSlow = true;
    const first = signIn(ANN);
    await settle();
    const second = signIn(BEN);
    await settle();
    expect([scene.stores.opened, shown]).toEqual([[storeOf(ANN)], []]);
    await scene.stores.goOn();
    await Promise.allSettled([first, second]);
    expect([(await second).id, chat.person.getSnapshot()?.id, shown.at(-1)]).toEqual([BEN, BEN, BEN]);
    expect(chat.session.getSnapshot()).toMatchObject({ kind: 'signed_in', user: { id: BEN } });
    const open = scene.sockets.filter(({ isClosed }) => !isClosed);
    expect(open).toHaveLength(1);
    await scene.socket.welcome(greeted(BEN));
    expect(String(scene.socket.sent[0]?.token).startsWith(BEN)).toBe(true);
  });

  it('is nobody after signing out while the store still opens', async () => {
    scene.stores.isSlow = true;
    const opening = signIn(ANN);
    await settle();
    const leaving = chat.signOut();
    await settle();
    expect(chat.session.getSnapshot()).toEqual({ kind: 'signed_out', isEnded: false });
    await scene.stores.goOn();
    await Promise.allSettled([opening, leaving]);
    expect([chat.person.getSnapshot(), shown.at(-1) ?? null]).toEqual([null, null]);
    expect(scene.sockets.every(({ isClosed }) => isClosed)).toBe(true);
    expect([scene.clock.pending, scene.device.listeners]).toEqual([0, 0]);
  });

  it('never sees what another person holds in the same browser, nor what still comes for them', async () => {
    await signIn(ANN);
    const former = scene.socket;
    await former.welcome(listed(ANN));
    await former.say({ type: 'entry', ...entry(1) });
    expect(chat.person.getSnapshot()?.conversations.getSnapshot()).toHaveLength(1);
    const seen: unknown[] = [];
    const ben = await signIn(BEN);
    ben.conversations.subscribe(() => seen.push(...ben.conversations.getSnapshot()));
    expect([former.isClosed, ben.conversations.getSnapshot()]).toEqual([true, []]);
    await former.say({ type: 'entry', ...entry(2) });
    await scene.socket.welcome(greeted(BEN));
    expect([ben.conversations.getSnapshot(), seen, ben.conversation(HERE).getSnapshot()]).toEqual([[], [], null]);
    // They sign in again, and have theirs before anything came from the server.
    const ann = await signIn(ANN);
    expect(ann.conversations.getSnapshot().map(({ id, head }) => [id, head])).toEqual([[HERE, 1]]);
    expect([scene.stores.removed, shown]).toEqual([[], [ANN, null, BEN, null, ANN]]);
  });

  it('is known without a connection in the next run, with what is held', async () => {
    await signIn(ANN);
    await scene.socket.welcome(listed(ANN));
    await scene.socket.say({ type: 'entry', ...entry(1) });
    await chat.close();
    scene.http.answer = () => 'cut';
    chat = scene.chat();
    const ann = await chat.start();
    expect([ann?.id, ann?.conversations.getSnapshot().length]).toEqual([ANN, 1]);
  });

  it('is the same person again, with what is held, where the server ended the session and the app has another token', async () => {
    let given = 0;
    const provider = async () => {
      given += 1;
      return ANN;
    };
    const ann = await chat.useToken(provider);
    const first = scene.socket;
    await first.welcome(listed(ANN));
    const timeline = ann.timeline(HERE);
    const { session } = chat.session.getSnapshot() as { session: string };
    scene.ended.add(session);
    await chat.request('GET', '/me');
    await settle();
    expect([given, chat.person.getSnapshot(), scene.stores.removed]).toEqual([2, ann, []]);
    expect(chat.session.getSnapshot()).toMatchObject({ kind: 'signed_in', user: { id: ANN } });
    expect(chat.session.getSnapshot()).not.toMatchObject({ session });
    first.onclose?.({ code: 4403 });
    await settle();
    await scene.socket.welcome(listed(ANN));
    await scene.socket.say({ type: 'entry', ...entry(1) });
    expect(timeline.view.getSnapshot().items.map(({ seq }) => seq)).toEqual([1]);
    expect([ann.connection.getSnapshot().kind, scene.socket === first]).toEqual(['open', false]);
    timeline.close();
  });

  it('is the same person again where the app says so again without a name, and another where it is somebody else', async () => {
    const ann = await chat.useToken(async () => ANN);
    expect(await chat.useToken(async () => ANN)).toBe(ann);
    const ben = await chat.useToken(async () => BEN);
    expect([ben.id, shown]).toEqual([BEN, [ANN, null, BEN]]);
  });
});

describe('a store that does not open', () => {
  it.each(['blocked', 'full', 'newer'] as const)(
    'as it is %s: the run goes on in memory and says why, and what is there stays',
    async (reason) => {
      scene.stores.refuses = reason;
      const ann = await signIn(ANN);
      expect(ann.storage.getSnapshot()).toEqual({ kind: 'memory', reason });
      await scene.socket.welcome(listed(ANN));
      await scene.socket.say({ type: 'entry', ...entry(1) });
      expect(ann.conversations.getSnapshot()).toMatchObject([{ id: HERE, head: 1, unread: 1 }]);
      const item = await ann.send(HERE, 'hello');
      await settle();
      expect(item).toMatchObject({ isDurable: false });
      expect(scene.socket.commands('message.send')).toMatchObject([{ conversation: HERE, text: 'hello' }]);
      await chat.close();
      expect(scene.stores.removed).toEqual([]);
    },
  );
});

describe('the end of a run', () => {
  const signedIn = async () => void (await signIn(ANN));
  const welcomed = async () => {
    await signedIn();
    await scene.socket.welcome(listed(ANN));
  };
  const states: { readonly [name: string]: () => Promise<unknown> } = {
    'before it was started': async () => {},
    'where nobody is signed in': () => chat.start(),
    'while a socket opens': signedIn,
    'while it waits for the welcome': async () => {
      await signedIn();
      scene.socket.onopen?.();
    },
    'while it is open': welcomed,
    'while something is on its way': async () => {
      await welcomed();
      const person = chat.person.getSnapshot();
      if (!person) throw new Error('nobody is signed in');
      typed(person, HERE);
      person.read(HERE, 1);
      watchPresence(person, [BEN]);
      person.timeline(HERE);
      await person.send(HERE, 'hello');
    },
    'while it waits to connect again': async () => {
      await welcomed();
      scene.socket.onclose?.({ code: 1006 });
      scene.http.answer = () => 'cut';
      await scene.pass(100);
    },
    'after signing out': async () => {
      await welcomed();
      await chat.signOut();
    },
    'after it was ended already': async () => {
      await welcomed();
      await chat.close();
    },
  };
  it.each(Object.entries(states))('%s leaves no timer, no socket and nobody who listens', async (_, reach) => {
    await reach();
    await chat.close();
    await settle();
    expect([scene.clock.pending, scene.device.listeners]).toEqual([0, 0]);
    expect(scene.sockets.every(({ isClosed }) => isClosed)).toBe(true);
    expect(chat.person.getSnapshot()).toBeNull();
    const asked = scene.http.requests.length;
    await scene.pass(3_600_000);
    scene.device.wake();
    expect([scene.http.requests.length, scene.sockets.filter(({ isClosed }) => !isClosed)]).toEqual([asked, []]);
  });

  it('is closed for good, also where a sign-in is answered later', async () => {
    const scene = new DoorScene();
    const chat = scene.chat();
    let goOn = () => {};
    const { answer } = scene.http;
    scene.http.answer = async (request) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      return answer(request);
    };
    const asked = Promise.allSettled([chat.signIn({ username: 'a', password: 'p' })]);
    await settle();
    await chat.close();
    goOn();
    await asked;
    await settle();
    expect([chat.person.getSnapshot(), scene.sockets.length, scene.clock.pending]).toEqual([null, 0, 0]);
  });

  it('removes what was held also where they sign out while it is being opened', async () => {
    const scene = new DoorScene();
    const chat = scene.chat();
    scene.stores.isSlow = true;
    const entering = Promise.allSettled([chat.signIn({ username: 'a', password: 'p' })]);
    await settle();
    const leaving = chat.signOut();
    await settle();
    await scene.stores.goOn();
    await Promise.all([entering, leaving]);
    expect(scene.stores.removed).toEqual(['https://chat.example a']);
  });
});
