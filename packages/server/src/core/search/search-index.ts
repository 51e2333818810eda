// The index of messages: the interface that the core needs, kept by memory and PostgreSQL. Its numbered rules SRCH1–… are
// in docs/contracts.md and its contract suite in the testkit runs on every adapter.
// A hint, as all but the log is: it may lag and it authorises nothing. Whoever asks it reads what it names from the log.
import type { ConversationId, UserId } from '@kith/protocol';

/** What else than its text a message is found by. */
export type SearchFlag = 'link' | 'thread' | 'pinned';

/** A message as it was at one moment. */
export type SearchDocument = {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly seq: number;
  /** The seq of the last edit, pinning or unpinning that is in it; its own where there is none. */
  readonly version: number;
  readonly author: UserId;
  readonly at: number;
  /** As it was written: the index folds it. */
  readonly text: string;
  readonly flags: readonly SearchFlag[];
};

/** A message that is there no more; or all that is known of a conversation from before an epoch. */
export type Removal =
  | { readonly conversation: ConversationId; readonly epoch: number; readonly seq: number }
  | { readonly conversation: ConversationId; readonly before: number };

export type SearchOrder = 'newest' | 'best';

export type SearchQuery = {
  /** Folded (`parseTerms`), at least one: a message has all of them. */
  readonly terms: readonly string[];
  readonly conversations: readonly ConversationId[];
  /** Messages above it are not found, nor those that were changed above it. */
  readonly upTo?: number;
  readonly author?: UserId;
  readonly flags?: readonly SearchFlag[];
  /** Inclusive, in milliseconds. */
  readonly from?: number;
  /** Exclusive, in milliseconds. */
  readonly to?: number;
  readonly order: SearchOrder;
  /** The `place` of a hit: those behind it. */
  readonly after?: string;
  /** 1 to 200. */
  readonly limit: number;
};

export type SearchHit = {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly seq: number;
  /** Where a listing goes on behind this hit, in the order that it was found in. */
  readonly place: string;
};

/** `best` puts so many of the newest that match in order, and finds no others. */
export const BEST_OF = 500;

export interface SearchIndex {
  /**
   * Takes messages in. Of two of the same message the one of the higher epoch and version stays, in whatever order they
   * come, also on several nodes at once; what was removed stays so, in its epoch. At most 1,000.
   */
  index(documents: readonly SearchDocument[]): Promise<void>;
  /** Forgets messages. At most 1,000. */
  remove(removals: readonly Removal[]): Promise<void>;
  /** @throws ChatError bad_request where `after` is no place of this order; unavailable */
  query(query: SearchQuery): Promise<readonly SearchHit[]>;
}
