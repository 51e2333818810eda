// What a copy costs where nothing is joined: 400 messages a second to groups of 27, each copy a write of its own.
import type { Lab } from '../lab.js';
import { type AckResult, measureAcks } from '../world/measure-acks.js';
import { profiled } from './profiled.js';
import { inRounds } from './rounds.js';

export const STEADY = { name: 'steady', count: 16, size: 27 };
export const STEADY_PER_SECOND = 400;
const MICRO = 1e6;

export function copyCost({ copies, cpu }: AckResult): number {
  return (cpu.gateway * MICRO) / copies;
}

export async function runSteady(lab: Lab): Promise<void> {
  const { seconds } = lab.options;
  const rounds = await inRounds(lab, STEADY, {
    measure: (world) => {
      const run = () => measureAcks(world, { perSecond: STEADY_PER_SECOND, seconds });
      return world.stack.name === 'Kith' ? profiled(lab, STEADY.name, run) : run();
    },
    say: (result) => `${copyCost(result).toFixed(1)} µs of the gateway's CPU for a copy`,
  });
  const [kith, plain] = [rounds.map((round) => copyCost(round.kith)), rounds.map((round) => copyCost(round.plain))];
  for (const round of rounds) lab.results.violated(round.kith.violations);
  lab.results.figure('copy-cost', kith);
  lab.results.compare('gateway CPU for a copy, 400 messages a second', 'µs', { kith, plain, better: 'lower' });
}
