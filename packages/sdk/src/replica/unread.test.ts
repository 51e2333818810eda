import type { Entry } from '@kith/protocol';
import { describe, expect, it } from 'vitest';
import { entries, entry, ME, mention } from '../../test/fixtures/replica-scene.js';
import {
  type Counting,
  counted,
  countedAnew,
  countedAs,
  countedErased,
  countedFrom,
  countUnread,
  NOTHING_COUNTED,
  ownCounts,
} from './unread.js';

const CAP = 1_000;

/** What is counted of a log from its beginning on. */
function countAll(
  log: readonly Entry[],
  read = 0,
  from: Counting = { ...NOTHING_COUNTED, n: 0, isSure: true },
): Counting {
  return log.reduce((counting, next) => counted(counting, next, { me: ME, read }), from);
}

function shown(counting: Counting, read = 0, cap = CAP) {
  const { unread, mentions } = countUnread(counting, { read, nAtHead: 0, told: null, cap });
  return [unread, mentions];
}

describe('counting', () => {
  it('[N1] [N2] is a subtraction: entries that are no messages, of whatever kind, do not count', () => {
    const log = [
      entry(1),
      entry(2, { n: 1, kind: 'hidden', body: {} }),
      entry(3, { n: 1, kind: 'poll.opened' }),
      entry(4, { n: 2 }),
    ];
    expect(shown(countAll(log))).toEqual([2, 0]);
  });

  it('[N2] ends at the cap', () => {
    expect(shown(countAll(entries(1, 9)), 0, 5)).toEqual([5, 0]);
  });

  it('[N3] counts a message that names this person or all, by somebody else, and no other', () => {
    const all = entry(2, { body: { mentions: { all: true } } });
    const others = entry(3, { body: { mentions: { users: ['somebody'] } } });
    expect(shown(countAll([mention(1), all, others]))).toEqual([3, 2]);
    const own = { ...mention(2), author: ME };
    expect(shown(countAll([mention(1), own], 2))).toEqual([0, 0]);
  });

  it('[N4] begins anew at an own message', () => {
    const log = [mention(1), entry(2, { author: ME }), entry(3)];
    expect(shown(countAll(log, 2), 2)).toEqual([1, 0]);
  });

  it('leaves out what was erased, however often that is said', () => {
    const gone = entry(2, { erased: true, body: {} });
    expect(shown(countAll([entry(1), gone]))).toEqual([1, 0]);
    const counting = countAll([entry(1), mention(2)]);
    const erased = [gone, gone].reduce((before, next) => countedErased(before, next, { me: ME, read: 0 }), counting);
    expect(shown(erased)).toEqual([1, 0]);
  });

  it('is not sure where something was erased that it did not count', () => {
    const begun = countAll([entry(5)], 0, countedAnew(NOTHING_COUNTED, 4));
    const sure = { ...begun, isSure: true };
    expect(countedErased(sure, entry(3, { erased: true }), { me: ME, read: 0 })).toEqual({ ...sure, isSure: false });
  });

  it('goes on from a mark where everything above it was counted, and is not sure where it was not', () => {
    const counting = countAll([mention(5), mention(6)], 0, countedAnew(NOTHING_COUNTED, 4));
    const above = countedFrom({ ...counting, mentionsElsewhere: 2 }, 5, 5);
    expect([shown(above, 5), above.isSure]).toEqual([[1, 1], true]);
    const below = countedFrom({ ...counting, mentionsElsewhere: 2 }, 3, 3);
    expect([shown(below, 3), below.isSure]).toEqual([[3, 3], false]);
    expect(countedFrom(counting, 5, null).isSure).toBe(false);
  });

  it('[N5] takes the counts of the server, and goes on from them', () => {
    const told = { at: 6, n: 6, read: 1, unread: 4, mentions: 1 };
    const counting = countedAs(countAll(entries(5, 6), 1, countedAnew(NOTHING_COUNTED, 4)), told, CAP);
    expect([shown(counting, 1), counting.isSure]).toEqual([[4, 1], true]);
    expect(shown(countAll([mention(7)], 1, counting), 1)).toEqual([5, 2]);
  });

  it('[N5] is not sure of counts that end at the cap, or before what was counted one by one', () => {
    const counting = countAll(entries(5, 6), 1, countedAnew(NOTHING_COUNTED, 4));
    const told = { at: 6, n: 6, read: 1, unread: 4, mentions: 0 };
    expect(countedAs(counting, told, 4).isSure).toBe(false);
    expect(countedAs(counting, { ...told, at: 3, n: 3, unread: 1 }, CAP).isSure).toBe(false);
  });

  it('[N5] knows no mention one by one where the server counts fewer', () => {
    const told = { at: 2, n: 2, read: 0, unread: 2, mentions: 1 };
    const counting = countedAs(countAll([mention(1), mention(2)]), told, CAP);
    expect(shown(counting)).toEqual([2, 1]);
    expect(countedFrom(counting, 1, 1).isSure).toBe(false);
  });

  it('compares what is counted as of the same entry and mark alone, and only what is sure', () => {
    const counting = countAll([...entries(1, 3), mention(4)]);
    const told = { at: 3, n: 3, read: 0, unread: 3, mentions: 0 };
    expect(ownCounts(counting, told, { read: 0, cap: CAP })).toEqual({ unread: 3, mentions: 0 });
    expect(ownCounts(counting, told, { read: 1, cap: CAP })).toBeNull();
    expect(ownCounts({ ...counting, isSure: false }, told, { read: 0, cap: CAP })).toBeNull();
  });

  it('shows what the server counted until all of that is held', () => {
    const told = { at: 9, n: 9, read: 0, unread: 9, mentions: 3 };
    const moment = { read: 0, nAtHead: 9, told, cap: CAP };
    expect(countUnread(countAll(entries(1, 2)), moment)).toEqual({ unread: 9, mentions: 3 });
    expect(countUnread(countAll(entries(1, 2)), { ...moment, read: 1 })).toEqual({ unread: 9, mentions: 0 });
  });

  it('stays bounded: of very many mentions the later ones are a number, and a mark among them is not sure', () => {
    const log = Array.from({ length: 1_002 }, (_, index) => mention(index + 1));
    const counting = countAll(log);
    expect([counting.mentioned.length, counting.mentionsElsewhere]).toEqual([1_000, 2]);
    expect(countedFrom(counting, 1_000, 1_000)).toMatchObject({ mentionsElsewhere: 2, isSure: false });
  });
});
