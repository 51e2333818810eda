import { expect, it } from 'vitest';
import { textOf } from './texts.js';

it('texts are of 200 bytes, and not all the same', () => {
  const texts = Array.from({ length: 300 }, (_, number) => textOf(number));
  expect(new Set(texts.map((text) => Buffer.byteLength(text)))).toEqual(new Set([200]));
  expect(new Set(texts).size).toBe(256);
  expect(texts.every((text) => /^[\w-]+$/.test(text))).toBe(true);
});
