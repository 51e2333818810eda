// Searching messages. The index names what may fit; what is answered is read from the log at that moment, judged by the one
// gate and looked at once more. So an index that lags costs a hit, and never shows what the asker may not see: what was
// deleted, what was edited away, what came after they were removed.
import { type ConversationId, type Params, type TimelineItem, toId, type UserId } from '@kith/protocol';
import { requireReader } from '../access.js';
import { asShownTo } from '../hides/hides.js';
import type { ConversationLog, EditedPage } from '../log.js';
import { itemsOf } from '../messages.js';
import type { Principal } from '../principal.js';
import { foldText } from './fold.js';
import { flagsOf, searchedText } from './indexer.js';
import type { SearchHit, SearchIndex, SearchQuery } from './search-index.js';
import { type SnippetPart, snippetOf } from './snippet.js';
import { matches, parseTerms } from './terms.js';

export type SearchPorts = { readonly log: ConversationLog; readonly index: SearchIndex };

export type Found = { readonly message: TimelineItem; readonly snippet: SnippetPart[] };
export type FoundPage = { readonly items: Found[]; readonly next: string | null };

const PAGE = 20;
/** How often the index is asked for one page, where what it names is not there any more. The page is shorter then. */
const ROUNDS = 4;
const NOTHING: FoundPage = { items: [], next: null };

/** @throws not_found where the conversation is none of the asker's; bad_request */
export async function searchMessages(
  ports: SearchPorts,
  principal: Principal,
  params: Params<'messages.search'>,
): Promise<FoundPage> {
  const terms = parseTerms(params.query);
  if (terms.length === 0) return NOTHING;
  const scope = await scopeOf(ports.log, principal, params.conversation);
  if (scope.conversations.length === 0) return NOTHING;
  const query: Omit<SearchQuery, 'limit' | 'after'> = { terms, ...scope, ...filtersOf(params) };
  const limit = params.limit ?? PAGE;
  const items: Found[] = [];
  let after = params.cursor;
  for (let round = 0; round < ROUNDS; round += 1) {
    const wanted = limit - items.length;
    // One more than wanted, to know whether there is more.
    const hits = await ports.index.query({ ...query, limit: wanted + 1, ...(after === undefined ? {} : { after }) });
    const taken = hits.slice(0, wanted);
    items.push(...(await readHits(ports.log, principal, { hits: taken, query })));
    if (hits.length <= wanted) return { items, next: null };
    after = taken.at(-1)?.place;
    if (items.length === limit) break;
  }
  return { items, next: after ?? null };
}

type Scope = Pick<SearchQuery, 'conversations' | 'upTo'>;

/** One conversation, also one that the asker has left, up to there; or all in which they are now. */
async function scopeOf(log: ConversationLog, principal: Principal, named: string | undefined): Promise<Scope> {
  if (named === undefined) {
    return { conversations: await log.membershipsOf(principal.user) };
  }
  const id = toId<ConversationId>(named);
  const { last } = requireReader((await log.records([id])).get(id) ?? null, principal);
  return { conversations: [id], ...(last === null ? {} : { upTo: last }) };
}

function filtersOf({ from, has, is, after, before, order }: Params<'messages.search'>) {
  return {
    order: order ?? 'newest',
    ...(from === undefined ? {} : { author: toId<UserId>(from) }),
    flags: [has, is].filter((flag) => flag !== undefined),
    ...(after === undefined ? {} : { from: after }),
    ...(before === undefined ? {} : { to: before }),
  };
}

type Reading = { readonly hits: readonly SearchHit[]; readonly query: Omit<SearchQuery, 'limit'> };

/** What of the hits the asker may see, as it is now, and fits as it is. */
async function readHits(log: ConversationLog, principal: Principal, { hits, query }: Reading): Promise<Found[]> {
  const asked = new Set(query.conversations);
  const ranges = hits
    .filter((hit) => asked.has(hit.conversation))
    .map(({ conversation, seq }) => ({
      conversation,
      after: seq - 1,
      upTo: seq,
      limit: 1,
      from: 'lower' as const,
    }));
  const bound = query.upTo === undefined ? {} : { upToChange: query.upTo };
  const read = await log.readManyEdited({ ranges, reader: principal.user, ...bound });
  const pages = await asShownTo(log, principal, read);
  return pages.flatMap((page) => {
    const message = asSeen(page, principal, query.upTo);
    const text = message && searchedText(message.body);
    if (!message || text === null || !fits(message, text, query)) return [];
    return [{ message, snippet: [...snippetOf(text, query.terms)] }];
  });
}

/** A message as the asker sees it: null where they don't, or don't any more. */
function asSeen(page: EditedPage, principal: Principal, upTo?: number): TimelineItem | null {
  const { record, entries } = page;
  const { first, last } = requireReader(record, principal);
  const bound = upTo ?? record.state.head;
  const [entry] = entries;
  if (
    entry?.kind !== 'message.sent' ||
    entry.erased ||
    entry.seq < first ||
    entry.seq > bound ||
    (last !== null && last < bound)
  )
    return null;
  return itemsOf(page, bound)[0] ?? null;
}

function fits(message: TimelineItem, text: string, query: Omit<SearchQuery, 'limit'>): boolean {
  const { author, at } = message;
  const flags = flagsOf(text, message);
  return (
    matches(foldText(text), query.terms) &&
    (query.author === undefined || query.author === author) &&
    (query.flags ?? []).every((flag) => flags.includes(flag)) &&
    at >= (query.from ?? 0) &&
    at < (query.to ?? Number.POSITIVE_INFINITY)
  );
}
