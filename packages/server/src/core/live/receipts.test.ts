import type { ConversationId, UserId } from '@kith/protocol';
import { freshId } from '@kith/testkit/contracts/log-world';
import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Receipt, Receipts, type TellMembers } from './receipts.js';

const [place, other] = [freshId<ConversationId>(), freshId<ConversationId>()];
const [ann, ben, cid] = [freshId<UserId>(), freshId<UserId>(), freshId<UserId>()];
let clock: FakeClock;
let receipts: Receipts;
type Telling = { at: number; conversation: string; epoch: number; marks: string[]; readOnly: readonly string[] };
let told: Telling[];
let toldNodes: Telling[];

beforeEach(() => {
  clock = new FakeClock();
  [told, toldNodes] = [[], []];
  const from = clock.monotonic();
  const into =
    (list: Telling[]): TellMembers =>
    (conversation, { epoch, marks }, { readOnly = [] }) => {
      const shown = marks.map(({ user, delivered, read }) => `${nameOf(user)} ${delivered} ${read}`);
      list.push({ at: clock.monotonic() - from, conversation, epoch, marks: shown, readOnly: readOnly.map(nameOf) });
    };
  receipts = new Receipts({ clock, tellHere: into(told), tellNodes: into(toldNodes) });
});

function nameOf(user: string): string {
  return ['ann', 'ben', 'cid'][[ann, ben, cid].indexOf(user as UserId)] ?? user;
}

function mark(user: UserId, read: number, more: Partial<Receipt> = {}): void {
  receipts.add({ conversation: place, user, epoch: 1, delivered: read, read, isDelivered: true, ...more });
}

describe('receipts', () => {
  test('of one conversation that come together are told together, at once', () => {
    mark(ann, 4);
    mark(ben, 3);
    mark(cid, 5, { conversation: other });
    receipts.tell();
    expect(told).toMatchObject([
      { at: 0, conversation: place, marks: ['ann 4 4', 'ben 3 3'] },
      { at: 0, conversation: other, marks: ['cid 5 5'] },
    ]);
  });

  test('that come soon after others of their conversation gather, the last of each person', () => {
    for (let read = 1; read <= 20; read += 1) {
      mark(ann, read);
      if (read > 10) mark(ben, read);
      receipts.tell();
      clock.advance(50);
    }
    clock.advance(1_000);
    expect(told.map(({ at, marks }) => [at, ...marks])).toEqual([
      [0, 'ann 1 1'],
      [250, 'ann 5 5'],
      [500, 'ann 10 10'],
      [750, 'ann 15 15', 'ben 15 15'],
      [1_000, 'ann 20 20', 'ben 20 20'],
    ]);
    expect(clock.pending).toBe(0);
    mark(cid, 7);
    receipts.tell();
    expect(told.at(-1)).toMatchObject({ marks: ['cid 7 7'] });
  });

  test('say of whom nothing but what is read has changed, in all that was gathered', () => {
    mark(ann, 1);
    receipts.tell();
    mark(ann, 2, { isDelivered: true });
    mark(ann, 3, { isDelivered: false });
    mark(ben, 3, { isDelivered: false });
    receipts.tell();
    clock.advance(250);
    expect(told.at(-1)).toMatchObject({ marks: ['ann 3 3', 'ben 3 3'], readOnly: ['ben'] });
  });

  test('of other nodes gather with those of this one for those who are here, and are told to no node', () => {
    const heard = (user: UserId, read: number, readOnly: readonly string[]) => {
      const marks = [{ user, delivered: 9, read }];
      receipts.heard({ type: 'signal', name: 'marks', conversation: place, epoch: 1, marks }, { readOnly });
    };
    heard(ben, 1, []);
    mark(ann, 2);
    receipts.tell();
    heard(ben, 2, [ben]);
    heard(cid, 3, []);
    clock.advance(250);
    expect(told.map(({ at, marks, readOnly }) => [at, marks, readOnly])).toEqual([
      [0, ['ben 9 1'], []],
      [250, ['ann 2 2', 'ben 9 2', 'cid 9 3'], ['ben']],
    ]);
    expect(toldNodes).toMatchObject([{ at: 0, marks: ['ann 2 2'] }]);
  });

  describe('to other nodes', () => {
    const toldBy = (...nodes: string[]) => {
      for (const from of nodes) {
        const frame = { type: 'signal', name: 'marks', conversation: place, epoch: 1, marks: [] } as const;
        receipts.heard(frame, { from });
      }
    };
    /** Twenty marks a second, of two people, for two seconds. */
    const read = () => {
      for (let seq = 1; seq <= 40; seq += 1) {
        mark(seq % 2 === 0 ? ann : ben, seq);
        mark(cid, seq, { conversation: other });
        receipts.tell();
        clock.advance(50);
      }
      clock.advance(2_000);
    };
    const timesOf = (conversation: string) =>
      toldNodes.filter((one) => one.conversation === conversation).map(({ at }) => at);

    test('wait for as many times as there are nodes that tell of the conversation, so that all tell four times a second', () => {
      toldBy('n2', 'n3', 'n2');
      read();
      expect(timesOf(place)).toEqual([0, 750, 1_500, 2_250]);
      expect(toldNodes.filter(({ conversation }) => conversation === place).at(-1)?.marks).toEqual([
        'ben 39 39',
        'ann 40 40',
      ]);
      // Nothing is heard of it from other nodes.
      expect(timesOf(other)).toEqual([0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000]);
      // Those who are here do not wait for it.
      expect(told.filter(({ conversation }) => conversation === place)).toHaveLength(9);
    });

    test('wait for a second at most, however many nodes there are', () => {
      toldBy('n2', 'n3', 'n4', 'n5', 'n6', 'n7');
      read();
      expect(timesOf(place)).toEqual([0, 1_000, 2_000]);
    });

    test('wait no longer for nodes of which nothing is heard any more', () => {
      toldBy('n2', 'n3');
      clock.advance(6_000);
      toldBy('n2');
      read();
      expect(timesOf(place)).toEqual([6_000, 6_750, 7_500, 8_250]);
      [toldNodes.length, told.length] = [0, 0];
      clock.advance(10_000);
      read();
      expect(timesOf(place).slice(0, 3)).toEqual([20_000, 20_250, 20_500]);
    });
  });

  test('of an earlier epoch are left out', () => {
    mark(ann, 1);
    receipts.tell();
    mark(ben, 9);
    mark(ann, 2, { epoch: 2 });
    receipts.tell();
    clock.advance(250);
    expect(told.at(-1)).toMatchObject({ epoch: 2, marks: ['ann 2 2'] });
  });

  test('that wait are told at the end, and no timer is left', () => {
    mark(ann, 1);
    receipts.tell();
    mark(ann, 2);
    receipts.tell();
    receipts.stop();
    expect(told.at(-1)).toMatchObject({ marks: ['ann 2 2'] });
    expect(clock.pending).toBe(0);
  });
});
