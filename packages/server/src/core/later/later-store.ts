// Where what is to be done later is kept: the interface that the core needs, kept by memory and PostgreSQL. Its numbered
// rules LATER1–… are in docs/contracts.md and its contract suite in the testkit runs on every adapter.
// A row is one message to be sent, or one reminder, of one person, under the key that its entry will bear. Whoever does it
// holds it for a while only: that two do the same is harmless, as the log knows the key.
import type { ConversationId, Key, Params } from '@kith/protocol';
import type { Author } from '../principal.js';

/** What will be said: of a message what `message.send` takes beside its place and key, of a reminder where the message is. */
export type LaterWish =
  | {
      readonly kind: 'message';
      readonly body: Pick<Params<'message.send'>, 'text' | 'replyTo' | 'mentions' | 'thread' | 'epoch'>;
    }
  | { readonly kind: 'reminder'; readonly body: { readonly epoch: number; readonly target: number } };

/** `sending`: somebody holds it, or has held it and the outcome is not known. `sent` and `cancelled` have ended. */
export type LaterState = 'waiting' | 'sending' | 'refused' | 'sent' | 'cancelled';

export type LaterPlace = Author & { readonly key: Key };

export type LaterItem = LaterPlace & {
  readonly conversation: ConversationId;
  readonly at: number;
  /** Null once it has ended. */
  readonly wish: LaterWish | null;
  readonly state: LaterState;
  /** The code for which it was refused, where it was. */
  readonly refused: string | null;
  /** How often it was held for sending since it was last changed. */
  readonly attempts: number;
  /** Counts the changes that its person is told of. */
  readonly version: number;
  readonly isTold: boolean;
};

export type NewLaterItem = LaterPlace & {
  readonly conversation: ConversationId;
  readonly at: number;
  readonly wish: LaterWish;
  /** What was asked for, as canonical text. */
  readonly content: string;
  readonly due: number;
};

/** How many rows a person may have: that are in their list, and all together. Of those that ended the oldest make room. */
export type LaterBounds = { readonly most: number; readonly mostOfAll: number };

export type LaterChange = { readonly at: number; readonly wish: LaterWish };

export type LaterOutcome = {
  readonly from: readonly LaterState[];
  readonly to: LaterState;
  readonly refused?: string | null;
  readonly due: number;
};

/** A time that never comes. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** Every method may throw ChatError `unavailable` where the store is gone. */
export interface LaterStore {
  /**
   * Adds a row that waits, unless there is one of that key.
   * @returns the row of that key, and whether it was asked for with the same content, which nobody knows once it has ended;
   * `too_many`: the list is full
   */
  add(
    item: NewLaterItem,
    bounds: LaterBounds,
  ): Promise<{ readonly item: LaterItem; readonly isNew: boolean; readonly isSame: boolean } | 'too_many'>;
  find(place: LaterPlace): Promise<LaterItem | null>;
  /** What a person has that has not ended, by time and then by key; at most 1,000. */
  list(author: Author): Promise<readonly LaterItem[]>;
  /**
   * Gives a row that waits or was refused another time and body, if it still has those of `was`. It waits then, and nobody was told.
   * @returns the row as it is then, or null where nothing was done
   */
  change(was: LaterItem, change: LaterChange & { readonly due: number }): Promise<LaterItem | null>;
  /**
   * Says what became of a row that is in one of the states `from`. Nobody was told, but for one that goes on waiting. What was said
   * is emptied where it has ended.
   * @returns the row as it is then, or null where nothing was done
   */
  settle(place: LaterPlace, outcome: LaterOutcome): Promise<LaterItem | null>;
  /** Its person was told of this version: what waits is due at its time, what was refused never, what has ended at `forgetAt`. */
  told(item: LaterItem, forgetAt: number): Promise<void>;
  /**
   * Holds rows that are due, for `leaseMs`, those that are due for longest first. What waits and whose time has come is `sending`
   * then. Nobody else holds the same; and a row whose time has come is left out while another one of the same kind and person in the
   * same conversation, with an earlier time, or the same time and a lower key, is neither sent nor refused nor cancelled.
   */
  claim(wish: {
    readonly nowMs: number;
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<readonly LaterItem[]>;
  /** Removes a row that has ended. */
  forget(place: LaterPlace): Promise<void>;
}
