// Senders: each keeps a number of messages under way on its connection and sends the next when one is acknowledged. A
// refusal that may be repeated is repeated under the same key, as a client does.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, LabClient } from '../wire/lab-client.js';
import type { AckLedger } from './ack-ledger.js';
import { textOf } from './texts.js';

export type Seat = { readonly client: LabClient; readonly conversation: string };

const RETRY_MS = 100;
const SETTLE_MS = 30_000;

export class Senders {
  readonly #ledger: AckLedger;
  readonly #refusals = new Map<string, number>();
  #isStopped = false;
  #underWay = 0;
  #sent = 0;

  constructor(ledger: AckLedger) {
    this.#ledger = ledger;
  }

  /** Refusals by code; one that was repeated counts each time. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** @param window messages of each seat under way, below `LIMITS.pending` */
  start(seats: readonly Seat[], window: number): void {
    for (const seat of seats) for (let count = 0; count < window; count += 1) this.#send(seat);
  }

  /** Sends one message now. @param acked called when it is acknowledged */
  sendOne(seat: Seat, acked: () => void): void {
    this.#isStopped = true;
    this.#send(seat, acked);
  }

  /** Sends no more and waits for what is under way. @throws Error where that is not answered within 30 s */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const deadline = performance.now() + SETTLE_MS;
    while (this.#underWay > 0) {
      if (performance.now() > deadline) throw new Error(`${this.#underWay} messages were never answered`);
      await delay(5);
    }
  }

  #send(seat: Seat, acked: () => void = () => this.#next(seat)): void {
    const text = textOf(this.#sent);
    this.#sent += 1;
    this.#underWay += 1;
    this.#attempt(seat, { key: randomUUID(), text, acked });
  }

  #next(seat: Seat): void {
    if (!this.#isStopped) this.#send(seat);
  }

  #attempt(seat: Seat, message: { readonly key: string; readonly text: string; readonly acked: () => void }): void {
    const { client, conversation } = seat;
    client.send({ conversation, ...message }, (answer: Answer) => {
      if (answer.type === 'ack') {
        this.#underWay -= 1;
        this.#ledger.acked(conversation, { seq: Number(answer.result.seq), key: message.key });
        message.acked();
        return;
      }
      this.#refusals.set(answer.code, (this.#refusals.get(answer.code) ?? 0) + 1);
      if (answer.retry === 'same_key') {
        setTimeout(() => this.#attempt(seat, message), answer.retryAfterMs ?? RETRY_MS);
        return;
      }
      this.#underWay -= 1;
      if (answer.code !== 'connection_lost') message.acked();
    });
  }
}
