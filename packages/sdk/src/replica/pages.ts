// What is read from the server, as the replica takes it.
import type { Member, Result, TimelineItem, User } from '@kith/protocol';

export type UsersById = { readonly [id: string]: User };

/** Everything of a timeline from `from` to `to`. */
export type WholePage = { readonly from: number; readonly to: number; readonly items: readonly TimelineItem[] };

export type TimelinePage = WholePage & { readonly users: UsersById };

export type EntriesPage = Pick<Result<'entries.read'>, 'first' | 'head' | 'entries'>;

/** Who is in a conversation. */
export type MembersRead = {
  readonly members: readonly Member[];
  readonly users: UsersById;
  /** Everything up to here was in the log by then. */
  readonly asOf: number;
};
