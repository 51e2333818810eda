import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStorage, user } from '../testing/fakes.js';
import { Session } from './session.js';

const MINUTE_MS = 60_000;
const pairOf = (name: string, forMs: number) => {
  return {
    user: user('u', 'U'),
    session: 's',
    accessToken: name,
    refreshToken: `refresh of ${name}`,
    expiresAt: Date.now() + forMs,
  };
};

describe('the session', () => {
  let storage: MemoryStorage;
  let asked: unknown[];
  let answer: () => Response;

  beforeEach(() => {
    storage = new MemoryStorage();
    asked = [];
    answer = () => Response.json(pairOf('second', 15 * MINUTE_MS));
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
      asked.push(JSON.parse(String(init.body)));
      return answer();
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  const hold = (forMs: number) => storage.setItem('kith.session', JSON.stringify(pairOf('first', forMs)));

  it('gives the token it has while that is good for a minute, and asks nobody', async () => {
    hold(15 * MINUTE_MS);
    await expect(new Session(storage).accessToken()).resolves.toBe('first');
    expect(asked).toEqual([]);
  });

  it('renews once for all who ask at the same time, and keeps the new pair', async () => {
    hold(MINUTE_MS / 2);
    const session = new Session(storage);
    const tokens = await Promise.all([session.accessToken(), session.accessToken(), session.accessToken('first')]);
    expect(tokens).toEqual(['second', 'second', 'second']);
    expect(asked).toEqual([{ refreshToken: 'refresh of first' }]);
    expect(session.current?.refreshToken).toBe('refresh of second');
  });

  it('takes what another tab has renewed meanwhile', async () => {
    hold(15 * MINUTE_MS);
    const session = new Session(storage);
    storage.setItem('kith.session', JSON.stringify(pairOf('from another tab', 15 * MINUTE_MS)));
    await expect(session.accessToken('first')).resolves.toBe('from another tab');
    expect(asked).toEqual([]);
  });

  it('forgets the session that the server has ended, and keeps it where the server only is away', async () => {
    hold(0);
    const session = new Session(storage);
    answer = () => new Response('bad gateway', { status: 502 });
    await expect(session.accessToken()).rejects.toMatchObject({ code: 'unavailable' });
    expect(session.current).not.toBeNull();
    answer = () => Response.json({ code: 'unauthenticated', message: 'm' }, { status: 401 });
    await expect(session.accessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(session.current).toBeNull();
  });
});
