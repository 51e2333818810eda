// How later entries change a message: its edits, its reactions, what stands of its poll, what answers it, whether it is pinned, and its deletion.
// Server, SDK and tests use this very function, so that a view plus the entries after it equals a later view (law 7). Rules N6 to N8 of docs/protocol/v1.md.
import type { Entry, EntryBody } from './entries.js';
import { isMessage } from './fold.js';
import type { TimelineItem } from './models.js';

/**
 * A message after an entry that came later. Entries about others, of other epochs and up to its `asOf` leave it as it is, and
 * so do kinds that this version does not know.
 * @param reader whose view it is: which reactions are theirs
 * @returns the same object where nothing changes
 */
export function amend(item: TimelineItem, entry: Entry, reader: string | null): TimelineItem {
  const { epoch, kind, seq, at, body } = entry;
  if (epoch !== item.epoch || seq <= item.asOf) return item;
  if (isMessage(entry) && body.thread === item.seq) return answered(item, entry);
  if (body.target !== item.seq || !isMessage(item) || item.erased) return item;
  const later = { ...item, asOf: seq };
  if (kind === 'message.deleted') return erased(later);
  if (item.kind === 'hidden' || entry.erased) return item;
  if (kind === 'reaction.set') return reacted(later, entry, reader);
  if (body.counts) return polled(later, entry, reader);
  if (kind === 'message.pinned') return pinned(later, entry);
  if (kind !== 'message.edited') return item;
  const { target: _target, ...parts } = body as EntryBody<'message.edited'>;
  return { ...later, body: { ...item.body, ...parts }, edited: { seq, at } };
}

/** Of a body: what it is about, and where it stands. */
const KEPT = new Set(['target', 'thread', 'count']);

/** What is left of an entry that was erased: all of it but what was said. */
export function erased<T extends Entry>(given: T & Partial<TimelineItem>) {
  const { edited: _edited, reactions: _reactions, pinned: _pinned, poll: _poll, ...entry } = given;
  const kept = Object.entries(entry.body).filter(([field]) => KEPT.has(field));
  return { ...entry, body: Object.fromEntries(kept), erased: true as const };
}

function pinned({ pinned: _before, ...item }: TimelineItem, entry: Entry): TimelineItem {
  return { ...item, ...(entry.body.on === true && { pinned: placed(entry) }) };
}

/** Where an entry stands, and whose it is. */
function placed({ seq, at, author }: Entry) {
  return { seq, at, ...(author && { by: author }) };
}

/** What names `counts` says all that stands after it; of an anonymous poll no entry says whose vote it is. */
function polled(item: TimelineItem, entry: Entry, reader: string | null): TimelineItem {
  const { counts, voters, choices } = entry.body as EntryBody<'poll.voted'>;
  const mine = choices && entry.author === reader ? choices : (item.poll?.mine ?? []);
  return {
    ...item,
    poll: { ...item.poll, counts, voters, mine, ...(entry.kind === 'poll.closed' && { closed: placed(entry) }) },
  };
}

/** A thread is as long as it was, whoever deletes what in it. */
function answered(item: TimelineItem, { seq, at, body }: Entry): TimelineItem {
  const { count = 1 } = body as EntryBody<'message.sent'>;
  return { ...item, asOf: seq, thread: { count, seq, at } };
}

/** The entry says all that stands after it; what is the reader's own changes with their own entries alone. */
function reacted(item: TimelineItem, { author, body }: Entry, reader: string | null): TimelineItem {
  const { emoji, on, reactions } = body as EntryBody<'reaction.set'>;
  const { reactions: before = [], ...rest } = item;
  const isMine = (kind: string) =>
    kind === emoji && author === reader ? on : before.some((other) => other.emoji === kind && other.mine);
  const after = reactions.map((kind) => ({ ...kind, ...(isMine(kind.emoji) && { mine: true as const }) }));
  return { ...rest, ...(after.length > 0 && { reactions: after }) };
}
