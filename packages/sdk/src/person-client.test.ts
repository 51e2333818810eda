import { describe, expect, it } from 'vitest';
import { type FakeOwnLink, listing, ME, OTHER, PersonScene, type SceneTab } from '../test/fixtures/person-scene.js';
import { CONVERSATION } from '../test/fixtures/wire.js';
import { Timeline } from './replica/timeline.js';

/** What this person wrote, next after what `listing` lists. */
const OWN_MESSAGE = {
  type: 'entry',
  conversation: CONVERSATION,
  epoch: 1,
  seq: 3,
  n: 2,
  at: 3,
  kind: 'message.sent',
  author: ME,
  body: { text: 'mine' },
} as const;

describe('what belongs to one person, in several tabs', () => {
  /** A leader that is open, and a follower. */
  async function two(): Promise<{ scene: PersonScene; leader: SceneTab; follower: SceneTab; link: FakeOwnLink }> {
    const scene = new PersonScene();
    const leader = await scene.open();
    await scene.pass(1_000);
    const link = leader.own();
    await link.open(listing({ delivered: 2, read: 0 }));
    const follower = await scene.open();
    await scene.pass(1_000);
    link.calls.splice(0);
    expect(follower.client.connection.getSnapshot()).toEqual({ kind: 'open', transport: 'tab' });
    return { scene, leader, follower, link };
  }

  const unsentOf = ({ client }: SceneTab) =>
    client.outbox
      .of(CONVERSATION)
      .getSnapshot()
      .map(({ params, status }) => `${params.text} ${status}`);
  const wish = { conversation: CONVERSATION, command: 'message.send', params: { text: 'a' } };

  it('what a follower adds is sent by the leader, and shown by both', async () => {
    const { scene, leader, follower, link } = await two();
    await scene.done(follower.client.outbox.add(wish));
    await scene.pass(100);
    expect(link.took('message.send').map(({ params }) => params.text)).toEqual(['a']);
    expect([unsentOf(leader), unsentOf(follower)]).toEqual([['a sending'], ['a pending']]);
  });

  it('what a follower changes, releases, takes back or sends again is changed by the leader', async () => {
    const { scene, leader, follower, link } = await two();
    const { key } = await scene.done(follower.client.outbox.add({ ...wish, held: 'upload' }));
    await scene.pass(100);
    await scene.done(follower.client.change({ verb: 'edit', key, value: { text: 'b' } }));
    await scene.pass(100);
    expect([unsentOf(leader), unsentOf(follower)]).toEqual([['b pending'], ['b pending']]);

    await scene.done(follower.client.change({ verb: 'release', key, value: {} }));
    await scene.pass(100);
    const [sent] = link.took('message.send');
    expect(sent?.params).toMatchObject({ text: 'b', key });
    await sent?.refuse('bad_request', { retry: 'never' });
    await scene.pass(100);
    expect([unsentOf(leader), unsentOf(follower)]).toEqual([['b failed'], ['b failed']]);

    await scene.done(follower.client.change({ verb: 'retry', key, value: {} }));
    await scene.pass(100);
    const [again] = link.took('message.send');
    expect(again?.params).toMatchObject({ text: 'b', key });
    await again?.refuse('bad_request', { retry: 'never' });
    await scene.pass(100);
    await scene.done(follower.client.change({ verb: 'remove', key, value: {} }));
    await scene.pass(100);
    expect([unsentOf(leader), unsentOf(follower)]).toEqual([[], []]);
  });

  it('what a follower adds is sent by the leader also where storage takes it from neither, and from a later leader too', async () => {
    const { scene, leader, follower, link } = await two();
    await scene.disk.wipe();
    const { key, isDurable } = await scene.done(follower.client.outbox.add(wish));
    await scene.pass(100);
    const [sent] = link.took('message.send');
    expect([isDurable, sent?.params.text]).toEqual([false, 'a']);
    expect([unsentOf(leader), unsentOf(follower)]).toEqual([['a sending'], ['a pending']]);
    await sent?.refuse('bad_request', { retry: 'never' });
    await scene.pass(100);
    expect([unsentOf(leader), unsentOf(follower)]).toEqual([['a failed'], ['a failed']]);

    leader.gate.crash();
    await scene.pass(3_000);
    await follower.own().open(listing({ delivered: 2, read: 0 }));
    await scene.done(follower.client.change({ verb: 'retry', key, value: {} }));
    await scene.pass(100);
    expect(
      follower
        .own()
        .took('message.send')
        .map(({ params }) => params.text),
    ).toEqual(['a']);
  });

  it('[N4] says of an own message that it was read, as the server may have gone before it knew', async () => {
    const { scene, link } = await two();
    link.signals.splice(0);
    await link.say(OWN_MESSAGE);
    await scene.pass(2_100);
    expect(link.signals).toMatchObject([{ name: 'marks', conversation: CONVERSATION, delivered: 3, read: 3 }]);
  });

  it('what a follower added while the leader slept, and heard nothing of it, is sent when they meet again', async () => {
    const { scene, leader, follower, link } = await two();
    leader.gate.freeze();
    await scene.done(follower.client.outbox.add(wish));
    await scene.pass(20);
    follower.gate.freeze();
    // The leader wakes without a word of it: of what it was told meanwhile nothing is left.
    scene.forget(leader);
    await scene.pass(3_000);
    leader.gate.thaw();
    await scene.pass(100);
    expect(link.took('message.send')).toEqual([]);
    follower.gate.thaw();
    await scene.pass(3_000);
    expect(link.took('message.send').map(({ params }) => params.text)).toEqual(['a']);
  });

  it('a tab that joins a leader whose storage is full asks the server for what is not in the store', async () => {
    const { scene, link } = await two();
    scene.disk.isFull = true;
    const said = { conversation: CONVERSATION, epoch: 1, kind: 'message.sent', author: OTHER } as const;
    await link.say({ type: 'entry', ...said, seq: 3, n: 2, at: 3, body: { text: 'in memory alone' } });
    await scene.pass(100);
    const late = await scene.open();
    await scene.pass(1_000);
    const { conversations, since } = listing({ delivered: 3, read: 0 });
    const [summary] = conversations;
    // A welcome of the leader's own says nothing of what it knows already.
    await link.open({ ...listing({ delivered: 3, read: 0 }), conversations: [], since: 'later' });
    await scene.pass(100);
    const page = { items: [{ ...summary, head: 3, pushedAfter: 3 }], users: {}, next: null, since };
    // The page that was asked for before is of another connection.
    for (const _ of ['of before', 'of now']) {
      await link.took('conversations.list')[0]?.answer(page);
      await scene.pass(100);
    }
    expect(link.took('entries.read').map(({ params }) => params)).toMatchObject([{ after: 2 }]);
    expect(late.client.replica.missing.since).toBe(since);
    expect(late.client.replica.shown.view(CONVERSATION).getSnapshot()).toMatchObject({ head: 3 });
  });

  it('a tab that slept shows what was changed meanwhile of what it shows, where another tab took it', async () => {
    const { scene, follower, link } = await two();
    const said = { type: 'entry', conversation: CONVERSATION, epoch: 1, author: OTHER } as const;
    await link.say({ ...said, seq: 3, n: 2, at: 3, kind: 'message.sent', body: { text: 'as it was' } });
    await scene.pass(100);
    const { replica, keeper, asker } = follower.client;
    const timeline = new Timeline({ id: CONVERSATION, replica, keeper, asker });
    const texts = () => timeline.view.getSnapshot().items.map(({ body }) => body.text);
    await scene.pass(100);
    expect(texts()).toContain('as it was');

    follower.gate.freeze();
    await link.say({ ...said, seq: 4, n: 2, at: 4, kind: 'message.edited', body: { target: 3, text: 'as it is' } });
    await scene.pass(100);
    scene.forget(follower);
    follower.gate.thaw();
    await scene.pass(3_000);
    expect(texts()).toContain('as it is');
    timeline.close();
  });

  it('a conversation that the leader found to be gone is gone in all tabs, and stays so', async () => {
    const { scene, leader, follower } = await two();
    const late = await scene.make();
    const opening = late.client.start();
    await scene.pass(5);
    leader.client.replica.forget(CONVERSATION);
    await scene.done(opening);
    await scene.pass(1_000);
    for (const { client } of [leader, follower, late]) expect(client.replica.shown.list.getSnapshot()).toEqual([]);
  });

  it('a tab that opens writes nothing to what they share before it leads', async () => {
    const { scene } = await two();
    const late = await scene.make();
    expect(late.client.keeper.isKeeping).toBe(false);
    await scene.done(late.client.start());
    expect(late.client.keeper.isKeeping).toBe(false);
  });

  it('[N4] a follower whose store is empty knows its own messages, which are read, all the same', async () => {
    const { scene, link } = await two();
    await scene.disk.wipe();
    const late = await scene.open();
    await scene.pass(1_000);
    const welcomed = listing({ delivered: 2, read: 0 });
    for (const summary of welcomed.conversations) {
      await link.say({ type: 'conversation', summary });
    }
    await scene.pass(100);
    await link.say(OWN_MESSAGE);
    await scene.pass(100);
    expect(late.client.replica.shown.view(CONVERSATION).getSnapshot()).toMatchObject({ head: 3, read: 3, unread: 0 });
  });

  it('[G7] the person stays online where they leave the tab that leads and are at one that follows', async () => {
    const { scene, leader, follower, link } = await two();
    follower.client.say('online');
    leader.client.say('away');
    await scene.pass(1_000);
    expect(link.took('presence.set').map(({ params }) => params)).toEqual([]);
  });

  it('a change without a leader is refused, and may be tried again', async () => {
    const { scene, leader, follower } = await two();
    const { key } = await scene.done(follower.client.outbox.add({ ...wish, held: 'upload' }));
    leader.gate.crash();
    const changing = follower.client.change({ verb: 'edit', key, value: { text: 'b' } });
    await expect(scene.done(changing)).rejects.toMatchObject({ code: 'unavailable', retry: 'same_key' });
    await scene.pass(3_000);
    expect(follower.client.isLeading).toBe(true);
    await scene.done(follower.client.change({ verb: 'edit', key, value: { text: 'b' } }));
    expect(unsentOf(follower)).toEqual(['b pending']);
  });

  it('a follower is open when the leader is, also where that opened while the follower read the store', async () => {
    const scene = new PersonScene();
    const leader = await scene.open();
    await scene.pass(1_000);
    const opening = scene.make().then(async (tab) => {
      await tab.client.start();
      return tab;
    });
    const follower = await scene.done(opening);
    const told: string[] = [];
    follower.client.connection.subscribe(() => told.push(follower.client.connection.getSnapshot().kind));
    // As soon as the leader has let it in.
    for (let round = 0; round < 400 && scene.disk.waiting === 0; round += 1) await scene.pass(1);
    await leader.own().open(listing({ delivered: 2, read: 0 }));
    await scene.pass(3_000);
    expect(follower.client.connection.getSnapshot()).toEqual({ kind: 'open', transport: 'tab' });
  });
});

describe('marks of an earlier run', () => {
  it('[C6] are said with the next connection: what is held, and what was read without one', async () => {
    const scene = new PersonScene();
    const first = await scene.open({ isAlone: true });
    await first.own().open(listing({ delivered: 2, read: 0 }));
    await first.own().cut();
    first.client.looked(CONVERSATION, 2);
    await scene.pass(100);
    await scene.done(first.client.close());

    const second = await scene.open({ isAlone: true });
    await second.own().open({ ...listing({ delivered: 0, read: 0 }), conversations: [] });
    await scene.pass(5_000);
    const marks = { name: 'marks', conversation: CONVERSATION, epoch: 1, delivered: 2, read: 2 };
    expect(second.own().signals).toEqual([marks]);
    await scene.done(second.client.close());
  });
});

describe('an end', () => {
  it.each([
    ['before it began', 0],
    ['while it asks who leads', 100],
    ['while it claims to lead', 260],
    ['while it leads', 1_000],
  ])('%s leaves no timer', async (_, ms) => {
    const scene = new PersonScene();
    const tab = await scene.make();
    if (ms > 0) await scene.done(tab.client.start());
    await scene.pass(ms);
    await scene.done(tab.client.close());
    await scene.pass(1_000);
    expect(tab.gate.pending).toBe(0);
  });

  it.each([0, 5, 20, 100, 30_000])('of a follower after %i ms leaves no timer', async (ms) => {
    const scene = new PersonScene();
    const leader = await scene.open();
    await scene.pass(1_000);
    await leader.own().open(listing({ delivered: 2, read: 0 }));
    const follower = await scene.open();
    await scene.pass(ms);
    await scene.done(follower.client.close());
    await scene.pass(1_000);
    expect(follower.gate.pending).toBe(0);
    await scene.done(leader.client.close());
    await scene.pass(1_000);
    expect(leader.gate.pending).toBe(0);
  });
});
