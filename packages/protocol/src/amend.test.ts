import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amend, type Entry, erased, type TimelineItem } from './index.js';

const READER = 'a';
const EMOJI = ['👍', '❤️', '🎉'];

/** What happens after two messages: each is edited or deleted, or neither is meant. */
const happening = fc.record({
  kind: fc.constantFrom(
    'message.edited',
    'message.deleted',
    'message.sent',
    'poll.opened',
    'reaction.set',
    'message.pinned',
  ),
  author: fc.constantFrom(READER, 'b'),
  body: fc.record({
    target: fc.constantFrom(1, 2, 3),
    text: fc.string(),
    emoji: fc.constantFrom(...EMOJI),
    on: fc.boolean(),
    reactions: fc.subarray(EMOJI).map((shown) => shown.map((emoji) => ({ emoji, count: 1 }))),
  }),
});
const log = fc.array(happening, { maxLength: 12 }).map((rest) => numbered([sent('one'), sent('two'), ...rest]));

type Happening = Pick<Entry, 'kind' | 'body'> & { readonly author?: string };

function sent(text: string): Happening {
  return { kind: 'message.sent', body: { text, replyTo: 1 } };
}

function numbered(happenings: readonly Happening[]): readonly Entry[] {
  return happenings.map((each, index) => ({ conversation: 'c', epoch: 1, seq: index + 1, n: 0, at: index, ...each }));
}

function itemOf(entry: Entry): TimelineItem {
  return { asOf: entry.seq, ...entry };
}

function amended(item: TimelineItem, entries: readonly Entry[]): TimelineItem {
  return entries.reduce<TimelineItem>((one, entry) => amend(one, entry, READER), item);
}

describe('a message and what changes it', () => {
  it('[M20] is the same, whether a view of it was taken before or between the changes', () => {
    fc.assert(
      fc.property(log, fc.nat(14), (entries, cut) => {
        for (const first of entries.slice(0, 2)) {
          const view = amended(itemOf(first), entries.slice(0, cut));
          const read = { ...structuredClone(view), asOf: Math.max(view.asOf, cut) };
          const [later, all] = [amended(read, entries), amended(itemOf(first), entries)];
          expect({ ...later, asOf: 0 }).toEqual({ ...all, asOf: 0 });
        }
      }),
    );
  });

  it('[D3] keeps nothing of what was said once it is erased, and an edit says what it was about', () => {
    const [first, edit] = numbered([sent('secret'), { kind: 'message.edited', body: { target: 1, text: 'secret' } }]);
    if (!first || !edit) throw new Error('two are wanted');
    expect(erased(first)).toEqual({ ...first, body: {}, erased: true });
    expect(erased(edit)).toEqual({ ...edit, body: { target: 1 }, erased: true });
    expect(JSON.stringify(erased(amended(itemOf(first), [edit])))).not.toMatch(/secret|edited/);
  });
});
