// Whether a write may reach those whom it is for: nobody writes to, or adds, a person who blocks them, nor one whom they
// block. It is judged on what is in the store when it is written, so that a block that was acknowledged holds for every
// later write on every node: on what this node knows, where the write itself sees to it that this is still so, and else on
// what is read. Rules V7 and V8 of docs/protocol/v1.md.
import { ChatError, type ConversationId, toId, type UserId } from '@kith/protocol';
import type { Grounds } from './grounds.js';
import type { KnownChoices } from './live/choices.js';
import type { ConversationLog } from './log.js';
import { areApart, type Privacies } from './privacy.js';

/** The people of a direct conversation; null for another kind, undefined where there is none. */
type Pair = readonly UserId[] | null | undefined;

export type Judgement = {
  /** Why the write may not be. */
  readonly refusal: ChatError | null;
  /** What that goes by; none where it was read. */
  readonly heads: Grounds['heads'];
  /** To be called once the write has its place in the log's queue, or is given up. */
  readonly placed: () => void;
};

/** Conversations of which it is remembered; beyond them the one known longest is looked up again. */
const MOST_KNOWN = 100_000;
const FREE: Judgement = { refusal: null, heads: [], placed: () => {} };

export class Reach {
  readonly #log: Pick<ConversationLog, 'records'>;
  readonly #choices: Pick<KnownChoices, 'read' | 'grounds'>;
  /** Kept as promises, so that writes go on in the order in which they came. */
  readonly #pairs = new Map<ConversationId, Promise<Pair>>();
  /** How many writes of a conversation are being read for: what comes behind them is read for, too, so as not to overtake. */
  readonly #reading = new Map<ConversationId, number>();

  constructor(log: Pick<ConversationLog, 'records'>, choices: Pick<KnownChoices, 'read' | 'grounds'>) {
    this.#log = log;
    this.#choices = choices;
  }

  /**
   * @param people whom the write adds; without them those of the conversation, where that is a direct one
   * @throws unavailable
   */
  async judge(user: UserId, conversation: ConversationId, people: readonly UserId[] | undefined): Promise<Judgement> {
    const others = await this.#others(user, conversation, people);
    if (others.length === 0) return FREE;
    const known = this.#reading.has(conversation) ? null : this.#choices.grounds([user, ...others]);
    if (known && refusalOf(known.privacies, user, others) === null) return { ...FREE, heads: known.heads };
    this.#reading.set(conversation, (this.#reading.get(conversation) ?? 0) + 1);
    const placed = () => {
      const count = (this.#reading.get(conversation) ?? 0) - 1;
      if (count > 0) this.#reading.set(conversation, count);
      else this.#reading.delete(conversation);
    };
    try {
      return { ...FREE, refusal: refusalOf(await this.#choices.read([user, ...others]), user, others), placed };
    } catch (error) {
      placed();
      throw error;
    }
  }

  /** The same, as it stands in the store. @returns why the write may not be, or null. @throws unavailable */
  async refusal(
    user: UserId,
    conversation: ConversationId,
    people: readonly UserId[] | undefined,
  ): Promise<ChatError | null> {
    const others = await this.#others(user, conversation, people);
    return others.length === 0 ? null : refusalOf(await this.#choices.read([user, ...others]), user, others);
  }

  async #others(
    user: UserId,
    conversation: ConversationId,
    people: readonly UserId[] | undefined,
  ): Promise<readonly UserId[]> {
    const reached = people ?? (await this.#pairOf(conversation)) ?? [];
    return reached.filter((other) => other !== user);
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

function refusalOf(privacies: Privacies, user: UserId, others: readonly UserId[]): ChatError | null {
  if (!others.some((other) => areApart(privacies, user, other))) return null;
  return new ChatError('forbidden', 'you can not reach this person, or one of these people');
}
