// Where the entries of a journal stand: by conversation, rising by seq. The newer of two with one number takes the place of
// the older. There may be a million of them, all in memory: a place is three numbers in three lists, and no object.
import type { EntryQuery, SeqRange } from './replica-store.js';

/** Where a line stands, in bytes, its line break included. */
export type Place = { readonly at: number; readonly size: number };

export type EntryPlace = Place & { readonly conversation: string; readonly seq: number };

/** Of one conversation: the places with one index belong together. */
type Columns = { readonly seqs: number[]; readonly ats: number[]; readonly sizes: number[] };

export class EntryPlaces {
  readonly #conversations = new Map<string, Columns>();
  /** The bytes of all of them. */
  sizeBytes = 0;

  put({ conversation, seq, at, size }: EntryPlace): void {
    const { seqs, ats, sizes } = this.#columnsOf(conversation);
    const index = firstFrom(seqs, seq);
    const isThere = seqs[index] === seq;
    this.sizeBytes += size - (isThere ? (sizes[index] ?? 0) : 0);
    seqs.splice(index, isThere ? 1 : 0, seq);
    ats.splice(index, isThere ? 1 : 0, at);
    sizes.splice(index, isThere ? 1 : 0, size);
  }

  drop({ conversation, from, to }: SeqRange): void {
    const columns = this.#conversations.get(conversation);
    if (!columns) return;
    const { seqs, ats, sizes } = columns;
    const start = firstFrom(seqs, from);
    const count = firstFrom(seqs, to + 1) - start;
    seqs.splice(start, count);
    ats.splice(start, count);
    for (const size of sizes.splice(start, count)) this.sizeBytes -= size;
    if (seqs.length === 0) this.#conversations.delete(conversation);
  }

  find({ conversation, from, to, limit, nearest }: EntryQuery): readonly EntryPlace[] {
    const seqs = this.#conversations.get(conversation)?.seqs ?? [];
    const start = firstFrom(seqs, from);
    const end = Math.max(start, firstFrom(seqs, to + 1));
    return nearest === 'from'
      ? this.#slice(conversation, start, Math.min(end, start + limit))
      : this.#slice(conversation, Math.max(start, end - limit), end);
  }

  /** All, in the order of the file. */
  inOrder(): readonly EntryPlace[] {
    const all = [...this.#conversations].flatMap(([id, { seqs }]) => this.#slice(id, 0, seqs.length));
    return all.sort((one, other) => one.at - other.at);
  }

  /** A new list for each conversation: the id is one string for all its places. */
  #columnsOf(conversation: string): Columns {
    const columns = this.#conversations.get(conversation) ?? { seqs: [], ats: [], sizes: [] };
    this.#conversations.set(conversation, columns);
    return columns;
  }

  #slice(conversation: string, start: number, end: number): EntryPlace[] {
    const { seqs = [], ats = [], sizes = [] } = this.#conversations.get(conversation) ?? {};
    return seqs.slice(start, end).map((seq, index) => {
      return { conversation, seq, at: ats[start + index] ?? 0, size: sizes[start + index] ?? 0 };
    });
  }
}

/** The index of the first number of at least this. */
function firstFrom(seqs: readonly number[], seq: number): number {
  let low = 0;
  let high = seqs.length;
  if ((seqs.at(-1) ?? 0) < seq) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((seqs[middle] ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
