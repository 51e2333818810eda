// `kith prove --live` on a real server and a real database: a short run in which every law holds, and the same one as if its
// database had lost a message that was confirmed, which both judges must name.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { afterAll, expect, it } from 'vitest';
import { type LiveOptions, parseLiveOptions } from '../src/live/live-options.js';
import { livePage } from '../src/live/live-page.js';
import { type LiveResult, runLive } from '../src/live/live-run.js';
import { verdictLines } from '../src/live/live-verdict.js';
import { judgeLive } from '../src/live/prove-live.js';

const directory = mkdtempSync(join(tmpdir(), 'kith-live-test-'));

afterAll(async () => {
  rmSync(directory, { recursive: true });
  expect(await leftovers()).toEqual([]);
});

it('[S203] every law holds while the server is killed, connections are cut anywhere and messages come three times', async () => {
  const line = '--live --seconds 5 --people 4 --faults kill,cut,triple';
  const options = parseLiveOptions(line.split(' '), Date.now() % 1_000_000);
  const result = await runLive(options, { onFault: () => {}, onSample: () => {} });
  const verdict = await judgeLive(options, result);
  expect(verdictLines(verdict).join('\n')).toMatch(/^EVERY LAW HELD/);
  expect(verdict).toMatchObject({ holds: true, breaches: [], secondJudge: [], history: null, leftOut: [] });
  expect(Object.keys(verdict.faults)).not.toEqual([]);
  expect(verdict.confirmed).toBe(verdict.sent);
  expect(verdict.delivered).toBeGreaterThan(verdict.sent);
  const page = livePage(verdict, result);
  expect(page).toContain('<h1 class="held">Every law held</h1>');
  expect(page).not.toMatch(/(src|href)=/);
  await mustBeRed(options, withLoss(result));
});

/** The same run, if the database had lost a message in the end that was confirmed. */
function withLoss(result: LiveResult): LiveResult {
  const { history } = result;
  const [log] = history.end.logs.filter(({ entries }) => entries.length > 4);
  const logs = history.end.logs.map((one) => (one === log ? { ...one, entries: one.entries.toSpliced(-2, 1) } : one));
  return { ...result, history: { ...history, end: { ...history.end, logs } } };
}

async function mustBeRed(options: LiveOptions, result: LiveResult): Promise<void> {
  const file = join(directory, 'history.json');
  const verdict = await judgeLive({ ...options, history: file }, result);
  expect(verdict).toMatchObject({ holds: false, history: file });
  expect(verdict.breaches.map(({ law }) => law)).toContain('kept');
  expect(verdict.secondJudge.join('\n')).toMatch(/^kept: .* is not there as it was committed$/m);
  expect(verdictLines(verdict).join('\n')).toMatch(/^BROKEN: .*kept/);
  expect(livePage(verdict, result)).toContain('<h1 class="broken">');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ format: 'kith-history/1' });
}
