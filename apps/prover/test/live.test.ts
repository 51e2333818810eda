// `kith prove --live` on a real server and a real database: a short run in which every law holds, and one whose database loses
// a message that was confirmed, which both judges must name.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { afterAll, expect, it } from 'vitest';
import type { OwnGround } from '../src/live/ground.js';
import { parseLiveOptions } from '../src/live/live-options.js';
import { livePage } from '../src/live/live-page.js';
import { runLive } from '../src/live/live-run.js';
import { brokenLaws, verdictLines } from '../src/live/live-verdict.js';
import { judgeLive } from '../src/live/prove-live.js';

const directory = mkdtempSync(join(tmpdir(), 'kith-live-test-'));

afterAll(async () => {
  rmSync(directory, { recursive: true });
  expect(await leftovers()).toEqual([]);
});

async function prove(line: string, meddle?: (ground: OwnGround) => Promise<void>) {
  const options = parseLiveOptions(['--live', ...line.split(' ')], Date.now() % 1_000_000);
  const watcher = { onFault: () => {}, onSample: () => {}, ...(meddle ? { meddle } : {}) };
  const result = await runLive(options, watcher);
  return { result, verdict: await judgeLive(options, result) };
}

it('[S203] every law holds while the server is killed, connections are cut anywhere and messages come three times', async () => {
  const { result, verdict } = await prove('--seconds 5 --people 4 --faults kill,cut,triple');
  expect(verdictLines(verdict).join('\n')).toMatch(/^EVERY LAW HELD/);
  expect(verdict).toMatchObject({ holds: true, breaches: [], secondJudge: [], history: null, leftOut: [] });
  expect(Object.keys(verdict.faults)).not.toEqual([]);
  expect(verdict.confirmed).toBe(verdict.sent);
  expect(verdict.delivered).toBeGreaterThan(verdict.sent);
  const page = livePage(verdict, result);
  expect(page).toContain('<h1 class="held">Every law held</h1>');
  expect(page).not.toMatch(/(src|href)=/);
});

it('[S203] a confirmed message that the database loses is named by both judges, and the history is kept', async () => {
  const file = join(directory, 'history.json');
  const line = `--seconds 2 --people 2 --faults storm --history ${file}`;
  const { result, verdict } = await prove(line, async ({ postgres, databaseUrl }) => {
    await postgres.query(
      'DELETE FROM entry WHERE (conversation, seq) IN (SELECT conversation, max(seq) - 1 FROM entry GROUP BY 1 HAVING max(seq) > 4)',
      databaseUrl,
    );
  });
  expect(verdict.holds).toBe(false);
  expect(verdict.breaches.map(({ law }) => law)).toContain('kept');
  expect(verdict.secondJudge.join('\n')).toMatch(/^kept: .* is not there as it was committed$/m);
  expect(brokenLaws(verdict)).toContain('kept');
  expect(verdictLines(verdict).join('\n')).toMatch(/^BROKEN: .*kept/);
  expect(livePage(verdict, result)).toContain('<h1 class="broken">');
  expect(existsSync(file)).toBe(true);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ format: 'kith-history/1' });
});
