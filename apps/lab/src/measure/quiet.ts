// Waits for servers to have done what is left from before: messages that were written go into the index of messages afterwards,
// and what that takes is no part of what is measured next.
import { setTimeout as delay } from 'node:timers/promises';
import { type CpuOwner, cpuBetween, readCpu } from './cpu.js';

const LOOK_MS = 1_000;
/** Of a core. */
const QUIET = 0.05;
const MOST_LOOKS = 60;

/** @returns whether it was quiet in the end; after a minute it is not waited for any longer */
export async function untilQuiet(of: CpuOwner): Promise<boolean> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const [before, fromMs] = [readCpu(of), performance.now()];
    await delay(LOOK_MS);
    const { gateway, postgres } = cpuBetween(before, readCpu(of));
    if (gateway + postgres < (QUIET * (performance.now() - fromMs)) / 1_000) return true;
  }
  return false;
}
