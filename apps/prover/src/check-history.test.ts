// The judge and the program that checks histories without it are held against each other: both are content with what really
// happened, and both name the law that was broken by whoever changed it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROKEN } from './broken/broken.js';
import { type Draft, first, NothingThere } from './broken/draft.js';
import { leaveInFailedStore, leaveWithWhoLeftBefore } from './broken/erasures.js';
import { countWithoutDisappeared } from './broken/miscounts.js';
import { AGED, APART, LEAVING, RESTORED, RETURNED } from './broken/plans.js';
import type { History } from './history/history.js';
import { judge } from './laws/judge.js';
import { runPlan } from './run.js';

const CHECKER = fileURLToPath(new URL('../check-history.mjs', import.meta.url));
const FOLDING = fileURLToPath(new URL('../check-folding.mjs', import.meta.url));
const MOST_LINES = 540;
const PLANS = { leaving: LEAVING, restored: RESTORED, apart: APART, aged: AGED, returned: RETURNED };

const directory = mkdtempSync(join(tmpdir(), 'kith-check-history-'));
const histories = new Map<string, History>();

beforeAll(async () => {
  for (const [name, plan] of Object.entries(PLANS)) histories.set(name, await runPlan(plan));
}, 120_000);

afterAll(() => rmSync(directory, { recursive: true }));

function checked(text: string): {
  readonly status: number | null;
  readonly laws: readonly string[];
  readonly errors: string;
} {
  const file = join(directory, 'history.json');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECKER, file], { encoding: 'utf8' });
  const laws = stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')[0] ?? '']));
  return { status, laws, errors: stderr };
}

/** Each of the histories in which there is what is to be changed. */
function* changed(change: (draft: Draft) => unknown): Generator<Draft> {
  for (const history of histories.values()) {
    const draft = structuredClone(history) as Draft;
    const isChanged = attempt(() => change(draft));
    if (isChanged && JSON.stringify(draft) !== JSON.stringify(history)) yield draft;
  }
}

function attempt(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof NothingThere) return false;
    throw error;
  }
}

describe('check-history.mjs', () => {
  it.each(Object.keys(PLANS))('finds nothing in a run that kept every law, as the judge does: %s', (name) => {
    const history = first([histories.get(name)].filter((one) => one !== undefined));
    expect(judge(history)).toEqual([]);
    expect(checked(JSON.stringify(history))).toEqual({ status: 0, laws: [], errors: '' });
  });

  it('[M6] lets what a restore took away come again behind what its author wrote since, as the judge does', () => {
    const { events, end } = first([histories.get('returned')].filter((one) => one !== undefined));
    const keys = events.flatMap((event) => (event.type === 'kept' ? event.key : []));
    const places = keys.map((key) =>
      end.logs.flatMap(({ entries }) => entries.flatMap((one) => (one.key === key ? one.seq : []))),
    );
    expect(places).toEqual([[4], [3]]);
  });

  const broken = Object.entries(BROKEN).flatMap(([law, changes]) =>
    Object.entries(changes).map(([title, change]) => ({ law, title, change })),
  );

  it.each(broken)('names the law $law, as the judge does, where $title', ({ law, change }) => {
    const draft = first(changed(change));
    const { status, laws } = checked(JSON.stringify(draft));
    expect(judge(draft as History).map((breach) => breach.law)).toContain(law);
    expect(laws).toContain(law);
    expect(status).toBe(1);
  });

  it.each([
    ['a store that failed', leaveInFailedStore],
    ['the store of somebody who left before', leaveWithWhoLeftBefore],
  ])('lets what was deleted stay in %s, as the judge does', (_, change) => {
    const draft = first(changed(change));
    const laws = [checked(JSON.stringify(draft)).laws, judge(draft as History).map((breach) => breach.law)].flat();
    expect(laws).not.toContain('erased');
  });

  it('lets a server count what has disappeared until it is erased, as the judge does', () => {
    const draft = first(changed(countWithoutDisappeared));
    expect([checked(JSON.stringify(draft)).laws, judge(draft as History)]).toEqual([[], []]);
  });

  it.each(['', '{}', 'null', '{"format":"kith-history/2"}', '{"format":"kith-history/1","events":[{"type":"told"}]}'])(
    'says that %j is not a history',
    (text) => {
      const { status, errors } = checked(text);
      expect(status).toBe(2);
      expect(errors).toContain('is not a history');
    },
  );

  it('does not know unknown events, and is not disturbed by them', () => {
    const history = first(histories.values());
    const events = history.events.flatMap((event) => [{ type: 'rung', at: 0, who: 'bell' }, event]);
    expect(checked(JSON.stringify({ ...history, events })).status).toBe(0);
  });

  it(`has fewer than ${MOST_LINES} lines, and imports nothing but node:fs and what it folds logs with, which is its own`, () => {
    const [source, folding] = [CHECKER, FOLDING].map((file) => readFileSync(file, 'utf8')) as [string, string];
    expect(`${source}${folding}`.trimEnd().split('\n').length).toBeLessThan(MOST_LINES);
    const importsOf = (text: string) => [...text.matchAll(/^import .* from '(.*)'/gm)].map(([, from]) => from);
    expect([importsOf(source), importsOf(folding)]).toEqual([['node:fs', './check-folding.mjs'], []]);
    expect(`${source}${folding}`).not.toMatch(/\bimport\(/);
  });
});
