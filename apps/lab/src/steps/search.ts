// Searching the fixture: a person who is in fifty of its conversations and another who is in all search, over the wire, for
// what is said all the time, now and then, once and never, in words, parts of words, phrases and Chinese.
import { YEARS_MS } from '../fixture/message-rows.js';
import type { Lab } from '../lab.js';
import { Samples } from '../measure/samples.js';
import type { Chatter } from '../world/chatter.js';
import { openWorld } from '../world/world.js';

const SEARCHES = 1_000;
const WARM_SEARCHES = 100;
/** Above so many messages another target counts. */
const LARGE = 5_000_000;

export async function runSearch(lab: Lab): Promise<void> {
  const { kith, progress, fixture, results } = lab;
  const { ids, reader, everywhere, chatter, messages, sizes } = await fixture.filled();
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
    const large = messages > LARGE ? '-large' : '';
    results.figure(`search${large}-p99`, [narrow.all.percentile(99)]);
    results.figure(`search-wide${large}-p99`, [wide.all.percentile(99)]);
    results.details.search = { messages, sizes, few: detail(narrow), many: detail(wide) };
  } finally {
    world.close();
    await server.stop();
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
