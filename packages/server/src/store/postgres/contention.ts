// Conversations that another node writes too, as refused numbers have shown. For a while each of their writes is made
// under the lock of its conversation, where it can't be refused again by a node that does the same.
import type { ConversationId } from '@kith/protocol';
import type { Clock } from '../../core/clock.js';
import { GenerationMap } from './generation-map.js';

const CONTENDED_MS = 10_000;
/** The most that are remembered; of a forgotten one a number may be refused once more. */
const MOST = 10_000;

export class Contention {
  readonly #clock: Clock;
  readonly #until = new GenerationMap<ConversationId, number>({ most: MOST });
  readonly #expected = new GenerationMap<ConversationId, number>({ most: MOST });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(conversation: ConversationId): boolean {
    const until = this.#until.get(conversation);
    if (until === undefined) return false;
    if (until > this.#clock.monotonic()) return true;
    this.#until.delete(conversation);
    return false;
  }

  /** A batch that followed this head was refused: if the head turns out to be another one, somebody else writes here. */
  expect(conversation: ConversationId, head: number): void {
    this.#expected.set(conversation, Math.min(head, this.#expected.get(conversation) ?? head));
  }

  /** The head as it was read just now. */
  noteHead(conversation: ConversationId, head: number): void {
    const expected = this.#expected.get(conversation);
    this.#expected.delete(conversation);
    if (expected === undefined || expected === head) return;
    this.#until.set(conversation, this.#clock.monotonic() + CONTENDED_MS);
  }
}
