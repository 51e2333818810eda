// Who has chosen what in a poll, as the memory log keeps it: beside the entries, by poll and then by person.
import type { Entry, UserId, Voter } from '@kith/protocol';
import type { Draft } from '../../core/log.js';
import type { OwnVote, PollState, Voters, VotersRange } from '../../core/vote-log.js';
import { recordOf } from './readers.js';
import type { StoredConversation } from './store.js';

/** What a draft changes, once it has its number. */
export function noteVote(
  { votes }: StoredConversation,
  { seq, at, kind, body }: Entry,
  { author, choices = [] }: Pick<Draft, 'choices'> & { readonly author: UserId },
): void {
  const target = Number(body.target);
  if (kind === 'message.deleted') votes.delete(target);
  if (kind !== 'poll.voted') return;
  const standing = new Map(votes.get(target));
  standing.delete(author);
  if (choices.length > 0) standing.set(author, { seq, at, choices: [...choices] });
  votes.set(target, standing);
}

/** @param changes those of the poll, rising */
export function pollStateOf(
  { votes }: StoredConversation,
  changes: readonly Entry[],
  { target, author, nowMs }: { readonly target: number; readonly author: UserId; readonly nowMs: number },
): PollState {
  const voted = changes.findLast(({ kind }) => kind === 'poll.voted');
  const closed = changes.find(({ kind }) => kind === 'poll.closed');
  const { counts = [], voters = 0 } = (voted?.body ?? {}) as { counts?: number[]; voters?: number };
  return {
    voted: voted ? { seq: voted.seq, at: voted.at, counts, voters } : null,
    closed: closed ? { seq: closed.seq, at: closed.at } : null,
    vote: votes.get(target)?.get(author) ?? null,
    nowMs,
  };
}

export function ownVotes({ votes }: StoredConversation, entries: readonly Entry[], reader: UserId): readonly OwnVote[] {
  return entries.flatMap(({ seq: target }) => {
    const own = votes.get(target)?.get(reader);
    return own ? { target, choices: own.choices } : [];
  });
}

export function votersOf(
  found: StoredConversation | undefined,
  { target, option, after, limit }: VotersRange,
): Voters | null {
  if (!found) return null;
  const all = [...(found.votes.get(target) ?? [])].map(([user, { seq, choices }]): Voter => {
    return { user, choices: [...choices], seq };
  });
  const isWanted = ({ seq, choices }: Voter) => seq > after && (option === undefined || choices.includes(option));
  const voters = all.filter(isWanted).sort((one, other) => one.seq - other.seq);
  return { record: recordOf(found), voters: voters.slice(0, limit) };
}
