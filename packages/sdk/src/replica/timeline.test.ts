import { settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { entries, entry, HERE, items, ME, ReplicaScene, summary, welcome } from '../../test/fixtures/replica-scene.js';
import { Value } from '../observable.js';
import type { Hidden, Opening, Timeline, TimelineParts } from './timeline.js';

let scene: ReplicaScene;

beforeEach(async () => {
  scene = new ReplicaScene();
  await scene.begin();
});

/** A log that came whole, entry by entry. */
async function holding(head: number, fields: Parameters<typeof summary>[1] = {}): Promise<void> {
  await scene.take(welcome([summary(head, { pushedAfter: 0, ...fields })]));
  await scene.takeEntries(...entries(1, head));
}

/** Only the newest page of a log of 3,000 is held. */
async function jumped(): Promise<void> {
  await scene.take(welcome([summary(3_000, { last: null })]));
  await scene.asked('messages.read').answer(page(2_901, 3_000));
  await scene.asked('conversation.read').answer({ summary: summary(3_000, { unread: 1_000 }), users: {} });
}

function page(from: number, to: number) {
  return { epoch: 1, users: {}, asOf: 3_000, from, to, items: items(from, to) };
}

async function opened(
  opening: Opening,
  parts: Pick<TimelineParts, 'page' | 'most' | 'hidden'> = { page: 10 },
): Promise<Timeline> {
  const timeline = scene.open(opening, parts);
  await settle();
  return timeline;
}

const seqsOf = ({ view }: Timeline) => view.getSnapshot().items.map(({ seq }) => seq);
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a timeline', () => {
  it('opens at the end, and pages back until there is nothing before', async () => {
    await holding(25);
    const timeline = await opened({ at: 'end' });
    expect(seqsOf(timeline)).toEqual(from(16, 25));
    expect(timeline.view.getSnapshot()).toMatchObject({ hasBefore: true, hasAfter: false, isLoading: false });
    await timeline.loadBefore();
    await timeline.loadBefore();
    expect(seqsOf(timeline)).toEqual(from(1, 25));
    await timeline.loadBefore();
    expect([seqsOf(timeline).length, timeline.view.getSnapshot().hasBefore]).toEqual([25, false]);
  });

  it('opens at the first unread message, between a page of what was read and one of what was not', async () => {
    await holding(40, { delivered: 0, read: 20, unread: 20 });
    const timeline = await opened({ at: 'unread' });
    expect([seqsOf(timeline), timeline.view.getSnapshot().firstUnread]).toEqual([from(11, 30), 21]);
    await timeline.loadAfter();
    expect(seqsOf(timeline)).toEqual(from(11, 40));
    // What came meanwhile was not unread when it was opened.
    await scene.takeEntries(entry(41));
    expect(timeline.view.getSnapshot()).toMatchObject({ firstUnread: 21, hasAfter: false });
  });

  it('opens at the end where nothing is unread, and then says of nothing that it was', async () => {
    await holding(12, { read: 12, unread: 0 });
    const timeline = await opened({ at: 'unread' });
    expect([seqsOf(timeline), timeline.view.getSnapshot().firstUnread]).toEqual([from(3, 12), null]);
  });

  it('opens at a number that is not held, or at a time, with what the server has there, and pages on from it', async () => {
    await jumped();
    const timeline = await opened({ at: 'seq', seq: 500 });
    const asked = scene.asked('messages.read');
    expect(asked.params).toMatchObject({ conversation: HERE, epoch: 1, around: 500, limit: 10 });
    await asked.answer(page(495, 504));
    expect(seqsOf(timeline)).toEqual(from(495, 504));
    const after = timeline.loadAfter();
    await settle();
    await scene.asked('messages.read').answer(page(505, 514));
    await after;
    const before = timeline.loadBefore();
    await settle();
    await scene.asked('messages.read').answer(page(485, 494));
    await before;
    expect(seqsOf(timeline)).toEqual(from(485, 514));

    void timeline.open({ at: 'time', time: 77 });
    await settle();
    const byTime = scene.asked('messages.read');
    expect(byTime.params).toMatchObject({ at: 77 });
    await byTime.answer(page(100, 109));
    expect(seqsOf(timeline)).toEqual(from(100, 109));
  });

  it('[HD6] reads on where all of a page is hidden, so that something is shown', async () => {
    await holding(25);
    const hidden = new Value<Hidden>((view) => ({ ...view, items: view.items.filter(({ seq }) => seq <= 4) }));
    const timeline = await opened({ at: 'end' }, { page: 10, hidden });
    expect(seqsOf(timeline)).toEqual(from(1, 4));
    const other = await opened({ at: 'seq', seq: 20 }, { page: 10, hidden });
    expect(seqsOf(other)).toEqual(from(1, 4));
  });

  it('goes on with the live end where it stands there, and not where it stands further up', async () => {
    await holding(30);
    const end = await opened({ at: 'end' });
    const middle = await opened({ at: 'seq', seq: 11 });
    await scene.takeEntries(entry(31), entry(31), entry(32));
    expect(seqsOf(end)).toEqual(from(21, 32));
    expect([seqsOf(middle), middle.view.getSnapshot().hasAfter]).toEqual([from(1, 20), true]);
    end.close();
    await scene.takeEntries(entry(33));
    expect(seqsOf(end)).toEqual(from(21, 32));
  });

  it('[S50] shows what comes in any order, and again and again, in the order of the log and once', async () => {
    await holding(3);
    const timeline = await opened({ at: 'end' });
    const shown: number[][] = [];
    timeline.view.subscribe(() => shown.push(seqsOf(timeline)));
    await scene.takeEntries(...[7, 5, 6, 5, 4, 8, 4, 7, 6, 8].map((seq) => entry(seq)));
    // What was out of the row is read where it did not come by itself.
    for (const { params, answer } of scene.link.calls.splice(0)) {
      const after = Number(params.after);
      await answer({ epoch: 1, first: 1, head: 8, entries: entries(after + 1, 8) });
    }
    expect(seqsOf(timeline)).toEqual(from(1, 8));
    for (const seqs of shown) expect(seqs).toEqual(from(1, seqs.length));
  });

  it('[S48] shows entries in the order of their numbers, whatever their times say', async () => {
    await holding(2);
    const timeline = await opened({ at: 'end' });
    const hourMs = 3_600_000;
    await scene.takeEntries(entry(3, { at: entry(3).at + hourMs }), entry(4, { at: entry(4).at - hourMs }), entry(5));
    expect(seqsOf(timeline)).toEqual(from(1, 5));
    scene.clock.jump(-hourMs);
    await scene.takeEntries(entry(6));
    scene.clock.jump(2 * hourMs);
    await scene.takeEntries(entry(7));
    expect(seqsOf(timeline)).toEqual(from(1, 7));
    expect(scene.replica.shown.list.getSnapshot()[0]?.last?.seq).toBe(7);
  });

  it('holds no more than its most: the far end is let go of, and can be paged to again', async () => {
    await holding(60);
    const timeline = await opened({ at: 'end' }, { page: 10, most: 20 });
    await timeline.loadBefore();
    await timeline.loadBefore();
    expect([seqsOf(timeline), timeline.view.getSnapshot().hasAfter]).toEqual([from(31, 50), true]);
    // It is not at the live end any more.
    await scene.takeEntries(entry(61));
    expect(seqsOf(timeline)).toEqual(from(31, 50));
    await timeline.loadAfter();
    await timeline.loadAfter();
    expect([seqsOf(timeline), timeline.view.getSnapshot().hasAfter]).toEqual([from(42, 61), false]);
    await scene.takeEntries(entry(62));
    expect(seqsOf(timeline)).toEqual(from(43, 62));
  });

  it('has no hole between what is in the store and what another tab has not written yet', async () => {
    await holding(10);
    await scene.keeper.settled();
    await scene.begin();
    scene.keeper.lead(false);
    await scene.takeEntries(entry(11), entry(12));
    expect(seqsOf(await opened({ at: 'seq', seq: 8 }))).toEqual(from(1, 12));
    await scene.takeEntries(entry(13));
    expect(seqsOf(await opened({ at: 'seq', seq: 8 }, { page: 3 }))).toEqual(from(5, 10));
  });

  it('[M7] shows nothing of before where the log begins further up by the time that it is read', async () => {
    await jumped();
    const timeline = await opened({ at: 'seq', seq: 500 });
    const asked = scene.asked('messages.read');
    await scene.take({ type: 'signal', name: 'marks', conversation: HERE, epoch: 1, marks: [], first: 501 });
    await asked.answer(page(495, 504));
    expect(seqsOf(timeline)).toEqual(from(501, 504));
    expect(timeline.view.getSnapshot().hasBefore).toBe(false);
  });

  it('[C5] goes on at the end after the newest page took the place of what was held', async () => {
    await holding(5);
    const timeline = await opened({ at: 'end' });
    expect(seqsOf(timeline)).toEqual(from(1, 5));
    await scene.take({ type: 'gap', conversation: HERE, epoch: 1, after: 5, head: 3_000 });
    await scene.asked('messages.read').answer(page(2_901, 3_000));
    expect(seqsOf(timeline)).toEqual(from(2_991, 3_000));
    expect(timeline.view.getSnapshot()).toMatchObject({ hasBefore: true, hasAfter: false });
  });

  it('[C5] is not thrown back by a newest page that is older than what came meanwhile', async () => {
    await holding(5);
    const timeline = await opened({ at: 'end' });
    await scene.take({ type: 'gap', conversation: HERE, epoch: 1, after: 5, head: 1_100 });
    const newest = scene.asked('messages.read');
    await scene.takeEntries(...entries(6, 1_101));
    await newest.answer({ ...page(1_001, 1_100), asOf: 1_100 });
    expect(seqsOf(timeline).at(-1)).toBe(1_101);
    expect(timeline.view.getSnapshot()).toMatchObject({ hasAfter: false });
  });

  it('[C5] shows nothing that was read from the store before the newest page took its place', async () => {
    await holding(5);
    await scene.keeper.settled();
    await scene.begin();
    await scene.take(welcome([summary(5, { pushedAfter: 5 })]));
    const { keeper } = scene;
    const read = keeper.entries.bind(keeper);
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    keeper.entries = async (query) => {
      const found = await read(query);
      await gate;
      return found;
    };
    const timeline = await opened({ at: 'seq', seq: 3 });
    await scene.take({ type: 'gap', conversation: HERE, epoch: 1, after: 5, head: 1_100 });
    await scene.asked('messages.read').answer({ ...page(1, 1_100), asOf: 1_100 });
    await keeper.settled();
    go();
    await settle();
    const { items: shown } = timeline.view.getSnapshot();
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter(({ asOf }) => asOf < 1_100)).toEqual([]);
  });

  it('[M6] shows nothing of a log that was restored, and then what took its place', async () => {
    await holding(5);
    const timeline = await opened({ at: 'end' });
    const restored = summary(2, { epoch: 2, pushedAfter: 0, last: entry(2, { epoch: 2 }) });
    await scene.take({ type: 'conversation', summary: restored });
    expect(seqsOf(timeline)).toEqual([]);
    await scene.takeEntries(entry(1, { epoch: 2 }), entry(2, { epoch: 2 }));
    expect(timeline.view.getSnapshot().items.map(({ seq, epoch }) => [seq, epoch])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it('[C3] shows an erased message as erased, wherever it stands in the window, and leaves the others the same objects', async () => {
    await holding(5);
    const timeline = await opened({ at: 'end' });
    const before = timeline.view.getSnapshot().items;
    await scene.takeEntries(entry(2, { erased: true, body: {} }));
    const { items: after } = timeline.view.getSnapshot();
    expect(after.map(({ erased }) => erased ?? false)).toEqual([false, true, false, false, false]);
    expect(after.map((item, index) => item === before[index])).toEqual([true, false, true, true, true]);
  });

  it('says why a page can not be read, and reads it with the next connection', async () => {
    await jumped();
    const timeline = await opened({ at: 'end' }, { page: 100 });
    expect(seqsOf(timeline)).toEqual(from(2_901, 3_000));
    const loading = timeline.loadBefore();
    await settle();
    await scene.asked('messages.read').refuse('forbidden', { retry: 'never' });
    await loading;
    expect(timeline.view.getSnapshot()).toMatchObject({ isLoading: false, error: { code: 'forbidden' } });
    expect(seqsOf(timeline)).toEqual(from(2_901, 3_000));

    await scene.take(welcome([summary(3_000, { pushedAfter: 0, delivered: 3_000, unread: 1_000 })]));
    expect(timeline.view.getSnapshot()).toMatchObject({ isLoading: true, error: null });
    await settle();
    await scene.asked('messages.read').answer(page(2_801, 2_900));
    expect([seqsOf(timeline).length, timeline.view.getSnapshot().error]).toEqual([200, null]);
  });

  it.each([
    ['out of order', { ...page(2_801, 2_900), items: items(2_801, 2_900).toReversed() }],
    ['that does not reach its edge', page(2_801, 2_890)],
    ['with what is not within it', { ...page(2_801, 2_900), from: 2_850 }],
  ])('shows nothing of a page %s, and says that it could not be read', async (_, nonsense) => {
    await jumped();
    const timeline = await opened({ at: 'end' }, { page: 100 });
    const loading = timeline.loadBefore();
    await settle();
    await scene.asked('messages.read').answer(nonsense);
    await loading;
    expect(timeline.view.getSnapshot()).toMatchObject({ error: { code: 'unavailable' }, hasBefore: true });
    expect(seqsOf(timeline)).toEqual(from(2_901, 3_000));
  });

  it('of a conversation that is not known waits for it, and opens as soon as it is; ends with it', async () => {
    await scene.take(welcome([]));
    const timeline = await opened({ at: 'end' });
    expect(timeline.view.getSnapshot()).toMatchObject({ items: [], isLoading: true });
    scene.asked('conversation.read');
    await scene.take({ type: 'conversation', summary: summary(2, { pushedAfter: 0 }) });
    await scene.takeEntries(entry(1, { author: ME }), entry(2));
    expect([seqsOf(timeline), timeline.view.getSnapshot().isLoading]).toEqual([[1, 2], false]);
    scene.replica.forget(HERE);
    expect(timeline.view.getSnapshot()).toMatchObject({ items: [], isLoading: false, error: null });
  });
});
