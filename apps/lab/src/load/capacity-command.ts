// `kith bench capacity`: the load at which messages begin to take 100 ms, found in several runs, and said in a sentence.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { carriedBy, findKnee, type Knee, resourceOf, type Step, type Usage } from './capacity.js';
import type { Crowd } from './crowd.js';
import { type Ground, openGround } from './ground.js';
import { gather, type LoadTerminal } from './load-command.js';
import { type CapacityOptions, parseCapacityOptions } from './load-options.js';
import { measureRound, type Round } from './round.js';
import { Status } from './status.js';

const MOST_MS = 100;
const PARSED_EVERY = 100;
const COMING_PER_SECOND = 1;
/** What was to be sent and was not in time is not carried. */
const LEAST_ACKED = 0.95;
/** Where later runs begin, by what the first has found. */
const NEXT_FROM = 0.5;
const TOO_NOISY = 2;

type Running = { readonly status: Status; readonly signal: AbortSignal };
type Measured = { readonly ground: Ground; readonly crowd: Crowd };
type Broken = { lostOrDisordered: number };

/** @returns the exit status. @throws LoadUsageError, or where it could not run */
export async function runCapacity(args: readonly string[], { out, signal }: LoadTerminal): Promise<number> {
  const options = parseCapacityOptions(args);
  const status = new Status(options.isJson);
  const broken: Broken = { lostOrDisordered: 0 };
  const knees = await kneesOf(options, { status, signal }, broken);
  status.end();
  const carried = carriedBy(knees);
  const sentence = sentenceOf(options, knees);
  const json = JSON.stringify({ sentence, people: options.people, ...carried, ...broken, runs: knees }, null, 2);
  if (options.out !== null) writeFileSync(options.out, `${json}\n`);
  out(options.isJson ? json : sentence);
  if (broken.lostOrDisordered > 0) {
    if (!options.isJson) out(`BROKEN: ${broken.lostOrDisordered} messages were lost or out of order on the way.`);
    return 1;
  }
  return carried.isTooNoisy ? TOO_NOISY : 0;
}

export function sentenceOf({ people }: Pick<CapacityOptions, 'people'>, knees: readonly Knee[]): string {
  const { perSecond, plusMinus, isTooNoisy, resource } = carriedBy(knees);
  const found = knees.map((knee) => knee.perSecond).join(', ');
  if (isTooNoisy) {
    return `Too noisy: with ${people} people connected, the runs found ${found} messages a second at p99 below ${MOST_MS} ms; what ended the one in the middle was ${resource}.`;
  }
  const runs = knees.length === 1 ? 'in one run' : `± ${plusMinus} in ${knees.length} runs`;
  return `This machine carries ${people} people connected and ${perSecond} messages a second (${runs}), half of them in groups of 27, at p99 below ${MOST_MS} ms; what ended it was ${resource}.`;
}

async function kneesOf(options: CapacityOptions, running: Running, broken: Broken): Promise<readonly Knee[]> {
  const { status } = running;
  status.line('PostgreSQL and Kith are started');
  const ground = await openGround();
  try {
    if (ground.pinning.missing !== null) status.line(`NOT PINNED: ${ground.pinning.missing}`);
    if (ground.database.warning !== null) status.line(`WARNING: ${ground.database.warning}`);
    const { crowd } = await gather(ground, { people: options.people, parsedEvery: PARSED_EVERY }, status);
    try {
      const knees: Knee[] = [];
      for (let run = 1; run <= options.runs; run += 1) {
        const from = Math.max(1, (knees[0]?.perSecond ?? 0) * NEXT_FROM || options.from);
        const measure = (perSecond: number) =>
          stepOf({ ground, crowd }, { perSecond, run, options }, { ...running, broken });
        const knee = await findKnee(from, measure);
        status.line(`run ${run} of ${options.runs}: ${knee.perSecond} messages a second; then ${knee.ending.resource}`);
        knees.push(knee);
      }
      return knees;
    } finally {
      crowd.close();
    }
  } finally {
    await ground.close();
  }
}

type Asked = { readonly perSecond: number; readonly run: number; readonly options: CapacityOptions };

async function stepOf(
  { ground: { stack, pinning }, crowd }: Measured,
  { perSecond, run, options }: Asked,
  { status, signal, broken }: Running & { readonly broken: Broken },
): Promise<Step> {
  const before = busySeconds();
  const startedMs = performance.now();
  const plan = { perSecond, seconds: options.seconds, comingPerSecond: COMING_PER_SECOND };
  const round = await measureRound({ stack, crowd }, plan, {
    signal,
    onSecond: ({ acked, copies }, second) => {
      const counts = `${acked} acked, ${copies} copies`;
      status.at(`run ${run} of ${options.runs}, ${perSecond} a second, ${second}/${options.seconds} s: ${counts}`);
    },
  });
  if (signal.aborted) throw new Error('it was ended before its end');
  const { outOfOrder, holes, lost } = round.violations;
  broken.lostOrDisordered += outOfOrder + holes + (lost ?? 0);
  const machine = (busySeconds() - before) / ((performance.now() - startedMs) / 1_000);
  const failed = failureOf(round);
  const resource = resourceOf(usageOf(round, { machine, isPinned: pinning.missing === null }));
  status.line(`run ${run}: ${perSecond} messages a second ${failed === null ? 'are carried' : `are not: ${failed}`}`);
  return { perSecond, failed, resource };
}

/** Null where everything was in time. */
function failureOf(round: Round): string | null {
  const { acks, deliveries, sent, acked, unanswered, violations, thrownAway } = round;
  for (const [what, histogram] of Object.entries({ acknowledged: acks, delivered: deliveries })) {
    const p99 = histogram.percentile(99);
    if (p99 >= MOST_MS) return `${what} after ${p99.toFixed(0)} ms at p99`;
  }
  if (acked < sent * LEAST_ACKED || unanswered > 0)
    return `${sent - acked} of ${sent} messages were not acknowledged in time`;
  if (violations.undelivered > 0) return `${violations.undelivered} people do not have the last message`;
  return thrownAway;
}

function usageOf(
  { cpu, loadCpu, seconds, thrownAway }: Round,
  { machine, isPinned }: { readonly machine: number; readonly isPinned: boolean },
): Usage {
  const [server, postgres, load] = [cpu.gateway / seconds, cpu.postgres / seconds, loadCpu / seconds];
  return { server, postgres, load, machine, isPinned, isLoadLimited: thrownAway !== null };
}

/** CPU seconds that all cores have worked since the machine began. */
function busySeconds(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1_000;
}
