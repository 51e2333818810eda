// Does what is scheduled when its time has come. Every node runs one; the store gives each row to one of them for a while, and
// where two come to do the same after all, or one dies in between, the key of the entry makes it once. Rules Q2, Q5 and Q6 of
// docs/protocol/v1.md.
// Bounded: a turn takes so many rows, each of another person, conversation or kind, and does them at the same time. What can't be
// done now is done again, later each time.
import { ChatError, type ConversationId, type EntryBody, type Key, type Params, type Written } from '@kith/protocol';
import { requireMember } from '../access.js';
import type { Clock } from '../clock.js';
import type { Author } from '../principal.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import { Turns } from '../turns.js';
import type { Writer } from '../writer.js';
import { type Later, TELL_MS } from './later.js';
import type { LaterItem, LaterStore, LaterWish } from './later-store.js';

export type LaterWorkerPorts = {
  readonly store: LaterStore;
  readonly later: Later;
  readonly writer: Writer;
  readonly selfOf: (author: Author) => Promise<ConversationId>;
  /** @throws ChatError as `message.send` does */
  readonly send: (author: Author, params: Params<'message.send'>) => Promise<Written>;
  /** Where there is none on the disk, what is due waits. */
  readonly hasRoom: () => boolean;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

const POLL_MS = 500;
/** From one turn to the next while there is more: the rest is the senders'. */
const PAUSE_MS = 5;
const ROWS = 50;
/** For so long a row is held. Whoever takes longer may find it done by another. */
const LEASE_MS = 5_000;
const FIRST_AGAIN_MS = 1_000;
const LAST_AGAIN_MS = 60_000;
/** From a turn that failed as a whole to the next: the store is away. */
const AWAY_MS = 1_000;

export class LaterWorker {
  readonly #ports: LaterWorkerPorts;
  readonly #turns: Turns<number>;

  constructor(ports: LaterWorkerPorts) {
    this.#ports = ports;
    const { clock, telemetry } = ports;
    this.#turns = new Turns({
      clock,
      take: () => this.#takeTurn(),
      waitMs: (rows) => (rows > 0 ? PAUSE_MS : POLL_MS),
      failed: (error) => {
        reportFailure(telemetry, 'what is scheduled has to wait', error);
        return AWAY_MS;
      },
    });
  }

  /** Begins to look. Where the store is away it goes on once that is back. */
  start(): void {
    this.#turns.start();
  }

  /** Takes a turn now, or waits for the one under way. @returns how many rows were due @throws what the store throws */
  poll(): Promise<number> {
    return this.#turns.poll();
  }

  stop(): Promise<void> {
    return this.#turns.stop();
  }

  async #takeTurn(): Promise<number> {
    const { store, clock, hasRoom } = this.#ports;
    if (!hasRoom()) return 0;
    const items = await store.claim({ nowMs: clock.now(), leaseMs: LEASE_MS, limit: ROWS });
    await Promise.all(items.map((item) => this.#do(item)));
    return items.length;
  }

  /** What fails here is held until its lease ends, and then comes again. */
  async #do(item: LaterItem): Promise<void> {
    const { store, later, telemetry } = this.#ports;
    try {
      // What becomes of it is told as well: no message waits for the word that it does.
      if (item.state === 'sending' && item.wish !== null) await this.#send(item, item.wish);
      else if (!item.isTold) await later.tell(item);
      else await store.forget(item);
    } catch (error) {
      reportFailure(telemetry, 'what is scheduled has to wait', error);
    }
  }

  async #send(item: LaterItem, wish: LaterWish): Promise<void> {
    const { store, clock, telemetry } = this.#ports;
    const from = ['sending'] as const;
    const outcome = await this.#outcomeOf(item, wish);
    const nowMs = clock.now();
    if (outcome === null) {
      telemetry.count('kith_scheduled_done_total');
      await this.#settled(await store.settle(item, { from, to: 'sent', due: nowMs + TELL_MS }));
    } else if (outcome.fields.retry !== 'same_key') {
      telemetry.count('kith_scheduled_refused_total');
      const refusal = { from, to: 'refused', refused: outcome.code, due: nowMs + TELL_MS } as const;
      await this.#settled(await store.settle(item, refusal));
    } else if (outcome.code === 'unavailable') {
      // It may be in the log: it stays as it is, and nobody changes it, until that is known.
      const againMs = Math.min(LAST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** Math.min(item.attempts, 10));
      await store.settle(item, { from, to: 'sending', due: nowMs + againMs });
    } else {
      const againMs = Math.max(FIRST_AGAIN_MS, outcome.retryAfterMs ?? 0);
      await store.settle(item, { from, to: 'waiting', due: nowMs + againMs });
    }
  }

  async #settled(item: LaterItem | null): Promise<void> {
    if (item !== null) await this.#ports.later.tell(item);
  }

  /** @returns why it can't be done, or null where it is done */
  async #outcomeOf(item: LaterItem, wish: LaterWish): Promise<ChatError | null> {
    try {
      const { key } = item;
      if (wish.kind === 'reminder') await this.#remind(item, wish.body);
      else await this.#ports.send(item, { ...wish.body, conversation: item.conversation, key });
      return null;
    } catch (error) {
      if (error instanceof ChatError) return error;
      this.#ports.telemetry.error('what is scheduled failed', error);
      return new ChatError('unavailable', 'an error of the server', { cause: error });
    }
  }

  async #remind(item: LaterItem, { epoch, target: seq }: { readonly epoch: number; readonly target: number }) {
    const { writer, selfOf } = this.#ports;
    const body: EntryBody<'reminder.due'> = { message: { conversation: item.conversation, epoch, seq } };
    await writer.write(item, {
      conversation: await selfOf(item),
      key: item.key satisfies Key,
      content: JSON.stringify(['reminder.due', body]),
      decide(record) {
        requireMember(record, item, 'setting.set');
        return [{ kind: 'reminder.due', body }];
      },
    });
  }
}
