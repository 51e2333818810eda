// Commands and their answers: matched by id, no more on their way than the server takes (`limits.pending`, rule W7); the
// others wait in order. Each ends: with its answer, after a while without one, or with the stream.
import { CLIENT_LIMITS, type CommandName } from '@kith/protocol';
import type { Cancel, Clock } from '../ports.js';
import { type Refusal, refusalOf, unavailable } from '../refusal.js';
import type { OutgoingFrame } from './transport.js';

/** Commands that wait for their turn; more are refused. */
const MOST_WAITING = 1_000;
/** Longer than the server takes for anything. */
const ANSWER_MS = 60_000;

type Answering = {
  readonly resolve: (result: unknown) => void;
  readonly reject: (refusal: Refusal) => void;
};
type Waiting = Answering & { readonly frame: OutgoingFrame & { readonly type: 'command' } };
type Sent = Answering & { readonly cancel: Cancel };

export class PendingCommands {
  readonly #clock: Clock;
  readonly #send: (frame: OutgoingFrame) => void;
  readonly #sent = new Map<number, Sent>();
  /** In the order of the calls. */
  #waiting: Waiting[] = [];
  #nextId = 1;
  #limit: number = CLIENT_LIMITS.pending;

  constructor(clock: Clock, send: (frame: OutgoingFrame) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** @param limit most commands on their way */
  allow(limit: number): void {
    this.#limit = Math.max(1, limit);
    this.#go();
  }

  ask(name: CommandName, params: unknown): Promise<unknown> {
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(unavailable('too many commands wait'));
    const frame = { type: 'command', id: this.#nextId++, name, params } as const;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, frame });
      this.#go();
    });
  }

  answered(id: number, result: unknown): void {
    this.#settle(id)?.resolve(result);
  }

  refused(id: number, fields: unknown): void {
    this.#settle(id)?.reject(refusalOf(fields, 'the server refused'));
  }

  /** The stream went: what was on its way may have been done or not. */
  dropAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(unavailable('the connection went'));
    for (const id of [...this.#sent.keys()]) this.#settle(id)?.reject(unavailable('the connection went'));
  }

  #settle(id: number): Sent | undefined {
    const sent = this.#sent.get(id);
    this.#sent.delete(id);
    sent?.cancel();
    this.#go();
    return sent;
  }

  #go(): void {
    while (this.#sent.size < this.#limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      const { frame, ...answering } = next;
      const late = () => this.#settle(frame.id)?.reject(unavailable('no answer came'));
      this.#sent.set(frame.id, { ...answering, cancel: this.#clock.after(ANSWER_MS, late) });
      this.#send(frame);
    }
  }
}
