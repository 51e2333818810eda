import { type SessionId, toId } from '@kith/protocol';
import { FakeClock } from '@kith/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import { SessionCache } from './session-cache.js';

const session = (index: number) => toId<SessionId>(`session ${index}`);

function newCache(most = 10) {
  const clock = new FakeClock();
  return { clock, cache: new SessionCache({ clock, most, trustedMs: 30_000 }) };
}

describe('the cache of sessions', () => {
  it('believes that a session lives for as long as it says', () => {
    const { clock, cache } = newCache();
    expect(cache.look(session(1), 1)).toBe('unknown');
    cache.markLive(session(1), 1);
    clock.advance(29_999);
    expect(cache.look(session(1), 1)).toBe('live');
    clock.advance(1);
    expect(cache.look(session(1), 1)).toBe('unknown');
  });

  it('asks anew for a generation that has not been used here', () => {
    const { cache } = newCache();
    cache.markLive(session(1), 2);
    expect([1, 2, 3].map((generation) => cache.look(session(1), generation))).toEqual(['live', 'live', 'unknown']);
    cache.markLive(session(1), 1);
    expect(cache.look(session(1), 2)).toBe('live');
  });

  it('takes a revocation for final: an answer that was on its way changes nothing', () => {
    const { cache } = newCache();
    cache.markRevoked(session(1));
    cache.markLive(session(1), 1);
    expect(cache.look(session(1), 1)).toBe('revoked');
  });

  it('is bounded, and forgets what it learned first', () => {
    const { cache } = newCache(3);
    for (const index of [1, 2, 3]) cache.markLive(session(index), 1);
    cache.markLive(session(1), 1);
    cache.markRevoked(session(4));
    expect(cache.size).toBe(3);
    expect([1, 2, 3, 4].map((index) => cache.look(session(index), 1))).toEqual(['live', 'unknown', 'live', 'revoked']);
  });
});
