// Three minutes of `kith prove --live` with everything that can be had here, by a seed that is drawn anew each night; and a run
// whose database really loses a message that was confirmed, which both judges must name.
import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
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

it('[S203] a confirmed message that the database loses is named by both judges, and the history is kept', async () => {
  const options = parseLiveOptions('--live --seconds 2 --people 2 --faults storm'.split(' '), 7);
  const result = await runLive(options, {
    onFault: () => {},
    onSample: () => {},
    meddle: async ({ postgres, databaseUrl }) => {
      const last = 'SELECT conversation, max(seq) - 1 FROM entry GROUP BY 1 HAVING max(seq) > 4';
      await postgres.query(`DELETE FROM entry WHERE (conversation, seq) IN (${last})`, databaseUrl);
    },
  });
  const verdict = await judgeLive(options, result);
  expect(verdict.holds).toBe(false);
  expect(verdict.breaches.map(({ law }) => law)).toContain('kept');
  expect(verdict.secondJudge.join('\n')).toMatch(/^kept: .* is not there as it was committed$/m);
  expect(existsSync(verdict.history ?? '')).toBe(true);
  rmSync(dirname(verdict.history ?? ''), { recursive: true });
});
