// What the log knows of polls beside their entries: who has chosen what. Of an anonymous poll that is in no entry, and leaves the
// log for the person alone whose it is, and to decide on their next vote. Rules VOTE1 to VOTE6 of docs/contracts.md.
import type { ConversationId, EntryBody, Voter } from '@kith/protocol';
import type { ConversationRecord, EntryPlace } from './log.js';

/** Of an entry that a write is about: its poll, as of the head that the write is decided against. */
export type PollState = {
  /** The last vote, with what stands since; null where there is none. */
  readonly voted: (EntryPlace & Pick<EntryBody<'poll.voted'>, 'counts' | 'voters'>) | null;
  /** The entry that closed it, or null. */
  readonly closed: EntryPlace | null;
  /** What the author of the write has chosen in it, or null. */
  readonly vote: (EntryPlace & { readonly choices: readonly number[] }) | null;
  /** The time that an entry of the write would bear. */
  readonly nowMs: number;
};

/** Of a draft. */
export type VoteDraft = {
  /** What the author of a `poll.voted` chooses from now on, kept apart from the entry; empty for nothing. */
  readonly choices?: readonly number[];
  /** Nobody is told who wrote it, nor its key: the log keeps those to itself. */
  readonly isUnnamed?: true;
};

/** What a reader has chosen in a poll of a page. */
export type OwnVote = { readonly target: number; readonly choices: readonly number[] };

export type VotersRange = {
  readonly conversation: ConversationId;
  readonly target: number;
  /** Absent for any. */
  readonly option?: number;
  /** Votes whose entry is above it. */
  readonly after: number;
  readonly limit: number;
};

/** Who has chosen what in a poll, by rising seq of their votes. */
export type Voters = { readonly record: ConversationRecord; readonly voters: readonly Voter[] };

export interface VoteLog {
  /** Also of anonymous polls: whoever asks looks first. Null where the conversation does not exist. */
  votes(range: VotersRange): Promise<Voters | null>;
}
