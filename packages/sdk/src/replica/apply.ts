// How entries change what a timeline shows. An item is an entry as of a moment, its `asOf`: later entries change it, earlier
// ones are in it already (law 7: a view and the entries after it are the later view).
import { amend, type Entry, erased, type TimelineItem } from '@kith/protocol';

/** The seq of the item that an entry changes, or null. An erased entry changes itself. */
export function targetOf({ erased, seq, body }: Entry): number | null {
  if (erased) return seq;
  return typeof body.target === 'number' ? body.target : null;
}

/**
 * The item after an entry. Kinds that this version does not know change nothing (U1).
 * @param reader whose view it is
 * @returns the same object where nothing changes
 */
export function applyToItem(item: TimelineItem, entry: Entry, reader: string | null): TimelineItem {
  const { seq, epoch, kind, body } = entry;
  if (item.erased || epoch !== item.epoch) return item;
  // What was erased stays so, whatever else is known of it (C3).
  if (entry.erased && seq === item.seq) return { asOf: Math.max(item.asOf, seq), ...toEntry(entry) };
  // What was said in between goes with the message (D4).
  const isGone = kind === 'message.deleted' && item.kind === 'message.edited' && item.body.target === body.target;
  return isGone ? erased(item) : amend(item, entry, reader);
}

const SHOWN = new Set(['message.sent', 'conversation.created', 'conversation.updated']);

/** Whether a timeline shows an entry: the server's own rule for pages, so that both give the same. */
export function isShown({ kind, body }: Entry): boolean {
  return SHOWN.has(kind) || kind.startsWith('member.') || !('target' in body);
}

/** An entry as it was written is the item as of itself. */
export function toItem(entry: Entry): TimelineItem {
  return { asOf: entry.seq, ...entry };
}

/** The entry alone, of a frame or an item; fields of later versions stay (M18 lets them be). */
export function toEntry(given: Entry): Entry {
  const { type: _type, asOf: _asOf, ...entry } = given as Entry & { readonly type?: unknown; readonly asOf?: unknown };
  return entry;
}

/** Whom entries name: authors, and the people that their bodies list. */
export function* namedIn(entries: Iterable<Entry>): Generator<string> {
  for (const { author, body } of entries) {
    const users: readonly unknown[] = Array.isArray(body.users) ? body.users : [];
    for (const user of [author, body.user, ...users]) if (typeof user === 'string') yield user;
  }
}
