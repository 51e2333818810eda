// What waits to be written to one client. Frames are gathered here and written whole, several joined, once per turn;
// they go straight to the socket below the WebSocket library, whose own control frames are whole too and so may stand
// between ours. Bounded in bytes: at half of the limit signals and queued entries are dropped, these for one `gap` per
// conversation in the place of the first of them, urgent ones last; when that is not enough, or nothing drains for 30 s, the
// stream ends as too slow. Rules 3 and 18 of the live stream: a conversation's entries rise, and a gap covers every hole.
import { type CloseReason, encodeFrame } from '@kith/protocol';
import type { Outgoing, OutgoingEntry, Sink } from '../core/live/sink.js';
import type { Framing } from './client-socket.js';
import type { Flushable, Flusher } from './flusher.js';
import { isUrgentFor, urgentFirst, urgentOf } from './urgency.js';

/** Bytes handed to the socket and not yet taken by the system: above this, frames wait here, where they can be dropped. */
const HIGH_WATER_BYTES = 65_536;
/** Most bytes joined into one write. */
const JOINED_BYTES = 65_536;
/** A reader that takes nothing for this long is too slow. Milliseconds. */
const STALLED_MS = 30_000;
/** What a gap in the queue counts for, in bytes. */
const GAP_BYTES = 200;

/** What an outbox writes to. */
export interface WritableSocket {
  /** Bytes that were written and not taken yet. */
  readonly writableLength: number;
  readonly destroyed: boolean;
  write(bytes: Uint8Array): unknown;
  /** Called when there is room again. */
  once(event: 'drain', listener: () => void): unknown;
}

/** Whoever owns the stream: told once that it is to end, with everything written that can be. */
export interface StreamOwner {
  /** Whose stream it is; null until that is known. */
  readonly person: string | null;
  /** The stream is to end: stop reading, and say `bye` if that is due. */
  ending(reason: CloseReason, afterMs: number | undefined): void;
  /** Nothing more will be written: send the close frame. */
  emptied(reason: CloseReason): void;
}

/** What all outboxes of a server share, and count together. */
export type OutboxShared = {
  readonly flusher: Pick<Flusher, 'add'>;
  /** Most bytes that wait for one client, in the queue and in its socket. */
  readonly limitBytes: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Outboxes that wait for their sockets: at most one place for each connection. */
  readonly stalled: Set<Outbox>;
  readonly counts: OutboxCounts;
};

export type OutboxCounts = {
  frames: number;
  writes: number;
  bytes: number;
  gaps: number;
  droppedEntries: number;
  droppedSignals: number;
  slowCloses: number;
  /** Queues of slow readers that were looked through for what is urgent, and frames that overtook another by that. */
  looks: number;
  overtook: number;
};

export function noOutboxCounts(): OutboxCounts {
  const dropped = { gaps: 0, droppedEntries: 0, droppedSignals: 0, slowCloses: 0 };
  return { frames: 0, writes: 0, bytes: 0, ...dropped, looks: 0, overtook: 0 };
}

/** Entries that were dropped from the queue: a frame whose text is made when it goes out, because it grows until then. */
class QueuedGap implements Outgoing {
  readonly conversation: string;
  readonly epoch: number;
  wire: Uint8Array | null = null;
  isUrgent = false;
  readonly rank = undefined;
  readonly #after: number;
  #head: number;

  constructor(first: OutgoingEntry) {
    this.conversation = first.conversation;
    this.epoch = first.epoch;
    this.#after = first.seq - 1;
    this.#head = first.seq;
  }

  get text(): string {
    const { conversation, epoch } = this;
    return encodeFrame({ type: 'gap', conversation, epoch, after: this.#after, head: this.#head });
  }

  /** True where the entry belongs to this gap, which now covers it. */
  takes(entry: OutgoingEntry): boolean {
    if (entry.epoch !== this.epoch) return false;
    if (entry.seq > this.#head) this.#head = entry.seq;
    return true;
  }
}

type Queued = Outgoing | OutgoingEntry | QueuedGap;

const NONE: ReadonlySet<string> = new Set();

export class Outbox implements Sink, Flushable {
  readonly #socket: WritableSocket;
  readonly #framing: Framing;
  readonly #owner: StreamOwner;
  readonly #shared: OutboxShared;
  #queue: Queued[] = [];
  #queuedBytes = 0;
  /** True where entries or signals may be among what is queued. */
  #hasDroppable = false;
  /** Gaps in the queue, by conversation; null while there are none. */
  #gaps: Map<string, QueuedGap> | null = null;
  #isDirty = false;
  #isStalled = false;
  #stalledSinceMs = 0;
  #endReason: CloseReason | null = null;

  constructor(parts: { socket: WritableSocket; framing: Framing; owner: StreamOwner; shared: OutboxShared }) {
    this.#socket = parts.socket;
    this.#framing = parts.framing;
    this.#owner = parts.owner;
    this.#shared = parts.shared;
  }

  /** Bytes that wait for this client, here and in its socket. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#socket.writableLength;
  }

  send(frame: Outgoing): void {
    if (this.#endReason === null) this.#put(frame);
  }

  /** Signals are for the moment: a reader who cannot take them now has no use for them later. */
  signal(frame: Outgoing): void {
    if (this.#isStalled) this.#shared.counts.droppedSignals += 1;
    else if (this.#endReason === null) {
      this.#hasDroppable = true;
      this.#put(frame);
    }
  }

  deliver(entry: OutgoingEntry): void {
    if (this.#endReason !== null) return;
    const gap = this.#gaps?.get(entry.conversation);
    if (gap?.takes(entry)) {
      this.#shared.counts.droppedEntries += 1;
      if (isUrgentFor(entry, this.#owner.person)) gap.isUrgent = true;
      return;
    }
    this.#hasDroppable = true;
    this.#put(entry);
  }

  /** Writes a whole control frame or comment at once, before what is queued; dropped while the socket takes nothing. */
  sendControl(frame: Uint8Array): void {
    if (this.#socket.destroyed || this.#socket.writableLength >= HIGH_WATER_BYTES) return;
    this.#socket.write(frame);
  }

  close(reason: CloseReason, afterMs?: number): void {
    if (this.#endReason !== null) return;
    this.#owner.ending(reason, afterMs);
    this.#endReason = reason;
    this.#markDirty();
  }

  /** The flusher's turn: writes what the socket takes; the rest goes on when it has drained. */
  flush(): void {
    this.#isDirty = false;
    this.#write();
    if (this.#endReason !== null && this.#queue.length === 0) this.#owner.emptied(this.#endReason);
  }

  /** Ends the stream where nothing was taken for 30 s. To be called now and then while it is in `stalled`. */
  judge(nowMs: number): void {
    if (this.#isStalled && nowMs - this.#stalledSinceMs >= STALLED_MS) this.#endTooSlow();
  }

  /** Lets go of everything queued: the socket is gone, or the client is given up. */
  discard(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#hasDroppable = false;
    this.#gaps = null;
    this.#isStalled = false;
    this.#shared.stalled.delete(this);
  }

  #put(frame: Outgoing): void {
    this.#queue.push(frame);
    this.#queuedBytes += this.#framing.bytesOf(frame).length;
    if (!this.#isDirty) this.#markDirty();
    if (this.#queuedBytes * 2 > this.#shared.limitBytes) this.#relieve();
  }

  #markDirty(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#shared.flusher.add(this);
  }

  #write(): void {
    if (this.#isStalled) return;
    if (this.#socket.destroyed) {
      this.discard();
      return;
    }
    while (this.#queue.length > 0) {
      if (this.#socket.writableLength >= HIGH_WATER_BYTES) {
        this.#stall();
        return;
      }
      this.#writeJoined();
    }
    this.#hasDroppable = false;
  }

  /** Joins frames from the front of the queue into one write. */
  #writeJoined(): void {
    const queue = this.#queue;
    let count = 0;
    let takenBytes = 0;
    for (const frame of queue) {
      const sizeBytes = this.#sizeOf(frame);
      if (count > 0 && takenBytes + sizeBytes > JOINED_BYTES) break;
      if (frame instanceof QueuedGap) this.#letGo(frame);
      takenBytes += sizeBytes;
      count += 1;
    }
    const joined = this.#join(queue, count);
    if (count === queue.length) this.#queue = [];
    else queue.splice(0, count);
    this.#queuedBytes -= takenBytes;
    const { counts } = this.#shared;
    counts.frames += count;
    counts.writes += 1;
    counts.bytes += joined.length;
    this.#socket.write(joined);
  }

  /** The gap goes out: the conversation's next entry is delivered again. */
  #letGo(gap: QueuedGap): void {
    if (this.#gaps?.get(gap.conversation) !== gap) return;
    this.#gaps.delete(gap.conversation);
    if (this.#gaps.size === 0) this.#gaps = null;
  }

  #stall(): void {
    this.#isStalled = true;
    this.#stalledSinceMs = this.#shared.monotonic();
    this.#shared.stalled.add(this);
    this.#socket.once('drain', () => this.#drained());
  }

  #drained(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.#shared.stalled.delete(this);
    this.#urgentFirst();
    this.#write();
    if (this.#endReason !== null && this.#queue.length === 0) this.#owner.emptied(this.#endReason);
  }

  /** The reader was behind, and goes on: what is urgent goes before what else waits. */
  #urgentFirst(): void {
    const urgent = this.#urgent();
    if (urgent.size === 0) return;
    const { queue, moved } = urgentFirst(this.#queue, urgent);
    this.#queue = queue;
    this.#shared.counts.overtook += moved;
  }

  #urgent(): ReadonlySet<string> {
    this.#shared.counts.looks += 1;
    return urgentOf(this.#queue, this.#owner.person);
  }

  /** Over half of the limit: what the socket takes at once, then signals and gaps for entries, urgent ones last, then the end. */
  #relieve(): void {
    const { limitBytes } = this.#shared;
    this.#write();
    if (this.#queuedBytes * 2 <= limitBytes) return;
    if (this.#hasDroppable) this.#drop(this.#urgent());
    if (this.#queuedBytes * 2 > limitBytes && this.#hasDroppable) this.#drop(NONE);
    if (this.waitingBytes > limitBytes) this.#endTooSlow();
  }

  /** Puts one gap for each conversation in the place of the first entry of it that is queued, and drops signals. */
  #drop(spared: ReadonlySet<string>): void {
    const { counts } = this.#shared;
    const gaps = this.#gaps ?? new Map<string, QueuedGap>();
    const kept: Queued[] = [];
    let keptBytes = 0;
    let hasSpared = false;
    for (const frame of this.#queue) {
      if (frame.rank === 'signal') counts.droppedSignals += 1;
      else if (isEntry(frame) && !spared.has(frame.conversation)) {
        counts.droppedEntries += 1;
        const gap = gaps.get(frame.conversation);
        const isCovered = gap?.takes(frame) === true;
        const covering = isCovered ? gap : new QueuedGap(frame);
        if (isUrgentFor(frame, this.#owner.person)) covering.isUrgent = true;
        if (isCovered) continue;
        counts.gaps += 1;
        gaps.set(frame.conversation, covering);
        kept.push(covering);
        keptBytes += GAP_BYTES;
      } else {
        hasSpared ||= isEntry(frame);
        kept.push(frame);
        keptBytes += this.#sizeOf(frame);
      }
    }
    this.#queue = kept;
    this.#queuedBytes = keptBytes;
    this.#hasDroppable = hasSpared;
    this.#gaps = gaps.size > 0 ? gaps : null;
  }

  #sizeOf(frame: Queued): number {
    return frame instanceof QueuedGap ? GAP_BYTES : this.#framing.bytesOf(frame).length;
  }

  #join(frames: readonly Queued[], count: number): Uint8Array {
    const { bytesOf } = this.#framing;
    const [first] = frames;
    if (count === 1 && first) return bytesOf(first);
    let sizeBytes = 0;
    for (let index = 0; index < count; index += 1) sizeBytes += bytesOf(frames[index] as Queued).length;
    const joined = Buffer.allocUnsafe(sizeBytes);
    let offset = 0;
    for (let index = 0; index < count; index += 1) {
      const bytes = bytesOf(frames[index] as Queued);
      joined.set(bytes, offset);
      offset += bytes.length;
    }
    return joined;
  }

  #endTooSlow(): void {
    this.#shared.counts.slowCloses += 1;
    if (this.#endReason === null) this.#owner.ending('too_slow', undefined);
    this.#endReason = 'too_slow';
    this.discard();
    this.#owner.emptied('too_slow');
  }
}

function isEntry(frame: Queued): frame is OutgoingEntry {
  return 'seq' in frame;
}
