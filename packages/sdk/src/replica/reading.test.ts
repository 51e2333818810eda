import type { Entry } from '@kith/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { deletion, entries, entry, ME, mention, OTHER, summary } from '../../test/fixtures/replica-scene.js';
import { type LogView, Reading } from './reading.js';
import type { Counts } from './unread.js';

const CAP = 1_000;

/** What is held, as it is taken; what is below `from` can't be seen. */
class Held implements LogView {
  readonly taken: Entry[] = [];
  from = 1;
  first = 1;

  get to(): number {
    return this.taken.at(-1)?.seq ?? 0;
  }

  get last(): Entry | null {
    return this.taken.at(-1) ?? null;
  }

  nAt(seq: number): number | null {
    if (seq === 0) return 0;
    const next = seq < this.from ? undefined : this.taken.find((each) => each.seq >= seq);
    return next === undefined ? null : next.seq === seq ? next.n : next.n - 1;
  }
}

describe('how far everyone has got', () => {
  let held: Held;
  let reading: Reading;
  let mismatches: (readonly [own: Counts, told: Counts])[];

  beforeEach(() => {
    held = new Held();
    mismatches = [];
    const onMismatch = (own: Counts, told: Counts) => mismatches.push([own, told]);
    reading = new Reading({ me: () => ME, unreadCap: () => CAP, onMismatch }, held);
    reading.begin(0, 0);
    reading.recount();
  });

  function take(...taken: readonly Entry[]): void {
    for (const next of taken) {
      held.taken.push(next);
      reading.took(next);
    }
  }
  const markOf = (user: string) => reading.marks.get(user);
  const shown = () => [reading.counts.unread, reading.counts.mentions];

  it('[M12] only grows, and whoever has read has been delivered it', () => {
    reading.takeMarks([{ user: OTHER, delivered: 5, read: 3 }]);
    reading.takeMarks([{ user: OTHER, delivered: 4, read: 1 }]);
    expect(markOf(OTHER)).toEqual({ delivered: 5, read: 3 });
    reading.takeMarks([{ user: OTHER, delivered: 0, read: 9 }]);
    expect(markOf(OTHER)).toEqual({ delivered: 9, read: 9 });
  });

  it('[N4] whoever writes has seen what was there, and only by a message', () => {
    take(...entries(1, 2), entry(3, { author: ME }), entry(4, { n: 3, kind: 'member.joined', body: { users: [] } }));
    expect([markOf(OTHER), reading.own]).toEqual([
      { delivered: 2, read: 2 },
      { delivered: 3, read: 3 },
    ]);
    take(entry(5, { n: 4 }));
    expect(shown()).toEqual([1, 0]);
  });

  it('[N4] takes the last own message of what was not taken one by one, and nothing of others', () => {
    reading.saw([entry(1, { author: ME }), entry(2, { author: ME }), entry(3)]);
    expect([reading.own, markOf(OTHER)]).toEqual([{ delivered: 2, read: 2 }, undefined]);
    reading.saw([entry(4), entry(5, { author: ME, kind: 'member.left', body: { users: [ME] } })]);
    expect(reading.own.read).toBe(2);
  });

  it('tells what this person has done here from what the server is known to have', () => {
    take(...entries(1, 4));
    reading.raiseOwn({ delivered: 4, read: 3 });
    expect([reading.own, reading.confirmed]).toEqual([
      { delivered: 4, read: 3 },
      { delivered: 0, read: 0 },
    ]);
    expect(shown()).toEqual([1, 0]);
    reading.takeMarks([{ user: ME, delivered: 4, read: 2 }]);
    expect([reading.own.read, reading.confirmed]).toEqual([3, { delivered: 4, read: 2 }]);
  });

  it('counts anew where the own mark rises, here or on another device, and not where it stays', () => {
    take(...entries(1, 2), mention(3), entry(4));
    expect(shown()).toEqual([4, 1]);
    reading.takeMarks([{ user: ME, delivered: 4, read: 2 }]);
    expect(shown()).toEqual([2, 1]);
    reading.raiseOwn({ delivered: 4, read: 1 });
    expect(shown()).toEqual([2, 1]);
    reading.raiseOwn({ delivered: 4, read: 3 });
    expect(shown()).toEqual([1, 0]);
  });

  it('[M7] leaves out what is below the first entry that may be read, wherever that comes to stand', () => {
    take(...entries(1, 6));
    reading.raiseOwn({ delivered: 6, read: 2 });
    expect(shown()).toEqual([4, 0]);
    held.first = 5;
    held.from = 4;
    reading.recount();
    expect(shown()).toEqual([2, 0]);
    // Where that cannot be seen it is looked up.
    held.from = 6;
    held.first = 6;
    reading.recount();
    expect([shown(), reading.isWanting]).toEqual([[2, 0], true]);
    reading.recount(5);
    expect([shown(), reading.isWanting]).toEqual([[1, 0], false]);
  });

  it('leaves out a message that is erased', () => {
    take(entry(1), mention(2));
    reading.tookErased(entry(2, { erased: true, body: {} }));
    expect(shown()).toEqual([1, 0]);
  });

  describe('with what the server counts', () => {
    it('does not take its word where a message was erased after it had counted, and what it counted was on its way', () => {
      take(...entries(1, 2));
      reading.applySummary(summary(4, { unread: 4, mentions: 0 }));
      reading.tookErased(entry(2, { erased: true, body: {} }));
      take(entry(3), entry(4));
      expect([shown(), mismatches]).toEqual([[3, 0], []]);
    });

    it('does not take its word where it counted before a message was deleted, which is known here by now', () => {
      take(...entries(1, 4), deletion(5, 2));
      reading.applySummary(summary(4, { unread: 4, mentions: 0 }));
      expect([shown(), mismatches, reading.late]).toEqual([[3, 0], [], 1]);
      reading.applySummary(summary(5, { unread: 3, mentions: 0, last: deletion(5, 2) }));
      expect([shown(), mismatches, reading.late]).toEqual([[3, 0], [], 1]);
    });

    it('shows that until all of it is held, then what is counted here, which is the same', () => {
      take(...entries(1, 2));
      reading.applySummary(summary(4, { unread: 4, mentions: 1 }));
      expect([shown(), reading.isWanting]).toEqual([[4, 1], false]);
      take(entry(3));
      expect([shown(), reading.told]).toEqual([[4, 1], expect.objectContaining({ at: 4 })]);
      take(mention(4));
      expect([shown(), reading.told, mismatches]).toEqual([[4, 1], null, []]);
    });

    it('[N5] tells a difference, and the server wins', () => {
      take(...entries(1, 4));
      reading.applySummary(summary(4, { unread: 3, mentions: 1 }));
      expect(mismatches).toEqual([
        [
          { unread: 4, mentions: 0 },
          { unread: 3, mentions: 1 },
        ],
      ]);
      expect(shown()).toEqual([3, 1]);
      take(entry(5));
      expect(shown()).toEqual([4, 1]);
    });

    it('does not compare what was counted from another mark: it has been read further here', () => {
      take(...entries(1, 4));
      reading.raiseOwn({ delivered: 4, read: 3 });
      reading.applySummary(summary(4, { unread: 4 }));
      expect([shown(), mismatches]).toEqual([[1, 0], []]);
    });

    it("takes the peer's mark, its own, and an own message that it names as the last", () => {
      const peer = { user: OTHER, delivered: 3, read: 2 };
      const last = entry(6, { author: ME });
      reading.applySummary(summary(6, { delivered: 2, read: 1, unread: 0, peer, last }));
      expect([markOf(OTHER), reading.own, reading.confirmed]).toEqual([
        { delivered: 3, read: 2 },
        { delivered: 6, read: 6 },
        { delivered: 2, read: 1 },
      ]);
    });

    it('takes its counts where here they could not be sure, and is wanting without them', () => {
      reading.begin(10, null);
      held.from = 11;
      expect(reading.isWanting).toBe(true);
      take(...entries(11, 12));
      reading.applySummary(summary(12, { read: 5, unread: 7 }));
      expect([shown(), mismatches]).toEqual([[7, 0], []]);
      take(entry(13));
      expect([shown(), reading.isWanting]).toEqual([[8, 0], false]);
    });

    it('is not wanting while what the server counted is not held yet, and subtracts from it what is read meanwhile', () => {
      reading.begin(10, null);
      held.from = 11;
      take(...entries(11, 12));
      reading.applySummary(summary(20, { read: 5, unread: 15 }));
      expect([reading.isWanting, shown()]).toEqual([false, [15, 0]]);
      reading.raiseOwn({ delivered: 12, read: 6 });
      expect(shown()).toEqual([7, 0]);
    });

    it('waits for the next entry where it cannot be seen how many messages there were before', () => {
      reading.begin(9, null);
      held.taken.push(entry(9));
      held.from = 10;
      reading.applySummary(summary(9, { read: 5, unread: 4, last: null }));
      expect([reading.told, shown()]).toEqual([expect.objectContaining({ at: 9 }), [4, 0]]);
      held.from = 9;
      take(entry(10));
      expect([reading.told, shown()]).toEqual([null, [5, 0]]);
    });

    it('takes pushed counts where here they could not be sure, and says where they differ from what is', () => {
      take(...entries(1, 3));
      expect(reading.tookCounts({ unread: 3, mentions: 0 })).toBe(false);
      expect(reading.tookCounts({ unread: 2, mentions: 0 })).toBe(true);
      expect(shown()).toEqual([3, 0]);
      reading.begin(10, null);
      held.from = 11;
      take(...entries(11, 12));
      expect(reading.tookCounts({ unread: 2, mentions: 1 })).toBe(true);
      expect(shown()).toEqual([2, 1]);
    });

    it('does not judge pushed counts of a mark that is behind the own one, or while a summary is not held yet', () => {
      take(...entries(1, 3));
      reading.raiseOwn({ delivered: 3, read: 2 });
      expect(reading.tookCounts({ unread: 3, mentions: 0 })).toBe(false);
      expect(shown()).toEqual([1, 0]);
      reading.applySummary(summary(5, { read: 2, unread: 3 }));
      expect(reading.tookCounts({ unread: 9, mentions: 9 })).toBe(false);
      expect(shown()).toEqual([3, 0]);
    });
  });

  it('counts above a hole anew, and is wanting until the server has told what was in it', () => {
    take(mention(1), entry(2));
    const above = [entry(10), mention(11)];
    held.taken.push(...above);
    reading.skipTo(9, above);
    expect([reading.isWanting, reading.counting.after]).toEqual([true, 9]);
    expect(reading.counts.mentions).toBe(2);
    reading.applySummary(summary(11, { unread: 11, mentions: 3 }));
    expect([shown(), reading.isWanting, mismatches]).toEqual([[11, 3], false, []]);
  });

  it('is sure above a hole where this person has read further, or wrote, and that is held', () => {
    take(mention(1), entry(2));
    const above = [entry(10), entry(11, { author: ME }), mention(12)];
    held.taken.push(...above);
    reading.skipTo(9, above);
    expect([reading.own.read, reading.isWanting, shown()]).toEqual([11, false, [1, 1]]);
    const further = [entry(20), entry(21)];
    held.taken.push(...further);
    reading.raiseOwn({ delivered: 19, read: 19 });
    reading.skipTo(19, further);
    expect([reading.isWanting, shown()]).toEqual([false, [2, 0]]);
  });

  it('forgets all marks with another log', () => {
    take(...entries(1, 3));
    reading.takeMarks([{ user: ME, delivered: 3, read: 2 }]);
    reading.applySummary(summary(9));
    reading.begin(0, 0);
    expect([reading.marks.size, reading.confirmed, reading.told]).toEqual([0, { delivered: 0, read: 0 }, null]);
  });
});
