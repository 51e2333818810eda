// Where networks shut sockets out, or hold streams back, runs go by the other ways to the server, and not only in name.
import { expect, it } from 'vitest';
import type { HistoryEvent } from '../src/history/history.js';
import { judge } from '../src/laws/judge.js';
import { planOf } from '../src/plan.js';
import { runPlan } from '../src/run.js';

const SEEDS = 100;
/** Runs in which entries were pushed over it, and in which pages were read by requests: about half of what there are. */
const LEAST = { socket: 25, events: 12, poll: 2, request: 4 };

type Way = keyof typeof LEAST;

/** What carried the entries of an event; null where it gives none out as that way does. */
function wayOf(event: HistoryEvent): Way | null {
  if (event.type !== 'told') return null;
  const [, way = 'socket'] = / (events|poll|request) /.exec(event.connection) ?? [];
  return event.isPushed === (way !== 'request') ? (way as Way) : null;
}

it('[F1] over 100 seeds entries come by sockets, by events and by polls, and pages by requests', {
  timeout: 600_000,
}, async () => {
  const runs = { socket: 0, events: 0, poll: 0, request: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const plan = planOf(seed);
    if (!plan.steps.some(({ do: name }) => name === 'wall' || name === 'buffer')) continue;
    const history = await runPlan(plan);
    expect(judge(history), `kith prove --replay ${seed}`).toEqual([]);
    const ways = new Set(history.events.map(wayOf));
    for (const way of ways) if (way !== null) runs[way] += 1;
  }
  for (const [way, least] of Object.entries(LEAST)) expect(runs[way as Way], way).toBeGreaterThanOrEqual(least);
});
