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
      say: sayAcks,
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
  lab.results.details[id] = rounds.map(({ kith, plain }) => ({ kith: ackDetail(kith), plain: ackDetail(plain) }));
}

/** A round in a line. */
export function sayAcks({ samples }: AckResult): string {
  return `p50 ${ms(samples.percentile(50))}, p99 ${ms(samples.percentile(99))}, max ${ms(samples.max())}`;
}

/** A round among the results. Milliseconds. */
export function ackDetail({ samples, violations }: AckResult): object {
  const [p50, p90, p99] = [50, 90, 99].map((percent) => samples.percentile(percent));
  return { count: samples.count, p50, p90, p99, max: samples.max(), violations };
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}
