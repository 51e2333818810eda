// What people search for, on the way and in the end.
import type { Person } from '@kith/sdk';
import type { FoundByWord } from '../history/history.js';
import { SEARCHED } from './texts.js';
import type { World } from './world.js';

type Searching = { readonly conversation?: string; readonly where: number; readonly whom: number };
type Found = { readonly items: { message: { conversation: string; seq: number } }[]; readonly next: string | null };

const MOST_PAGES = 200;
const HOUR_MS = 3_600_000;

/** Searches somehow, and for the next page where there is one. @throws Refusal */
export async function search(world: World, person: Person, searching: Searching): Promise<void> {
  const { where, whom, conversation } = searching;
  const word = SEARCHED[where % SEARCHED.length] ?? '';
  const now = world.clock.now();
  const queries = [word, word.toUpperCase(), `"${word}"`, `m${whom % 30}`, 'e', `${word} m`, '" "'];
  const narrowed = [
    {},
    { from: person.id },
    { has: 'link' },
    { after: now - whom * 10 },
    { before: now - whom * 10 },
    { after: now - HOUR_MS, before: now + HOUR_MS },
  ] as const;
  const params = {
    query: queries[whom % queries.length] ?? '',
    order: where % 3 === 0 ? 'best' : 'newest',
    limit: 1 + (where % 3),
    ...narrowed[where % narrowed.length],
    ...(conversation !== undefined && whom % 2 === 0 ? { conversation } : {}),
  } as const;
  const { next }: Found = await person.command('messages.search', params);
  if (next === null) return;
  await person.command('messages.search', { ...params, cursor: whom % 7 === 0 ? `${next}.` : next });
}

/** All that a person finds, by each word; null where an answer did not come. */
export function searchAll(person: Person): Promise<readonly Omit<FoundByWord, 'tab' | 'user'>[]> {
  return Promise.all(
    SEARCHED.map(async (word, index) => {
      const params = { query: `"${word}"`, limit: 5, order: index % 2 === 0 ? 'newest' : 'best' } as const;
      const hits = await allOf(person, params).catch(() => null);
      return { word, hits };
    }),
  );
}

type Query = { readonly query: string; readonly limit: number; readonly order: 'newest' | 'best' };

async function allOf(person: Person, query: Query): Promise<readonly string[]> {
  const hits: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found: Found = await person.command('messages.search', { ...query, ...(cursor === null ? {} : { cursor }) });
    hits.push(...found.items.map(({ message }) => `${message.conversation} ${message.seq}`));
    if (found.next === null) return hits;
    cursor = found.next;
  }
  throw new Error(`more than ${MOST_PAGES} pages`);
}
