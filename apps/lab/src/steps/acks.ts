// Time to acknowledgement at 100 and at 400 messages a second.
import type { Lab } from '../lab.js';
import { type AckResult, measureAcks } from '../world/measure-acks.js';
import { inRounds } from './rounds.js';

export const ACKS = { name: 'acknowledgements', count: 50, size: 2 };
/** What the figures of each rate begin with. */
const RATES = [
  { perSecond: 100, id: 'ack' },
  { perSecond: 400, id: 'ack400' },
] as const;
/** A 99th percentile of fewer samples would be a matter of chance: a thousand have ten above it. */
export const SECONDS_AT_LEAST = 10;

export async function runAcks(lab: Lab): Promise<void> {
  for (const rate of RATES) await runRate(lab, rate);
}

async function runRate(lab: Lab, { perSecond, id }: (typeof RATES)[number]): Promise<void> {
  const seconds = Math.max(SECONDS_AT_LEAST, lab.options.seconds);
  const rounds = await inRounds(
    lab,
    { ...ACKS, name: `${ACKS.name} at ${perSecond} a second` },
    {
      measure: (world) => measureAcks(world, { perSecond, seconds }),
      say: ({ samples }) =>
        `p50 ${ms(samples.percentile(50))}, p99 ${ms(samples.percentile(99))}, max ${ms(samples.max())}`,
    },
  );
  const of = (percent: number, which: 'kith' | 'plain') =>
    rounds.map((round) => round[which].samples.percentile(percent));
  for (const { kith } of rounds) lab.results.violated(kith.violations);
  for (const percent of [50, 99]) {
    lab.results.figure(`${id}-p${percent}`, of(percent, 'kith'));
    lab.results.compare(`acknowledgement at ${perSecond} a second, p${percent}`, 'ms', {
      kith: of(percent, 'kith'),
      plain: of(percent, 'plain'),
      better: 'lower',
    });
  }
  const detail = ({ samples, violations }: AckResult) => ({
    count: samples.count,
    p50: samples.percentile(50),
    p90: samples.percentile(90),
    p99: samples.percentile(99),
    max: samples.max(),
    violations,
  });
  lab.results.details[id] = rounds.map(({ kith, plain }) => ({ kith: detail(kith), plain: detail(plain) }));
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}
