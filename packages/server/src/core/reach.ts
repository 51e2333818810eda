// Whether a write may reach those whom it is for: nobody writes to, or adds, a person who blocks them, nor one whom they
// block. It is judged on what is in the store when the write comes, so that a block that was acknowledged holds for every
// later write on every node. Rules V7 and V8 of docs/protocol/v1.md.
import { ChatError, type ConversationId, toId, type UserId } from '@kith/protocol';
import type { KnownChoices } from './live/choices.js';
import type { ConversationLog } from './log.js';
import { areApart } from './privacy.js';

/** The people of a direct conversation; null for another kind, undefined where there is none. */
type Pair = readonly UserId[] | null | undefined;

/** Conversations of which it is remembered; beyond them the one known longest is looked up again. */
const MOST_KNOWN = 100_000;

export class Reach {
  readonly #log: Pick<ConversationLog, 'records'>;
  readonly #choices: Pick<KnownChoices, 'read'>;
  /** Kept as promises, so that writes go on in the order in which they came. */
  readonly #pairs = new Map<ConversationId, Promise<Pair>>();

  constructor(log: Pick<ConversationLog, 'records'>, choices: Pick<KnownChoices, 'read'>) {
    this.#log = log;
    this.#choices = choices;
  }

  /**
   * @param people whom the write adds; without them those of the conversation, where that is a direct one
   * @returns why the write may not be, or null
   */
  async refusal(
    user: UserId,
    conversation: ConversationId,
    people: readonly UserId[] | undefined,
  ): Promise<ChatError | null> {
    const reached = people ?? (await this.#pairOf(conversation)) ?? [];
    const others = reached.filter((other) => other !== user);
    if (others.length === 0) return null;
    const privacies = await this.#choices.read([user, ...others]);
    if (!others.some((other) => areApart(privacies, user, other))) return null;
    return new ChatError('forbidden', 'you can not reach this person, or one of these people');
  }

  #pairOf(conversation: ConversationId): Promise<Pair> {
    let pair = this.#pairs.get(conversation);
    if (pair) return pair;
    pair = this.#read(conversation);
    this.#pairs.set(conversation, pair);
    if (this.#pairs.size > MOST_KNOWN) {
      for (const oldest of this.#pairs.keys()) {
        this.#pairs.delete(oldest);
        break;
      }
    }
    return pair;
  }

  async #read(conversation: ConversationId): Promise<Pair> {
    let pair: Pair;
    try {
      const record = (await this.#log.records([conversation])).get(conversation);
      if (record) pair = record.state.kind === 'direct' ? [...record.state.members.keys()].map(toId<UserId>) : null;
      return pair;
    } finally {
      // One that isn't there may be made.
      if (pair === undefined) this.#pairs.delete(conversation);
    }
  }
}
