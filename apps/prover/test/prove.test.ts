// Every law holds in so many runs: 80 in `npm test`, thousands in `npm run nightly`. A run that fails is told again by
// `kith prove --replay` and its seed. Both judges look at each of them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { judge } from '../src/laws/judge.js';
import { planOf } from '../src/plan.js';
import { runPlan } from '../src/run.js';

const { PROVE_RUNS = '80', PROVE_SEED = '1' } = process.env;
const CHECKER = fileURLToPath(new URL('../check-history.mjs', import.meta.url));
/** So many histories are written, checked, and written over by the next. */
const AT_ONCE = 25;

const directory = mkdtempSync(join(tmpdir(), 'kith-prove-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Its people have neither sockets nor streams that come through: the SDK loads what it does then when it is first wanted. */
const WITHOUT_SOCKETS = 560;

it('a seed is the same run each time, the first in a process as any later', { timeout: 60_000 }, async () => {
  const [first, second] = [await runPlan(planOf(WITHOUT_SOCKETS)), await runPlan(planOf(WITHOUT_SOCKETS))];
  expect(second.events).toEqual(first.events);
});

it('[M9] [M10] every law holds, whatever happens', { timeout: 3_600_000 }, async () => {
  const first = Number(PROVE_SEED);
  const end = first + Number(PROVE_RUNS);
  const files = new Map<number, string>();
  for (let seed = first; seed < end; seed += 1) {
    const history = await runPlan(planOf(seed));
    expect(judge(history), `kith prove --replay ${seed}`).toEqual([]);
    const file = join(directory, `${files.size}.json`);
    writeFileSync(file, JSON.stringify(history));
    files.set(seed, file);
    if (files.size < AT_ONCE && seed + 1 < end) continue;
    const { stdout, stderr } = spawnSync(process.execPath, [CHECKER, ...files.values()], { encoding: 'utf8' });
    expect(`${stdout}${stderr}`, `check-history.mjs on one of the seeds ${[...files.keys()].join()}`).toBe('');
    files.clear();
  }
});
