// Where the entries of a journal stand: by conversation, rising by seq. The newer of two with one number takes the place of
// the older.
import type { EntryQuery, SeqRange } from './replica-store.js';

/** Where a line stands, in bytes, its line break included. */
export type Place = { readonly at: number; readonly size: number };

export type EntryPlace = Place & { readonly conversation: string; readonly seq: number };

export class EntryPlaces {
  readonly #conversations = new Map<string, EntryPlace[]>();
  /** The bytes of all of them. */
  sizeBytes = 0;

  put(place: EntryPlace): void {
    const places = this.#conversations.get(place.conversation) ?? [];
    this.#conversations.set(place.conversation, places);
    const index = firstFrom(places, place.seq);
    const before = places[index]?.seq === place.seq ? places[index] : undefined;
    places.splice(index, before ? 1 : 0, place);
    this.sizeBytes += place.size - (before?.size ?? 0);
  }

  drop({ conversation, from, to }: SeqRange): void {
    const places = this.#conversations.get(conversation) ?? [];
    const start = firstFrom(places, from);
    const dropped = places.splice(start, firstFrom(places, to + 1) - start);
    for (const { size } of dropped) this.sizeBytes -= size;
    if (places.length === 0) this.#conversations.delete(conversation);
  }

  find({ conversation, from, to, limit, nearest }: EntryQuery): readonly EntryPlace[] {
    const places = this.#conversations.get(conversation) ?? [];
    const start = firstFrom(places, from);
    const end = Math.max(start, firstFrom(places, to + 1));
    return nearest === 'from'
      ? places.slice(start, Math.min(end, start + limit))
      : places.slice(Math.max(start, end - limit), end);
  }

  /** All, in the order of the file. */
  inOrder(): readonly EntryPlace[] {
    return [...this.#conversations.values()].flat().sort((one, other) => one.at - other.at);
  }
}

/** The index of the first place with at least this seq. */
function firstFrom(places: readonly EntryPlace[], seq: number): number {
  let low = 0;
  let high = places.length;
  if ((places.at(-1)?.seq ?? 0) < seq) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
