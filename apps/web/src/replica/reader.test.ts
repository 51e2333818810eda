import type { CommandName } from '@kith/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONVERSATION, ME, message, PEER, summary, user, welcome } from '../testing/fakes.js';
import { Refusal } from '../wire/api.js';
import { type Ask, Reader } from './reader.js';
import { Replica } from './replica.js';

type Answer = (params: { readonly [field: string]: unknown }) => unknown;

/** What the server would answer: a log of 10 messages, unless a test says otherwise. */
const ANSWERS: { readonly [name in CommandName]?: Answer } = {
  'entries.read': ({ after }) => {
    const entries = Array.from({ length: 10 }, (_, index) => message(index + 1)).filter(
      ({ seq }) => seq > Number(after),
    );
    return { epoch: 1, first: 1, head: 10, entries: entries.slice(0, 4) };
  },
  'conversation.read': () => ({ summary: summary({ head: 10, delivered: 2 }), users: {} }),
  'users.read': ({ ids }) => ({ users: (ids as string[]).map((id) => user(id, `read ${id}`, 2)) }),
};

describe('what is missing', () => {
  let replica: Replica;
  let reader: Reader;
  let asked: [CommandName, unknown][];
  let answers: { [name in CommandName]?: Answer };
  let restored: string[];
  let isConnected: boolean;
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const held = () => replica.conversations.get(CONVERSATION)?.entries.map(({ seq }) => seq);

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    answers = { ...ANSWERS };
    restored = [];
    isConnected = true;
    replica = new Replica({
      onHeld: () => {},
      onRestored: ({ id }) => restored.push(id),
      onWant: () => void reader.run(),
    });
    const ask: Ask = async (name, params) => {
      asked.push([name, params]);
      const answer = answers[name];
      if (!answer) throw new Error(`nobody answers ${name}`);
      return answer(params as { readonly [field: string]: unknown }) as never;
    };
    reader = new Reader({ replica, ask, isConnected: () => isConnected, onChange: () => {} });
    replica.take({ ...welcome({ users: { [PEER]: user(PEER, 'Peer') } }) });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('[S59] is read page by page, and exactly that', async () => {
    replica.takeSummary(summary({ head: 10, delivered: 2, read: 2 }));
    await settle();
    expect(held()).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(asked.map(([, params]) => (params as { after: number }).after)).toEqual([2, 6]);
  });

  it('is read where a pushed entry shows a hole, or a gap says so', async () => {
    replica.takeSummary(summary({ head: 2 }));
    replica.take({ type: 'entry', ...message(3) });
    await settle();
    expect(asked).toEqual([]);
    replica.take({ type: 'entry', ...message(5) });
    await settle();
    expect(held()).toEqual([3, 4, 5, 6, 7]);
    replica.take({ type: 'gap', conversation: CONVERSATION, epoch: 1, after: 7, head: 9 });
    await settle();
    expect(held()).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('is tried again later where the server cannot answer now', async () => {
    answers['entries.read'] = () => {
      throw new Refusal({ code: 'unavailable', message: 'm', retry: 'same_key', retryAfterMs: 700 });
    };
    replica.takeSummary(summary({ head: 10, delivered: 8 }));
    await settle();
    expect(held()).toEqual([]);
    answers['entries.read'] = ANSWERS['entries.read'] as Answer;
    await vi.advanceTimersByTimeAsync(700);
    expect(held()).toEqual([9, 10]);
  });

  it('is not asked for without a connection', async () => {
    isConnected = false;
    replica.takeSummary(summary({ head: 10, delivered: 8 }));
    await settle();
    expect(asked).toEqual([]);
    isConnected = true;
    await reader.run();
    expect(held()).toEqual([9, 10]);
  });

  it('is read from the new log where the epoch has changed, and the old one is let go', async () => {
    replica.takeSummary(summary({ head: 2 }));
    answers['conversation.read'] = () => ({ summary: summary({ epoch: 2, head: 1 }), users: {} });
    replica.take({ type: 'entry', ...message(3, PEER, 2) });
    await settle();
    expect(restored).toEqual([CONVERSATION]);
    expect(replica.conversations.get(CONVERSATION)?.epoch).toBe(2);
  });

  it('is jumped over where it is too much: the newest page is held and nothing below it', async () => {
    answers['conversation.read'] = () => ({ summary: summary({ head: 5_000, delivered: 2 }), users: {} });
    const items = [message(4_999), message(5_000)];
    answers['messages.read'] = () => {
      return { epoch: 1, asOf: 5_000, from: 4_999, to: 5_000, hasBefore: true, hasAfter: false, items, users: {} };
    };
    replica.takeSummary(summary({ head: 5_000, delivered: 2 }));
    await settle();
    expect(held()).toEqual([4_999, 5_000]);
    expect(replica.conversations.get(CONVERSATION)).toMatchObject({ after: 4_998, to: 5_000, isBehind: false });
  });

  it('keeps the cursor back until the whole list was read (rule 4)', async () => {
    const pages = [
      { items: [summary({ head: 0 })], next: 'page 2', since: null, users: {} },
      { items: [], next: null, since: 'cursor-9', users: {} },
    ];
    answers['conversations.list'] = () => pages.shift();
    replica.take(welcome({ since: 'cursor-8', more: true }));
    replica.take({ type: 'synced', since: 'cursor-8' });
    expect(replica.since).toBe('cursor-1');
    await settle();
    expect(replica.since).toBe('cursor-9');
  });

  it('lets go of everything on a reset', async () => {
    replica.takeSummary(summary({ head: 2 }));
    replica.take(welcome({ reset: true, since: 'cursor-2' }));
    expect([...replica.conversations.keys()]).toEqual([]);
    expect(restored).toEqual([CONVERSATION]);
    expect(replica.since).toBe('cursor-2');
  });

  it('is asked about people: once for each who is named and not known, and again when they change', async () => {
    replica.takeSummary(summary({ head: 2 }));
    replica.take({ type: 'entry', ...message(3, ME) });
    replica.take({ type: 'entry', ...message(4, 'stranger') });
    replica.take({ type: 'entry', ...message(5, 'stranger') });
    await settle();
    replica.take({ type: 'signal', name: 'user', users: [{ id: PEER, version: 2 }] });
    replica.take({ type: 'signal', name: 'user', users: [{ id: PEER, version: 1 }] });
    await settle();
    expect(asked).toEqual([
      ['users.read', { ids: ['stranger'] }],
      ['users.read', { ids: [PEER] }],
    ]);
    expect(replica.users.get(PEER)?.version).toBe(2);
  });
});
