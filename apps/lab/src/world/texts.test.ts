import { expect, it } from 'vitest';
import { textOf } from './texts.js';

it('texts are of 200 bytes, of words, and not all the same', () => {
  const texts = Array.from({ length: 5_000 }, (_, number) => textOf(number));
  expect(new Set(texts.map((text) => Buffer.byteLength(text)))).toEqual(new Set([200]));
  expect(new Set(texts).size).toBe(4_096);
  // They stand in JSON and in CSV as they are.
  expect(texts.every((text) => /^[a-z]+( [a-z]+)* ?\.$/.test(text))).toBe(true);
});
