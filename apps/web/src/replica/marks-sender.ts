// Says how far this person has got: delivered up to what is held here, read up to what was looked at. Gathered, so that
// a burst of messages is one signal: at once for the first, then at most every two seconds per conversation (rule 15).
// A mark that got lost is sent again after the next welcome, whose summaries say what the server knows (rule 6).
import type { Conversation } from './conversation.js';

export type MarksSenderParts = {
  readonly signal: (signal: { readonly name: 'marks'; readonly [field: string]: unknown }) => void;
  readonly isConnected: () => boolean;
  /** Whether what is held of it is on the screen, in a page that has the person's attention. */
  readonly isLookedAt: (conversation: Conversation) => boolean;
};

type Sent = { readonly epoch: number; readonly delivered: number; readonly read: number; readonly atMs: number };

const GATHER_MS = 100;
const INTERVAL_MS = 2_000;

export class MarksSender {
  readonly #parts: MarksSenderParts;
  readonly #sent = new Map<string, Sent>();
  readonly #dirty = new Set<Conversation>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: MarksSenderParts) {
    this.#parts = parts;
  }

  /** More of it is held, or it came into view. */
  touch(conversation: Conversation): void {
    if (this.#dirty.has(conversation)) return;
    this.#dirty.add(conversation);
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** A new connection: what was sent on the one before may be lost. */
  connected(conversations: Iterable<Conversation>): void {
    this.#sent.clear();
    for (const conversation of conversations) this.touch(conversation);
  }

  #flush(): void {
    this.#timer = undefined;
    if (!this.#parts.isConnected()) {
      this.#dirty.clear();
      return;
    }
    const nowMs = Date.now();
    for (const conversation of this.#dirty) {
      const sent = this.#sent.get(conversation.id);
      if (sent && nowMs - sent.atMs < INTERVAL_MS) continue;
      this.#dirty.delete(conversation);
      this.#send(conversation, nowMs);
    }
    if (this.#dirty.size > 0) this.#timer = setTimeout(() => this.#flush(), GATHER_MS);
  }

  #send(conversation: Conversation, nowMs: number): void {
    const { id, epoch, to, confirmed, own } = conversation;
    const sent = this.#sent.get(id);
    const known = sent?.epoch === epoch ? sent : confirmed;
    const read = this.#parts.isLookedAt(conversation) ? to : own.read;
    const delivered = Math.max(to, read);
    if (delivered <= known.delivered && read <= known.read) return;
    this.#sent.set(id, { epoch, delivered, read, atMs: nowMs });
    this.#parts.signal({ name: 'marks', conversation: id, epoch, delivered, read });
    conversation.raiseOwn({ delivered, read });
  }
}
