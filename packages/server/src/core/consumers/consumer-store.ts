// Where consumers of the log keep how far they have got: the interface that the core needs, kept by memory and PostgreSQL.
// Its numbered rules CONS1–… are in docs/contracts.md and its contract suite in the testkit runs on every adapter.
import type { ConversationId, Cursor } from '@kith/protocol';
import type { ConversationHead } from '../log.js';

/** Everything of a conversation up to `seq`, in this epoch, has been taken. */
export type Position = { readonly epoch: number; readonly seq: number };

export type ConversationPage = {
  readonly items: readonly Omit<ConversationHead, 'first' | 'isReader'>[];
  /** Where the listing goes on, or null at its end. */
  readonly next: string | null;
};

export interface ConsumerStore {
  /**
   * Has one node take what there is for so many milliseconds from now; with 0 another may at once. Both are no more than a
   * wish that two do not do the same: whoever is slow may find another at it.
   * @returns whether it is this node; false where it is another's turn still
   */
  hold(consumer: string, node: string, forMs: number): Promise<boolean>;
  /** The mark of the change feed up to which this consumer has taken everything; null where it never said so. */
  mark(consumer: string): Promise<Cursor | null>;
  saveMark(consumer: string, mark: Cursor): Promise<void>;
  /** Conversations of which it has taken nothing are left out. At most 1,000. */
  positions(consumer: string, conversations: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, Position>>;
  /** Raises positions; one that is not above the present one changes nothing. At most 1,000, each conversation once. */
  raise(consumer: string, positions: readonly (Position & { readonly conversation: ConversationId })[]): Promise<void>;
  /** All conversations with their heads, in an order of the store's own; what begins meanwhile may be left out. */
  conversations(page: { readonly after: string | null; readonly limit: number }): Promise<ConversationPage>;
}
