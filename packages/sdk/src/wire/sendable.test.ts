import { LIMITS, parseClientFrame } from '@kith/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOfParams } from './sendable.js';

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
/** What the server would say to the frame: nothing, or that it is none. */
const closes = (params: unknown): boolean => {
  try {
    parseClientFrame(JSON.stringify({ type: 'command', id: Number.MAX_SAFE_INTEGER, name: 'setting.set', params }));
    return false;
  } catch {
    return true;
  }
};

describe('what a command may carry', () => {
  it('[W4] is not nested so deep that the server would close the connection', () => {
    for (let levels = 0; levels < 40; levels += 1) {
      const params = { name: 'a', value: nested(levels) };
      expect(refusalOfParams(params)?.code, `${levels} levels`).toBe(closes(params) ? 'bad_request' : undefined);
    }
  });

  it.each([
    ['of one byte', 'a', 1],
    ['of two bytes', 'é', 2],
    ['of three bytes', '中', 3],
    ['of four bytes', '😀', 4],
  ])('[W4] is never larger than a frame may be, with characters %s', (_, character, bytes) => {
    const most = Math.floor((LIMITS.frame - 400) / bytes);
    expect(refusalOfParams({ text: character.repeat(most) })).toBeNull();
    const refused = { text: character.repeat(Math.ceil(LIMITS.frame / bytes)) };
    expect(refusalOfParams(refused)).toMatchObject({ code: 'too_large', retry: 'never' });
  });

  it('fits into a frame wherever it is not refused', () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 30_000, max: 150_000 }), (part, length) => {
        const params = { text: part.repeat(Math.ceil(length / part.length)) };
        if (refusalOfParams(params)) return;
        const frame = { type: 'command', id: Number.MAX_SAFE_INTEGER, name: 'conversation.create', params };
        expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(LIMITS.frame);
      }),
      { numRuns: 50 },
    );
  });
});
