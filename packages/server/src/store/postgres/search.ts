// The index of messages in PostgreSQL: a side table beside the log, in the same database, filled by a consumer and emptied of
// what is erased in the transaction that erases it. Keeps the rules SRCH1–… of docs/contracts.md. Why tokens of our own and
// no extension, and what that costs: docs/decisions/0009-search.md.
import type { ConversationId } from '@kith/protocol';
import type { Clock } from '../../core/clock.js';
import { foldText } from '../../core/search/fold.js';
import {
  BEST_OF,
  type Removal,
  type SearchDocument,
  type SearchFlag,
  type SearchHit,
  type SearchIndex,
  type SearchQuery,
} from '../../core/search/search-index.js';
import { scoreOf } from '../../core/search/terms.js';
import { searchTokens, tokenOfFact, tokensOfTerms } from '../../core/search/tokens.js';
import type { Database } from './pool.js';
import { dayTokens, spansBack } from './search-days.js';
import { encodePlace, type Place, parsePlace, type Spot } from './search-places.js';
import { FIND_IN_FEW, FIND_IN_MANY, FORGET_EPOCHS, INDEX_DOCUMENTS, REMOVE_DOCUMENTS, REMOVED } from './search-sql.js';
import { storeError } from './store-error.js';

export type PostgresSearchParts = {
  /** Migrated. The index does not close it. */
  readonly database: Database;
  readonly clock: Clock;
};

type FoundRow = {
  readonly id: ConversationId;
  readonly no: number;
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
  readonly text: string;
};

/** So many conversations are looked up by their tokens; of more, each message that fits is looked at. */
const FEW = 64;
const FORGOTTEN_AT_ONCE = 1_000;
/** Behind nothing: the beginning of every listing. */
const ABOVE_ALL: Spot = { at: Number.MAX_SAFE_INTEGER, seq: REMOVED, no: REMOVED };

export class PostgresSearch implements SearchIndex {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor({ database, clock }: PostgresSearchParts) {
    this.#database = database;
    this.#clock = clock;
  }

  async index(documents: readonly SearchDocument[]): Promise<void> {
    const latest = [...latestOf(documents)];
    if (latest.length === 0) return;
    const folded = latest.map((document) => foldText(document.text));
    await this.#ask(() =>
      this.#database.query(INDEX_DOCUMENTS, [
        latest.map(({ conversation }) => conversation),
        latest.map(({ epoch }) => epoch),
        latest.map(({ seq }) => seq),
        latest.map(({ version }) => version),
        latest.map(({ at }) => at),
        latest.map((document, index) => `{${[...tokensOf(document, folded[index] ?? '')].join(',')}}`),
        folded,
      ]),
    );
  }

  async remove(removals: readonly Removal[]): Promise<void> {
    const messages = new Map<string, Extract<Removal, { seq: number }>>();
    for (const removal of removals) {
      if ('before' in removal) await this.#forget(removal.conversation, removal.before);
      else messages.set(`${removal.conversation} ${removal.seq}`, removal);
    }
    if (messages.size === 0) return;
    const rows = [...messages.values()];
    await this.#ask(() =>
      this.#database.query(REMOVE_DOCUMENTS, [
        rows.map(({ conversation }) => conversation),
        rows.map(({ epoch }) => epoch),
        rows.map(({ seq }) => seq),
      ]),
    );
  }

  async query(query: SearchQuery): Promise<readonly SearchHit[]> {
    const place = query.after === undefined ? null : parsePlace(query.after, query.order);
    return query.order === 'newest' ? this.#newest(query, place) : this.#best(query, place);
  }

  async #newest(query: SearchQuery, place: Place | null): Promise<readonly SearchHit[]> {
    const rows = await this.#find(query, { behind: place?.spot ?? ABOVE_ALL, limit: query.limit });
    return rows.map((row) => hitOf(row, encodePlace('newest', { spot: row, score: 0, top: row })));
  }

  /** Puts the newest that match in order: the same ones for every page, as long as none of them goes. */
  async #best(query: SearchQuery, place: Place | null): Promise<readonly SearchHit[]> {
    const behind = place === null ? ABOVE_ALL : { ...place.top, no: place.top.no + 1 };
    const rows = await this.#find(query, { behind, limit: BEST_OF });
    const [top] = rows;
    if (!top) return [];
    const ranked = rows.map((spot) => ({ spot, score: scoreOf(spot.text, query.terms) })).sort(bestFirst);
    const rest = place === null ? ranked : ranked.filter((one) => bestFirst(place, one) < 0);
    return rest.slice(0, query.limit).map(({ spot, score }) => hitOf(spot, encodePlace('best', { spot, score, top })));
  }

  /** The newest that match and stand behind `behind`, in order. */
  async #find(query: SearchQuery, { behind, limit }: { behind: Spot; limit: number }): Promise<readonly FoundRow[]> {
    const { conversations, from = 0, to = Number.MAX_SAFE_INTEGER, upTo = REMOVED } = query;
    const isFew = conversations.length <= FEW;
    const within = isFew ? conversations.map(conversationToken) : conversations;
    const end = Math.min(to, behind.at === Number.MAX_SAFE_INTEGER ? to : behind.at + 1);
    const days = [...spansBack({ nowMs: this.#clock.now(), from, to: end })].map((tokens) => `{${tokens.join(',')}}`);
    const bounds = [from, to, Math.min(upTo, REMOVED), behind.at, behind.seq, behind.no, limit];
    return this.#ask(() =>
      this.#database.query<FoundRow>(isFew ? FIND_IN_FEW : FIND_IN_MANY, [
        tokensAsked(query),
        days,
        within,
        query.terms,
        ...bounds,
      ]),
    );
  }

  async #forget(conversation: ConversationId, before: number): Promise<void> {
    for (;;) {
      const values = [conversation, before, FORGOTTEN_AT_ONCE];
      const [row] = await this.#ask(() => this.#database.query<{ count: number }>(FORGET_EPOCHS, values));
      if ((row?.count ?? 0) < FORGOTTEN_AT_ONCE) return;
    }
  }

  /** @throws unavailable where the database can't be reached */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** Of each message the highest version: one statement writes a row once. */
function latestOf(documents: readonly SearchDocument[]): Iterable<SearchDocument> {
  const latest = new Map<string, SearchDocument>();
  for (const document of documents) {
    const { conversation, seq, epoch, version } = document;
    const present = latest.get(`${conversation} ${seq}`);
    const isOlder = present && (present.epoch > epoch || (present.epoch === epoch && present.version >= version));
    if (!isOlder) latest.set(`${conversation} ${seq}`, document);
  }
  return latest.values();
}

function tokensOf(document: SearchDocument, folded: string): ReadonlySet<number> {
  return new Set([...tokensOfText(folded, document.flags), ...tokensOfPlace(document)]);
}

/** What a document bears for what it says, its text being folded. */
export function tokensOfText(folded: string, flags: readonly SearchFlag[]): ReadonlySet<number> {
  return new Set([...searchTokens(folded), ...flags.map((flag) => tokenOfFact('flag', flag))]);
}

/** The same for where, by whom and on which day it was said. */
export function tokensOfPlace({
  conversation,
  author,
  at,
}: Pick<SearchDocument, 'conversation' | 'author' | 'at'>): readonly number[] {
  return [conversationToken(conversation), tokenOfFact('author', author), ...dayTokens(at)];
}

function tokensAsked({ terms, author, flags = [] }: SearchQuery): readonly number[] {
  const authors = author === undefined ? [] : [tokenOfFact('author', author)];
  return [...tokensOfTerms(terms), ...authors, ...flags.map((flag) => tokenOfFact('flag', flag))];
}

function conversationToken(id: ConversationId): number {
  return tokenOfFact('conversation', id);
}

function bestFirst(one: Pick<Place, 'spot' | 'score'>, other: Pick<Place, 'spot' | 'score'>): number {
  const [a, b] = [one.spot, other.spot];
  return other.score - one.score || b.at - a.at || b.seq - a.seq || b.no - a.no;
}

function hitOf({ id, epoch, seq }: FoundRow, place: string): SearchHit {
  return { conversation: id, epoch, seq, place };
}
