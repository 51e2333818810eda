import type { TimelineItem } from '@kith/protocol';
import { describe, expect, it } from 'vitest';
import { Value } from '../observable.js';
import type { Person } from '../person.js';
import { MemoryStores } from '../storage/memory.js';
import { searchHeld } from './held-search.js';

type Held = { readonly id: string; readonly stored: readonly string[]; readonly tail: readonly string[] };

/** A person whose conversations hold these texts, oldest first: some in the store, the last in memory. */
async function personWith(places: readonly Held[], hidden: ReadonlySet<string> = new Set()): Promise<Person> {
  const item = (conversation: string, seq: number, text: string) =>
    ({ conversation, seq, epoch: 1, at: seq, kind: 'message.sent', body: { text } }) as unknown as TimelineItem;
  const store = await new MemoryStores().open('x');
  const conversations = new Map<string, unknown>();
  for (const { id, stored, tail } of places) {
    await store.write({ entries: stored.map((text, index) => item(id, index + 1, text)) });
    const newest = tail.map((text, index) => item(id, stored.length + index + 1, text));
    const to = stored.length + tail.length;
    conversations.set(id, { id, epoch: 1, first: 1, to, tail: newest, current: (items: unknown) => items });
  }
  const without = (view: { items: readonly TimelineItem[] }) => ({
    ...view,
    items: view.items.filter(({ body }) => !hidden.has(String(body.text))),
  });
  const list = new Value(places.map(({ id }) => ({ id })));
  const replica = { shown: { list }, conversation: (id: string) => conversations.get(id) };
  return { client: { replica, keeper: store, hidden: new Value(without) } } as unknown as Person;
}

const textsOf = async (person: Person, query: string, conversation?: string) => {
  const found = await searchHeld(person, { query, ...(conversation === undefined ? {} : { conversation }) });
  return found.map(({ message }) => message.body.text);
};

describe('a search of what is held', () => {
  const places = [
    { id: 'a', stored: ['The Mill at nine', 'nothing', ...Array(600).fill('filler')], tail: ['a mill, a bridge'] },
    { id: 'b', stored: ['Café au lait'], tail: [] },
  ];

  it('finds parts of words without case and accents, all of them, in the store and in memory, the newest first', async () => {
    const person = await personWith(places);
    expect(await textsOf(person, 'mill')).toEqual(['a mill, a bridge', 'The Mill at nine']);
    expect(await textsOf(person, 'MIL nin')).toEqual(['The Mill at nine']);
    expect(await textsOf(person, '"mill at"')).toEqual(['The Mill at nine']);
    expect(await textsOf(person, 'cafe')).toEqual(['Café au lait']);
    expect(await textsOf(person, 'mill', 'b')).toEqual([]);
    expect(await textsOf(person, ' ')).toEqual([]);
  });

  it('finds nothing that is hidden', async () => {
    const person = await personWith(places, new Set(['The Mill at nine']));
    expect(await textsOf(person, 'mill')).toEqual(['a mill, a bridge']);
  });

  it('marks what was found', async () => {
    const [found] = await searchHeld(await personWith(places), { query: 'bridge mill' });
    const marked = found?.snippet.map(({ text, hit }) => (hit ? `[${text}]` : text)).join('');
    expect(marked).toBe('a [mill], a [bridge]');
  });
});
