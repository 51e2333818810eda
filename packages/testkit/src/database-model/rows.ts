// The rows of the tables that the log lives in: the columns of the migrations, and of `session` what the
// change feed reads.

export type StoreRow = {
  readonly id: string;
  readonly line: number;
  readonly secret: Buffer;
  readonly feedFrom: number;
};

export type ConversationRow = {
  readonly no: number;
  readonly id: string;
  readonly workspace: string;
  readonly epoch: number;
  readonly structure: number;
  readonly size: number;
  readonly kind: number;
  readonly name: string | null;
  readonly settings: object;
  readonly readers: number;
  readonly isPublic: boolean;
  readonly first: number;
  /** The transaction that moved `first` the last time. */
  readonly trimmed: number | null;
};

export type EntryRow = {
  readonly conversation: number;
  readonly seq: number;
  readonly at: number;
  readonly n: number;
  readonly author: number;
  readonly kind: number;
  readonly flags: number;
  readonly key: string;
  readonly digest: Buffer;
  readonly body: string;
};

export type MemberRow = {
  readonly conversation: number;
  readonly ordinal: number;
  readonly person: string;
  readonly role: number;
  readonly joined: number;
  readonly first: number;
  readonly delivered: number;
  readonly read: number;
  /** The transaction that last changed the row. */
  readonly changed: number;
  readonly leftSeq: number | null;
  readonly leftSize: number | null;
  readonly leftName: string | null;
  /** When the person last wrote in slow mode. */
  readonly pacedAt: number | null;
  /** Of a reader who once was a member: what a record has of them. */
  readonly folded: readonly unknown[] | null;
};

export type SettingRow = { readonly conversation: number; readonly name: string; readonly seq: number };

/** An entry that changes an earlier one. */
export type AmendmentRow = {
  readonly conversation: number;
  readonly target: number;
  readonly seq: number;
  readonly kind: number;
};

/** Somebody's emoji that stands on a message. */
export type ReactionRow = {
  readonly conversation: number;
  readonly ordinal: number;
  readonly target: number;
  readonly seq: number;
  readonly at: number;
  readonly emoji: string;
};

/** What somebody has chosen in a poll. */
export type VoteRow = {
  readonly conversation: number;
  readonly ordinal: number;
  readonly target: number;
  readonly seq: number;
  readonly at: number;
  readonly choices: readonly number[];
};

/** A message that is pinned, and the entry that says so. */
export type PinRow = { readonly conversation: number; readonly target: number; readonly seq: number };

/** Somebody who follows a thread, or did. */
export type FollowerRow = {
  readonly conversation: number;
  readonly ordinal: number;
  readonly thread: number;
  readonly read: number;
  readonly follows: boolean;
  /** The transaction that last changed the row. */
  readonly changed: number;
};

export type FeedRow = {
  readonly xid: number;
  readonly conversations: readonly number[];
  readonly heads: readonly number[];
  readonly membersIn: readonly number[];
  readonly members: readonly string[];
  readonly readIn: readonly number[];
  readonly readers: readonly string[];
  readonly threadsIn: readonly number[];
  readonly threads: readonly number[];
  readonly followers: readonly string[];
  readonly trimmed: readonly number[];
};

/** What a row of the feed names that says nothing of its kind. */
export const NAMES_NOTHING = {
  ...{ conversations: [], heads: [], membersIn: [], members: [], readIn: [], readers: [] },
  ...{ threadsIn: [], threads: [], followers: [], trimmed: [] },
};

export type SessionRow = { readonly id: string; readonly revokedXid: number };
