// Conversations that another node writes too, as refused numbers have shown. For a while the head of such a one is read before
// each of its writes, unless the other node tells what it writes, so that a number is refused only where two nodes write within
// that moment. Where that happens again and again, its writes are made under the lock of the conversation, where none can be
// refused by a node that does the same.
import type { ConversationId } from '@kith/protocol';
import type { Clock } from '../../core/clock.js';
import { GenerationMap } from './generation-map.js';

/** From when somebody else was last seen to write there. */
const SHARED_MS = 10_000;
/** So many refusals, each within that time of the one before, and a conversation is written under its lock for as long. */
const CONTENDED_FROM = 3;
/** The most that are remembered; of a forgotten one a number may be refused once more. */
const MOST = 10_000;

type Shared = {
  /** As this node knows it. */
  readonly head: number;
  readonly seenMs: number;
  readonly refusals: number;
  readonly refusedMs: number;
};

export class Contention {
  readonly #clock: Clock;
  readonly #shared = new GenerationMap<ConversationId, Shared>({ most: MOST });
  readonly #expected = new GenerationMap<ConversationId, number>({ most: MOST });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Its head is to be read before each write. */
  isShared(conversation: ConversationId): boolean {
    return this.#find(conversation) !== null;
  }

  /** Its writes are to be made under its lock. */
  isContended(conversation: ConversationId): boolean {
    const shared = this.#find(conversation);
    return shared !== null && shared.refusals >= CONTENDED_FROM && this.#isRecent(shared.refusedMs);
  }

  /** A batch that followed this head was refused: if the head turns out to be another one, somebody else writes here. */
  expect(conversation: ConversationId, head: number): void {
    this.#expected.set(conversation, Math.min(head, this.#expected.get(conversation) ?? head));
  }

  /** The head as it was read just now. */
  noteHead(conversation: ConversationId, head: number): void {
    const expected = this.#expected.get(conversation);
    this.#expected.delete(conversation);
    const shared = this.#find(conversation);
    const nowMs = this.#clock.monotonic();
    if (expected !== undefined && expected !== head) {
      const before = shared !== null && this.#isRecent(shared.refusedMs) ? shared.refusals : 0;
      this.#shared.set(conversation, { head, seenMs: nowMs, refusals: before + 1, refusedMs: nowMs });
    } else if (shared !== null && shared.head !== head) {
      this.#shared.set(conversation, { ...shared, head, seenMs: nowMs });
    }
  }

  /** This node has written, and the head is its own. */
  wrote(conversation: ConversationId, head: number): void {
    const shared = this.#find(conversation);
    if (shared !== null) this.#shared.set(conversation, { ...shared, head });
  }

  #find(conversation: ConversationId): Shared | null {
    const shared = this.#shared.get(conversation);
    if (shared === undefined) return null;
    if (this.#isRecent(shared.seenMs)) return shared;
    this.#shared.delete(conversation);
    return null;
  }

  #isRecent(atMs: number): boolean {
    return this.#clock.monotonic() - atMs < SHARED_MS;
  }
}
