// What the log knows of messages that people hid for themselves: their own entries in their own conversations say so, and
// nothing beside those. Kept by memory and PostgreSQL as a part of the log; rules LOG96 to LOG98 of docs/contracts.md.
import type { ConversationId, UserId } from '@kith/protocol';
import type { EntryPlace, LogPage, ReadRange } from '../log.js';

/** A message that a person may have hidden. */
export type HideOf = {
  readonly user: UserId;
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly seq: number;
};

/** Both ends belong to it. */
export type HiddenRange = { readonly conversation: ConversationId; readonly from: number; readonly to: number };

export type HiddenQuery = { readonly user: UserId; readonly ranges: readonly HiddenRange[] };

export type HiddenMessage = Omit<HideOf, 'user'>;

/** The first entry by which a person hid a message, or null, and how many entries of theirs hide any. */
export type Hiding = { readonly hiddenBy: EntryPlace | null; readonly count: number };

export interface HiddenLog {
  /** The messages of these ranges that the person has hidden, of whatever epoch, in any order, each once or more. */
  hidden(query: HiddenQuery): Promise<readonly HiddenMessage[]>;
  hidingOf(of: HideOf): Promise<Hiding>;
  /** The `message.hidden` entries of a `self` conversation above `after`, at most `limit`, rising. */
  hidings(range: Pick<ReadRange, 'conversation' | 'after' | 'limit'>): Promise<LogPage | null>;
}
