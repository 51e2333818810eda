import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dayOf, presenceOf, whenOf } from './words.js';

const local = (day: number, hours = 12) => new Date(2026, 2, day, hours).getTime();

/** Where 29 March 2026 has 23 hours. */
beforeAll(() => {
  vi.stubEnv('TZ', 'Europe/Berlin');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describe('words', () => {
  it('[S69] part the days at local midnight, also where a day has 23 hours', () => {
    const now = local(30, 1);
    expect(dayOf(local(30, 0), now)).toBe('Today');
    expect(dayOf(local(29, 23), now)).toBe('Yesterday');
    expect(dayOf(local(29, 0), now)).toBe('Yesterday');
    expect(dayOf(local(28, 23), now)).toContain('2026');
    expect(dayOf(local(28, 1), now)).toBe(dayOf(local(28, 22), now));
    expect(dayOf(local(27), now)).not.toBe(dayOf(local(28), now));
  });

  it('give the time today and the date before', () => {
    expect(whenOf(local(30, 9), local(30))).toMatch(/9|09/);
    expect(whenOf(local(29, 9), local(30))).toContain('29');
  });

  it('say how long ago somebody was there', () => {
    const at = (lastSeenAt: number) => presenceOf({ user: 'u', status: 'offline', lastSeenAt }, local(30));
    expect(at(local(30) - 30_000)).toBe('last seen just now');
    expect(at(local(30) - 5 * 60_000)).toBe('last seen 5 min ago');
    expect(at(local(30) - 3 * 3_600_000)).toBe('last seen 3 h ago');
    expect(presenceOf({ user: 'u', status: 'unknown' }, 0)).toBe('');
  });
});
