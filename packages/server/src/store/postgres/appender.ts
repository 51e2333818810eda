// The way in for writes: gives each to the lane of its conversation, lets a repeated key join the write that is under way,
// and sees to it that every write is answered in time. Bounded in number and bytes: above that a write is `unavailable`.
import { ChatError } from '@kith/protocol';
import type { Cancel, Clock } from '../../core/clock.js';
import type { Appended, Write } from '../../core/log.js';
import type { Telemetry } from '../../core/telemetry.js';
import type { AppendLane } from './append-lane.js';
import { PendingWrite } from './pending-write.js';

export type AppenderParts = {
  /** At least one. */
  readonly lanes: readonly AppendLane[];
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

/** How long a write waits for a database that is away. */
const DEADLINE_MS = 4_000;
const SWEEP_MS = 250;
const MOST_WRITES = 20_000;
const MOST_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_MS = 1_000;

export class Appender {
  readonly #parts: AppenderParts;
  /** By conversation, author and key; the oldest first, so the first deadline is that of the first. */
  readonly #pending = new Map<string, PendingWrite>();
  #bytes = 0;
  #cancelSweep: Cancel | null = null;
  #isClosed = false;

  constructor(parts: AppenderParts) {
    this.#parts = parts;
  }

  append(write: Write): Promise<Appended> {
    const name = `${write.conversation} ${write.author} ${write.key}`;
    const before = this.#pending.get(name);
    if (before) return this.#join(before, write);
    const refusal = this.#refusal();
    if (refusal) return Promise.reject(refusal);
    const pending = new PendingWrite(write, this.#parts.clock.monotonic() + DEADLINE_MS);
    this.#pending.set(name, pending);
    this.#bytes += pending.sizeBytes;
    this.#startSweep();
    this.#laneOf(write).add(pending);
    const leave = () => {
      this.#pending.delete(name);
      this.#bytes -= pending.sizeBytes;
    };
    pending.answer.then(leave, leave);
    return pending.answer;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#parts.lanes.map((lane) => lane.close()));
    this.#cancelSweep?.();
  }

  /** Other content waits for the outcome: only a success makes the key taken. */
  async #join(before: PendingWrite, write: Write): Promise<Appended> {
    const isSame = before.write.content === write.content && before.write.workspace === write.workspace;
    if (isSame) return { ...(await before.answer), duplicate: true, entries: [] };
    await before.answer.catch(() => null);
    return this.append(write);
  }

  #refusal(): ChatError | null {
    if (this.#isClosed) return new ChatError('unavailable', 'the server is going down');
    if (this.#pending.size < MOST_WRITES && this.#bytes < MOST_BYTES) return null;
    this.#parts.telemetry.count('kith_append_overflows_total');
    return new ChatError('unavailable', 'too many writes are waiting', { retryAfterMs: RETRY_AFTER_MS });
  }

  #laneOf({ conversation }: Write): AppendLane {
    const { lanes } = this.#parts;
    const lane = lanes[Number.parseInt(conversation.slice(-8), 16) % lanes.length];
    if (!lane) throw new Error('a log without lanes');
    return lane;
  }

  #startSweep(): void {
    this.#cancelSweep ??= this.#parts.clock.after(SWEEP_MS, () => {
      this.#cancelSweep = null;
      this.#sweep();
    });
  }

  /** Answers those whose time is up. They may yet be written: then the same key gets the answer. */
  #sweep(): void {
    const nowMs = this.#parts.clock.monotonic();
    let late = 0;
    for (const pending of this.#pending.values()) {
      if (pending.deadlineMs > nowMs) break;
      pending.reject(new ChatError('unavailable', 'the database did not answer in time'));
      late += 1;
    }
    if (late > 0) {
      this.#parts.telemetry.count('kith_append_timeouts_total', late);
      for (const lane of this.#parts.lanes) lane.sweep();
    }
    this.#parts.telemetry.gauge('kith_append_waiting', this.#pending.size);
    if (this.#pending.size > 0) this.#startSweep();
  }
}
