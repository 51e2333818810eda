import { SeededRandom } from '@kith/testkit/seeded-random';
import { expect, it } from 'vitest';
import { makeKey } from './make-key.js';

it('[M10] a key is a UUID of version 4, and another one each time', () => {
  const random = new SeededRandom(4);
  const keys = Array.from({ length: 1_000 }, () => makeKey(random));
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(keys).size).toBe(1_000);
});
