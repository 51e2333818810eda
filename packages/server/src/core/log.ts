// The log of conversations: the interface that the core needs, kept by memory and PostgreSQL. Its numbered rules LOG1–…
// are in docs/contracts.md and its contract suite in the testkit runs on every adapter.
// The log alone gives numbers and decides membership: a write is decided against the state at head N and becomes N + 1,
// or is decided again.
import type {
  ConversationId,
  ConversationSettings,
  ConversationState,
  Cursor,
  Entry,
  EntryBody,
  EntryKind,
  Key,
  Marks,
  Reactor,
  Role,
  SessionId,
  Summary,
  ThreadStanding,
  UserId,
  WorkspaceId,
} from '@kith/protocol';
import type { Choices, Grounds } from './grounds.js';
import type { HiddenLog } from './hides/hidden-log.js';
import type { ReaderChange, ReaderLog, ReaderStanding } from './reading.js';
import type { Talk } from './talks.js';
import type { OwnVote, PollState, VoteDraft, VoteLog } from './vote-log.js';

/** A conversation as of the head of `state`. */
export type ConversationRecord = {
  readonly id: ConversationId;
  readonly workspace: WorkspaceId;
  readonly state: ConversationState;
  /** Where its log begins, what was before is gone; absent: with its first entry. */
  readonly first?: number;
  /** Of a channel: those who read it, or did, and have no place in its log; of them those alone who were asked for. */
  readonly readers?: ReadonlyMap<string, ReaderStanding>;
};

/** An entry before it has a number. */
export type Draft = VoteDraft & {
  readonly kind: Exclude<EntryKind, 'hidden'>;
  readonly body: { readonly [field: string]: unknown };
};

/** The entry that a write is about, as of the head that the write is decided against. */
export type Target = PollState & {
  readonly entry: Entry;
  /** The number of messages in the thread that it begins. */
  readonly answers: number;
  /** How often it was edited. */
  readonly edits: number;
  readonly deletion: EntryPlace | null;
  /** The last entry that changed its reactions, with all that stands since; null where there is none. */
  readonly reacted: (EntryPlace & { readonly reactions: EntryBody<'reaction.set'>['reactions'] }) | null;
  /** The last entry that pinned or unpinned it; null where there is none. */
  readonly pinned: (EntryPlace & { readonly on: boolean }) | null;
  /** How many messages are pinned in its conversation. */
  readonly pins: number;
  /** What the author of the write has reacted with. */
  readonly own: readonly (EntryPlace & { readonly emoji: string })[];
};

export type EntryPlace = { readonly seq: number; readonly at: number };

/** What is to be written; or the entry that has made it so already, so that there is nothing to be written. */
export type Decision = readonly [Draft, ...Draft[]] | { readonly settledBy: EntryPlace } | Seating;

/** Changes who reads, mostly without an entry: then it has no key, and may be asked for again. */
export type Seating = { readonly drafts: readonly Draft[]; readonly reader: ReaderChange };

/** One write of one author under one key. */
export type Write = {
  readonly workspace: WorkspaceId;
  readonly conversation: ConversationId;
  readonly author: UserId;
  readonly key: Key;
  /** What the author asked for, as canonical text: the same key with another content is `key_reused`. */
  readonly content: string;
  /** Refused with `out_of_order` unless this key of the same author is in the log, or pending here before this write. */
  readonly after?: Key;
  /** The seq of the entry that the write is about, where there is one. */
  readonly target?: number;
  /** Whom it is about: the record that it is decided on says how they read, beside its author. */
  readonly about?: UserId;
  /**
   * Given, and true for the record that the write is decided against: the author may only write so often. Then `decide` is
   * told when they last did, and the log keeps that this write is the last one.
   */
  readonly isPaced?: (record: ConversationRecord) => boolean;
  /** What else `decide` goes by; absent where that is nothing. */
  readonly restsOn?: Grounds;
  /**
   * Decides what is written, against the state at the present head; null where the conversation does not exist (or is
   * of another workspace). Pure, and may be called again when the head has moved. Its drafts become one transaction
   * with numbers in a row; the key belongs to the first of them. A `message.deleted` empties its target, and the edits of
   * that, in the same transaction. `target` is null where there is no such entry;
   * `lastAt` is the time of the author's last paced write, null where there is none or this write is not paced.
   * @throws ChatError to refuse
   */
  readonly decide: (record: ConversationRecord | null, target: Target | null, lastAt: number | null) => Decision;
};

export type Appended = {
  readonly conversation: ConversationId;
  readonly epoch: number;
  /** Of the entry that bears the key. */
  readonly seq: number;
  readonly at: number;
  /** True where the key was in the log already, or what it asked for was so; `entries` is empty then. */
  readonly duplicate: boolean;
  readonly entries: readonly Entry[];
  /** Who reads from now on, or no more. Where no entry says so, `seq` is the head. */
  readonly reader?: UserId;
};

export type ReadRange = {
  readonly conversation: ConversationId;
  /** Exclusive lower end; 0 for the beginning. */
  readonly after: number;
  /** Inclusive upper end; absent for the head. */
  readonly upTo?: number;
  /** At most this many entries, from the lower end (`rising`) or from the upper end (`falling`). 1 to 1,001. */
  readonly limit: number;
  readonly from: 'lower' | 'upper';
};

export type LogPage = {
  /** As of the same moment as the entries: membership is judged on it. */
  readonly record: ConversationRecord;
  /** Always in rising order, whichever end they were taken from. */
  readonly entries: readonly Entry[];
};

export type EditedRange = ReadRange & {
  /** Of the thread alone that begins with this entry, itself included. */
  readonly thread?: number;
  /** Whose reactions are `own`. */
  readonly reader: UserId;
  /** What came above it doesn't count; absent for the head. */
  readonly upToChange?: number;
};

export type EditedRanges = {
  readonly ranges: readonly ReadRange[];
  /** Whose reactions are `own`, in all of the pages. */
  readonly reader: UserId;
  /** In every page, what came above it doesn't count; absent for the heads. */
  readonly upToChange?: number;
};

/** A page with what later entries made of its messages, of the same moment. */
export type EditedPage = LogPage & {
  /** The last edit, reaction, vote, closing of a poll, pinning or unpinning, and message of its thread, of each that has one; rising. */
  readonly changes: readonly Entry[];
  /** What the reader has reacted with. */
  readonly own: readonly { readonly target: number; readonly emoji: string }[];
  /** What the reader has chosen in polls. */
  readonly votes: readonly OwnVote[];
};

export type ReactorsRange = {
  readonly conversation: ConversationId;
  readonly target: number;
  /** Absent for any. */
  readonly emoji?: string;
  /** Reactions whose entry is above it. */
  readonly after: number;
  readonly limit: number;
};

/** Who reacts to a message now, by rising seq of the entries that say so. */
export type Reactors = { readonly record: ConversationRecord; readonly reactors: readonly Reactor[] };

/** What is pinned now, the last pinned first; `seq` is that of the entry that says so. */
export type Pins = {
  readonly record: ConversationRecord;
  readonly pins: readonly { readonly target: number; readonly seq: number }[];
};

/** A summary as the log knows it; `pushedAfter` is what a connection adds. */
export type LogSummary = Omit<Summary, 'pushedAfter'> & {
  /** The seq of the entry that made the person a member (the last time). */
  readonly joined: number;
  /** The highest seq that was visible at the time of the cursor asked with; `head` where nothing is new or no cursor. */
  readonly seenHead: number;
};

export type SummaryQuery = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  /** With a cursor: only what changed since (possibly more). Absent: everything. */
  readonly since?: Cursor;
  /** Continues a listing after its last page's `next`. */
  readonly page?: string;
  readonly limit: number;
};

export type SummaryPage = {
  /** Newest first. Conversations left are there with role `none` and the head at the entry that removed the person. */
  readonly summaries: readonly LogSummary[];
  /** Where the listing goes on, or null at its end. */
  readonly next: string | null;
  /** Position in the change feed as of the first page of this listing. */
  readonly cursor: Cursor;
  /** The given cursor was too old or of another store: the page is the first of everything. */
  readonly reset: boolean;
  /** Whether the person had hidden any message by then. */
  readonly hides: boolean;
};

/** A public channel that is not archived, as someone finds it who may not be in it. */
export type PublicChannel = {
  readonly id: ConversationId;
  readonly name: string;
  readonly settings: ConversationSettings;
  readonly size: number;
  readonly readers: number;
  /** Of who asks; `none` where they are no member now. */
  readonly role: Role;
};

/** Whether everyone in the workspace may find and join it. */
export function isPublic({ kind, settings }: ConversationState): boolean {
  return kind === 'channel' && settings.visibility === 'public' && settings.archived !== true;
}

export type ChannelQuery = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  /** Those with ids below it; absent: all. */
  readonly before?: ConversationId;
  /** 1 to 1,000. */
  readonly limit: number;
};

export type Advance = {
  readonly conversation: ConversationId;
  readonly user: UserId;
  readonly delivered: number;
  readonly read: number;
  /** True where the person's devices on other nodes are to know: the change feed names it. */
  readonly isTold?: boolean;
};

/** A thread, by the seq of its first message, and somebody who may follow it. */
export type ThreadOf = {
  readonly conversation: ConversationId;
  readonly user: UserId;
  readonly thread: number;
};

/** How somebody stands to a thread now: all 0 where they don't follow it. */
export type ThreadMark = ThreadOf & ThreadStanding & { readonly epoch: number };

export type FollowedThread = ThreadMark & {
  /** The last answer. */
  readonly last: EntryPlace;
};

export type ThreadQuery = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  /** Only those of this conversation. */
  readonly conversation?: ConversationId;
  /** Those that come after it. */
  readonly after?: ThreadPosition;
  /** 1 to 1,000. */
  readonly limit: number;
};

/** A place in the order of threads: by falling time of the last answer, then by falling conversation and thread. */
export type ThreadPosition = { readonly at: number; readonly conversation: ConversationId; readonly thread: number };

export type ThreadPage = {
  /** Those answered last first. */
  readonly threads: readonly FollowedThread[];
  /** How many of all that the query names have something unread. */
  readonly unread: number;
};

/** How far a person has read a conversation of this epoch. */
export type ReadMark = {
  readonly conversation: ConversationId;
  readonly user: UserId;
  readonly epoch: number;
  readonly read: number;
};

export type ConversationHead = {
  readonly id: ConversationId;
  readonly epoch: number;
  readonly head: number;
  /** The lowest seq that the person may read. */
  readonly first: number;
  /** True where they read it without a place in its log. */
  readonly isReader: boolean;
};

/** Marks as they are after they were raised, with fresh counts. */
export type Advanced = Advance & {
  readonly epoch: number;
  readonly unread: number;
  readonly mentions: number;
  /** Whether `delivered` is higher than before; where it isn't, `read` is. */
  readonly isDelivered: boolean;
};

/** What happened on this store since a mark, by any node. It may name too much, never too little. */
export type Changes = {
  /** Where to go on; also a cursor for `summaries`, once all that is named here was announced. */
  readonly mark: Cursor;
  readonly conversations: readonly { readonly id: ConversationId; readonly head: number }[];
  /** People whose membership or role changed, by an entry of one of `conversations` or as readers. */
  readonly members: readonly { readonly conversation: ConversationId; readonly user: UserId }[];
  /** Present marks of people whose marks were raised with `isTold`. */
  readonly reads: readonly ReadMark[];
  /** Present standings that `advanceThreads` or `follow` have changed. */
  readonly threads: readonly Omit<ThreadMark, 'unread' | 'mentions'>[];
  readonly revoked: readonly SessionId[];
  /** Conversations whose logs begin further up than before. */
  readonly trimmed: readonly Pick<ConversationHead, 'id' | 'epoch' | 'first'>[];
};

export interface ConversationLog extends HiddenLog, ReaderLog, VoteLog {
  /**
   * Durable when it resolves. Same author and key: the first answer. Writes of one conversation are decided in the
   * order of the calls.
   * @throws ChatError what `decide` throws; `key_reused`; `unavailable` where the outcome is not known or the store is
   * gone for longer than the log waits
   */
  append(write: Write): Promise<Appended>;
  /** The present records of those that exist; possibly cached, then at most as old as the last change this node saw. */
  records(conversations: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, ConversationRecord>>;
  /**
   * Another node has written this: `records` is at least as new from now on, if it changes who is in the conversation, or how
   * that is set. What is written next may follow it without asking where the log ends, as long as that is so.
   */
  told(entry: Entry): void;
  /** One page, with the record of the same moment; null where the conversation does not exist. */
  read(range: ReadRange): Promise<LogPage | null>;
  /** The same with what its messages are now. */
  readEdited(range: EditedRange): Promise<EditedPage | null>;
  /** Several such pages in one query, as `readMany` gives them. */
  readManyEdited(query: EditedRanges): Promise<readonly EditedPage[]>;
  /** Null where the conversation does not exist. */
  reactors(range: ReactorsRange): Promise<Reactors | null>;
  /** At most 1,000; null where the conversation does not exist. */
  pins(conversation: ConversationId): Promise<Pins | null>;
  /** Entries that change earlier ones, above `after`, at most `limit`, rising. */
  readChanges(range: Pick<ReadRange, 'conversation' | 'after' | 'limit'>): Promise<LogPage | null>;
  /** An entry, and those that edited or deleted it, rising; none where there is no such entry. */
  history(conversation: ConversationId, seq: number): Promise<LogPage | null>;
  /** Several pages in one query, in the order asked for; those that do not exist are left out. */
  readMany(ranges: readonly ReadRange[]): Promise<readonly LogPage[]>;
  /**
   * Finds an entry by its time, halving the log: one that is not older than `at`, while the one before it is. Where times
   * rise that is the first; where they went back, one of several. Past the head where the search ends there, and 1 where
   * the conversation does not exist.
   */
  seqAt(conversation: ConversationId, at: number): Promise<number>;
  /** The conversations of which the person is a present member, with their heads. */
  conversationsOf(user: UserId): Promise<readonly ConversationHead[]>;
  /** The same without heads, which is a fraction of the work where they are many. */
  membershipsOf(user: UserId): Promise<readonly ConversationId[]>;
  summaries(query: SummaryQuery): Promise<SummaryPage>;
  /** Public channels of a workspace that are not archived, by falling ids: the newest first. */
  channels(query: ChannelQuery): Promise<readonly PublicChannel[]>;
  /** One summary; null where the person never was a member. */
  summary(conversation: ConversationId, user: UserId): Promise<LogSummary | null>;
  /**
   * Raises marks; what would go back or past the head is ignored (capped at the head, and at what the person may read).
   * @returns the marks as they are now, with fresh counts, for those that changed
   */
  advance(advances: readonly Advance[]): Promise<readonly Advanced[]>;
  /** Marks of members by rising ordinal, after `after` (an ordinal, 0 for the beginning). */
  marks(
    conversation: ConversationId,
    page: { readonly after: number; readonly limit: number; readonly reached?: number },
  ): Promise<readonly (Marks & { readonly ordinal: number })[]>;
  /** The threads with answers that a person follows, of conversations in which they are. */
  threads(query: ThreadQuery): Promise<ThreadPage>;
  /** How somebody stands to a thread; null where they never were a member. */
  thread(of: ThreadOf): Promise<ThreadMark | null>;
  /** Begins to follow a thread, from the head on, or ends that; who never was a member does neither. Nothing changes where it is so. */
  follow(of: ThreadOf, on: boolean): Promise<void>;
  /** Raises the marks of those who follow a thread, as `advance` does. @returns what they are now, for those that changed */
  advanceThreads(advances: readonly (ThreadOf & { readonly read: number })[]): Promise<readonly ThreadMark[]>;
  /** The latest `setting.set` entry of each name in a `self` conversation. */
  settings(conversation: ConversationId): Promise<LogPage | null>;
  /**
   * What people chose, as it is in the store at a moment after the call, in any order; without those who have no conversation
   * of their own yet. At most 500.
   */
  choices(users: readonly UserId[]): Promise<readonly Choices[]>;
  /** Whom the person wrote to themselves in direct conversations, within TALKED, in any order. */
  talks(person: { readonly workspace: WorkspaceId; readonly user: UserId }): Promise<readonly Talk[]>;
  /** What changed since `mark`; null starts at now with nothing. */
  changes(mark: Cursor | null): Promise<Changes>;
}
