import { describe, expect, it } from 'vitest';
import { afterClose, type Ending } from './reconnect.js';

const ending = (fields: Partial<Ending>): Ending => {
  return { code: null, byeMs: null, attempt: 0, hasRenewed: false, random: 1, ...fields };
};

describe('what follows the end of a connection', () => {
  it('grows the longest wait with each attempt up to 30 s, and takes any part of it', () => {
    const longest = [0, 1, 2, 3, 10, 2_000].map((attempt) => afterClose(ending({ attempt })));
    expect(longest.map((next) => next.kind === 'retry' && next.afterMs)).toEqual([
      500, 1_000, 2_000, 4_000, 30_000, 30_000,
    ]);
    expect(afterClose(ending({ attempt: 3, random: 0.25 }))).toEqual({ kind: 'retry', afterMs: 1_000 });
  });

  it('waits as long as `bye` asks for while draining, and at least 10 s where connections are too many', () => {
    expect(afterClose(ending({ code: 4000, byeMs: 1_200 }))).toEqual({ kind: 'retry', afterMs: 1_200 });
    expect(afterClose(ending({ code: 4004, byeMs: 50 }))).toEqual({ kind: 'retry', afterMs: 10_000 });
    expect(afterClose(ending({ code: 4004, byeMs: 15_000 }))).toEqual({ kind: 'retry', afterMs: 15_000 });
  });

  it('comes back after a slow reader, a lost heartbeat, a crash and codes that it has never seen', () => {
    for (const code of [4001, 4002, 4050, 1006, 1013, 3_000, null]) {
      expect(afterClose(ending({ code })).kind, String(code)).toBe('retry');
    }
  });

  it('renews a refused token once, then takes it that nobody is signed in', () => {
    expect(afterClose(ending({ code: 4401 }))).toEqual({ kind: 'renew' });
    expect(afterClose(ending({ code: 4401, hasRenewed: true }))).toEqual({ kind: 'stop', why: 'signed_out' });
    expect(afterClose(ending({ code: 4403 }))).toEqual({ kind: 'stop', why: 'signed_out' });
  });

  it('does not say the same hello again where it was refused for good', () => {
    for (const code of [4400, 4408, 4409, 4410, 4413, 4499]) {
      expect(afterClose(ending({ code })), String(code)).toEqual({ kind: 'stop', why: 'outdated' });
    }
  });
});
