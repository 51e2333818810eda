import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusal } from '../wire/api.js';
import { Attention } from './attention.js';
import { Presence } from './presence.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('presence and typing', () => {
  it('[S75] shows who types until the time is up, their message has come, or they go on', () => {
    const presence = new Presence({ watch: async () => ({ presence: [] }), onChange: () => {} });
    presence.typed('c', ['a', 'b'], 5_000);
    vi.advanceTimersByTime(3_000);
    presence.typed('c', ['b'], 5_000);
    expect(presence.typists('c')).toEqual(['a', 'b']);
    vi.advanceTimersByTime(2_000);
    expect(presence.typists('c')).toEqual(['b']);
    presence.wrote('c', 'b');
    expect(presence.typists('c')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('hears no typing that was told later than the message it ended in', () => {
    const presence = new Presence({ watch: async () => ({ presence: [] }), onChange: () => {} });
    presence.wrote('c', 'a');
    vi.advanceTimersByTime(1_000);
    presence.typed('c', ['a'], 5_000);
    expect(presence.typists('c')).toEqual([]);
    vi.advanceTimersByTime(1_000);
    presence.typed('c', ['a'], 5_000);
    expect(presence.typists('c')).toEqual(['a']);
  });

  it('watches the same people once per connection, and again on the next', async () => {
    const asked: string[][] = [];
    const watch = async (users: string[]) => {
      asked.push(users);
      if (asked.length === 3) throw new Refusal({ code: 'unavailable', message: 'm', retry: 'same_key' });
      return { presence: users.map((user) => ({ user, status: 'online' }) as const) };
    };
    const presence = new Presence({ watch, onChange: () => {} });
    presence.watch(['b', 'a', 'b']);
    presence.watch(['a', 'b']);
    await vi.advanceTimersByTimeAsync(0);
    expect(presence.of('a').status).toBe('online');
    presence.disconnected();
    expect(presence.of('a').status).toBe('unknown');
    presence.watch(['a', 'b']);
    presence.watch(['a']);
    await vi.advanceTimersByTimeAsync(0);
    presence.watch(['a']);
    expect(asked).toEqual([['a', 'b'], ['a', 'b'], ['a'], ['a']]);
  });
});

class FakePage extends EventTarget {
  visibilityState = 'visible';
  defaultView = new EventTarget();
  hasFocus = () => true;
  change(state: 'visible' | 'hidden'): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

describe('attention', () => {
  it('[S70] is away after five minutes without a touch, or one in the background, and back at once', () => {
    const page = new FakePage();
    const attention = new Attention(page as unknown as Document, () => {});
    vi.advanceTimersByTime(5 * 60_000 - 1);
    expect(attention.status).toBe('online');
    vi.advanceTimersByTime(1);
    expect(attention.status).toBe('away');
    page.dispatchEvent(new Event('keydown'));
    expect(attention.status).toBe('online');
    page.change('hidden');
    expect([attention.isHere, attention.status]).toEqual([false, 'online']);
    vi.advanceTimersByTime(60_000);
    expect(attention.status).toBe('away');
    page.change('visible');
    expect([attention.isHere, attention.status]).toEqual([true, 'online']);
  });
});
