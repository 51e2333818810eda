// The role `bench` of this program: the steps that were asked for, one after the other, the table, the file, the code.
import { mkdir, writeFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Lab, openLab } from './lab.js';
import { pinLoad } from './measure/pinning.js';
import type { Options, StepName } from './options.js';
import { Progress } from './progress.js';
import { formatReport } from './report.js';
import type { Results } from './results.js';
import { runAcks } from './steps/acks.js';
import { runApplySteps } from './steps/apply.js';
import { runDisk } from './steps/disk.js';
import { runIdle } from './steps/idle.js';
import { runMemorySteps } from './steps/memory.js';
import { runOpenSteps } from './steps/open.js';
import { runOverload } from './steps/overload.js';
import { runPages } from './steps/pages.js';
import { runResume } from './steps/resume.js';
import { runRoom } from './steps/room.js';
import { runRush } from './steps/rush.js';
import { runDurable, runFanout } from './steps/saturation.js';
import { runSearch } from './steps/search.js';
import { runSend } from './steps/send.js';
import { runSlow } from './steps/slow.js';
import { runStart } from './steps/start.js';
import { runSteady } from './steps/steady.js';
import { judge, readTargets, type Target } from './targets.js';

/** In the order in which they run: what fills the tables comes late. */
const RUN: { readonly [name in StepName]: (lab: Lab) => Promise<void> } = {
  fanout: runFanout,
  durable: runDurable,
  acks: runAcks,
  steady: runSteady,
  slow: runSlow,
  room: runRoom,
  overload: runOverload,
  disk: runDisk,
  pages: runPages,
  send: runSend,
  search: runSearch,
  rush: runRush,
  idle: runIdle,
  start: runStart,
  apply: runApplySteps,
  memory: runMemorySteps,
  resume: runResume,
  open: runOpenSteps,
};

const TARGETS = fileURLToPath(new URL('../../../bench/targets.json', import.meta.url));

/** @returns the exit code: 1 where order or durability was broken, 2 where a gate that was measured was not met, else 0 */
export async function runBench(options: Options): Promise<number> {
  const progress = new Progress();
  const targets = readTargets(TARGETS);
  const pinning = pinLoad();
  if (pinning.missing !== null) progress.line(`NOT PINNED: ${pinning.missing}`);
  const lab = await progress.step('PostgreSQL, Kith and the plain stack', () => openLab(options, progress, pinning));
  const stop = () => {
    const end = () => process.exit(130);
    lab.close().then(end, end);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    if (lab.database.warning !== null) progress.line(`WARNING: ${lab.database.warning}`);
    for (const [name, run] of Object.entries(RUN)) if (options.only.includes(name as StepName)) await run(lab);
  } finally {
    await progress.step('stopping', () => lab.close());
  }
  process.stdout.write(`\n${formatReport(lab.results, targets)}\n`);
  await writeResults(options, { results: lab.results, targets, machine: machineOf(lab, pinning.missing) });
  progress.line(`results are in ${options.out}`);
  if (!lab.results.isCorrect) return 1;
  return targets.some((target) => judge(target, lab.results.figures.get(target.id)) === 'not met') ? 2 : 0;
}

function machineOf({ database }: Lab, notPinned: string | null) {
  return {
    node: process.version,
    postgres: database.version,
    processors: cpus().map(({ model }) => model),
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${arch()}`,
    notPinned,
  };
}

async function writeResults(
  { out, ...options }: Options,
  {
    results,
    targets,
    machine,
  }: { readonly results: Results; readonly targets: readonly Target[]; readonly machine: object },
): Promise<void> {
  const gates = targets.map((target) => {
    const value = results.figures.get(target.id);
    return { ...target, value: value ?? null, verdict: judge(target, value), rounds: results.rounds[target.id] ?? [] };
  });
  const content = {
    at: new Date().toISOString(),
    machine,
    options,
    gates,
    ratios: results.ratios,
    details: results.details,
  };
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(content, null, 2)}\n`);
}
