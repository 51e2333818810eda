// The index of messages in Groonga, an engine of its own beside the database, for installations that want to take searches off
// it. Keeps the rules SRCH1–… of docs/contracts.md; what is found is said by the same folding, tokens and matching as
// everywhere. Why this engine, and how several nodes write without a transaction: docs/decisions/0013-search-engine.md.
// A version of a message is a record that never changes: writing one, and taking away those that another is above, can be done
// by anybody in any order, and ends the same.
import { ChatError, type ConversationId } from '@kith/protocol';
import { foldText } from '../../core/search/fold.js';
import { bestFirst, encodePlace, parsePlace, type Spot } from '../../core/search/places.js';
import {
  BEST_OF,
  type Removal,
  type SearchDocument,
  type SearchHit,
  type SearchIndex,
  type SearchQuery,
} from '../../core/search/search-index.js';
import { matches, scoreOf } from '../../core/search/terms.js';
import { searchTokens, tokenOfFact, tokensOfTerms } from '../../core/search/tokens.js';
import { Groonga, GroongaError, type Row } from './groonga.js';
import { prepare } from './schema.js';

/** Above every version: nothing that comes later in its epoch is there again. */
const REMOVED = Number.MAX_SAFE_INTEGER;
/** A look brings so many more than were asked for, since a few of them have the tokens of a term and not the term. */
const MORE = 20;
const LEAST = 100;
/** Ids are compared within commands, so they are ids. */
const ID = /^[0-9a-f-]{36}$/;

type Found = Spot & { readonly epoch: number; readonly text: string };

export class GroongaSearch implements SearchIndex {
  /** Of this index alone: another one begins with nothing. */
  readonly identity: string;
  readonly #engine: Groonga;

  private constructor(engine: Groonga, identity: string) {
    this.#engine = engine;
    this.identity = identity;
  }

  /**
   * Makes its tables where they are not there.
   * @param url of the server, as `http://127.0.0.1:10041`
   * @throws ChatError unavailable; Error where it is no Groonga, or an unfit one
   */
  static async open(url: string): Promise<GroongaSearch> {
    const engine = new Groonga(url);
    return new GroongaSearch(engine, await prepare(engine));
  }

  async index(documents: readonly SearchDocument[]): Promise<void> {
    await this.#put(
      documents.map((document) => {
        const text = foldText(document.text);
        return { ...recordOf(document, document.version), at: document.at, text, tokens: tokensOf(document, text) };
      }),
    );
  }

  async remove(removals: readonly Removal[]): Promise<void> {
    const records: VersionRecord[] = [];
    for (const removal of removals) {
      if ('before' in removal) await this.#forget(removal.conversation, removal.before);
      else records.push({ ...recordOf(removal, REMOVED), at: 0, text: '', tokens: [] });
    }
    await this.#put(records);
  }

  async query(query: SearchQuery): Promise<readonly SearchHit[]> {
    const { order, after, limit, terms } = query;
    const place = after === undefined ? null : parsePlace(after, order);
    if (place !== null) for (const { conversation } of [place.spot, place.top]) requireId(conversation);
    if (order === 'newest') {
      const found = await this.#find(query, { behind: place?.spot ?? null, limit });
      return found.map((spot) => hitOf(spot, encodePlace('newest', { spot, score: 0, top: spot })));
    }
    const candidates = await this.#find(query, { behind: place?.top ?? null, isFrom: true, limit: BEST_OF });
    const [top] = candidates;
    if (!top) return [];
    const ranked = candidates.map((spot) => ({ spot, score: scoreOf(spot.text, terms) })).sort(bestFirst);
    const rest = place === null ? ranked : ranked.filter((one) => bestFirst(place, one) < 0);
    return rest.slice(0, limit).map(({ spot, score }) => hitOf(spot, encodePlace('best', { spot, score, top })));
  }

  /** The newest that match and stand behind `behind`, or from it on. */
  async #find(
    query: SearchQuery,
    {
      behind,
      isFrom = false,
      limit,
    }: { readonly behind: Spot | null; readonly isFrom?: boolean; readonly limit: number },
  ): Promise<readonly Found[]> {
    const conditions = conditionsOf(query);
    if (conditions === null) return [];
    const found: Found[] = [];
    let beginning = behind === null ? [] : [behindOf(behind, isFrom)];
    for (;;) {
      const asked = Math.max(LEAST, limit - found.length + MORE);
      const rows = await this.#ask(() =>
        this.#engine.select({
          table: 'Messages',
          filter: [...conditions, ...beginning].join(' && '),
          output_columns: 'conversation._key,epoch,seq,at,text',
          sort_keys: '-at,-seq,-conversation._key',
          limit: asked,
        }),
      );
      const looked = rows.map(foundIn);
      for (const one of looked) if (found.length < limit && matches(one.text, query.terms)) found.push(one);
      const last = looked.at(-1);
      if (last === undefined || rows.length < asked || found.length === limit) return found;
      beginning = [behindOf(last, false)];
    }
  }

  async #put(records: readonly VersionRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#ask(() => this.#engine.load({ table: 'Messages' }, records));
    const places = [...new Set(records.map(({ place }) => place))];
    await this.#settle(places);
  }

  /** Of each message the highest version alone stays, whoever wrote it. */
  async #settle(places: readonly string[]): Promise<void> {
    const rows = await this.#ask(() =>
      this.#engine.select({
        table: 'Messages',
        filter: `in_values(place, ${places.map(quoted).join(', ')})`,
        output_columns: '_key,place._key,epoch,version',
        limit: -1,
      }),
    );
    const highest = new Map<unknown, Row>();
    for (const row of rows) {
      const present = highest.get(row[1]);
      if (!present || isAbove(row, present)) highest.set(row[1], row);
    }
    const rest = rows.filter((row) => highest.get(row[1]) !== row).map(([key]) => quoted(String(key)));
    if (rest.length === 0) return;
    await this.#ask(() => this.#engine.delete({ table: 'Messages', filter: `in_values(_key, ${rest.join(', ')})` }));
  }

  async #forget(conversation: ConversationId, before: number): Promise<void> {
    requireId(conversation);
    const filter = `conversation == ${quoted(conversation)} && epoch < ${Math.trunc(before)}`;
    await this.#ask(() => this.#engine.delete({ table: 'Messages', filter }));
  }

  /** @throws unavailable where the engine is away, or would not */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GroongaError)) throw error;
      throw new ChatError('unavailable', 'the search engine could not do it', { cause: error });
    }
  }
}

type VersionRecord = {
  readonly _key: string;
  readonly place: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly seq: number;
  readonly version: number;
  readonly at: number;
  readonly text: string;
  readonly tokens: readonly number[];
};

type Named = { readonly conversation: ConversationId; readonly epoch: number; readonly seq: number };

function recordOf({ conversation, epoch, seq }: Named, version: number) {
  requireId(conversation);
  const place = `${conversation}/${seq}`;
  return { _key: `${place}/${epoch}/${version}`, place, conversation, epoch, seq, version };
}

function tokensOf({ author, flags }: SearchDocument, folded: string): readonly number[] {
  const facts = [tokenOfFact('author', author), ...flags.map((flag) => tokenOfFact('flag', flag))];
  return [...new Set([...searchTokens(folded), ...facts])];
}

/** What a record has to be; null where nothing can be found. */
function conditionsOf(query: SearchQuery): readonly string[] | null {
  const { terms, conversations, author, flags = [], from, to, upTo } = query;
  if (conversations.length === 0) return null;
  for (const conversation of conversations) requireId(conversation);
  const facts = [
    ...(author === undefined ? [] : [tokenOfFact('author', author)]),
    ...flags.map((flag) => tokenOfFact('flag', flag)),
  ];
  return [
    ...[...tokensOfTerms(terms), ...facts].map((token) => `tokens @ ${token}`),
    `in_values(conversation, ${conversations.map(quoted).join(', ')})`,
    `version < ${REMOVED}`,
    ...(upTo === undefined ? [] : [`seq <= ${Math.trunc(upTo)}`, `version <= ${Math.trunc(upTo)}`]),
    ...(from === undefined ? [] : [`at >= ${Math.trunc(from)}`]),
    ...(to === undefined ? [] : [`at < ${Math.trunc(to)}`]),
  ];
}

function behindOf({ at, seq, conversation }: Spot, isFrom: boolean): string {
  const rest = `conversation._key ${isFrom ? '<=' : '<'} ${quoted(conversation)}`;
  return `(at < ${at} || (at == ${at} && (seq < ${seq} || (seq == ${seq} && ${rest}))))`;
}

function foundIn([conversation, epoch, seq, at, text]: Row): Found {
  const id = String(conversation) as ConversationId;
  return { conversation: id, epoch: Number(epoch), seq: Number(seq), at: Number(at), text: String(text) };
}

function hitOf({ conversation, epoch, seq }: Found, place: string): SearchHit {
  return { conversation, epoch, seq, place };
}

function isAbove([, , epoch = 0, version = 0]: Row, [, , otherEpoch = 0, otherVersion = 0]: Row): boolean {
  return epoch > otherEpoch || (epoch === otherEpoch && version > otherVersion);
}

/** @throws bad_request */
function requireId(conversation: string): void {
  if (!ID.test(conversation)) throw new ChatError('bad_request', 'conversation: an id is wanted');
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
