// Catching up: what a client missed since its cursor, as summaries and, where it is not too much, the entries themselves.
// Rules C1–C10 of docs/protocol/v1.md.
import {
  type Cursor,
  type Entry,
  type Hello,
  LIMITS,
  type Summary,
  toId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import { asSeenFrom } from '../hidden.js';
import { bothShownTo } from '../hides/hides.js';
import type { ConversationLog, LogSummary } from '../log.js';
import { toSummary } from '../summaries.js';
import type { Missed, SharedPages } from './shared-pages.js';

export type CaughtUp = {
  readonly cursor: Cursor;
  readonly reset: boolean;
  readonly more: boolean;
  readonly summaries: readonly Summary[];
  /** Missed entries of all listed conversations, rising within each. */
  readonly entries: readonly Entry[];
};

type Person = { readonly workspace: WorkspaceId; readonly user: UserId };

export type CatchUpPorts = { readonly log: ConversationLog; readonly pages: SharedPages };

export async function catchUp(
  { log, pages }: CatchUpPorts,
  person: Person,
  { since, lean = false }: Pick<Hello, 'since' | 'lean'>,
): Promise<CaughtUp> {
  const cursor = since === undefined ? {} : { since: since as Cursor };
  const page = await log.summaries({ ...person, ...cursor, limit: LIMITS.summaryPage });
  const missed = since === undefined || page.reset ? [] : missedRanges(page.summaries);
  const read = missed.length > 0 ? await pages.read(missed) : [];
  const all = { pages: read, summaries: page.summaries };
  const shown = page.hides ? await bothShownTo(log, person, all) : all;
  const byConversation = new Map(shown.pages.map(({ record, entries }) => [record.id as string, entries]));
  const entries: Entry[] = [];
  const summaries = shown.summaries.map((summary) => {
    const theirs = byConversation.get(summary.id)?.filter(({ epoch }) => epoch === summary.epoch) ?? [];
    const after = seenUpTo(summary);
    const isWhole = theirs.length > 0 && theirs.length === summary.head - after;
    if (isWhole) entries.push(...theirs.map((entry) => asSeenFrom(summary.first, entry)));
    const listed = toSummary(summary, isWhole ? after : summary.head);
    return isWhole && lean ? { ...listed, last: null } : listed;
  });
  return { cursor: page.cursor, reset: page.reset, more: page.next !== null, summaries, entries };
}

/** Ranges of missed entries, newest conversations first, while they fit below the limit. */
function missedRanges(summaries: readonly LogSummary[]): readonly Missed[] {
  const ranges: Missed[] = [];
  let room: number = LIMITS.catchUpEntries;
  for (const summary of summaries) {
    const { id, epoch, head } = summary;
    const after = seenUpTo(summary);
    const count = head - after;
    if (count <= 0 || count > room) continue;
    room -= count;
    ranges.push({ conversation: toId(id), epoch, after, head });
  }
  return ranges;
}

/** Where what the person missed begins: nothing below their `first` is theirs. */
function seenUpTo({ seenHead, first }: LogSummary): number {
  return Math.max(seenHead, first - 1);
}
