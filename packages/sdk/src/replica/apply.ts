// How entries change what a timeline shows. An item is an entry as of a moment, its `asOf`: later entries change it, earlier
// ones are in it already (law 7: a view and the entries after it are the later view).
import { amend, type Entry, erased, type FoldedMember, isMessage, type Role, type TimelineItem } from '@kith/protocol';

/** The seq of the earlier item that an entry changes, or null: what it names, or answers. */
export function targetOf(entry: Entry): number | null {
  const target = isMessage(entry) ? entry.body.thread : entry.body.target;
  return typeof target === 'number' ? target : null;
}

/**
 * The item after an entry. Kinds that this version does not know change nothing (U1).
 * @param reader whose view it is
 * @returns the same object where nothing changes
 */
export function applyToItem(item: TimelineItem, entry: Entry, reader: string | null): TimelineItem {
  const { seq, epoch, kind, body } = entry;
  if (epoch !== item.epoch) return item;
  // What was erased stays so, whatever else is known of it (C3). What was said in between goes with the message (D4).
  const isPart = /^(poll|message\.e)/.test(item.kind) && item.body.target === body.target;
  const isGone = kind === 'message.deleted' ? isPart : entry.erased && seq === item.seq;
  return isGone && !item.erased ? erased(item) : amend(item, entry, reader);
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

/** One's own role after an entry that names oneself. @param member oneself as of the entry, where all members are known */
export function roleAfter({ kind, body }: Entry, member: FoldedMember | undefined): Role {
  if (kind === 'member.left') return 'none';
  return member?.role ?? (kind === 'member.role' ? (body.role as Role) : 'member');
}
