// Where a timeline's pages come from: memory, the store where that part of the log is held, else the server. Each gives
// everything on one side of an edge, up to where it ends; what the server gave is held from then on.
import { CLIENT_LIMITS, type Entry, type Params, type Result, type TimelineItem } from '@kith/protocol';
import { unavailable } from '../refusal.js';
import { namedIn } from './apply.js';
import type { Asker } from './asker.js';
import type { Conversation } from './conversation.js';
import type { Keeper } from './keeper.js';
import type { WholePage } from './pages.js';
import type { Replica } from './replica.js';
import { runAt } from './runs.js';
import { nBefore } from './unread.js';

export type PageSourceParts = {
  readonly replica: Replica;
  readonly keeper: Pick<Keeper, 'entries'>;
  readonly asker: Asker;
  /** Hears of messages to which those of a page reply. */
  readonly onQuoted: (items: readonly TimelineItem[]) => void;
};

/** A page on one side of `edge`. */
export type PageWanted = {
  readonly edge: number;
  /** Messages up to `edge`, where that is known: what is held has to agree. */
  readonly n: number | null;
  /** Most entries in it. */
  readonly limit: number;
};

type Nearest = Pick<PageWanted, 'edge' | 'limit'> & { readonly nearest: 'from' | 'to' };

/** A page that was read before a change that is not remembered any more is read again, so often. */
const MOST_STALE = 3;

export class PageSource {
  readonly #parts: PageSourceParts;

  constructor(parts: PageSourceParts) {
    this.#parts = parts;
  }

  /** Everything from somewhere to `edge`. @throws Refusal */
  async before(conversation: Conversation, { edge, n, limit }: PageWanted): Promise<WholePage> {
    const held = await this.#held(conversation, { edge, limit, nearest: 'to' });
    if (held && agrees(held.items, { upTo: n })) return { ...held, to: edge };
    const page = await this.#ask(conversation, { before: edge + 1, limit });
    // It may be of entries that are not shown.
    const isSome = page.from <= page.to;
    if (isSome && page.to < edge) throw unavailable('a page that does not fit');
    const items = page.items.filter(({ seq }) => seq <= edge);
    return { from: isSome ? Math.min(page.from, edge) : conversation.first, to: edge, items };
  }

  /** Everything from `edge` to somewhere, at most to where the conversation is held. @throws Refusal */
  async after(conversation: Conversation, { edge, n, limit }: PageWanted): Promise<WholePage> {
    const held = await this.#held(conversation, { edge, limit, nearest: 'from' });
    if (held && agrees(held.items, { from: n })) return { ...held, from: edge };
    const page = await this.#ask(conversation, { after: edge - 1, limit });
    if (page.items.length > 0 && page.from > edge) throw unavailable('a page that does not fit');
    return upTo({ ...page, from: edge }, conversation.to);
  }

  /** Everything around a number or a time. @throws Refusal */
  async around(
    conversation: Conversation,
    where: ({ readonly around: number } | { readonly at: number }) & { readonly limit: number },
  ): Promise<WholePage> {
    return upTo(await this.#ask(conversation, where), conversation.to);
  }

  /** Messages by their numbers, from what is held, else from the server. @throws Refusal */
  async quotes(conversation: Conversation, seqs: readonly number[]): Promise<readonly TimelineItem[]> {
    const { asker, replica } = this.#parts;
    const { id, epoch } = conversation;
    const found: TimelineItem[] = [];
    const missing: number[] = [];
    for (const seq of seqs) {
      const [item] = (await this.#held(conversation, { edge: seq, limit: 1, nearest: 'from' }))?.items ?? [];
      if (item?.seq === seq) found.push(item);
      else missing.push(seq);
    }
    for (let from = 0; from < missing.length; from += CLIENT_LIMITS.quotes) {
      const targets = missing.slice(from, from + CLIENT_LIMITS.quotes);
      for (let attempt = 1, isStale = true; isStale; attempt += 1) {
        const { asOf, items, users } = await asker.ask('quotes.read', { conversation: id, epoch, targets });
        replica.takeUsers(Object.values(users), []);
        isStale = asOf < conversation.changesAfter && attempt < MOST_STALE;
        if (!isStale) found.push(...items);
      }
    }
    // What changed while they were on their way here changed nobody who holds them.
    return conversation.epoch === epoch ? conversation.current(found) : [];
  }

  /** What is held next to the edge; null where nothing is, or it can't be read. */
  async #held(conversation: Conversation, wanted: Nearest): Promise<WholePage | null> {
    const { edge, limit, nearest } = wanted;
    const { keeper, replica } = this.#parts;
    const { id, tail, runs, first, to, epoch, changesAfter } = conversation;
    const run = runAt(runs, edge);
    if (!run) return null;
    const inMemory = tail[0]?.seq ?? Number.POSITIVE_INFINITY;
    const isInMemory = edge >= inMemory;
    const [from, end] =
      nearest === 'to' ? [Math.max(isInMemory ? inMemory : run[0], first), edge] : [edge, Math.min(run[1], to)];
    const query = { conversation: id, from, to: end, limit, nearest };
    // What came last another tab may not have written yet.
    const stored = isInMemory ? [] : await keeper.entries({ ...query, to: Math.min(end, inMemory - 1) });
    // It went on otherwise than entry by entry, and what was read may lack what changed.
    if (conversation.changesAfter !== changesAfter) return await this.#held(conversation, wanted);
    const items = cut([...(stored ?? []), ...tail], query);
    const isOfThis = conversation.epoch === epoch && items.every((item) => item.epoch === epoch);
    if (items.length === 0 || !isOfThis || (!isInMemory && !stored?.length)) return null;
    replica.wantUsers(namedIn(items));
    const isAll = items.length < limit;
    return {
      from: isAll ? from : (items[0]?.seq ?? from),
      to: isAll ? end : (items.at(-1)?.seq ?? end),
      items,
    };
  }

  async #ask(conversation: Conversation, where: Partial<Params<'messages.read'>>): Promise<Result<'messages.read'>> {
    const { asker, replica } = this.#parts;
    const { id, epoch } = conversation;
    for (let attempt = 1; ; attempt += 1) {
      const page = await asker.ask('messages.read', { conversation: id, epoch, ...where });
      if (page.epoch !== epoch || conversation.epoch !== epoch) {
        replica.wantSummary(id);
        throw unavailable('the log was restored');
      }
      if (!isOrderly(page)) throw unavailable('a page that does not fit');
      const isStale = page.asOf < conversation.changesAfter && attempt < MOST_STALE;
      if (isStale) continue;
      if (page.quoted) this.#parts.onQuoted(conversation.current(page.quoted));
      return { ...page, items: [...replica.takePage(conversation, page)] };
    }
  }
}

function cut(
  items: readonly TimelineItem[],
  query: { from: number; to: number; limit: number; nearest: 'from' | 'to' },
) {
  const within = items.filter(({ seq }) => seq >= query.from && seq <= query.to);
  return query.nearest === 'from' ? within.slice(0, query.limit) : within.slice(-query.limit);
}

function upTo(page: WholePage, to: number): WholePage {
  if (page.to <= to) return page;
  return { from: page.from, to: Math.max(to, page.from - 1), items: page.items.filter(({ seq }) => seq <= to) };
}

function isOrderly({ from, to, items }: WholePage): boolean {
  return items.every(({ seq }, index) => seq >= from && seq <= to && seq > (items[index - 1]?.seq ?? 0));
}

/**
 * Whether no message is missing between items, by their count of messages (N1), nor at the edge. A store that another tab
 * writes may be behind.
 */
function agrees(
  items: readonly TimelineItem[],
  edge: { readonly from?: number | null; readonly upTo?: number | null },
): boolean {
  const isNext = (item: Entry, before: number) => item.kind === 'hidden' || nBefore(item) === before;
  const [first] = items;
  const last = items.at(-1);
  if (first && typeof edge.from === 'number' && !isNext(first, edge.from)) return false;
  if (last && typeof edge.upTo === 'number' && last.n !== edge.upTo) return false;
  return items.every((item, index) => index === 0 || isNext(item, items[index - 1]?.n ?? 0));
}
