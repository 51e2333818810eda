import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { expect, it } from 'vitest';
import { makeKey } from './make-key.js';

it('[M10] a key is a UUID, and another one each time, whatever the clock says', () => {
  const platform = { clock: new FakeClock(), random: new SeededRandom(4) };
  const keys = Array.from({ length: 1_000 }, () => makeKey(platform));
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(keys).size).toBe(1_000);
});
