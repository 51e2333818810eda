import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONVERSATION, ME, message, summary } from '../testing/fakes.js';
import { Conversation } from './conversation.js';
import { MarksSender } from './marks-sender.js';

describe('the marks', () => {
  let conversation: Conversation;
  let sent: { readonly delivered?: unknown; readonly read?: unknown }[];
  let sender: MarksSender;
  let isConnected: boolean;
  let isLookedAt: boolean;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    isConnected = true;
    isLookedAt = false;
    conversation = new Conversation(CONVERSATION, ME);
    conversation.applySummary(summary({ head: 2 }));
    sender = new MarksSender({
      signal: ({ delivered, read }) => sent.push({ delivered, read }),
      isConnected: () => isConnected,
      isLookedAt: () => isLookedAt,
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const take = (seq: number) => {
    conversation.take(message(seq));
    sender.touch(conversation);
  };

  it('[S63] say delivered for what is held, and read only for what is looked at', () => {
    take(3);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([{ delivered: 3, read: 2 }]);
    isLookedAt = true;
    sender.touch(conversation);
    vi.advanceTimersByTime(2_000);
    expect(sent.slice(1)).toEqual([{ delivered: 3, read: 3 }]);
  });

  it('[S65] are two signals at most for a burst of 200 messages', () => {
    isLookedAt = true;
    for (let seq = 3; seq <= 202; seq += 1) {
      take(seq);
      vi.advanceTimersByTime(5);
    }
    vi.advanceTimersByTime(5_000);
    expect(sent.length).toBeLessThanOrEqual(2);
    expect(sent.at(-1)).toEqual({ delivered: 202, read: 202 });
  });

  it('are not said where the server has them', () => {
    sender.touch(conversation);
    vi.advanceTimersByTime(5_000);
    expect(sent).toEqual([]);
  });

  it('are said again after the next welcome where the server has not got them', () => {
    isLookedAt = true;
    take(3);
    vi.advanceTimersByTime(100);
    sender.connected([conversation]);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([
      { delivered: 3, read: 3 },
      { delivered: 3, read: 3 },
    ]);
    conversation.takeMarks([{ user: ME, delivered: 3, read: 3 }], 0);
    sender.connected([conversation]);
    vi.advanceTimersByTime(5_000);
    expect(sent).toHaveLength(2);
  });

  it('wait for a connection', () => {
    isConnected = false;
    take(3);
    vi.advanceTimersByTime(5_000);
    expect(sent).toEqual([]);
    isConnected = true;
    sender.connected([conversation]);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([{ delivered: 3, read: 2 }]);
  });
});
