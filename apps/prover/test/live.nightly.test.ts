// Three minutes of `kith prove --live` with everything that can be had here, by a seed that is drawn anew each night.
import { leftovers } from '@kith/testkit/faults/leftovers';
import { afterAll, expect, it } from 'vitest';
import { FAULT_NAMES } from '../src/live/live-faults.js';
import { parseLiveOptions } from '../src/live/live-options.js';
import { runLive } from '../src/live/live-run.js';
import { verdictLines } from '../src/live/live-verdict.js';
import { judgeLive } from '../src/live/prove-live.js';

afterAll(async () => expect(await leftovers()).toEqual([]));

it('[S203] every law holds in three minutes of every fault that can be had', { timeout: 600_000 }, async () => {
  const options = parseLiveOptions(['--live', '--seconds', '180', '--people', '8'], Date.now() % 1_000_000);
  const verdict = await judgeLive(options, await runLive(options, { onFault: () => {}, onSample: () => {} }));
  expect(verdictLines(verdict).join('\n')).toMatch(/^EVERY LAW HELD/);
  const seen = [...Object.keys(verdict.faults), ...verdict.leftOut.map(({ name }) => name)];
  expect(seen.sort()).toEqual([...FAULT_NAMES].sort());
});
