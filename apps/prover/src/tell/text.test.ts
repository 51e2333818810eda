import { beforeAll, describe, expect, it } from 'vitest';
import { BROKEN } from '../broken/broken.js';
import type { Draft } from '../broken/draft.js';
import { RESTORED } from '../broken/plans.js';
import type { History, HistoryEvent } from '../history/history.js';
import { judge } from '../laws/judge.js';
import { runPlan } from '../run.js';
import { tellText } from './text.js';

const MOST_CHARACTERS = 160;

let history: History;

beforeAll(async () => {
  history = await runPlan(RESTORED);
}, 60_000);

function broken(change: (draft: Draft) => unknown): string {
  const draft = structuredClone(history) as Draft;
  change(draft);
  return tellText(draft as History, judge(draft as History));
}

/** Of the group that everybody was in. */
const head = () => Math.max(...history.end.logs.map(({ entries }) => entries.length));

describe('tellText', () => {
  it('tells a message from its author to its readers', () => {
    const text = tellText(history, []);
    const [, tab = ''] = /(bob\/\d\.\d) +writes m2 \S.* in all/.exec(text) ?? [];
    const [, node = ''] = new RegExp(`${tab} ──▶ (node-\\d) +message\\.send m2 to all`).exec(text) ?? [];
    const [, seq = ''] = /database +commits .*all:(\d+) \(m2 \S.* by bob\)/.exec(text) ?? [];
    expect(text).toMatch(new RegExp(`${node} ──▶ \\S*${tab.slice('bob/'.length)}\\S* +all:${seq} \\(pushed\\)`));
    expect(text).toMatch(new RegExp(`${node} ──▶ ${tab} +confirms m2 as all:${seq}`));
    expect(text).toMatch(/node-\d ──▶ \w+\/1\.1 +refuses message\.send m\d: forbidden/);
  });

  it('has the steps of the plan as headings, each once and in their order', () => {
    const headings = tellText(history, [])
      .split('\n')
      .filter((line) => line.startsWith('── '));
    const told = headings.flatMap((line) => line.replaceAll('─', '').split('·')).map((step) => step.trim());
    expect(told).toEqual(history.plan.steps.map((step, index) => `${index} ${step.do}`));
  });

  it('shows who was killed, what was put back and that all was healed', () => {
    const text = tellText(history, []);
    expect(text).toMatch(/✕ node-1 +killed/);
    expect(text).toMatch(/══ database is put back, epoch 2, and loses nothing ═/);
    expect(text).toMatch(/══ everything is healed/);
  });

  it('says what a restore takes away', () => {
    const text = broken((draft) => {
      const logs = draft.end.logs.map(({ conversation, epoch }) => ({ conversation, epoch, head: 1, marks: [] }));
      draft.events.push({ type: 'restored', at: 0, who: 'database', logs });
    });
    expect(text).toContain(`and loses all:2-${head()} ═`);
  });

  it('counts what says nothing new instead of telling it', () => {
    const text = tellText(history, []);
    expect(text).toMatch(/· and \d+ reads of what was known, \d+ marks, \d+ descriptions? of what was known/);
    expect(text).not.toContain('entries.read');
    expect(text.split('\n').length).toBeLessThan(history.events.length);
  });

  it('marks the event that a breach points at, and says there what is broken', () => {
    const lines = broken((draft) => BROKEN.kept['a confirmation comes before its commit']?.(draft)).split('\n');
    const marked = lines.filter((line) => line.includes('►') && line.includes('──▶'));
    expect(marked).toHaveLength(1);
    const [, seq] = /confirms m\d as all:(\d+)/.exec(marked[0] ?? '') ?? [];
    const said = new RegExp(`▲ kept: .* number ${seq} of all, .* is not durable`);
    expect(lines[lines.indexOf(marked[0] ?? '') + 1]).toMatch(said);
  });

  it('never counts away what a breach points at', () => {
    const text = broken((draft) => BROKEN.marks['a mark is beyond the log']?.(draft));
    expect(text).toMatch(/► database +all: .* has read/);
  });

  it('ends with what tabs show otherwise than the log', () => {
    const whole = tellText(history, []);
    const end = (text: string) => text.slice(text.indexOf('══ in the end'));
    expect(end(whole)).toContain(`all       epoch 2, head ${head()}: `);
    expect(end(whole)).not.toContain('lacks');
    const lacking = broken((draft) => BROKEN.converges['a tab lacks an item']?.(draft));
    expect(end(lacking)).toMatch(/\w+\/\d\.\d +lacks \w+:\d+ \(.* by \w+\)/);
    expect(end(broken((draft) => BROKEN.counts['a tab counts one more unread']?.(draft)))).toMatch(
      /\w+\/\d\.\d +\w+: unread is \d+, and \d+ by the log/,
    );
  });

  it('fits a terminal, and has no id in full', () => {
    const text = broken((draft) => Object.values(BROKEN.converges).map((change) => attempt(() => change(draft))));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(MOST_CHARACTERS);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it('gives a terminal nothing that it would obey', () => {
    const text = broken(({ events }) => {
      for (const event of events) if (event.type === 'wrote') event.text = '\u001b[2J\u202etxt';
    });
    expect(text).toContain('·[2J·txt');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('names events that it does not know', () => {
    const rung = { type: 'rung', at: 1, who: 'bell' } as unknown as HistoryEvent;
    expect(tellText({ ...history, events: [rung, ...history.events] }, [])).toMatch(/0\.001 +bell +rung/);
  });
});

/** What a change does not find is left as it is. */
function attempt(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    expect((error as Error).message).toContain('nothing of that kind');
  }
}
