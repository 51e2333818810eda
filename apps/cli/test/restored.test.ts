// [M6] A server whose database is put back from a backup that was taken while people talked, with many messages in it: nothing
// that was acknowledged before is missing, and a client that saw what came after finds the new epoch and converges.
import { leftovers } from '@kith/testkit/faults/leftovers';
import { expect, it } from 'vitest';
import { tellStory } from './fixtures/restored-server.js';

/** `npm run nightly` takes 100,000 here, and a million beside it. */
const MANY = Number(process.env.RESTORED_MESSAGES ?? 10_000);
/** It takes some 10 s on a machine that does nothing else. */
const BUSY_MS = 240_000;

it(
  '[M6] holds all that was acknowledged before the snapshot, and an old client sees the new epoch and converges',
  async () => {
    const story = await tellStory(MANY);
    const { before, during, after, restored, messages, epochs, shown } = story;
    expect(before.length).toBeGreaterThanOrEqual(20);
    expect(during.length).toBeGreaterThan(0);
    expect(after.length).toBeGreaterThan(0);
    // Of one moment: up to it everything is there, each at its place, and nothing of what came later.
    for (const { seq, text } of before) expect(restored.get(seq)).toBe(text);
    for (const { seq, text } of during) if (seq <= messages.last) expect(restored.get(seq)).toBe(text);
    for (const { seq } of after) expect(seq).toBeGreaterThan(messages.last);
    expect(messages.count).toBe(MANY + restored.size);
    expect(story.taken.entries).toBeGreaterThan(MANY);

    expect(epochs.after).toBeGreaterThan(epochs.before);
    const live = shown.filter(([, text]) => text.startsWith('live '));
    for (const [seq, text] of live) expect(restored.get(seq)).toBe(text);
    expect(live.map(([seq]) => seq)).toEqual([...restored.keys()].slice(restored.size - live.length));
    expect(shown.at(-1)?.[1]).toBe('after the restore');
    expect(story.mismatches).toBe(0);
    expect(await leftovers()).toEqual([]);
  },
  BUSY_MS,
);
