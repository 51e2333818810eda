import { SeededRandom } from '@kith/testkit/seeded-random';
import { expect, it } from 'vitest';
import { canonicalSetUpCode, makeSetUpCode } from './set-up-code.js';

it('a set-up code is sixteen signs that are not mistaken for one another, another one each time', () => {
  const random = new SeededRandom(1);
  const codes = Array.from({ length: 100 }, () => makeSetUpCode(random));
  for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);
  expect(new Set(codes).size).toBe(100);
});

it('a set-up code may be typed with other case, spaces and the signs that look alike', () => {
  expect(canonicalSetUpCode(' ABCD 10ef-gh2J kmnp ')).toBe(canonicalSetUpCode('abcd-ioef-gh2j-kmnp'));
});
