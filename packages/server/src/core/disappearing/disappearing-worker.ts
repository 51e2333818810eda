// Erases messages whose time has come, as a deletion does, by an entry that says so. Every node runs one; that two come to the
// same message is harmless, as what is deleted already settles the second one, and what a node that dies had not done yet is
// due as before. Rules Z3 and Z4 of docs/protocol/v1.md.
// Bounded: a turn takes so many messages and goes on after them, so that one that can't be erased now keeps nobody else
// waiting; it comes again once all others were looked at.
import { ChatError, type Key, makeId } from '@kith/protocol';
import { deletionOf, requireTarget } from '../amendments.js';
import type { Clock, Random } from '../clock.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import { Turns } from '../turns.js';
import type { Writer } from '../writer.js';
import type { DueMessage, DueMessages } from './due-messages.js';
import { isOver } from './lifetime.js';

export type DisappearingPorts = {
  readonly due: DueMessages;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
};

const POLL_MS = 1_000;
/** Up to 255 times as much more, so that nodes do not all look at the same moment. */
const APART_MS = 4;
/** From one turn to the next while there is more: the rest is the senders'. */
const PAUSE_MS = 5;
const MESSAGES = 50;
/** From a look that failed to the next, twice as long each time. */
const FIRST_AGAIN_MS = 1_000;
const LAST_AGAIN_MS = 15_000;

export class DisappearingWorker {
  readonly #ports: DisappearingPorts;
  readonly #turns: Turns<void>;
  /** Where the look at all that is due goes on; null for its beginning. */
  #after: string | null = null;
  /** How many looks in a row could not do all. */
  #failures = 0;
  #hasFailed = false;

  constructor(ports: DisappearingPorts) {
    this.#ports = ports;
    const { clock, telemetry } = ports;
    this.#turns = new Turns({
      clock,
      take: () => this.#takeTurn(),
      waitMs: () => this.#waitMs(),
      failed: (error) => {
        telemetry.error('erasing what has had its time failed', error);
        return LAST_AGAIN_MS;
      },
    });
  }

  /** Begins to look. Where the store is away it goes on once that is back. */
  start(): void {
    this.#turns.start();
  }

  /** Takes a turn now, or waits for the one under way. */
  poll(): Promise<void> {
    return this.#turns.poll();
  }

  stop(): Promise<void> {
    return this.#turns.stop();
  }

  #waitMs(): number {
    if (this.#after !== null) return PAUSE_MS;
    const againMs = this.#failures === 0 ? POLL_MS : FIRST_AGAIN_MS * 2 ** Math.min(this.#failures - 1, 10);
    return Math.min(LAST_AGAIN_MS, againMs) + (this.#ports.random.bytes(1)[0] ?? 0) * APART_MS;
  }

  async #takeTurn(): Promise<void> {
    const { due, clock } = this.#ports;
    let messages: readonly DueMessage[] = [];
    try {
      messages = await due.due({ nowMs: clock.now(), after: this.#after, limit: MESSAGES });
    } catch (error) {
      this.#failed(error);
    }
    await Promise.all(messages.map((message) => this.#erase(message)));
    this.#after = messages.length < MESSAGES ? null : (messages.at(-1)?.position ?? null);
    if (this.#after !== null) return;
    this.#failures = this.#hasFailed ? this.#failures + 1 : 0;
    this.#hasFailed = false;
  }

  async #erase({ workspace, conversation, seq, author, disappearAt }: DueMessage): Promise<void> {
    const { writer, clock, random, telemetry } = this.#ports;
    const nowMs = clock.now();
    try {
      const { duplicate } = await writer.write(
        { workspace, user: author },
        {
          conversation,
          key: makeId<Key>(nowMs, random.bytes(10)),
          content: JSON.stringify(['message.expired', seq]),
          target: seq,
          decide(_record, found) {
            const { entry, deletion } = requireTarget(found);
            if (deletion !== null) return { settledBy: deletion };
            if (!isOver(entry, nowMs)) throw new ChatError('conflict', 'the time of this message has not come');
            return [deletionOf(entry, { expired: true })];
          },
        },
      );
      if (duplicate) return;
      telemetry.count('kith_messages_disappeared_total');
      telemetry.observe('kith_messages_disappeared_late_seconds', Math.max(0, clock.now() - disappearAt) / 1_000);
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#hasFailed = true;
    reportFailure(this.#ports.telemetry, 'what has had its time has to wait', error);
  }
}
