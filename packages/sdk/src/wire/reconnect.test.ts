import { SeededRandom } from '@kith/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { afterEnd, type Ending } from './reconnect.js';

const ending = (fields: Partial<Ending>): Ending => {
  return { code: null, askedMs: null, attempt: 0, hasRenewed: false, fraction: 1, ...fields };
};
const waitOf = (fields: Partial<Ending>): number => {
  const next = afterEnd(ending(fields));
  return next.kind === 'retry' ? next.afterMs : Number.NaN;
};

describe('what follows the end of a stream', () => {
  it('[S9] grows the longest wait with each attempt up to 30 s, and takes any part of it', () => {
    expect([0, 1, 2, 3, 10, 2_000].map((attempt) => waitOf({ attempt }))).toEqual([
      500, 1_000, 2_000, 4_000, 30_000, 30_000,
    ]);
    expect(waitOf({ attempt: 3, fraction: 0.25 })).toBe(1_000);
    expect(waitOf({ attempt: 3, fraction: 0 })).toBe(0);
  });

  it('[S9] brings 1,000 clients of a killed server back over more than one second', () => {
    const random = new SeededRandom(9);
    const backAtMs = 1_500;
    const returns = Array.from({ length: 1_000 }, () => {
      let atMs = 0;
      for (let attempt = 0; atMs < backAtMs; attempt += 1) atMs += waitOf({ attempt, fraction: random.fraction() });
      return atMs;
    });
    const inOneSecond = (fromMs: number) => returns.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000).length;
    const most = Math.max(...returns.map(inOneSecond));
    expect(most).toBeLessThan(750);
    expect(Math.max(...returns)).toBeGreaterThan(backAtMs + 2_000);
  });

  it('[L5] waits as long as `bye` asks for, and at least 10 s where connections are too many', () => {
    expect(afterEnd(ending({ code: 4000, askedMs: 1_200 }))).toEqual({ kind: 'retry', afterMs: 1_200, isAsked: true });
    expect(waitOf({ code: null, askedMs: 1_200 })).toBe(1_200);
    expect(waitOf({ code: 4004 })).toBe(10_000);
    expect(waitOf({ code: 4004, askedMs: 50 })).toBe(10_000);
    expect(waitOf({ code: 4004, askedMs: 15_000 })).toBe(15_000);
  });

  it('does not believe a server that asks for a wait without an end', () => {
    expect(waitOf({ code: 4000, askedMs: Number.MAX_SAFE_INTEGER })).toBe(600_000);
  });

  it('[L4] comes back after a slow reader, a lost heartbeat, a crash and codes that it has never seen', () => {
    for (const code of [4000, 4001, 4002, 4050, 1006, 1013, 3_000, 4_500, null]) {
      expect(afterEnd(ending({ code })), String(code)).toMatchObject({ kind: 'retry', isAsked: false });
    }
  });

  it('[L4] renews a refused token at once, and where the fresh one is refused too comes back with backoff', () => {
    for (const code of [4401, 4403]) {
      expect(afterEnd(ending({ code }))).toEqual({ kind: 'renew' });
      const again = { kind: 'retry', afterMs: 4_000, isAsked: false };
      expect(afterEnd(ending({ code, hasRenewed: true, attempt: 3 }))).toEqual(again);
    }
    expect(afterEnd(ending({ code: 4405 }))).toEqual({ kind: 'stop', why: 'forbidden' });
  });

  it('[L4] does not say the same hello again where it was refused for good', () => {
    for (const code of [4400, 4408, 4409, 4413, 4499]) {
      expect(afterEnd(ending({ code, askedMs: 5 })), String(code)).toEqual({ kind: 'stop', why: 'outdated' });
    }
    expect(afterEnd(ending({ code: 4410 })), 'replaced: it comes back under another name').toMatchObject({
      kind: 'retry',
    });
  });
});
