// `kith prove`: looks for a run in which a law is broken, makes it as short as it can, and says how to see it again; or tells
// one run step by step.
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { History } from './history/history.js';
import { judge } from './laws/judge.js';
import { type Breach, LAWS } from './laws/law.js';
import { type Options, parseOptions, rangesOf, USAGE, UsageError } from './options.js';
import { planOf } from './plan.js';
import { Progress } from './progress.js';
import { runPlan } from './run.js';
import { search } from './search.js';
import { shrink, withSteps } from './shrink.js';
import { tellHtml } from './tell/html.js';
import { Names } from './tell/names.js';
import { tellText } from './tell/text.js';
import type { Verdict } from './worker.js';

export { USAGE } from './options.js';

const SEEDS = 2 ** 31;
const MOST_TOLD = 10;

/** @returns the exit status: 0 where every law held, 1 where one was broken, 2 where it could not run */
export async function prove(args: readonly string[]): Promise<number> {
  try {
    if (args.includes('--live') && !args.includes('--help')) {
      const { proveLive } = await import('./live/prove-live.js');
      return await proveLive(args, randomInt(SEEDS / 2));
    }
    const options = parseOptions(args, randomInt(SEEDS / 2));
    if (options === 'help') {
      console.log(USAGE);
      return 0;
    }
    return options.replay === null ? await find(options) : await replay(options, options.replay);
  } catch (error) {
    if (error instanceof UsageError) console.error(`kith prove: ${error.message}\n\n${USAGE}`);
    else console.error(`kith prove could not run: ${error instanceof Error ? error.stack : String(error)}`);
    return 2;
  }
}

async function find({ runs, seed, workers, isJson }: Options): Promise<number> {
  const progress = new Progress({ runs, isQuiet: isJson });
  const found = await search({ from: seed, runs, workers, onRun: (verdict) => progress.ran(verdict) });
  progress.end();
  if (found === null) {
    if (isJson) console.log(JSON.stringify({ holds: true, seed, runs, ...progress.figures }));
    else console.log(`Every law held in ${runs} runs, seeds ${seed} to ${seed + runs - 1}: ${progress.summary}.`);
    return 0;
  }
  const [breach] = found.breaches;
  if (breach) await tellBreach(found, breach, { progress, isJson });
  return 1;
}

type Telling = { readonly progress: Progress; readonly isJson: boolean };

async function tellBreach(
  { seed, breaches }: Verdict,
  { law, found }: Breach,
  { progress, isJson }: Telling,
): Promise<void> {
  if (!isJson) console.log(`Broken: ${law}. ${LAWS[law]}\n  seed ${seed}: ${found}`);
  const plan = planOf(seed);
  const lawOf = async (shorter: typeof plan) => judge(await runPlan(shorter))[0]?.law ?? null;
  const steps = await shrink(plan, law, { lawOf, onProgress: (tries, left) => progress.shrinks(tries, left) });
  progress.end();
  const again = `kith prove --replay ${seed} --steps ${rangesOf(steps)}`;
  if (isJson) console.log(JSON.stringify({ ...progress.figures, holds: false, seed, law, breaches, steps, again }));
  else console.log(`  ${steps.length} of its ${plan.steps.length} steps are enough: ${again}`);
}

async function replay({ steps, history: file, html, isJson }: Options, seed: number): Promise<number> {
  const whole = planOf(seed);
  const history = await runPlan(steps === null ? whole : withSteps(whole, steps));
  const breaches = judge(history);
  if (file !== null) writeFileSync(file, `${JSON.stringify(history)}\n`);
  if (html !== null) writeFileSync(html, tellHtml(history, breaches));
  if (isJson) console.log(JSON.stringify({ holds: breaches.length === 0, seed, breaches }));
  else tell(history, breaches);
  return breaches.length === 0 ? 0 : 1;
}

function tell(history: History, breaches: readonly Breach[]): void {
  console.log(tellText(history, breaches));
  if (breaches.length === 0) console.log('Every law held.');
  const names = new Names(history);
  for (const { law, found } of breaches.slice(0, MOST_TOLD)) {
    console.log(`Broken: ${law}. ${LAWS[law]}\n  ${names.shorten(found)}`);
  }
  if (breaches.length > MOST_TOLD) console.log(`  and ${breaches.length - MOST_TOLD} more`);
}
