import { EventEmitter } from 'node:events';
import { type CloseReason, parseServerFrame, type ServerFrame } from '@kith/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outgoing, outgoingEntry } from '../core/live/sink.js';
import type { Flushable } from './flusher.js';
import { noOutboxCounts, Outbox, type OutboxShared } from './outbox.js';
import { WEB_SOCKET_FRAMING } from './wire.js';

const ME = 'me';

/** A socket that takes nothing until it is told how much. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  /** Bytes that the system still takes before they wait here. */
  room: number;
  readonly writes: Buffer[] = [];
  #waiting: Buffer[] = [];

  constructor(room: number) {
    super();
    this.room = room;
  }

  get writableLength(): number {
    return this.#waiting.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  write(chunk: Uint8Array): boolean {
    this.writes.push(Buffer.from(chunk));
    if (this.#waiting.length === 0 && chunk.length <= this.room) this.room -= chunk.length;
    else this.#waiting.push(Buffer.from(chunk));
    return this.writableLength < 16_384;
  }

  /** The reader takes what waits and `room` bytes more. */
  drain(room = 0): void {
    this.#waiting = [];
    this.room = room;
    this.emit('drain');
  }

  /** The frames that were written, in order. */
  frames(): ServerFrame[] {
    const bytes = Buffer.concat(this.writes);
    const frames: ServerFrame[] = [];
    for (let at = 0; at < bytes.length; ) {
      expect(bytes[at]).toBe(0x81);
      const short = bytes[at + 1] ?? 0;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      const size = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? bytes.readUInt32BE(at + 6) : short;
      frames.push(parseServerFrame(bytes.toString('utf8', at + head, at + head + size)));
      at += head + size;
    }
    return frames;
  }
}

class FakeOwner {
  readonly person = ME;
  readonly endings: CloseReason[] = [];
  readonly empties: CloseReason[] = [];
  ending(reason: CloseReason): void {
    this.endings.push(reason);
  }
  emptied(reason: CloseReason): void {
    this.empties.push(reason);
  }
}

const LIMIT = 1_048_576;

type Made = { readonly room?: number; readonly limitBytes?: number; readonly now?: () => number };

function makeOutbox({ room = 0, limitBytes = LIMIT, now = () => 0 }: Made = {}) {
  const socket = new FakeSocket(room);
  const owner = new FakeOwner();
  const dirty: Flushable[] = [];
  const shared: OutboxShared = {
    flusher: { add: (flushable) => void dirty.push(flushable) },
    limitBytes,
    monotonic: now,
    stalled: new Set(),
    counts: noOutboxCounts(),
  };
  const outbox = new Outbox({ socket, framing: WEB_SOCKET_FRAMING, owner, shared });
  const flush = () => {
    for (const flushable of dirty.splice(0)) flushable.flush();
  };
  return { socket, owner, shared, outbox, flush };
}

type EntryParts = {
  readonly epoch?: number;
  readonly sizeBytes?: number;
  readonly author?: string;
  readonly more?: object;
};

function entryOf(conversation: string, seq: number, { epoch = 1, sizeBytes = 200, author, more }: EntryParts = {}) {
  const body = { text: 'x'.repeat(sizeBytes), ...more };
  const by = author === undefined ? {} : { author };
  return outgoingEntry({ conversation, epoch, seq, n: seq, at: 0, ...by, kind: 'message.sent', body });
}

const NAMED = { mentions: { users: ['other', ME] } };

function shapeOf(frame: ServerFrame): string {
  if (frame.type === 'entry') return `${frame.conversation}${frame.seq}`;
  if (frame.type === 'gap') return `${frame.conversation}(${frame.after},${frame.head}]`;
  return frame.type;
}

test('what a turn has for a socket goes out in one write, in order', () => {
  const { outbox, socket, flush, shared } = makeOutbox({ room: LIMIT });
  outbox.send(outgoing({ type: 'pong' }));
  outbox.deliver(entryOf('a', 1));
  outbox.deliver(entryOf('b', 1, { sizeBytes: 70_000 }));
  outbox.deliver(entryOf('a', 2, { sizeBytes: 3 }));
  expect(socket.writes).toHaveLength(0);
  flush();
  expect(socket.frames().map(shapeOf)).toEqual(['pong', 'a1', 'b1', 'a2']);
  expect(shared.counts).toMatchObject({ frames: 4, writes: 3 });
});

test('an entry for many sockets is framed once', () => {
  const entry = entryOf('a', 1);
  const many = [makeOutbox({ room: LIMIT }), makeOutbox({ room: LIMIT })];
  for (const { outbox } of many) outbox.deliver(entry);
  const wire = entry.wire;
  for (const { flush } of many) flush();
  expect(wire).not.toBeNull();
  expect(entry.wire).toBe(wire);
});

test('[18] a slow reader gets one gap for each conversation in the place of its first dropped entry, then goes on', () => {
  const { outbox, socket, flush, shared, owner } = makeOutbox();
  outbox.deliver(entryOf('a', 1, { sizeBytes: 70_000 }));
  flush();
  for (let seq = 2; seq <= 5; seq += 1) outbox.deliver(entryOf('a', seq, { sizeBytes: 100_000 }));
  outbox.send(outgoing({ type: 'synced', since: 's' }));
  for (let seq = 1; seq <= 4; seq += 1) outbox.deliver(entryOf('b', seq, { sizeBytes: 50_000 }));
  outbox.deliver(entryOf('a', 6, { sizeBytes: 100_000 }));
  flush();
  expect(shared.counts.gaps).toBe(2);
  outbox.deliver(entryOf('a', 7));
  socket.drain(LIMIT);
  outbox.deliver(entryOf('a', 8));
  flush();
  expect(socket.frames().map(shapeOf)).toEqual(['a1', 'a(1,7]', 'synced', 'b(0,4]', 'a8']);
  expect(owner.endings).toEqual([]);
});

test('a gap belongs to one epoch', () => {
  const { outbox, socket, flush } = makeOutbox();
  outbox.deliver(entryOf('a', 1, { sizeBytes: 70_000 }));
  flush();
  for (let seq = 2; seq <= 7; seq += 1) outbox.deliver(entryOf('a', seq, { sizeBytes: 100_000 }));
  outbox.deliver(entryOf('a', 3, { epoch: 2, sizeBytes: 600_000 }));
  outbox.deliver(entryOf('a', 4, { epoch: 2 }));
  socket.drain(LIMIT);
  flush();
  const gaps = socket.frames().filter((frame) => frame.type === 'gap');
  expect(gaps).toMatchObject([
    { epoch: 1, after: 1, head: 7 },
    { epoch: 2, after: 2, head: 4 },
  ]);
});

test('[18] frames that must not be dropped, above the limit, end the stream with 4001', () => {
  const { outbox, socket, flush, owner, shared } = makeOutbox();
  outbox.deliver(entryOf('a', 1, { sizeBytes: 70_000 }));
  flush();
  const large = { type: 'ack', id: 1, result: { text: 'x'.repeat(100_000) } } as const;
  for (let count = 0; count < 11; count += 1) outbox.send(outgoing(large));
  expect(owner.endings).toEqual(['too_slow']);
  expect(owner.empties).toEqual(['too_slow']);
  expect(outbox.waitingBytes).toBeLessThan(100_000);
  outbox.send(outgoing({ type: 'pong' }));
  socket.drain(LIMIT);
  flush();
  expect(socket.frames().map(shapeOf)).toEqual(['a1']);
  expect(shared.stalled.size).toBe(0);
});

test('[18] a reader that takes nothing for 30 s is too slow; one that takes something begins anew', () => {
  let nowMs = 0;
  const { outbox, socket, flush, owner, shared } = makeOutbox({ now: () => nowMs });
  for (let seq = 1; seq <= 6; seq += 1) outbox.deliver(entryOf('a', seq, { sizeBytes: 60_000 }));
  flush();
  nowMs = 29_000;
  outbox.judge(nowMs);
  socket.drain();
  nowMs = 58_000;
  outbox.judge(nowMs);
  expect(owner.endings).toEqual([]);
  expect(shared.stalled.has(outbox)).toBe(true);
  nowMs = 59_001;
  outbox.judge(nowMs);
  expect(owner.endings).toEqual(['too_slow']);
});

test('signals are dropped while the reader is slow, and only then', () => {
  const { outbox, socket, flush, shared } = makeOutbox();
  const signal = outgoing({ type: 'signal', name: 'presence', presence: [] });
  outbox.signal(signal);
  outbox.deliver(entryOf('a', 1, { sizeBytes: 70_000 }));
  outbox.deliver(entryOf('a', 2));
  flush();
  outbox.signal(signal);
  socket.drain(LIMIT);
  outbox.signal(signal);
  flush();
  expect(socket.frames().map(shapeOf)).toEqual(['signal', 'a1', 'a2', 'signal']);
  expect(shared.counts.droppedSignals).toBe(1);
});

/** A reader who is behind: its socket is full. */
function behind(limitBytes = LIMIT) {
  const made = makeOutbox({ limitBytes });
  made.outbox.deliver(entryOf('first', 1, { sizeBytes: 70_000 }));
  made.flush();
  return made;
}

test('[UG1] [UG2] what is urgent goes before what else waits, and each conversation keeps its order', () => {
  const { outbox, socket, flush, shared } = behind();
  outbox.deliver(entryOf('a', 1));
  outbox.deliver(entryOf('b', 1));
  outbox.send(outgoing({ type: 'synced', since: 's' }));
  outbox.deliver(entryOf('c', 1, { more: { mentions: { users: ['other'] } } }));
  outbox.deliver(entryOf('b', 2, { more: NAMED }));
  outbox.deliver(entryOf('a', 2));
  outbox.deliver(entryOf('d', 1, { more: { mentions: { all: true } } }));
  outbox.deliver(entryOf('e', 1, { more: { urgent: true } }));
  outbox.deliver(entryOf('f', 1, { author: ME, more: { urgent: true } }));
  outbox.deliver(entryOf('b', 3));
  flush();
  socket.drain(LIMIT);
  const order = ['first1', ...['b1', 'b2', 'd1', 'e1', 'b3'], ...['a1', 'synced', 'c1', 'a2', 'f1']];
  expect(socket.frames().map(shapeOf)).toEqual(order);
  expect(shared.counts).toMatchObject({ looks: 1, overtook: 5 });
});

test('[UG2] nothing goes before welcome, and what is said of a conversation beside its entries keeps its place among them', () => {
  const { outbox, socket, flush } = behind();
  const marks = outgoing({ type: 'signal', name: 'marks', conversation: 'b', epoch: 1, marks: [] });
  const summary = { id: 'c' } as never;
  outbox.deliver(entryOf('x', 1, { more: NAMED }));
  outbox.send({ text: '{"type":"welcome"}', wire: null, rank: 'welcome' });
  outbox.deliver(entryOf('a', 1));
  outbox.send(outgoing({ type: 'gap', conversation: 'b', epoch: 1, after: 0, head: 4 }));
  outbox.send(marks);
  outbox.send(outgoing({ type: 'conversation', summary }));
  outbox.deliver(entryOf('b', 5, { more: NAMED }));
  outbox.deliver(entryOf('c', 1, { more: NAMED }));
  flush();
  socket.drain(LIMIT);
  const text = Buffer.concat(socket.writes).toString();
  const places = ['"conversation":"x"', 'welcome', '"type":"gap"', '"marks"', '"summary"', '"seq":5'].map((part) =>
    text.indexOf(part),
  );
  expect(places.every((place, index) => place > (places[index - 1] ?? 0))).toBe(true);
  expect(text.indexOf('"conversation":"c"')).toBeGreaterThan(text.indexOf('"summary"'));
  expect(text.indexOf('"conversation":"a"')).toBeGreaterThan(text.indexOf('"conversation":"c"'));
});

test('[UG3] signals are dropped first, then entries where nothing is urgent, and the others last', () => {
  const { outbox, socket, flush, shared } = makeOutbox({ limitBytes: 400_000 });
  outbox.deliver(entryOf('first', 1, { sizeBytes: 70_000 }));
  outbox.signal(outgoing({ type: 'signal', name: 'presence', presence: [] }));
  for (let seq = 1; seq <= 3; seq += 1) outbox.deliver(entryOf('a', seq, { sizeBytes: 30_000 }));
  outbox.deliver(entryOf('b', 1, { more: NAMED, sizeBytes: 30_000 }));
  for (let seq = 4; seq <= 9; seq += 1) outbox.deliver(entryOf('a', seq, { sizeBytes: 30_000 }));
  outbox.deliver(entryOf('b', 2, { sizeBytes: 30_000 }));
  flush();
  expect(shared.counts).toMatchObject({ gaps: 1, droppedEntries: 9 });
  socket.drain(LIMIT);
  const shapes = socket.frames().map(shapeOf);
  expect(shapes.filter((shape) => shape !== 'signal')).toEqual(['first1', 'b1', 'b2', 'a(0,9]']);
});

test('[UG3] where that is not enough, the gap that covers something urgent goes first', () => {
  const { outbox, socket, flush, shared } = behind(400_000);
  outbox.deliver(entryOf('a', 1, { sizeBytes: 20_000 }));
  for (let seq = 1; seq <= 4; seq += 1) outbox.deliver(entryOf('b', seq, { more: NAMED, sizeBytes: 60_000 }));
  outbox.deliver(entryOf('c', 1));
  outbox.deliver(entryOf('b', 5));
  flush();
  socket.drain(LIMIT);
  expect(socket.frames().map(shapeOf)).toEqual(['first1', 'b(0,5]', 'a(0,1]', 'c1']);
  expect(shared.counts.gaps).toBe(2);
});

test('[UG2] a queue is looked through only where the reader is behind', () => {
  const { outbox, flush, shared } = makeOutbox({ room: 100 * LIMIT });
  for (let turn = 1; turn <= 50; turn += 1) {
    for (const conversation of ['a', 'b', 'c']) outbox.deliver(entryOf(conversation, turn, { more: NAMED }));
    outbox.signal(outgoing({ type: 'signal', name: 'presence', presence: [] }));
    flush();
  }
  expect(shared.counts).toMatchObject({ frames: 200, writes: 50, looks: 0, overtook: 0 });
});

test('what was sent before a close goes out before it, and nothing after', () => {
  const { outbox, socket, flush, owner } = makeOutbox({ room: 100 });
  outbox.send(outgoing({ type: 'pong' }));
  outbox.deliver(entryOf('a', 1, { sizeBytes: 70_000 }));
  outbox.deliver(entryOf('a', 2, { sizeBytes: 70_000 }));
  outbox.close('replaced');
  outbox.deliver(entryOf('a', 3));
  flush();
  expect(owner.empties).toEqual([]);
  socket.drain(LIMIT);
  expect(socket.frames().map(shapeOf)).toEqual(['pong', 'a1', 'a2']);
  expect(owner.empties).toEqual(['replaced']);
});

test('a socket that is gone takes nothing and holds nothing', () => {
  const { outbox, socket, flush } = makeOutbox();
  outbox.deliver(entryOf('a', 1));
  socket.destroyed = true;
  flush();
  expect(socket.writes).toHaveLength(0);
  expect(outbox.waitingBytes).toBe(0);
});

type Step =
  | { readonly kind: 'entry'; readonly conversation: string; readonly sizeBytes: number; readonly isUrgent: boolean }
  | { readonly kind: 'frame' }
  | { readonly kind: 'flush' }
  | { readonly kind: 'drain'; readonly room: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('entry' as const),
        conversation: fc.constantFrom('a', 'b', 'c'),
        sizeBytes: fc.constantFrom(10, 20_000, 60_000),
        isUrgent: fc.constantFrom(false, false, false, true),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('frame' as const, 'flush' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('drain' as const), room: fc.constantFrom(0, 0, 30_000, 400_000) }),
    },
  ),
  { minLength: 20, maxLength: 120, size: 'max' },
);

test('[3] whatever drains when, entries rise, every hole is covered by a gap, and the bound holds', () => {
  let gaps = 0;
  fc.assert(
    fc.property(steps, (pattern: readonly Step[]) => {
      const limitBytes = 400_000;
      const { outbox, socket, flush, owner, shared } = makeOutbox({ limitBytes });
      const heads = new Map<string, number>();
      for (const step of pattern) {
        if (step.kind === 'entry') {
          const seq = (heads.get(step.conversation) ?? 0) + 1;
          heads.set(step.conversation, seq);
          const more = step.isUrgent ? NAMED : {};
          outbox.deliver(entryOf(step.conversation, seq, { sizeBytes: step.sizeBytes, more }));
        } else if (step.kind === 'frame') outbox.send(outgoing({ type: 'pong' }));
        else if (step.kind === 'flush') flush();
        else socket.drain(step.room);
        expect(outbox.waitingBytes).toBeLessThanOrEqual(limitBytes);
      }
      flush();
      while (outbox.waitingBytes > 0) socket.drain(limitBytes);
      expect(owner.endings).toEqual([]);
      expectWhole(socket.frames(), heads);
      gaps += shared.counts.gaps;
    }),
    { numRuns: 200 },
  );
  expect(gaps).toBeGreaterThan(200);
});

/** Walks the frames as a client does: the next entry is the next number, or a gap says what is missing. */
function expectWhole(frames: readonly ServerFrame[], heads: ReadonlyMap<string, number>): void {
  const seen = new Map<string, number>();
  for (const frame of frames) {
    if (frame.type !== 'entry' && frame.type !== 'gap') continue;
    const last = seen.get(frame.conversation) ?? 0;
    if (frame.type === 'entry') expect(frame.seq).toBe(last + 1);
    else expect(frame.after).toBe(last);
    seen.set(frame.conversation, frame.type === 'entry' ? frame.seq : frame.head);
  }
  expect(seen).toEqual(heads);
}
