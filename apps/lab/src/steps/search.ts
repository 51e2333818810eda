// Searching: messages of two years in a thousand conversations, of which one person is in fifty and another in all. Log and
// index are filled by SQL, with the documents that the server's own index would make of them; then both search, over the
// wire, for what is said all the time, now and then, once and never, in words, parts of words, phrases and Chinese.
import { randomBytes } from 'node:crypto';
import { type ConversationId, makeId, type UserId } from '@kith/protocol';
import { flagsOf } from '@kith/server/core/search/indexer';
import type { SearchDocument } from '@kith/server/core/search/search-index';
import type { Lab } from '../lab.js';
import { Samples } from '../measure/samples.js';
import { Chatter } from '../world/chatter.js';
import { openWorld } from '../world/world.js';

const CONVERSATIONS = 1_000;
const OF_ONE = 50;
const BATCH = 1_000;
const SEARCHES = 1_000;
const WARM_SEARCHES = 100;
const YEARS_MS = 2 * 365 * 86_400_000;

/** Taken away for the filling: one made of what is there takes a tenth of the time. As in 0011_search.sql. */
const DROP = 'DROP INDEX search_document_tokens';
const CREATE = `SET maintenance_work_mem = '256MB';
  CREATE INDEX search_document_tokens ON search_document USING gin (tokens) WITH (gin_pending_list_limit = 1024)`;
const FILL = `INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, body)
  SELECT c.no, q.seq, q.at, q.seq, 1, 6, 0, q.key, q.body
  FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::uuid[], $5::text[]) AS q (id, seq, at, key, body)
  JOIN conversation c ON c.id = q.id`;
const HEADS = `SELECT c.id, max(e.seq) AS head FROM conversation c JOIN entry e ON e.conversation = c.no
  WHERE c.id = ANY($1::uuid[]) GROUP BY c.id`;
const SIZES = `SELECT pg_total_relation_size('search_document')::bigint AS total,
  pg_relation_size('search_document_tokens')::bigint AS tokens`;

export async function runSearch(lab: Lab): Promise<void> {
  const { kith, progress, options, database, results } = lab;
  const chatter = new Chatter(132);
  const { ids, reader, everywhere } = await progress.step('search: conversations', () => seat(lab));
  await progress.step(`search: ${options.messages} messages into log and index`, () => fill(lab, { ids, chatter }));
  await progress.step('search: the index', async () => {
    await database.query(kith.databaseUrl, CREATE);
    await database.query(kith.databaseUrl, 'VACUUM ANALYZE search_document');
    await database.query(kith.databaseUrl, 'VACUUM ANALYZE entry');
    await database.query(kith.databaseUrl, 'CHECKPOINT');
  });
  const [size] = await database.query(kith.databaseUrl, SIZES);
  const server = await kith.startInspected();
  const world = await openWorld({ ...kith, port: server.port }, [
    { conversation: ids[0] ?? '', tokens: [reader, everywhere] },
  ]);
  try {
    const [few, many] = world.rooms[0]?.clients ?? [];
    const search = (client: typeof few) => async (query: object) => {
      const found = await client?.request('messages.search', query);
      return (found?.items as readonly unknown[] | undefined)?.length ?? 0;
    };
    const narrow = await progress.step('search: fifty conversations', () => timed(search(few), chatter), say);
    const wide = await progress.step('search: all conversations', () => timed(search(many), chatter), say);
    results.figure('search-p99', [narrow.all.percentile(99)]);
    results.figure('search-wide-p99', [wide.all.percentile(99)]);
    results.details.search = { messages: options.messages, bytes: size, few: detail(narrow), many: detail(wide) };
  } finally {
    world.close();
    await server.stop();
  }
}

type Seated = { readonly ids: readonly ConversationId[]; readonly reader: string; readonly everywhere: string };

async function seat({ kith }: Lab): Promise<Seated> {
  const [reader, everywhere, ...others] = await kith.store.people(CONVERSATIONS + 2);
  if (!reader || !everywhere) throw new Error('people were wanted');
  const groups = others.map((other, index) => [everywhere, other, ...(index < OF_ONE ? [reader] : [])]);
  const seats = await kith.seatPeople(groups);
  const ids = seats.map(({ conversation }) => conversation as ConversationId);
  return { ids, reader: reader.token, everywhere: everywhere.token };
}

/** In the order of time, one conversation after the other at random, so that the rows of each lie all over the tables. */
async function fill(lab: Lab, { ids, chatter }: { ids: readonly ConversationId[]; chatter: Chatter }): Promise<void> {
  const { kith, database, options } = lab;
  const heads = new Map<unknown, number>();
  for (const { id, head } of await database.query(kith.databaseUrl, HEADS, [ids])) heads.set(id, Number(head));
  await database.query(kith.databaseUrl, DROP);
  const beginMs = Date.now() - YEARS_MS;
  const author = makeId<UserId>(beginMs, randomBytes(10));
  for (let start = 0; start < options.messages; start += BATCH) {
    const count = Math.min(BATCH, options.messages - start);
    const documents = Array.from({ length: count }, (_, index): SearchDocument => {
      const conversation = ids[chatter.below(ids.length)] ?? makeId(0, randomBytes(10));
      const seq = (heads.get(conversation) ?? 0) + 1;
      heads.set(conversation, seq);
      const text = chatter.message();
      const at = beginMs + Math.floor(((start + index) / options.messages) * YEARS_MS);
      return { conversation, epoch: 1, seq, version: seq, author, at, text, flags: flagsOf(text, { body: {} }) };
    });
    await Promise.all([
      kith.store.search.index(documents),
      database.query(kith.databaseUrl, FILL, [
        documents.map(({ conversation }) => conversation),
        documents.map(({ seq }) => seq),
        documents.map(({ at }) => at),
        documents.map(({ at }) => makeId(at, randomBytes(10))),
        documents.map(({ text }) => JSON.stringify({ text })),
      ]),
    ]);
  }
}

type Timed = { readonly all: Samples; readonly kinds: ReadonlyMap<string, Samples>; readonly found: number };

async function timed(search: (query: object) => Promise<number>, chatter: Chatter): Promise<Timed> {
  const all = new Samples();
  const kinds = new Map<string, Samples>();
  let found = 0;
  for (let count = 0; count < WARM_SEARCHES + SEARCHES; count += 1) {
    const [kind, query] = queryOf(count, chatter);
    const startedMs = performance.now();
    const hits = await search(query);
    const tookMs = performance.now() - startedMs;
    if (count < WARM_SEARCHES) continue;
    found += hits;
    all.add(tookMs);
    const samples = kinds.get(kind) ?? new Samples();
    samples.add(tookMs);
    kinds.set(kind, samples);
  }
  if (found === 0) throw new Error('nothing was found by any search');
  return { all, kinds, found };
}

/** One kind after the other, each time another of the kind. */
function queryOf(count: number, chatter: Chatter): readonly [kind: string, query: object] {
  const rank = (from: number, to: number) => chatter.wordAt(from + chatter.below(to - from));
  const rare = rank(15_000, 20_000);
  const kinds: readonly (readonly [string, () => object])[] = [
    ['often', () => ({ query: rank(0, 20) })],
    ['now and then', () => ({ query: rank(200, 2_000) })],
    ['seldom', () => ({ query: rare })],
    ['never', () => ({ query: `${rare}qqx` })],
    ['part of a word', () => ({ query: rank(2_000, 20_000).slice(1, 6) })],
    ['beginning of a word', () => ({ query: rank(0, 400).slice(0, 2) })],
    ['two words', () => ({ query: `${rank(0, 50)} ${rank(50, 2_000)}` })],
    ['a phrase', () => ({ query: `"${rank(0, 10)} ${rank(0, 30)}"` })],
    ['one of Chinese', () => ({ query: chatter.han(1) })],
    ['two of Chinese', () => ({ query: chatter.han(2) })],
    ['three of Chinese', () => ({ query: chatter.han(3) })],
    ['the best', () => ({ query: rank(0, 2_000), order: 'best' })],
    ['with a link', () => ({ query: rank(0, 100), has: 'link' })],
    ['of long ago', () => ({ query: rank(0, 2_000), before: Date.now() - YEARS_MS / 2 })],
  ];
  const [kind, query] = kinds[count % kinds.length] ?? ['', () => ({})];
  return [kind, query()];
}

function detail({ all, kinds, found }: Timed) {
  const one = (samples: Samples) => ({
    count: samples.count,
    p50: samples.percentile(50),
    p99: samples.percentile(99),
    max: samples.max(),
  });
  return { ...one(all), found, kinds: Object.fromEntries([...kinds].map(([kind, samples]) => [kind, one(samples)])) };
}

function say({ all }: Timed): string {
  return `p50 ${all.percentile(50).toFixed(1)} ms, p99 ${all.percentile(99).toFixed(1)} ms, max ${all.max().toFixed(0)} ms`;
}
