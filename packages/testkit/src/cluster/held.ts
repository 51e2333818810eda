// What a client of the model holds of a conversation: entries by number, what was erased for good (C3, D4), and where one is
// missing.
import { type Entry, erased, type Summary } from '@kith/protocol';

/** What the client holds of one conversation. */
export type Held = {
  epoch: number;
  /** The highest seq that was announced. */
  head: number;
  first: number;
  role: string;
  readonly entries: Map<number, Entry>;
  summary: Summary;
};

/** Takes an entry: what was erased stays so, and a deletion empties what is here and what comes later. */
export function keepEntry({ entries }: Held, entry: Entry): void {
  if (!entries.get(entry.seq)?.erased) entries.set(entry.seq, isDeleted(entries, entry) ? erased(entry) : entry);
  if (entry.kind !== 'message.deleted') return;
  for (const other of entries.values()) {
    if (isSaid(other) && isAbout(other, entry.body.target)) entries.set(other.seq, erased(other));
  }
}

/** The seq after which something is missing, or null. */
export function holeOf({ first, head, entries }: Held): number | null {
  for (let seq = first; seq <= head; seq += 1) if (!entries.has(seq)) return seq - 1;
  return null;
}

function isDeleted(entries: Held['entries'], entry: Entry): boolean {
  if (!isSaid(entry)) return false;
  for (const { kind, body } of entries.values()) {
    if (kind === 'message.deleted' && isAbout(entry, body.target)) return true;
  }
  return false;
}

/** What a deletion empties. */
function isSaid({ kind }: Entry): boolean {
  return kind === 'message.sent' || kind === 'message.edited';
}

function isAbout({ seq, body }: Entry, target: unknown): boolean {
  return seq === target || body.target === target;
}
