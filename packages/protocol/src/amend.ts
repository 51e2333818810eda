// How later entries change a message: its edits, its reactions, and its deletion. Server, SDK and tests use this very
// function, so that a view plus the entries after it equals a later view (law 7). Rules N6 to N8 of docs/protocol/v1.md.
import type { Entry, EntryBody } from './entries.js';
import type { TimelineItem } from './models.js';

/**
 * A message after an entry that came later. Entries about others, of other epochs and up to its `asOf` leave it as it is, and
 * so do kinds that this version does not know.
 * @param reader whose view it is: which reactions are theirs
 * @returns the same object where nothing changes
 */
export function amend(item: TimelineItem, entry: Entry, reader: string | null): TimelineItem {
  const { epoch, kind, seq, at, body } = entry;
  if (epoch !== item.epoch || body.target !== item.seq || seq <= item.asOf) return item;
  if (item.kind !== 'message.sent' || item.erased) return item;
  if (kind === 'message.deleted') return { ...erased(item), asOf: seq };
  if (kind === 'reaction.set') return { ...reacted(item, entry, reader), asOf: seq };
  if (kind !== 'message.edited' || entry.erased) return item;
  const { target: _target, ...parts } = body as EntryBody<'message.edited'>;
  return { ...item, asOf: seq, body: { ...item.body, ...parts }, edited: { seq, at } };
}

/** What is left of an entry that was erased: all of it but what was said. An edit still names its target. */
export function erased<T extends Entry>({
  edited: _edited,
  reactions: _reactions,
  ...entry
}: T & Partial<TimelineItem>) {
  const { target } = entry.body;
  return { ...entry, body: target === undefined ? {} : { target }, erased: true as const };
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
