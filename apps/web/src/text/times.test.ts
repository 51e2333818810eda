import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { agoOf, dayOf, whenOf } from './times.js';

vi.mock('./text.js', () => ({
  language: () => 'en',
  say: (key: string, values?: { readonly count: number }) => (values ? `${key} ${values.count}` : key),
}));

const local = (day: number, hours = 12) => new Date(2026, 2, day, hours).getTime();

/** Where 29 March 2026 has 23 hours. */
beforeAll(() => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  vi.stubGlobal('navigator', { languages: ['en-GB'] });
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe('times', () => {
  it('[S69] part the days at local midnight, also where a day has 23 hours', () => {
    const now = local(30, 1);
    expect(dayOf(local(30, 0), now)).toBe('time.today');
    expect(dayOf(local(29, 23), now)).toBe('time.yesterday');
    expect(dayOf(local(29, 0), now)).toBe('time.yesterday');
    expect(dayOf(local(28, 23), now)).toContain('2026');
    expect(dayOf(local(28, 1), now)).toBe(dayOf(local(28, 22), now));
    expect(dayOf(local(27), now)).not.toBe(dayOf(local(28), now));
  });

  it('give the time today, the weekday within a week, and the date before', () => {
    expect(whenOf(local(30, 9), local(30))).toBe('09:00');
    expect(whenOf(local(28, 9), local(30))).toBe('Sat');
    expect(whenOf(local(20, 9), local(30))).toContain('20');
  });

  it('say how long ago something was', () => {
    expect(agoOf(30_000)).toBe('time.justNow');
    expect(agoOf(5 * 60_000)).toBe('time.minutesAgo 5');
    expect(agoOf(3 * 3_600_000)).toBe('time.hoursAgo 3');
    expect(agoOf(49 * 3_600_000)).toBe('time.daysAgo 2');
  });
});
