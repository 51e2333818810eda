// Messages at the times at which they are to be sent, whatever became of those before: an open loop with the gaps of people
// who know nothing of each other (a Poisson process). Half go to groups, half to one other person. What is counted, is counted
// from the time at which a message was to be sent, so that a server that stalls is not spared the messages of its stall.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Histogram } from '../measure/histogram.js';
import type { Answer, LabClient } from '../wire/lab-client.js';
import type { AckLedger } from '../world/ack-ledger.js';
import { textOf } from '../world/texts.js';
import type { Crowd, Place } from './crowd.js';
import type { Sample } from './jtl.js';

/** Timers are late by a millisecond or two: the rest of a wait is spent looking at the clock. */
const SPIN_MS = 1;
const RETRY_MS = 100;
const SETTLE_MS = 30_000;
/** Of those who are about to write, it is said that they type. */
const TYPING = 0.5;
const STAMP = /^t=(\d+\.\d)-/;

type Next = { readonly client: LabClient; readonly conversation: string; readonly where: Sample['where'] };
type Message = { readonly key: string; readonly text: string; readonly intendedMs: number };

export class OpenLoop {
  readonly acks = new Histogram();
  readonly deliveries = new Histogram();
  /** How late messages were sent: by the load side, and nobody else. */
  readonly lateness = new Histogram();
  readonly refusals = new Map<string, number>();
  /** Told of each message between the two times, when it was answered for good. */
  onSample: (sample: Sample) => void = () => {};
  sent = 0;
  acked = 0;
  /** Sent or waiting to be sent again, and not acknowledged. */
  underWay = 0;
  readonly #crowd: Crowd;
  readonly #ledger: AckLedger;
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.POSITIVE_INFINITY;

  constructor(crowd: Crowd, ledger: AckLedger) {
    this.#crowd = crowd;
    this.#ledger = ledger;
    crowd.onParsed = (text) => this.#parsed(text);
  }

  /** What is to be sent between the two times is measured. */
  measure(fromMs: number, toMs: number): void {
    [this.#fromMs, this.#toMs] = [fromMs, toMs];
  }

  /** Sends until `untilMs`, or until `isOver`. */
  async run(perSecond: number, { untilMs, isOver }: { readonly untilMs: number; readonly isOver: () => boolean }) {
    let intendedMs = performance.now();
    let next = this.#draw(0);
    for (let number = 1; ; number += 1) {
      intendedMs += (-Math.log(1 - Math.random()) * 1_000) / perSecond;
      if (intendedMs >= untilMs || isOver()) return;
      await until(intendedMs);
      if (next !== null && !next.client.isClosed) this.#send(next, intendedMs);
      next = this.#draw(number);
      if (next !== null && Math.random() < TYPING)
        next.client.signal('typing', `"conversation":"${next.conversation}"`);
    }
  }

  /** Waits for what is under way. @returns how many were never answered */
  async settle(): Promise<number> {
    const deadline = performance.now() + SETTLE_MS;
    while (this.underWay > 0 && performance.now() < deadline) await delay(5);
    return this.underWay;
  }

  /** Who writes where next; null where nobody of them is there. */
  #draw(number: number): Next | null {
    const where = number % 2 === 0 ? 'group' : 'pair';
    const places: readonly Place[] = where === 'group' ? this.#crowd.groups : this.#crowd.pairs;
    const place = places[Math.floor(Math.random() * places.length)];
    if (!place) return null;
    const { conversation, members } = place;
    const first = Math.floor(Math.random() * members.length);
    for (let turn = 0; turn < members.length; turn += 1) {
      const client = this.#crowd.clientOf(members[(first + turn) % members.length] ?? 0);
      if (client && !client.isClosed) return { client, conversation, where };
    }
    return null;
  }

  #send(next: Next, intendedMs: number): void {
    const isMeasured = this.#isMeasured(intendedMs);
    if (isMeasured) {
      this.sent += 1;
      this.lateness.add(performance.now() - intendedMs);
    }
    this.underWay += 1;
    const stamp = `t=${intendedMs.toFixed(1)}-`;
    const text = `${stamp}${textOf(this.sent).slice(stamp.length)}`;
    this.#attempt(next, { key: randomUUID(), text, intendedMs });
  }

  #attempt(next: Next, message: Message): void {
    const { client, conversation } = next;
    client.send({ conversation, ...message }, (answer: Answer) => {
      if (answer.type === 'ack') {
        this.underWay -= 1;
        this.#ledger.acked(conversation, { seq: Number(answer.result.seq), key: message.key });
        this.#answered(next, message, 'ok');
        return;
      }
      this.refusals.set(answer.code, (this.refusals.get(answer.code) ?? 0) + 1);
      if (answer.retry === 'same_key') {
        setTimeout(() => this.#attempt(next, message), answer.retryAfterMs ?? RETRY_MS);
        return;
      }
      this.underWay -= 1;
      this.#answered(next, message, answer.code);
    });
  }

  #answered({ where }: Next, { intendedMs }: Message, code: string): void {
    if (!this.#isMeasured(intendedMs)) return;
    const tookMs = performance.now() - intendedMs;
    this.onSample({ at: performance.timeOrigin + intendedMs, tookMs, where, code });
    if (code !== 'ok') return;
    this.acked += 1;
    this.acks.add(tookMs);
  }

  #parsed(text: string): void {
    const [, stamp] = STAMP.exec(text) ?? [];
    const intendedMs = Number(stamp);
    if (stamp !== undefined && this.#isMeasured(intendedMs)) this.deliveries.add(performance.now() - intendedMs);
  }

  #isMeasured(intendedMs: number): boolean {
    return intendedMs >= this.#fromMs && intendedMs < this.#toMs;
  }
}

async function until(timeMs: number): Promise<void> {
  const leftMs = timeMs - performance.now();
  if (leftMs > SPIN_MS) await delay(leftMs - SPIN_MS);
  while (performance.now() < timeMs) await new Promise(setImmediate);
}
