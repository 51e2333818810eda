// What a device wants to say: each message keeps its key until it is answered, and is sent again on the next connection, in
// order. `after` names the message before it in the same conversation, so that the log must keep that order.
import type { Written } from '@kith/protocol';
import type { SeededRandom } from '../seeded-random.js';
import type { Ledger, Said } from './ledger.js';
import { Refusal } from './wire.js';

export type Wish = {
  readonly conversation: string;
  readonly key: string;
  readonly text: string;
  readonly after: string | null;
};

/** A greeted connection, as far as sending goes. */
export type Link = { readonly run: number; readonly send: (wish: Wish) => Promise<Written> };

/** Keeps so many messages unanswered at any time. */
export type Talk = { readonly conversations: readonly string[]; readonly window: number };

type Waiting = { readonly wish: Wish; readonly said: Said; isUnderWay: boolean; notBeforeMs: number };

const AGAIN_MS = 100;
/** Every text begins with it, so that a search finds all of them. */
export const TEXT_MARK = 'in confidence, ';

export class Sending {
  /** Refusals that allow the same key again, by code. */
  readonly refusals = new Map<string, number>();
  readonly #device: string;
  readonly #ledger: Ledger;
  readonly #random: SeededRandom;
  readonly #waiting = new Map<string, Waiting>();
  readonly #lastKey = new Map<string, string>();
  #link: Link | null = null;
  #talk: Talk | null = null;

  constructor({ name, ledger, random }: { name: string; ledger: Ledger; random: SeededRandom }) {
    this.#device = name;
    this.#ledger = ledger;
    this.#random = random;
  }

  get unanswered(): number {
    return this.#waiting.size;
  }

  /** @returns its key */
  say(conversation: string, text: string = this.#anyText()): string {
    const key = this.#makeKey();
    const said = this.#ledger.say({ device: this.#device, conversation, key, text });
    const wish = { conversation, key, text, after: this.#lastKey.get(conversation) ?? null };
    this.#lastKey.set(conversation, key);
    this.#waiting.set(key, { wish, said, isUnderWay: false, notBeforeMs: 0 });
    this.#pump();
    return key;
  }

  talk(talk: Talk): void {
    this.#talk = talk;
    this.#pump();
  }

  hush(): void {
    this.#talk = null;
  }

  connected(link: Link): void {
    this.#link = link;
    this.#pump();
  }

  disconnected(): void {
    this.#link = null;
    for (const waiting of this.#waiting.values()) {
      waiting.isUnderWay = false;
      waiting.notBeforeMs = 0;
    }
  }

  #pump(): void {
    const link = this.#link;
    if (link === null) return;
    const nowMs = performance.now();
    for (const waiting of this.#waiting.values()) {
      if (waiting.isUnderWay) continue;
      // What comes after it would only be out of order.
      if (waiting.notBeforeMs > nowMs) break;
      void this.#send(link, waiting);
    }
    const talk = this.#talk;
    if (talk === null || this.#waiting.size >= talk.window) return;
    const conversation = talk.conversations[this.#random.below(talk.conversations.length)];
    // It pumps again, until the window is full.
    if (conversation !== undefined) this.say(conversation);
  }

  async #send(link: Link, waiting: Waiting): Promise<void> {
    const { wish, said } = waiting;
    waiting.isUnderWay = true;
    said.sends += 1;
    said.lastRun = link.run;
    try {
      const { conversation, epoch, seq, duplicate } = await link.send(wish);
      const { sends } = said;
      this.#ledger.ack({ conversation, key: wish.key, epoch, seq, duplicate, run: link.run, sends });
      this.#waiting.delete(wish.key);
    } catch (error) {
      if (!(error instanceof Refusal)) return;
      this.#refused(waiting, error);
    }
    this.#pump();
  }

  #refused(waiting: Waiting, { code, retry, retryAfterMs = AGAIN_MS }: Refusal): void {
    waiting.isUnderWay = false;
    if (retry !== 'same_key') {
      this.#ledger.breach(`${this.#device}: a message was refused with ${code}`);
      this.#waiting.delete(waiting.wish.key);
      return;
    }
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    waiting.notBeforeMs = performance.now() + retryAfterMs;
    setTimeout(() => this.#pump(), retryAfterMs + 1).unref();
  }

  #anyText(): string {
    return `${TEXT_MARK}${this.#ledger.said.size} ${'x'.repeat(this.#random.below(200))}`;
  }

  /** A UUID of version 4, repeatable. */
  #makeKey(): string {
    const hex = Buffer.from(this.#random.bytes(16)).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
