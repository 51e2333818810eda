import { settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  deletion,
  edit,
  entries,
  entry,
  HERE,
  item,
  items,
  ME,
  OTHER,
  person,
  ReplicaScene,
  summary,
  welcome,
} from '../../test/fixtures/replica-scene.js';
import { StorageError } from '../storage/replica-store.js';

let scene: ReplicaScene;

beforeEach(async () => {
  scene = new ReplicaScene();
  await scene.begin();
});

async function storedItems() {
  await settle();
  await scene.keeper.settled();
  return (await scene.store()).entries({ conversation: HERE, from: 1, to: 1_000, limit: 1_000, nearest: 'from' });
}

const said = () => scene.events.map(({ type }) => type);

describe('a replica over a store', () => {
  it('[C4] [C8] comes back as it was, with the cursor, and reads what was announced and had not come', async () => {
    await scene.take(welcome([summary(3, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 2));
    await scene.keeper.settled();
    await scene.begin();
    expect([scene.replica.missing.since, scene.here.to, scene.here.head, scene.here.name]).toEqual([
      'cursor',
      2,
      3,
      'Lunch',
    ]);
    expect([scene.here.wanted, scene.replica.behind]).toEqual([3, scene.here]);
    expect(scene.here.reading.counts).toEqual({ unread: 3, mentions: 0 });
    expect(await scene.stored()).toEqual([1, 2]);
  });

  it('[C4] keeps no cursor while an entry came of a conversation that it does not know', async () => {
    await scene.take(welcome([]));
    await scene.takeEntries(entry(4));
    await scene.take({ type: 'synced', since: 'newer' });
    expect(scene.replica.missing.since).toBe('cursor');
    await scene.asked('conversation.read').answer({ summary: summary(4), users: {} });
    // What was seen of it is read: it will not come again.
    expect([scene.replica.missing.since, scene.here.wanted]).toEqual(['newer', 4]);
  });

  it('[C9] asks whether what the store lacks is still there: another tab may have been told that it is gone', async () => {
    await scene.take(welcome([summary(3, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 3));
    await scene.keeper.settled();
    await (await scene.store()).write({ conversations: new Map([[HERE, null]]) });
    await scene.replica.load();
    expect(scene.replica.missing.since).toBeNull();
    await scene.asked('conversations.list').answer({ items: [], users: {}, next: null, since: 'later' });
    await scene.asked('conversation.read').refuse('not_found', { retry: 'never' });
    expect(scene.replica.shown.list.getSnapshot()).toEqual([]);
  });

  it('[C4] keeps the members as they are where it heard as a follower who left, and leads then', async () => {
    await scene.take(welcome([summary(0, { pushedAfter: 0 })]));
    await scene.takeEntries(
      entry(1, {
        n: 0,
        author: ME,
        kind: 'conversation.created',
        body: { kind: 'group', name: 'Lunch', users: [ME, OTHER] },
      }),
    );
    await scene.keeper.settled();
    scene.keeper.lead(false);
    await scene.takeEntries(entry(2, { n: 0, kind: 'member.left', body: { users: [OTHER] } }));
    scene.keeper.lead(true);
    await scene.replica.load();
    await scene.keeper.settled();
    await scene.begin();
    expect([...scene.here.state.members].map(([user, { role }]) => [user, role])).toEqual([
      [ME, 'owner'],
      [OTHER, 'none'],
    ]);
  });

  it('[N5] does not compare what was counted before a deletion that it found in the store', async () => {
    await scene.take(welcome([summary(2, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 2), deletion(3, 1));
    await scene.keeper.settled();
    await scene.begin();
    await scene.take(welcome([summary(2, { pushedAfter: 0 })]));
    expect([scene.here.reading.counts, scene.replica.mismatches.getSnapshot()]).toEqual([
      { unread: 1, mentions: 0 },
      0,
    ]);
  });

  it('[M6] lets go of what the store has of a log that was restored', async () => {
    await scene.take(welcome([summary(3, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 3));
    await scene.take({ type: 'conversation', summary: summary(1, { epoch: 2, last: entry(1, { epoch: 2 }) }) });
    expect(await scene.stored()).toEqual([]);
    expect(said()).toContain('restored');
    await scene.takeEntries(entry(1, { epoch: 2 }));
    expect([await scene.stored(), scene.here.to]).toEqual([[1], 1]);
  });

  it('[M7] begins anew where it may read again what was closed, and takes nothing that was read before', async () => {
    await scene.take(welcome([summary(5, { first: 4, pushedAfter: 3, delivered: 3 })]));
    await scene.takeEntries(...entries(4, 5));
    await scene.take(welcome([summary(7, { first: 4, delivered: 5 })]));
    const before = scene.asked('entries.read');
    await scene.take({ type: 'conversation', summary: summary(8, { first: 1, pushedAfter: 7, delivered: 5 }) });
    const hidden = entry(6, { kind: 'hidden', body: {} });
    await before.answer({ epoch: 1, first: 4, head: 7, entries: [hidden, entry(7)] });
    await scene.clock.advanceAsync(2_000);
    await scene.asked('entries.read').answer({ epoch: 1, first: 1, head: 8, entries: entries(6, 8) });
    expect([scene.here.first, scene.here.runs, scene.here.tail.map(({ kind }) => kind)]).toEqual([
      1,
      [[6, 8]],
      ['message.sent', 'message.sent', 'message.sent'],
    ]);
    expect(said()).toContain('restored');
    await scene.take({ type: 'conversation', summary: summary(7, { first: 4 }) });
    expect(scene.here.first).toBe(1);
  });

  it('[M7] lets go of what the store has below a raised `first`', async () => {
    await scene.take(welcome([summary(5, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 5));
    await scene.take({ type: 'conversation', summary: summary(5, { first: 4, unread: 2 }) });
    expect([await scene.stored(), scene.here.runs, scene.here.first]).toEqual([[4, 5], [[4, 5]], 4]);
  });

  it('[C3] keeps an entry as erased once that was said, by a frame or in a page', async () => {
    await scene.take(welcome([summary(3, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 3), entry(1, { erased: true, body: {} }));
    const page = { from: 2, to: 3, users: {}, items: [item(2, { erased: true, body: {} }, 3), item(3)] };
    scene.replica.takePage(scene.here, page);
    await scene.takeEntries(entry(1), entry(2));
    expect(scene.here.tail.map(({ erased }) => erased ?? false)).toEqual([true, true, false]);
    expect(scene.here.reading.counts.unread).toBe(1);
    await scene.keeper.settled();
    const range = { conversation: HERE, from: 1, to: 3, limit: 9, nearest: 'from' } as const;
    const stored = await (await scene.store()).entries(range);
    expect(stored.map(({ erased }) => erased ?? false)).toEqual([true, true, false]);
  });

  it('[D4] [D5] has what later entries change as it is now in the store, also far behind what is in memory', async () => {
    await scene.take(welcome([summary(300, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 2), edit(3, 1, 'edited before'), ...entries(4, 300));
    await scene.takeEntries(edit(301, 2, 'once'), edit(302, 2, 'twice'), deletion(303, 1));
    const stored = await storedItems();
    expect(stored.filter(({ seq }) => seq <= 3).map(({ body, erased }) => [body, erased])).toEqual([
      [{}, true],
      [{ text: 'twice' }, undefined],
      [{ target: 1 }, true],
    ]);
  });

  it('[D5] comes to the end of what a run that ended did not, and of what another tab could not write', async () => {
    await scene.take(welcome([summary(300, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 300));
    await scene.keeper.settled();
    // The run ends once the entry is in the store, and before its target is looked for.
    const store = await scene.store();
    const record = (await store.load()).conversations.get(HERE) ?? {};
    const state = { ...(record.state as object), head: 301, n: 300 };
    const added = [{ asOf: 301, ...edit(301, 2, 'once') }];
    const conversations = new Map([[HERE, { ...record, state, head: 301, runs: [[1, 301]], changing: 301 }]]);
    await store.write({ conversations, entries: added });
    await scene.begin();
    const timeline = scene.open({ at: 'seq', seq: 2 });
    await settle();
    expect(timeline.view.getSnapshot().items.find(({ seq }) => seq === 2)?.body.text).toBe('once');
    expect((await storedItems())[1]?.body.text).toBe('once');
    expect((await store.load()).conversations.get(HERE)).toMatchObject({ changing: 0 });
    timeline.close();
  });

  it('[D5] shows as a follower what the store says has changed, also before the tab that leads has written it there', async () => {
    await scene.take(welcome([summary(300, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 300));
    await scene.keeper.settled();
    const store = await scene.store();
    const record = (await store.load()).conversations.get(HERE) ?? {};
    const state = { ...(record.state as object), head: 302, n: 300 };
    const added = [edit(301, 2, 'once'), edit(302, 2, 'twice')].map((entry) => ({ asOf: entry.seq, ...entry }));
    const conversations = new Map([[HERE, { ...record, state, head: 302, runs: [[1, 302]], changing: 301 }]]);
    // It has come to the end of the first of them.
    await store.write({ conversations, entries: [item(2, { body: { text: 'once' } }, 301), ...added] });
    await scene.begin(false);
    const timeline = scene.open({ at: 'seq', seq: 2 });
    await settle();
    expect(timeline.view.getSnapshot().items.find(({ seq }) => seq === 2)?.body.text).toBe('twice');
    timeline.close();
  });

  it('[C9] drops what is on no page of a list of all, and is not there any more', async () => {
    await scene.take(welcome([summary(2, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 2));
    await scene.take(welcome([], { reset: true, since: 'another' }));
    expect(scene.replica.missing.since).toBe('cursor');
    await scene.asked('conversation.read').refuse('not_found', { retry: 'never' });
    expect([scene.replica.conversation(HERE), scene.replica.missing.since, await scene.stored()]).toEqual([
      undefined,
      'another',
      [],
    ]);
    expect(said()).toContain('gone');
  });

  it('keeps a conversation to which this person was added while the answer that there is none was on its way', async () => {
    await scene.take(welcome([]));
    await scene.takeEntries(entry(1));
    const question = scene.asked('conversation.read');
    await scene.take({ type: 'conversation', summary: summary(1, { pushedAfter: 0 }) });
    await question.refuse('not_found', { retry: 'never' });
    expect(scene.here.isBegun).toBe(true);
  });

  it('holds nothing of the person who was signed in before', async () => {
    await scene.take(welcome([summary(2, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 2));
    await scene.take(welcome([], { user: person(OTHER), since: 'theirs' }));
    expect([scene.replica.conversation(HERE), await scene.stored()]).toEqual([undefined, []]);
  });

  it('goes on in memory where the store fails, and says what it holds no more', async () => {
    await scene.take(welcome([summary(2, { pushedAfter: 0 })]));
    const store = await scene.store();
    await scene.stores.remove('device');
    await expect(store.load()).rejects.toBeInstanceOf(StorageError);
    await scene.takeEntries(...entries(1, 2));
    await scene.keeper.settled();
    expect([scene.keeper.isKeeping, scene.here.to, scene.here.runs]).toEqual([false, 2, [[1, 2]]]);
  });

  it('says that there is something of a conversation although all of it was delivered before', async () => {
    await scene.take(welcome([summary(2, { delivered: 2, read: 2, unread: 0 })]));
    expect(said()).toContain('moved');
  });
});

describe('the reading of what is missing', () => {
  it('[C3] reads on where a gap was announced while the page was on its way that ends before it', async () => {
    await scene.take(welcome([summary(2)]));
    const first = scene.asked('entries.read');
    await scene.take({ type: 'gap', conversation: HERE, epoch: 1, after: 2, head: 3 });
    await first.answer({ epoch: 1, first: 1, head: 2, entries: entries(1, 2) });
    const second = scene.asked('entries.read');
    expect(second.params).toMatchObject({ after: 2 });
    await second.answer({ epoch: 1, first: 1, head: 3, entries: entries(3, 3) });
    expect([scene.here.to, scene.replica.behind]).toEqual([3, null]);
  });

  it('waits no more for what a page says is not to be read', async () => {
    await scene.take(welcome([summary(2, { pushedAfter: 0 })]));
    await scene.takeEntries(...entries(1, 2));
    await scene.take({ type: 'gap', conversation: HERE, epoch: 1, after: 2, head: 5 });
    await scene.asked('entries.read').answer({ epoch: 1, first: 1, head: 3, entries: entries(3, 3) });
    expect([scene.here.to, scene.replica.behind]).toEqual([3, null]);
  });

  it('[C5] takes the newest page in the place of a hole that is too long, and asks how much is unread', async () => {
    await scene.take(welcome([summary(3_000, { last: null })]));
    await scene
      .asked('messages.read')
      .answer({ epoch: 1, users: {}, from: 2_901, to: 3_000, items: items(2_901, 3_000) });
    expect([scene.here.to, scene.here.runs, await scene.stored()]).toEqual([
      3_000,
      [[2_901, 3_000]],
      items(2_901, 3_000).map(({ seq }) => seq),
    ]);
    await scene.asked('conversation.read').answer({ summary: summary(3_000, { unread: 1_000 }), users: {} });
    expect(scene.here.reading.counts.unread).toBe(1_000);
  });

  it('[M6] asks for the summary where a page is of another epoch', async () => {
    await scene.take(welcome([summary(2)]));
    await scene.asked('entries.read').answer({ epoch: 2, first: 1, head: 1, entries: [entry(1, { epoch: 2 })] });
    expect(scene.here.to).toBe(0);
    await scene.clock.advanceAsync(60_000);
    const restored = summary(1, { epoch: 2, last: entry(1, { epoch: 2 }) });
    await scene.asked('conversation.read').answer({ summary: restored, users: {} });
    expect([scene.here.epoch, scene.here.wanted]).toEqual([2, 1]);
  });
});

describe('marks', () => {
  it('[M12] grow only, and are those of this epoch', async () => {
    await scene.take(welcome([summary(5, { pushedAfter: 0, unread: 5 })]));
    await scene.takeEntries(...entries(1, 5));
    const marks = (read: number, epoch = 1) =>
      ({
        type: 'signal',
        name: 'marks',
        conversation: HERE,
        epoch,
        marks: [{ user: ME, delivered: 5, read }],
      }) as const;
    await scene.take(marks(4), marks(2), marks(5, 9));
    expect([scene.here.reading.own.read, scene.here.reading.counts.unread]).toEqual([4, 1]);
  });

  it('[N5] that it can not know, where a message was erased before what was counted, make it ask', async () => {
    await scene.take(welcome([summary(4, { pushedAfter: 3, delivered: 3, unread: 2, last: deletion(4, 2) })]));
    await scene.takeEntries(deletion(4, 2));
    expect(scene.here.reading.counts.unread).toBe(2);
    const timeline = scene.open({ at: 'end' });
    await settle();
    const page = [item(1), item(2, { erased: true, body: {} }), item(3)];
    const around = { epoch: 1, users: {}, asOf: 4, from: 1, to: 3, items: page };
    await scene.asked('messages.read').answer(around);
    await scene
      .asked('conversation.read')
      .answer({ summary: summary(4, { delivered: 4, unread: 2, last: deletion(4, 2) }), users: {} });
    expect([scene.here.reading.counts.unread, scene.here.reading.isWanting]).toEqual([2, false]);
    timeline.close();
  });

  it('[N5] that the server counts otherwise make it ask, and the summary wins', async () => {
    await scene.take(welcome([summary(5, { pushedAfter: 0, unread: 5 })]));
    await scene.takeEntries(...entries(1, 5));
    const marks = [{ user: ME, delivered: 5, read: 3 }];
    await scene.take({ type: 'signal', name: 'marks', conversation: HERE, epoch: 1, marks, unread: 1, mentions: 0 });
    expect(scene.here.reading.counts.unread).toBe(2);
    const told = summary(5, { delivered: 5, read: 3, unread: 1 });
    await scene.asked('conversation.read').answer({ summary: told, users: {} });
    expect([scene.here.reading.counts.unread, scene.replica.mismatches.getSnapshot()]).toEqual([1, 1]);
  });
});
