// [M6] The same as restored.test.ts with a million messages.
import { expect, it } from 'vitest';
import { tellStory } from './fixtures/restored-server.js';

const MANY = 1_000_000;

it('[M6] a million messages come back, with all that was acknowledged before the snapshot', async () => {
  const { before, after, restored, messages, epochs, mismatches } = await tellStory(MANY);
  for (const { seq, text } of before) expect(restored.get(seq)).toBe(text);
  for (const { seq } of after) expect(seq).toBeGreaterThan(messages.last);
  expect(messages.count).toBe(MANY + restored.size);
  expect(epochs.after).toBeGreaterThan(epochs.before);
  expect(mismatches).toBe(0);
});
