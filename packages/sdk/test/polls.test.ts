// Polls through the SDK against a real server: what people see of one on any of their devices, whoever votes when.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat } from '../src/chat.js';
import type { Person } from '../src/person.js';
import { type NewPoll, Poll, type PollView } from '../src/polls/poll.js';
import type { ShownItem } from '../src/replica/shown-entry.js';
import { MemoryStores } from '../src/storage/memory.js';
import { until } from './fixtures/facts.js';

const PASSWORD = 'a long pass phrase of the tests';
const OPTIONS = ['red', 'green', 'blue'].map((text) => ({ text }));

describe('polls', () => {
  let server: RealServer;
  const open: Chat[] = [];
  const ends: (() => void)[] = [];
  /** All that each device has opened. */
  const sockets = new Map<Person, readonly WebSocket[]>();

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20' });
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    for (const chat of open.splice(0)) await chat.close();
    sockets.clear();
  });

  async function device(username = `u${randomUUID().slice(0, 8)}`, isKnown = false) {
    const own: WebSocket[] = [];
    class Socket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        own.push(this);
      }
    }
    const platform = { WebSocket: Socket };
    const chat = new Chat({ url: server.url, stores: new MemoryStores(), client: 'test/1', platform });
    open.push(chat);
    const account = { username, password: PASSWORD };
    const person = await (isKnown ? chat.signIn(account) : chat.signUp(account));
    await until(person.connection, ({ kind }) => kind === 'open');
    sockets.set(person, own);
    return Object.assign(person, { name: username });
  }

  async function ask(person: Person, conversation: string, poll: Partial<NewPoll> = {}): Promise<ShownItem> {
    await person.send(conversation, 'Which?', { poll: { options: OPTIONS, ...poll } });
    await until(person.unsent(conversation), (unsent) => unsent.length === 0);
    return await found(person, conversation);
  }

  /** The poll as the timeline of somebody has it. */
  async function found(person: Person, conversation: string): Promise<ShownItem> {
    const timeline = person.timeline(conversation);
    ends.push(() => timeline.close());
    const { items } = await until(timeline.view, (view) => view.items.some(({ body }) => body.poll));
    const item = items.findLast(({ body }) => body.poll);
    if (!item) throw new Error('there is no poll');
    return item;
  }

  async function look(person: Person, conversation: string): Promise<Poll> {
    const poll = new Poll(person, await found(person, conversation));
    ends.push(poll.subscribe(() => {}));
    return poll;
  }

  const countsOf = (view: PollView | null) => view?.options.map(({ count }) => count).join();
  const settled = (poll: Poll, counts: string, mine: readonly number[]) =>
    until(poll, (view) => countsOf(view) === counts && String(view?.mine) === String(mine) && !view?.isSending);

  it('[PO3] two people who vote at once, and two devices of one, end with what the log says', async () => {
    const ann = await device();
    const tablet = await device(ann.name, true);
    const ben = await device();
    const id = await ann.create({ kind: 'group', members: [ben.id], name: 'g' });
    await ask(ann, id, { most: 2 });
    const [one, other, theirs] = [await look(ann, id), await look(tablet, id), await look(ben, id)];
    expect(one.getSnapshot()).toMatchObject({ question: 'Which?', most: 2, isClosed: false, closesAt: null, mine: [] });
    await Promise.all([one.vote([0]), other.vote([1, 2]), theirs.vote([0, 1])]);
    for (const poll of [one, other, theirs]) await until(poll, (view) => view?.voters === 2 && !view.isSending);
    await one.vote([2]);
    for (const poll of [one, other]) await settled(poll, '1,1,1', [2]);
    await settled(theirs, '1,1,1', [0, 1]);
    const page = await theirs.voters();
    expect(page.voters.map(({ user, choices }) => [user, choices])).toEqual([
      [ben.id, [0, 1]],
      [ann.id, [2]],
    ]);
    const first = await theirs.voters({ option: 2 });
    expect(first).toEqual({ voters: [{ user: ann.id, choices: [2] }], next: null });
    await theirs.retract();
    for (const poll of [one, other, theirs])
      await until(poll, (view) => countsOf(view) === '0,0,1' && view?.voters === 1);
  });

  it('[PO5] in an anonymous poll own devices see what is chosen, and others what stands alone', async () => {
    const ann = await device();
    const tablet = await device(ann.name, true);
    const ben = await device();
    const id = await ann.create({ kind: 'group', members: [ben.id], name: 'g' });
    await ask(ben, id, { anonymous: true });
    const [one, other, theirs] = [await look(ann, id), await look(tablet, id), await look(ben, id)];
    await one.vote([1]);
    for (const poll of [one, other]) await settled(poll, '0,1,0', [1]);
    await settled(theirs, '0,1,0', []);
    await other.vote([2]);
    for (const poll of [one, other]) await settled(poll, '0,0,1', [2]);
    await settled(theirs, '0,0,1', []);
    await expect(theirs.voters()).rejects.toMatchObject({ code: 'forbidden' });
    const { entries } = await ben.command('entries.read', { conversation: id, limit: 200 });
    const votes = entries.filter(({ kind }) => kind === 'poll.voted');
    expect(votes.map((entry) => Object.keys(entry).sort().join())).toEqual(
      votes.map(() => 'at,body,conversation,epoch,kind,n,seq'),
    );
    await other.retract();
    for (const poll of [one, other, theirs]) await settled(poll, '0,0,0', []);
  });

  it('[PO6] [PO8] whoever was away sees what stands, and what is closed stays so', async () => {
    const [ann, ben] = [await device(), await device()];
    const id = await ann.create({ kind: 'group', members: [ben.id], name: 'g' });
    await ask(ann, id);
    const [own, theirs] = [await look(ann, id), await look(ben, id)];
    for (const socket of sockets.get(ben) ?? []) socket.terminate();
    await theirs.vote([2]);
    expect(theirs.getSnapshot()).toMatchObject({ mine: [2], voters: 1, isSending: true });
    await own.vote([0]);
    for (const poll of [own, theirs]) await until(poll, (view) => countsOf(view) === '1,0,1');
    await own.close();
    for (const poll of [own, theirs]) {
      const view = await until(poll, (now) => now?.isClosed === true);
      expect(view).toMatchObject({ voters: 2, closed: { by: ann.id } });
    }
    const late = await theirs.vote([1]);
    await until(ben.unsent(id), (unsent) => unsent.some(({ key, status }) => key === late.key && status === 'failed'));
    expect(theirs.getSnapshot()).toMatchObject({ mine: [2], voters: 2 });
    await ben.discard(late.key);
    await settled(await look(await device(ben.name, true), id), '1,0,1', [2]);
  });

  it('[PO7] a poll is shown closed from its time on', async () => {
    const ann = await device();
    const id = await ann.create({ kind: 'group', members: [], name: 'g' });
    await ask(ann, id, { closesAt: Date.now() + 1_500 });
    const poll = await look(ann, id);
    await poll.vote([1]);
    await settled(poll, '0,1,0', [1]);
    const view = await until(poll, (now) => now?.isClosed === true);
    expect(view).toMatchObject({ closed: null, mine: [1], voters: 1 });
  });

  it('[PO11] a deletion leaves no poll', async () => {
    const [ann, ben] = [await device(), await device()];
    const id = await ann.create({ kind: 'group', members: [ben.id], name: 'g' });
    const item = await ask(ann, id);
    const theirs = await look(ben, id);
    await theirs.vote([1]);
    await settled(theirs, '0,1,0', [1]);
    await ann.deleteMessage(item);
    await until(theirs, (view) => view === null);
  });
});
