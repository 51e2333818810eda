import type { ErrorCode, Params, Retry, Written } from '@kith/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONVERSATION, ME, MemoryStorage } from '../testing/fakes.js';
import { Refusal } from './api.js';
import { Outbox } from './outbox.js';

type Call = {
  readonly params: Params<'message.send'>;
  readonly resolve: (written: Written) => void;
  readonly reject: (refusal: Refusal) => void;
};

describe('the outbox', () => {
  let storage: MemoryStorage;
  let calls: Call[];
  let held: number;
  let keys: number;

  beforeEach(() => {
    vi.useFakeTimers();
    storage = new MemoryStorage();
    calls = [];
    held = 0;
    keys = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const open = () =>
    new Outbox({
      storage,
      user: ME,
      makeKey: () => `key-${++keys}`,
      send: (params) => new Promise((resolve, reject) => calls.push({ params, resolve, reject })),
      heldUpTo: () => held,
      onChange: () => {},
    });
  const sentOf = (list: readonly Call[]) => list.map(({ params: { text, key, after } }) => [text, key, after]);
  const ack = async (call: Call | undefined, seq: number) => {
    call?.resolve({ conversation: CONVERSATION, epoch: 1, seq, at: 0, duplicate: false });
    await vi.advanceTimersByTimeAsync(0);
  };
  const refuse = async (call: Call | undefined, code: ErrorCode, fields: { retry: Retry; retryAfterMs?: number }) => {
    call?.reject(new Refusal({ code, message: 'why', ...fields }));
    await vi.advanceTimersByTimeAsync(0);
  };
  const drop = async (outbox: Outbox) => {
    const waiting = calls.splice(0);
    outbox.disconnected();
    for (const call of waiting) await refuse(call, 'unavailable', { retry: 'same_key' });
  };

  it('sends at once, each after the one before while that is unanswered', async () => {
    const outbox = open();
    outbox.connected();
    for (const text of ['a', 'b', 'c']) outbox.add(CONVERSATION, text);
    expect(sentOf(calls)).toEqual([
      ['a', 'key-1', undefined],
      ['b', 'key-2', 'key-1'],
      ['c', 'key-3', 'key-2'],
    ]);
    for (const [index, call] of calls.entries()) await ack(call, index + 1);
    outbox.add(CONVERSATION, 'd');
    expect(sentOf(calls.slice(3))).toEqual([['d', 'key-4', undefined]]);
  });

  it('[S12] sends what was not answered again with the same keys and order after the connection went', async () => {
    const outbox = open();
    outbox.connected();
    for (const text of ['a', 'b']) outbox.add(CONVERSATION, text);
    await drop(outbox);
    outbox.add(CONVERSATION, 'c');
    expect(calls).toEqual([]);
    outbox.connected();
    expect(sentOf(calls)).toEqual([
      ['a', 'key-1', undefined],
      ['b', 'key-2', 'key-1'],
      ['c', 'key-3', 'key-2'],
    ]);
  });

  it('keeps everything through a reload until its entry is seen', async () => {
    const first = open();
    first.connected();
    for (const text of ['a', 'b', 'c']) first.add(CONVERSATION, text);
    await ack(calls[0], 1);
    first.reached(CONVERSATION, 1, ['key-1']);
    const second = open();
    expect(second.of(CONVERSATION).map(({ text, status }) => [text, status])).toEqual([
      ['b', 'waiting'],
      ['c', 'waiting'],
    ]);
    second.reached(CONVERSATION, 3, ['key-2', 'key-3']);
    expect(open().of(CONVERSATION)).toEqual([]);
  });

  it('shows an acknowledged message as written until the log is held up to it', async () => {
    const outbox = open();
    outbox.connected();
    outbox.add(CONVERSATION, 'a');
    await ack(calls[0], 7);
    expect(outbox.of(CONVERSATION).map(({ status }) => status)).toEqual(['written']);
    outbox.reached(CONVERSATION, 6, []);
    expect(outbox.of(CONVERSATION)).toHaveLength(1);
    outbox.reached(CONVERSATION, 7, []);
    expect(outbox.of(CONVERSATION)).toEqual([]);
    held = 9;
    outbox.add(CONVERSATION, 'b');
    await ack(calls[1], 9);
    expect(outbox.of(CONVERSATION)).toEqual([]);
  });

  it('waits as long as a rate limit asks for, and then goes on from the first, in order', async () => {
    const outbox = open();
    outbox.connected();
    for (const text of ['a', 'b']) outbox.add(CONVERSATION, text);
    const [a, b] = calls.splice(0);
    await refuse(a, 'rate_limited', { retry: 'same_key', retryAfterMs: 5_000 });
    await refuse(b, 'out_of_order', { retry: 'same_key' });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sentOf(calls)).toEqual([
      ['a', 'key-1', undefined],
      ['b', 'key-2', 'key-1'],
    ]);
  });

  it('stops at what is refused for good, sends the rest without it, and sends it anew when asked', async () => {
    const outbox = open();
    outbox.connected();
    for (const text of ['a', 'b']) outbox.add(CONVERSATION, text);
    const [a, b] = calls.splice(0);
    await refuse(a, 'too_large', { retry: 'never' });
    await refuse(b, 'out_of_order', { retry: 'same_key' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sentOf(calls)).toEqual([['b', 'key-2', undefined]]);
    expect(open().of(CONVERSATION)[0]).toMatchObject({ text: 'a', status: 'failed', reason: 'why' });
    outbox.retry('key-1');
    expect(sentOf(calls.slice(1))).toEqual([['a', 'key-3', 'key-2']]);
    outbox.discard('key-3');
    expect(outbox.of(CONVERSATION).map(({ text }) => text)).toEqual(['b']);
  });

  it('sends acknowledged messages that a restored log may lack again with their old keys', async () => {
    const outbox = open();
    outbox.connected();
    outbox.add(CONVERSATION, 'a');
    await ack(calls[0], 7);
    outbox.restored(CONVERSATION);
    expect(sentOf(calls.slice(1))).toEqual([['a', 'key-1', undefined]]);
  });

  it('has at most 16 in flight', async () => {
    const outbox = open();
    outbox.connected();
    for (let index = 0; index < 20; index += 1) outbox.add(CONVERSATION, String(index));
    expect(calls).toHaveLength(16);
    await ack(calls[0], 1);
    expect(calls).toHaveLength(17);
  });
});
