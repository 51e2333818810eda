// The two measures at saturation: copies delivered in groups of 27, and messages made durable with one recipient each.
import type { Lab } from '../lab.js';
import { format } from '../report.js';
import type { Results } from '../results.js';
import { type Load, type LoadResult, measureLoad } from '../world/measure-load.js';
import { profiled } from './profiled.js';
import { inRounds, type Round } from './rounds.js';

/** Enough conversations for several to share a batch, and enough under way for frames to be joined. */
export const FANOUT = { name: 'fan-out', count: 16, size: 27 };
export const FANOUT_LOAD = { senders: 2, window: 24 };
export const DURABLE = { name: 'durable', count: 200, size: 2 };
export const DURABLE_LOAD = { senders: 1, window: 16 };

export async function runFanout(lab: Lab): Promise<void> {
  const rounds = await measure(lab, FANOUT, FANOUT_LOAD);
  const perCpuSecond = ({ copies, cpu }: LoadResult) => copies / cpu.gateway;
  const perSecond = ({ copies, seconds }: LoadResult) => copies / seconds;
  const stored = ({ acked, cpu }: LoadResult) => acked / (cpu.gateway + cpu.postgres);
  lab.results.figure(
    'fanout',
    rounds.map(({ kith }) => perCpuSecond(kith)),
  );
  lab.results.figure(
    'stored',
    rounds.map(({ kith }) => stored(kith)),
  );
  compare(lab.results, rounds, { what: 'stored and sent to 26, per CPU-second', unit: 'messages', of: stored });
  compare(lab.results, rounds, { what: 'copies per gateway CPU-second', unit: 'copies', of: perCpuSecond });
  compare(lab.results, rounds, { what: 'copies per second, groups of 27', unit: 'copies', of: perSecond });
}

export async function runDurable(lab: Lab): Promise<void> {
  const rounds = await measure(lab, DURABLE, DURABLE_LOAD);
  const perSecond = ({ acked, seconds }: LoadResult) => acked / seconds;
  lab.results.figure(
    'durable',
    rounds.map(({ kith }) => perSecond(kith)),
  );
  compare(lab.results, rounds, { what: 'messages durable per second', unit: 'messages', of: perSecond });
}

async function measure(
  lab: Lab,
  world: { readonly name: string; readonly count: number; readonly size: number },
  load: Omit<Load, 'seconds'>,
): Promise<readonly Round<LoadResult>[]> {
  const rounds = await inRounds(lab, world, {
    measure: (opened) => {
      const run = () => measureLoad(opened, { ...load, seconds: lab.options.seconds });
      return opened.stack.name === 'Kith' ? profiled(lab, world.name, run) : run();
    },
    say,
  });
  for (const { kith } of rounds) lab.results.violated(kith.violations);
  lab.results.details[world.name] = { world, load, rounds };
  return rounds;
}

function compare(
  results: Results,
  rounds: readonly Round<LoadResult>[],
  { what, unit, of }: { readonly what: string; readonly unit: string; readonly of: (result: LoadResult) => number },
): void {
  const [kith, plain] = [rounds.map((round) => of(round.kith)), rounds.map((round) => of(round.plain))];
  results.compare(what, unit, { kith, plain, better: 'higher' });
}

function say({ copies, acked, seconds, cpu, loadCpu, joining, violations, refusals }: LoadResult): string {
  const share = (cpuSeconds: number) => `${Math.round((cpuSeconds / seconds) * 100)} %`;
  const { outOfOrder, holes, undelivered, lost } = violations;
  const wrong = outOfOrder + holes + undelivered + (lost ?? 0);
  const parts = [
    `${format(acked / seconds)} messages/s`,
    `${format(copies / seconds)} copies/s`,
    `${format(copies / cpu.gateway)} copies per gateway CPU-second`,
    `CPU: gateway ${share(cpu.gateway)}, PostgreSQL ${share(cpu.postgres)}, load ${share(loadCpu)}`,
    wrong === 0
      ? 'order whole'
      : `out of order ${outOfOrder}, holes ${holes}, missing ${undelivered}, lost ${lost ?? '-'}`,
  ];
  if (joining !== null) {
    const { framesPerWrite, entriesPerBatch } = joining;
    parts.push(`${format(framesPerWrite)} frames per write, ${format(entriesPerBatch)} entries per batch`);
  }
  if (Object.keys(refusals).length > 0) parts.push(`refused: ${JSON.stringify(refusals)}`);
  return parts.join(' · ');
}
