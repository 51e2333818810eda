import { type ConversationId, type Entry, toId } from '@kith/protocol';
import { FakeClock, settle } from '@kith/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import type { LogPage, ReadRange } from '../log.js';
import { SharedPages } from './shared-pages.js';

const A = toId<ConversationId>('00000000-0000-7000-8000-00000000000a');
const B = toId<ConversationId>('00000000-0000-7000-8000-00000000000b');

function newPages() {
  const clock = new FakeClock();
  const asked: string[][] = [];
  const log = {
    failure: null as Error | null,
    text: 'hello',
    slow: null as Promise<void> | null,
    absent: new Set<ConversationId>(),
    async readMany(ranges: readonly ReadRange[]): Promise<readonly LogPage[]> {
      asked.push(ranges.map(({ conversation, after, upTo }) => `${conversation.slice(-1)} ${after} ${upTo}`));
      if (log.failure) throw log.failure;
      await log.slow;
      return ranges.filter(({ conversation }) => !log.absent.has(conversation)).map((range) => pageOf(range, log.text));
    },
  };
  return { clock, log, asked, pages: new SharedPages({ log, clock }) };
}

function pageOf({ conversation, after, upTo = after }: ReadRange, text: string): LogPage {
  const entries = Array.from({ length: upTo - after }, (_, index) =>
    entryOf({ conversation, seq: after + 1 + index, text }),
  );
  return { record: { id: conversation } as LogPage['record'], entries };
}

function entryOf({ conversation, seq, text }: { conversation: ConversationId; seq: number; text: string }): Entry {
  return { conversation, epoch: 1, seq, n: seq, at: 0, kind: 'message.sent', body: { text } };
}

function missed(conversation: ConversationId, after: number, head: number) {
  return { conversation, epoch: 1, after, head };
}

function seqs(pages: readonly LogPage[]) {
  return pages.map(({ record, entries }) => [record.id, entries.map(({ seq }) => seq)]);
}

describe('shared pages', () => {
  it('are read once for all who missed the same, also while they are being read', async () => {
    const { pages, asked } = newPages();
    const both = await Promise.all([pages.read([missed(A, 2, 4)]), pages.read([missed(A, 2, 4), missed(B, 0, 1)])]);
    expect(both.map(seqs)).toEqual([
      [[A, [3, 4]]],
      [
        [A, [3, 4]],
        [B, [1]],
      ],
    ]);
    expect(asked).toEqual([['a 2 4'], ['b 0 1']]);
  });

  it('are read together for those who come while others are read, each with theirs', async () => {
    const { pages, asked, log } = newPages();
    log.absent.add(B);
    const [first, , third, fourth] = await Promise.all([
      pages.read([missed(A, 0, 1)]),
      pages.read([missed(A, 1, 2)]),
      pages.read([missed(B, 0, 1), missed(A, 2, 4)]),
      pages.read([missed(A, 3, 4), missed(A, 0, 1)]),
    ]);
    expect([first, third, fourth].map((one) => seqs(one ?? []))).toEqual([
      [[A, [1]]],
      [[A, [3, 4]]],
      [
        [A, [4]],
        [A, [1]],
      ],
    ]);
    expect(asked).toEqual([['a 0 1'], ['a 1 2', 'b 0 1', 'a 2 4', 'a 3 4']]);
  });

  it('are others where the head, the epoch or what was seen is another', async () => {
    const { pages, asked } = newPages();
    for (const one of [missed(A, 2, 4), missed(A, 2, 5), missed(A, 3, 4), { ...missed(A, 2, 4), epoch: 2 }])
      await pages.read([one]);
    expect(asked).toEqual([['a 2 4'], ['a 2 5'], ['a 3 4'], ['a 2 4']]);
  });

  it('are kept for five seconds, and then nothing of them is', async () => {
    const { pages, asked, clock } = newPages();
    await pages.read([missed(A, 0, 1)]);
    clock.advance(4_999);
    await pages.read([missed(A, 0, 1)]);
    expect(asked).toHaveLength(1);
    clock.advance(1);
    await pages.read([missed(A, 0, 1)]);
    expect(asked).toHaveLength(2);
    clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });

  it('are bounded: what there is no room for is read again, until the others had their time', async () => {
    const { pages, asked, clock } = newPages();
    await pages.read([missed(A, 0, 30_000)]);
    for (let again = 0; again < 2; again += 1) await pages.read([missed(B, 0, 20_001)]);
    await pages.read([missed(A, 0, 30_000)]);
    expect(asked).toEqual([['a 0 30000'], ['b 0 20001'], ['b 0 20001']]);
    clock.advance(5_000);
    for (let again = 0; again < 2; again += 1) await pages.read([missed(B, 0, 20_001)]);
    expect(asked).toHaveLength(4);
  });

  it('are bounded in what is on the wire of them', async () => {
    const { pages, asked, log } = newPages();
    log.text = 'x'.repeat(1024 * 1024);
    for (const conversation of [A, A, B, B]) {
      const [page] = await pages.read([missed(conversation, 0, 33)]);
      for (const entry of page?.entries ?? []) pages.outgoing(entry);
    }
    expect(asked).toEqual([['a 0 33'], ['b 0 33'], ['b 0 33']]);
  });

  it('are bounded in that, too, where they were asked for before anything was on the wire', async () => {
    const { pages, asked, log } = newPages();
    log.text = 'x'.repeat(1024 * 1024);
    const first = pages.read([missed(A, 0, 33)]);
    let answer = (): void => {};
    log.slow = new Promise((resolve) => {
      answer = resolve;
    });
    const second = pages.read([missed(B, 0, 33)]);
    const [page] = await first;
    for (const entry of page?.entries ?? []) pages.outgoing(entry);
    answer();
    expect(seqs(await second)[0]?.[0]).toBe(B);
    for (const conversation of [A, B]) await pages.read([missed(conversation, 0, 33)]);
    expect(asked).toEqual([['a 0 33'], ['b 0 33'], ['b 0 33']]);
  });

  it('that could not be read are told to who asks, and read again for the next', async () => {
    const { pages, log, asked } = newPages();
    log.failure = new Error('the database is away');
    const both = await Promise.allSettled([pages.read([missed(A, 0, 1)]), pages.read([missed(A, 0, 1)])]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    log.failure = null;
    expect(seqs(await pages.read([missed(A, 0, 1)]))).toEqual([[A, [1]]]);
    expect(asked).toHaveLength(2);
  });

  it('of what is not there are left out', async () => {
    const { pages, log } = newPages();
    log.absent.add(A);
    expect(seqs(await pages.read([missed(A, 0, 1), missed(B, 0, 1)]))).toEqual([[B, [1]]]);
  });

  it('have one frame for an entry', async () => {
    const { pages, clock } = newPages();
    const [first] = await pages.read([missed(A, 0, 1)]);
    const [second] = await pages.read([missed(A, 0, 1)]);
    const [one, other] = [first?.entries[0], second?.entries[0]];
    if (!one || !other) throw new Error('no entry');
    expect(pages.outgoing(one)).toBe(pages.outgoing(other));
    expect(pages.outgoing({ ...one })).not.toBe(pages.outgoing(one));
    const frame = pages.outgoing(one);
    clock.advance(10_000);
    await settle();
    expect(pages.outgoing(one)).not.toBe(frame);
  });
});
