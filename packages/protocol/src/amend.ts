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
  if (body.target !== item.seq) return item;
  if (!isMessage(item) || item.erased) return item;
  if (kind === 'message.deleted') return { ...erased(item), asOf: seq };
  if (item.kind === 'hidden') return item;
  if (kind === 'reaction.set') return { ...reacted(item, entry, reader), asOf: seq };
  if (kind === 'poll.voted' || kind === 'poll.closed') return polled(item, entry, reader);
  if (kind === 'message.pinned') return { ...pinned(item, entry), asOf: seq };
  if (kind !== 'message.edited' || entry.erased) return item;
  const { target: _target, ...parts } = body as EntryBody<'message.edited'>;
  return { ...item, asOf: seq, body: { ...item.body, ...parts }, edited: { seq, at } };
}

/** Of a body: what it is about, and where it stands. */
const KEPT = new Set(['target', 'thread', 'count']);

/** What is left of an entry that was erased: all of it but what was said. */
export function erased<T extends Entry>(given: T & Partial<TimelineItem>) {
  const { edited: _edited, reactions: _reactions, pinned: _pinned, poll: _poll, ...entry } = given;
  const kept = Object.entries(entry.body).filter(([field]) => KEPT.has(field));
  return { ...entry, body: Object.fromEntries(kept), erased: true as const };
}

function pinned({ pinned: _before, ...item }: TimelineItem, { seq, at, author, body }: Entry): TimelineItem {
  if (body.on !== true) return item;
  return { ...item, pinned: { seq, at, ...(author === undefined ? {} : { by: author }) } };
}

/** The entry says all that stands after it; of an anonymous poll no entry says whose vote it is. */
function polled(
  item: TimelineItem,
  { seq, at, kind, author, body, erased }: Entry,
  reader: string | null,
): TimelineItem {
  if (erased) return item;
  const { counts, voters, choices } = body as EntryBody<'poll.voted'>;
  const { mine: before, closed: closedBefore } = item.poll ?? {};
  const mine = choices && author === reader ? choices : before;
  const closed = kind === 'poll.closed' ? { seq, at, ...(author === undefined ? {} : { by: author }) } : closedBefore;
  return {
    ...item,
    asOf: seq,
    poll: { counts, voters, ...(mine?.length ? { mine } : {}), ...(closed ? { closed } : {}) },
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
  const after = reactions.map((kind) => ({ ...kind, ...(isMine(kind.emoji) ? { mine: true as const } : {}) }));
  return after.length > 0 ? { ...rest, reactions: after } : rest;
}
