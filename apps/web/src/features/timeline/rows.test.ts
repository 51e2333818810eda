import type { OutboxItem, ShownItem } from '@kith/sdk';
import { describe, expect, it } from 'vitest';
import { type Row, rowsOf } from './rows.js';

const MINUTE_MS = 60_000;
const NOON = new Date(2026, 4, 4, 12).getTime();
const ME = 'me';

type Wish = Partial<ShownItem> & { readonly minute?: number };

function item(seq: number, { minute = 0, ...rest }: Wish = {}): ShownItem {
  return {
    conversation: 'c',
    epoch: 1,
    seq,
    n: seq,
    at: NOON + minute * MINUTE_MS,
    author: 'ann',
    kind: 'message.sent',
    body: { text: `m${seq}` },
    asOf: seq,
    ...rest,
  };
}

function shown(
  items: readonly ShownItem[],
  more: { readonly unread?: number; readonly unsent?: readonly OutboxItem[] } = {},
) {
  const { unread = null, unsent = [] } = more;
  return rowsOf({ view: { items, firstUnread: unread, hasAfter: false }, unsent, me: ME });
}

/** Each as a word: its kind, and for messages whether it begins and ends a run. */
const words = (rows: readonly Row[]) =>
  rows.map((row) =>
    row.kind === 'message' ? `${row.isFirst ? '[' : ''}${row.item.seq}${row.isLast ? ']' : ''}` : row.kind,
  );

describe('rows of a timeline', () => {
  it('[S194] group what one person says within five minutes of the message before', () => {
    expect(words(shown([item(1), item(2, { minute: 1 }), item(3, { minute: 7 })]))).toEqual(['day', '[1', '2]', '[3]']);
    expect(words(shown([item(1), item(2, { author: 'ben' }), item(3)]))).toEqual(['day', '[1]', '[2]', '[3]']);
  });

  it('[S194] part a run again when something comes in between with a page or a catch-up', () => {
    const [first, last] = [item(1), item(3, { minute: 2 })];
    expect(words(shown([first, last]))).toEqual(['day', '[1', '3]']);
    expect(words(shown([first, item(2, { author: 'ben', minute: 1 }), last]))).toEqual(['day', '[1]', '[2]', '[3]']);
    const joined = item(2, { kind: 'member.joined', body: { users: ['ben'] }, minute: 1 });
    expect(words(shown([first, joined, last]))).toEqual(['day', '[1]', 'fact', '[3]']);
  });

  it('begin each day, and what is unread, with a line', () => {
    const next = item(2, { at: new Date(2026, 4, 5, 0, 1).getTime() });
    expect(words(shown([item(1, { at: new Date(2026, 4, 4, 23, 59).getTime() }), next]))).toEqual([
      'day',
      '[1]',
      'day',
      '[2]',
    ]);
    expect(words(shown([item(1), item(2)], { unread: 2 }))).toEqual(['day', '[1]', 'unread', '[2]']);
  });

  it('tell nothing of what changes a message', () => {
    const kinds = ['message.edited', 'message.deleted', 'reaction.set', 'hidden'] as const;
    expect(words(shown(kinds.map((kind, index) => item(index + 1, { kind, body: {} }))))).toEqual([]);
    expect(words(shown([item(1, { kind: 'message.pinned', body: { target: 1, on: false } })]))).toEqual([]);
  });

  it('keep the place of a message that comes into the log, and show each once', () => {
    const waiting = {
      key: 'k',
      command: 'message.send',
      params: { text: 'm1' },
      conversation: 'c',
    } as unknown as OutboxItem;
    const [before] = shown([], { unsent: [waiting] });
    const after = shown([item(1, { author: ME, key: 'k' })], { unsent: [waiting] });
    expect(before?.key).toBe('k');
    expect(after.filter(({ key }) => key === 'k')).toHaveLength(1);
  });

  it('leave to their thread what waits to be sent there', () => {
    const waiting = { key: 'k', command: 'message.send', params: { text: 'm1', thread: 1 }, conversation: 'c' };
    expect(words(shown([item(1)], { unsent: [waiting as unknown as OutboxItem] }))).toEqual(['day', '[1]']);
  });
});
