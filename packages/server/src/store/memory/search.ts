// The index of messages in memory: the oracle that the others are compared with, so it looks at every message each time.
// Nodes of a memory store share one. It is bounded by nothing, as the store that it belongs to.
import type { ConversationId, UserId } from '@kith/protocol';
import { foldText } from '../../core/search/fold.js';
import { bestFirst, encodePlace, newestFirst, parsePlace } from '../../core/search/places.js';
import {
  BEST_OF,
  type Removal,
  type SearchDocument,
  type SearchFlag,
  type SearchHit,
  type SearchIndex,
  type SearchQuery,
} from '../../core/search/search-index.js';
import { matches, scoreOf } from '../../core/search/terms.js';

type Kept = {
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly epoch: number;
  readonly version: number;
  readonly author: UserId;
  readonly at: number;
  /** Folded; null where the message was removed. */
  readonly text: string | null;
  readonly flags: readonly SearchFlag[];
};

export class MemorySearch implements SearchIndex {
  #kept = new Map<string, Kept>();

  index(documents: readonly SearchDocument[]): Promise<void> {
    for (const document of documents) {
      this.#put({ ...document, text: foldText(document.text) });
    }
    return Promise.resolve();
  }

  remove(removals: readonly Removal[]): Promise<void> {
    for (const removal of removals) {
      if ('before' in removal) this.#forget(removal.conversation, removal.before);
      else
        this.#put({
          ...removal,
          version: Number.POSITIVE_INFINITY,
          author: '' as UserId,
          at: 0,
          text: null,
          flags: [],
        });
    }
    return Promise.resolve();
  }

  query(query: SearchQuery): Promise<readonly SearchHit[]> {
    const found = [...this.#kept.values()].filter((kept) => fits(kept, query)).sort(newestFirst);
    return Promise.resolve().then(() => (query.order === 'newest' ? newest(found, query) : best(found, query)));
  }

  /** @returns goes back to what is in it now */
  backUp(): () => void {
    const backup = new Map(this.#kept);
    return () => {
      this.#kept = new Map(backup);
    };
  }

  #put(kept: Kept): void {
    const name = `${kept.conversation} ${kept.seq}`;
    const present = this.#kept.get(name);
    if (present && !isAbove(kept, present)) return;
    this.#kept.set(name, kept);
  }

  #forget(conversation: ConversationId, before: number): void {
    for (const [name, kept] of this.#kept) {
      if (kept.conversation === conversation && kept.epoch < before) this.#kept.delete(name);
    }
  }
}

function isAbove(one: Kept, other: Kept): boolean {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.version > other.version);
}

function fits(kept: Kept, query: SearchQuery): boolean {
  const { upTo = Number.POSITIVE_INFINITY, from = 0, to = Number.POSITIVE_INFINITY, author, flags = [] } = query;
  return (
    kept.text !== null &&
    query.conversations.includes(kept.conversation) &&
    kept.seq <= upTo &&
    kept.version <= upTo &&
    kept.at >= from &&
    kept.at < to &&
    (author === undefined || kept.author === author) &&
    flags.every((flag) => kept.flags.includes(flag)) &&
    matches(kept.text, query.terms)
  );
}

function newest(found: readonly Kept[], { after, limit }: SearchQuery): readonly SearchHit[] {
  const place = after === undefined ? null : parsePlace(after, 'newest');
  const behind = place === null ? found : found.filter((kept) => newestFirst(place.spot, kept) < 0);
  return behind.slice(0, limit).map((kept) => hitOf(kept, encodePlace('newest', { spot: kept, score: 0, top: kept })));
}

function best(found: readonly Kept[], { after, limit, terms }: SearchQuery): readonly SearchHit[] {
  const place = after === undefined ? null : parsePlace(after, 'best');
  const below = place === null ? found : found.filter((kept) => newestFirst(place.top, kept) <= 0);
  const candidates = below.slice(0, BEST_OF);
  const [top] = candidates;
  if (!top) return [];
  const ranked = candidates.map((kept) => ({ spot: kept, score: scoreOf(kept.text ?? '', terms) })).sort(bestFirst);
  const behind = place === null ? ranked : ranked.filter((one) => bestFirst(place, one) < 0);
  return behind.slice(0, limit).map(({ spot, score }) => hitOf(spot, encodePlace('best', { spot, score, top })));
}

function hitOf({ conversation, epoch, seq }: Kept, place: string): SearchHit {
  return { conversation, epoch, seq, place };
}
