import type { TimelineItem } from '@kith/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { deletion, edit, entries, entry, ME, mention, summary } from '../../test/fixtures/replica-scene.js';
import { Conversation } from './conversation.js';

describe('a conversation', () => {
  let conversation: Conversation;
  let held: TimelineItem[];
  beforeEach(() => {
    const around = { me: () => ME, unreadCap: () => 1_000, isKeeping: () => true };
    const onMismatch = (...counts: unknown[]) => {
      throw new Error(`counts differ: ${JSON.stringify(counts)}`);
    };
    conversation = new Conversation('here', { ...around, onMismatch });
    conversation.applySummary(summary(0), true);
    held = [];
  });

  const take = (...seqs: readonly number[]) => seqs.map((seq) => conversation.take(entry(seq), held));
  const seqs = () => held.map(({ seq }) => seq);

  it('[M5] [C3] takes each entry once, as the next one', () => {
    expect(take(1, 2, 1, 2, 3)).toEqual(['next', 'next', 'known', 'known', 'next']);
    expect([seqs(), conversation.to, conversation.runs]).toEqual([[1, 2, 3], 3, [[1, 3]]]);
  });

  it('[C3] lets what comes above a hole wait, wants the hole to be read, and goes on with what waited', () => {
    expect(take(1, 4, 5)).toEqual(['next', 'hole', 'hole']);
    expect([conversation.to, conversation.head, conversation.wanted, conversation.isBehind]).toEqual([1, 5, 3, true]);
    take(2, 3);
    expect([seqs(), conversation.isBehind]).toEqual([[1, 2, 3, 4, 5], false]);
  });

  it('[C3] wants to be read what a gap left out, and no less because of an answer from before', () => {
    take(1, 2);
    conversation.takeGap(5);
    // It was asked for up to 4, when there was nothing above.
    conversation.endAt(4, 4);
    expect(conversation.wanted).toBe(5);
    conversation.endAt(4, 5);
    expect(conversation.wanted).toBe(4);
  });

  it('[C8] gives up what waited above a hole when a connection begins: the hole is another one then', () => {
    take(1, 6, 7);
    conversation.reconnect(true);
    conversation.applySummary(summary(7, { pushedAfter: 2 }), true);
    expect(take(3, 4, 5, 6, 7)).toEqual(['hole', 'hole', 'hole', 'hole', 'hole']);
    take(2);
    expect(conversation.to).toBe(7);
  });

  it('[C8] is to be read up to what was announced before, where no summary says more', () => {
    take(1);
    conversation.takeGap(4);
    conversation.reconnect(false);
    expect(conversation.wanted).toBe(4);
  });

  it('[C2] wants to be read up to `pushedAfter` alone, and nothing because of a summary that was asked for', () => {
    conversation.applySummary(summary(9, { pushedAfter: 4 }), true);
    expect(conversation.wanted).toBe(4);
    conversation.applySummary(summary(12), false);
    expect(conversation.wanted).toBe(4);
  });

  it('[B2] is read up to the end where the person has left: nothing comes by itself', () => {
    conversation.applySummary(summary(7, { role: 'none' }), false);
    expect([conversation.wanted, conversation.role]).toEqual([7, 'none']);
  });

  it('[M6] takes nothing of another epoch, and lets go of everything where a summary has one', () => {
    take(1, 2);
    expect(conversation.take(entry(3, { epoch: 2 }), held)).toBe('other_epoch');
    expect(conversation.applySummary(summary(1, { epoch: 2, last: entry(1, { epoch: 2 }) }), true)).toBe(false);
    expect([conversation.epoch, conversation.to, conversation.runs, conversation.tail]).toEqual([2, 0, [], []]);
    expect(conversation.reading.counts).toEqual({ unread: 1, mentions: 0 });
  });

  it('[M7] lets go of what is below a raised `first`, and goes on from there where it held no more', () => {
    take(1, 2, 3);
    conversation.raiseFirst(3, 100);
    expect([conversation.runs, conversation.tail.map(({ seq }) => seq), conversation.to]).toEqual([[[3, 3]], [3], 3]);
    conversation.raiseFirst(2, 100);
    expect([conversation.first, conversation.last?.seq]).toEqual([3, 3]);
    conversation.raiseFirst(8, 100);
    expect([conversation.runs, conversation.tail, conversation.to, conversation.last]).toEqual([[], [], 7, null]);
    expect(take(8)).toEqual(['next']);
  });

  it('[M8] [U1] counts hidden entries and unknown kinds as entries, and not as messages', () => {
    take(1);
    conversation.take(entry(2, { n: 1, kind: 'hidden', body: {} }), held);
    conversation.take(entry(3, { n: 1, kind: 'poll.opened', body: { choices: [] } }), held);
    conversation.take(entry(4, { n: 2 }), held);
    expect([conversation.to, conversation.reading.counts.unread]).toEqual([4, 2]);
    expect(held[2]).toEqual({ asOf: 3, ...entry(3, { n: 1, kind: 'poll.opened', body: { choices: [] } }) });
  });

  it('takes a body that is not what its kind says as an entry that changes nothing', () => {
    take(1);
    conversation.take(entry(2, { n: 1, kind: 'member.role', body: { user: 7 } }), held);
    expect([conversation.to, conversation.name]).toEqual([2, 'Lunch']);
  });

  it('[C3] has an erased entry win over the one that it has, among what waits too', () => {
    take(1, 3);
    const erased = (seq: number) => entry(seq, { erased: true, body: {} });
    expect(conversation.take(erased(1), held)).toBe('known');
    conversation.take(erased(3), held);
    take(2);
    expect(conversation.tail.map((item) => item.erased ?? false)).toEqual([true, false, true]);
    expect(conversation.reading.counts.unread).toBe(1);
    expect(conversation.current([{ asOf: 1, ...entry(1) }])[0]?.erased).toBe(true);
  });

  it('[D5] [D7] has an edit in its message, and counts it as before', () => {
    take(1, 2);
    conversation.take(edit(3, 1, 'once'), held);
    conversation.take({ ...edit(4, 1, 'twice'), n: 2 }, held);
    expect(conversation.tail[0]).toMatchObject({ asOf: 4, body: { text: 'twice' }, edited: { seq: 4 } });
    expect(conversation.current([{ asOf: 3, ...entry(1) }])[0]?.body.text).toBe('twice');
    expect(conversation.reading.counts).toEqual({ unread: 2, mentions: 0 });
  });

  it('[D4] [N2] has nothing of a deleted message and of its edits, and counts it no more', () => {
    take(1);
    conversation.take(mention(2), held);
    conversation.take(edit(3, 2), held);
    expect(conversation.reading.counts).toEqual({ unread: 2, mentions: 1 });
    for (const _ of ['once', 'again']) conversation.take({ ...deletion(4, 2), n: 2 }, held);
    expect(conversation.tail.map(({ body, erased }) => [body, erased])).toEqual([
      [{ text: 'message 1' }, undefined],
      [{}, true],
      [{ target: 2 }, true],
      [{ target: 2, author: expect.any(String) }, undefined],
    ]);
    expect(conversation.tail[1]).not.toHaveProperty('edited');
    expect(conversation.reading.counts).toEqual({ unread: 1, mentions: 0 });
    expect(conversation.current([{ asOf: 3, ...entry(2) }])[0]).toMatchObject({ erased: true, body: {} });
  });

  it('[N5] agrees with a server that counted before a deletion, or after it', () => {
    conversation.applySummary(summary(3), true);
    take(1, 2, 3);
    // As of the deletion itself, which is not here yet.
    conversation.applySummary(summary(4, { unread: 2, last: deletion(4, 2) }), true);
    conversation.take(deletion(4, 2), held);
    expect(conversation.reading.counts.unread).toBe(2);
    // It was counted before it was deleted, and comes erased.
    conversation.applySummary(summary(5, { unread: 3, last: entry(5, { n: 4 }) }), true);
    conversation.take(entry(5, { n: 4, erased: true, body: {} }), held);
    conversation.take({ ...deletion(6, 5), n: 4 }, held);
    expect(conversation.reading.counts.unread).toBe(2);
  });

  it('[C5] holds the newest page in the place of all that it had, and counts from there on', () => {
    take(1, 2);
    conversation.takeGap(2_000);
    const items = [...entries(1_901, 1_999), mention(2_000)].map((read) => ({ asOf: 2_000, ...read }));
    conversation.jump({ from: 1_901, to: 2_000, items }, held);
    expect([conversation.to, conversation.runs, conversation.isBehind]).toEqual([2_000, [[1_901, 2_000]], false]);
    // The mark goes on within the page: what stands above it there was counted one by one.
    conversation.reading.raiseOwn({ delivered: 2_000, read: 1_990 });
    expect(conversation.reading.counts).toEqual({ unread: 10, mentions: 1 });
  });

  it('[N5] does not count a page further back as if it had come entry by entry', () => {
    const begun = new Conversation('there', {
      me: () => ME,
      unreadCap: () => 1_000,
      isKeeping: () => true,
      onMismatch: (own, told) => {
        throw new Error(`counts differ: ${JSON.stringify([own, told])}`);
      },
    });
    const told = summary(8, { delivered: 8, read: 2, unread: 6, mentions: 1 });
    begun.applySummary(told, true);
    const items = [entry(3), entry(4), mention(5), ...entries(6, 8)].map((read) => ({ asOf: 8, ...read }));
    begun.hold({ from: 3, to: 8, items });
    begun.reading.raiseOwn({ delivered: 8, read: 3 });
    begun.reading.recount(3);
    expect(begun.reading.counts).toEqual({ unread: 5, mentions: 1 });
    begun.applySummary({ ...told, read: 3, unread: 5 }, false);
    expect(begun.reading.counts).toEqual({ unread: 5, mentions: 1 });
  });

  it('[N4] has the own mark stand at an own message, wherever that was seen', () => {
    take(1);
    conversation.take(entry(2, { author: ME }), held);
    take(3);
    expect([conversation.reading.own.read, conversation.reading.counts.unread]).toEqual([2, 1]);
    conversation.hold({ from: 3, to: 3, items: [{ asOf: 3, ...entry(3, { author: ME }) }] });
    expect([conversation.reading.own.read, conversation.reading.counts.unread]).toEqual([3, 0]);
  });

  it('[C7] has the newest entry that was seen as its last, and not an older one of a summary', () => {
    take(1, 2);
    conversation.applySummary(summary(1), false);
    expect([conversation.last?.seq, conversation.head]).toEqual([2, 2]);
    conversation.applySummary(summary(3, { last: null }), false);
    expect([conversation.last?.seq, conversation.head]).toEqual([2, 3]);
  });
});
