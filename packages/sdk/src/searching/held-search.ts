// Finds messages among those that this device holds, without the server: for where there is no connection. All words have to be
// in a message, anywhere in it; case and accents don't count, and what stands between quotation marks is looked for as it is. What
// was hidden is not found. Bounded: it goes from the newest on, through so many messages and no more. Apart from the rest, for
// apps that want it.
import type { FoundMessage, TimelineItem } from '@kith/protocol';
import type { Person } from '../person.js';
import type { Conversation } from '../replica/conversation.js';

export type HeldSearch = {
  readonly query: string;
  /** Only there; everywhere without it. */
  readonly conversation?: string;
};

const MOST_FOUND = 100;
/** Of all conversations together. */
const MOST_READ = 20_000;
const PAGE = 500;
/** Units of a text around the first word of it that was found. */
const AROUND = 60;
const WORDS = /"([^"]+)"|(\S+)/g;
const MARKS = /\p{Mn}/gu;

/** The newest first. */
export async function searchHeld(
  person: Person,
  { query, conversation }: HeldSearch,
): Promise<readonly FoundMessage[]> {
  const { replica } = person.client;
  const words = [...query.matchAll(WORDS)].map(([, phrase, word]) => plain(phrase ?? word ?? '')).filter(Boolean);
  if (words.length === 0) return [];
  const ids = conversation === undefined ? replica.shown.list.getSnapshot().map(({ id }) => id) : [conversation];
  const found: TimelineItem[] = [];
  let left = MOST_READ;
  for (const id of ids) {
    const held = replica.conversation(id);
    if (held === undefined || left <= 0) continue;
    left = await eachPage(person, held, {
      left,
      onPage: (items) => found.push(...items.filter((one) => has(one, words))),
    });
  }
  const newest = found.sort((one, other) => other.at - one.at).slice(0, MOST_FOUND);
  return newest.map((message) => ({ message, snippet: snippetOf(textOf(message), words) }));
}

type Pages = { readonly left: number; readonly onPage: (items: readonly TimelineItem[]) => void };

/** @returns how many more may be read */
async function eachPage(person: Person, held: Conversation, { left, onPage }: Pages): Promise<number> {
  const { keeper, hidden } = person.client;
  const { id, epoch, first, tail } = held;
  const shown = (items: readonly TimelineItem[]) => {
    const current = held.current(items).filter((item) => item.epoch === epoch);
    return hidden.getSnapshot()({ ...VIEW, items: current }).items;
  };
  onPage(shown(tail));
  let remaining = left - tail.length;
  let to = (tail[0]?.seq ?? held.to + 1) - 1;
  while (remaining > 0 && to >= first) {
    const page = await keeper.entries({ conversation: id, from: first, to, limit: PAGE, nearest: 'to' });
    const [lowest] = page ?? [];
    if (!page || lowest === undefined) break;
    onPage(shown(page));
    remaining -= page.length;
    to = lowest.seq - 1;
  }
  return remaining;
}

const VIEW = { hasBefore: false, hasAfter: false, isLoading: false, firstUnread: null, quotes: new Map(), error: null };

function has(item: TimelineItem, words: readonly string[]): boolean {
  if (item.kind !== 'message.sent') return false;
  const text = plain(textOf(item));
  return words.every((word) => text.includes(word));
}

function textOf({ body }: TimelineItem): string {
  return typeof body.text === 'string' ? body.text : '';
}

/** The text around the first word, with what was found marked where that can be told. */
function snippetOf(text: string, words: readonly string[]): FoundMessage['snippet'] {
  const folded = plain(text);
  // Where folding changed its length nobody knows any more where a word stands.
  if (folded.length !== text.length) return [{ text: text.slice(0, 2 * AROUND), hit: false }];
  const at = Math.min(...words.map((word) => folded.indexOf(word)));
  const start = Math.max(0, at - AROUND);
  const part = text.slice(start, at + 2 * AROUND);
  const pieces: { text: string; hit: boolean }[] = [];
  let from = 0;
  while (from < part.length) {
    const hit = nextHit(folded.slice(start, start + part.length), words, from);
    const end = hit?.at ?? part.length;
    if (end > from) pieces.push({ text: part.slice(from, end), hit: false });
    if (hit) pieces.push({ text: part.slice(hit.at, hit.end), hit: true });
    from = hit?.end ?? part.length;
  }
  return pieces;
}

function nextHit(text: string, words: readonly string[], from: number): { at: number; end: number } | null {
  const hits = words.flatMap((word) => {
    const at = text.indexOf(word, from);
    return at === -1 ? [] : [{ at, end: at + word.length }];
  });
  return hits.sort((one, other) => one.at - other.at || other.end - one.end)[0] ?? null;
}

function plain(text: string): string {
  return text.normalize('NFD').replace(MARKS, '').normalize('NFC').toLowerCase();
}
