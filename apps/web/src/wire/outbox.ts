// Messages that are not in the log yet, as far as this page knows. Each is kept in localStorage under its own key until
// its entry is seen, so a reload, another tab or a lost answer repeats it: the server knows it by its key.
// Per conversation they go out in order, each `after` the one before it while that is unanswered (rule 10).
import type { Params, Written } from '@kith/protocol';
import { Refusal } from './api.js';

export type Unsent = {
  readonly key: string;
  readonly conversation: string;
  readonly text: string;
  /** Rises with each message of this browser; also the time of writing, in milliseconds, or a little later. */
  readonly order: number;
  /** `written`: acknowledged, its entry is on the way. `failed`: refused, and `reason` says why. */
  readonly status: 'waiting' | 'sending' | 'written' | 'failed';
  readonly seq?: number;
  readonly reason?: string;
};

export type OutboxParts = {
  readonly storage: Storage;
  readonly user: string;
  readonly makeKey: () => string;
  /** @throws Refusal */
  readonly send: (message: Params<'message.send'>) => Promise<Written>;
  /** The highest seq up to which this page holds the conversation. */
  readonly heldUpTo: (conversation: string) => number;
  readonly onChange: () => void;
};

/** Commands in flight; the server takes 64 of one connection. */
const MOST_IN_FLIGHT = 16;
const RETRY_MS = 1_000;

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #prefix: string;
  readonly #messages = new Map<string, Unsent>();
  /** Conversations that wait before they go on, with their timers. */
  readonly #pauses = new Map<string, ReturnType<typeof setTimeout>>();
  #isConnected = false;
  #lastOrder = 0;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#prefix = `kith.outbox.${parts.user}.`;
    this.#load();
  }

  /** In the order of writing. */
  of(conversation: string): readonly Unsent[] {
    return [...this.#messages.values()].filter((message) => message.conversation === conversation);
  }

  /** @throws DOMException where the browser's storage is full: nothing was taken */
  add(conversation: string, text: string): void {
    this.#lastOrder = Math.max(this.#lastOrder + 1, Date.now());
    const key = this.#parts.makeKey();
    this.#keep({ key, conversation, text, order: this.#lastOrder, status: 'waiting' });
    this.#pump(conversation);
    this.#parts.onChange();
  }

  /** Sends a refused message once more, as a new one. */
  retry(key: string): void {
    const message = this.#messages.get(key);
    if (message?.status !== 'failed') return;
    this.#remove(key);
    this.add(message.conversation, message.text);
  }

  discard(key: string): void {
    this.#remove(key);
    this.#parts.onChange();
  }

  /** What was in flight before may be in the log or not: all of it goes again. */
  connected(): void {
    this.#isConnected = true;
    this.#load();
    for (const conversation of new Set([...this.#messages.values()].map((message) => message.conversation))) {
      this.#pump(conversation);
    }
  }

  disconnected(): void {
    this.#isConnected = false;
    for (const pause of this.#pauses.values()) clearTimeout(pause);
    this.#pauses.clear();
    for (const message of this.#messages.values()) if (message.status !== 'failed') this.#set(message, 'waiting');
  }

  /** The log is held up to `seq`; `keys` are those of the own entries in it that came last. */
  reached(conversation: string, seq: number, keys: readonly string[]): void {
    for (const key of keys) this.#remove(key);
    for (const { key, seq: written } of this.of(conversation)) {
      if (written !== undefined && written <= seq) this.#remove(key);
    }
  }

  /** The log was restored: what it acknowledged may be missing, and is sent again with its old key. */
  restored(conversation: string): void {
    for (const message of this.of(conversation)) if (message.status === 'written') this.#set(message, 'waiting');
    this.#pump(conversation);
  }

  #pump(conversation: string): void {
    if (!this.#isConnected || this.#pauses.has(conversation)) return;
    let room = MOST_IN_FLIGHT - [...this.#messages.values()].filter(({ status }) => status === 'sending').length;
    let before: Unsent | null = null;
    for (const message of this.of(conversation)) {
      if (message.status === 'failed' || message.status === 'written') continue;
      if (message.status === 'waiting') {
        if (room <= 0) return;
        room -= 1;
        this.#set(message, 'sending');
        void this.#send(message, before?.key);
      }
      before = message;
    }
  }

  /** Never rejects. */
  async #send({ key, conversation, text }: Unsent, after: string | undefined): Promise<void> {
    try {
      const written = await this.#parts.send({ conversation, key, text, ...(after === undefined ? {} : { after }) });
      this.#written(key, written.seq);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refused(key, error);
    }
    this.#parts.onChange();
    for (const { conversation: next } of this.#messages.values()) this.#pump(next);
  }

  #written(key: string, seq: number): void {
    const message = this.#messages.get(key);
    if (!message) return;
    if (seq <= this.#parts.heldUpTo(message.conversation)) this.#remove(key);
    else this.#messages.set(key, { ...message, status: 'written', seq });
  }

  #refused(key: string, refusal: Refusal): void {
    const message = this.#messages.get(key);
    // A refusal of the connection before this one says nothing about what is in flight now.
    if (message?.status !== 'sending' || !this.#isConnected) return;
    if (refusal.retry === 'same_key') {
      this.#set(message, 'waiting');
      this.#pause(message.conversation, refusal.retryAfterMs ?? RETRY_MS);
    } else {
      this.#keep({ ...message, status: 'failed', reason: refusal.message });
    }
  }

  #pause(conversation: string, forMs: number): void {
    // Those behind a refused message are refused too; what the first one was told counts.
    if (this.#pauses.has(conversation)) return;
    const resume = () => {
      this.#pauses.delete(conversation);
      this.#pump(conversation);
      this.#parts.onChange();
    };
    this.#pauses.set(conversation, setTimeout(resume, forMs));
  }

  #set(message: Unsent, status: 'waiting' | 'sending'): void {
    const { seq: _seq, ...rest } = message;
    this.#messages.set(message.key, { ...rest, status });
  }

  #keep(message: Unsent): void {
    this.#parts.storage.setItem(this.#prefix + message.key, JSON.stringify(message));
    this.#messages.set(message.key, message);
  }

  #remove(key: string): void {
    if (this.#messages.delete(key)) this.#parts.storage.removeItem(this.#prefix + key);
  }

  /** Takes in what an earlier run or another tab has left. */
  #load(): void {
    const { storage } = this.#parts;
    for (let index = 0; index < storage.length; index += 1) {
      const name = storage.key(index);
      if (!name?.startsWith(this.#prefix)) continue;
      const message = JSON.parse(storage.getItem(name) ?? 'null') as Unsent | null;
      if (message === null || this.#messages.has(message.key)) continue;
      this.#messages.set(message.key, { ...message, status: message.status === 'failed' ? 'failed' : 'waiting' });
    }
    const sorted = [...this.#messages.values()].sort((left, right) => left.order - right.order);
    this.#messages.clear();
    for (const message of sorted) this.#messages.set(message.key, message);
    this.#lastOrder = sorted.at(-1)?.order ?? this.#lastOrder;
  }
}
