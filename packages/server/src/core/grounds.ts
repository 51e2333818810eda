// What a write is judged by beside its own conversation: what people chose, and the heads as of which that is so.
import type { ConversationId, UserId } from '@kith/protocol';

/** What a person chose of who sees and reaches them: their settings `privacy:…` and `block:…`. */
export type Choices = {
  readonly user: UserId;
  /** Their own conversation, and its head as of which this is so. */
  readonly self: ConversationId;
  readonly head: number;
  readonly values: readonly { readonly name: string; readonly value: unknown }[];
};

/**
 * Heads of other conversations by which a write was judged. It is written only where they are still these at that moment;
 * where one is not, `again` is waited for, in the place of the write, and it is decided without them. What `again` throws
 * refuses the write.
 */
export type Grounds = {
  readonly heads: readonly { readonly conversation: ConversationId; readonly head: number }[];
  readonly again: () => Promise<void>;
};
