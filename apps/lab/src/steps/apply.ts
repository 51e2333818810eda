// Live entries into the SDK: 10,000 in one conversation and over 50, kept in memory and in files; each round in a process of
// its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Lab } from '../lab.js';
import { format } from '../report.js';
import type { ApplyRequest, ApplyResult } from '../sdk/apply-process.js';
import { inChild } from '../sdk/sdk-child.js';

const ENTRIES = 10_000;
const CASES = [
  { figure: 'sdk-apply', what: 'one conversation, memory', conversations: 1, isInFiles: false },
  { figure: 'sdk-apply-spread', what: '50 conversations, memory', conversations: 50, isInFiles: false },
  { figure: 'sdk-apply-files', what: 'one conversation, files', conversations: 1, isInFiles: true },
  { figure: 'sdk-apply-files-spread', what: '50 conversations, files', conversations: 50, isInFiles: true },
] as const;

export async function runApplySteps({ progress, options, results }: Lab): Promise<void> {
  const details: { [what: string]: readonly ApplyResult[] } = {};
  for (const { figure, what, conversations, isInFiles } of CASES) {
    const rounds: ApplyResult[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const directory = isInFiles ? await mkdtemp(join(resolve('.tmp'), 'apply-')) : null;
      const request: ApplyRequest = { entries: ENTRIES, conversations, directory };
      const name = `apply: ${format(ENTRIES)} entries, ${what}, round ${round} of ${options.rounds}`;
      try {
        rounds.push(await progress.step(name, () => inChild<ApplyResult>({ role: 'sdk-apply', request }), say));
      } finally {
        if (directory !== null) await rm(directory, { recursive: true });
      }
    }
    // CPU time: on a core of its own the process takes no longer, and what else runs on the machine is not in it.
    results.figure(
      figure,
      rounds.map(({ cpuMs }) => cpuMs),
    );
    details[what] = rounds;
  }
  results.details.apply = { entries: ENTRIES, ...details };
}

function say({ shownMs, keptMs, cpuMs, batches }: ApplyResult): string {
  const perSecond = format((ENTRIES / shownMs) * 1_000);
  return `${perSecond} entries/s, shown in ${format(shownMs)} ms, kept in ${format(keptMs)} ms, CPU ${format(cpuMs)} ms, ${batches} batches`;
}
