// Who reads a channel without a place in its log, as the store keeps it beside the log: what the core asks of that, and what a
// write changes of it. Rules LOG99 to LOG104 of docs/contracts.md.
import type { ConversationId, UserId } from '@kith/protocol';

/** How somebody stands who reads a channel, or did, without a place in its log. */
export type ReaderStanding = {
  /** The number that was next when they came. */
  readonly joined: number;
  /** The lowest seq that they may read: 1, or `joined` where history was closed then. */
  readonly first: number;
  /** The head at which they left, or null while they read. */
  readonly left: number | null;
};

/** Somebody begins to read, from `first` on; null: they read no more. */
export type ReaderChange = { readonly user: UserId; readonly first: number | null };

export type Reader = { readonly user: UserId; readonly joined: number };

export type ReadersQuery = {
  readonly conversation: ConversationId;
  /** Those with ids above it; absent: all. */
  readonly after?: UserId;
  /** 1 to 1,000. */
  readonly limit: number;
};

export interface ReaderLog {
  /** Of these channels, those that the person reads, or did, and is not in by an entry. */
  readerStandings(
    conversations: readonly ConversationId[],
    user: UserId,
  ): Promise<ReadonlyMap<ConversationId, ReaderStanding>>;
  /** Those who read a channel now, by rising ids. */
  readers(query: ReadersQuery): Promise<readonly Reader[]>;
}
