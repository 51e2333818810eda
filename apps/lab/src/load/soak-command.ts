// `kith bench soak`: many people and a quiet load for hours. After each span the server's memory is read, before and after its
// garbage is collected: what rises from span to span is a leak. Messages are checked as in every round.
import { writeFileSync } from 'node:fs';
import { residentBytes } from '../measure/resident.js';
import type { KithStack } from '../stack/kith-stack.js';
import type { Crowd } from './crowd.js';
import { openGround } from './ground.js';
import { gather, type LoadTerminal } from './load-command.js';
import { parseSoakOptions, type SoakOptions } from './load-options.js';
import { measureRound } from './round.js';
import { Status } from './status.js';
import { grows, type Sample, trendOf } from './trend.js';

const MIB = 1024 * 1024;
const SECONDS_PER_MINUTE = 60;
const MS_PER_HOUR = 3_600_000;
const PARSED_EVERY = 100;
/** Of the samples, at the beginning: caches fill. */
const WARM_SHARE = 0.25;
/** Of what there is, that may be added in an hour. */
const MOST_PER_HOUR = 0.03;
const GROWS = 2;

/** After a span. Memory in bytes. */
type Reading = {
  readonly hours: number;
  /** Proportional set size, before anything was collected by force. */
  readonly resident: number;
  /** Heap and external memory in use, after it was. */
  readonly live: number;
  readonly acked: number;
  readonly copies: number;
  readonly comings: number;
  readonly turnedAway: number;
  /** Lost, out of order, holes, undelivered, unanswered. */
  readonly broken: number;
  readonly ended: number;
  readonly ackP99Ms: number;
};

type Growth = { readonly mibPerHour: number; readonly z: number; readonly mean: number; readonly grows: boolean };

type Running = { readonly status: Status; readonly signal: AbortSignal };

/** @returns the exit status. @throws LoadUsageError, or where it could not run */
export async function runSoak(args: readonly string[], { out, signal }: LoadTerminal): Promise<number> {
  const options = parseSoakOptions(args);
  const status = new Status(options.isJson);
  const readings = await soak(options, { status, signal });
  status.end();
  const growth = { resident: growthOf(readings, 'resident'), live: growthOf(readings, 'live') };
  const broken = readings.reduce((sum, reading) => sum + reading.broken + reading.ended, 0);
  const json = JSON.stringify({ people: options.people, perSecond: options.rate, broken, growth, readings }, null, 2);
  if (options.out !== null) writeFileSync(options.out, `${json}\n`);
  if (options.isJson) out(json);
  else for (const line of linesOf(options, readings, growth)) out(line);
  if (broken > 0) return 1;
  return growth.resident.grows || growth.live.grows ? GROWS : 0;
}

async function soak(options: SoakOptions, { status, signal }: Running): Promise<readonly Reading[]> {
  status.line('PostgreSQL and Kith are started');
  const ground = await openGround({ isInspected: true });
  try {
    const { crowd } = await gather(ground, { people: options.people, parsedEvery: PARSED_EVERY }, status);
    try {
      const readings: Reading[] = [];
      const fromMs = performance.now();
      for (let span = 1; span <= options.spans; span += 1) {
        const measured = await readingOf({ stack: ground.stack, crowd, fromMs }, { options, span }, { status, signal });
        if (signal.aborted) throw new Error('it was ended before its end');
        const { resident, live, acked, broken } = measured;
        status.line(
          `span ${span} of ${options.spans}: resident ${mib(resident)} MiB, live ${mib(live)} MiB, ${acked} acknowledged, ${broken} lost or out of order`,
        );
        readings.push(measured);
      }
      return readings;
    } finally {
      crowd.close();
    }
  } finally {
    await ground.close();
  }
}

async function readingOf(
  { stack, crowd, fromMs }: { readonly stack: KithStack; readonly crowd: Crowd; readonly fromMs: number },
  { options, span }: { readonly options: SoakOptions; readonly span: number },
  { status, signal }: Running,
): Promise<Reading> {
  const seconds = options.minutes * SECONDS_PER_MINUTE;
  const round = await measureRound(
    { stack, crowd },
    { perSecond: options.rate, seconds, comingPerSecond: options.coming },
    {
      signal,
      onSecond: ({ acked, copies, server, postgres }, second) => {
        const cores = [server, postgres].map((core) => `${Math.round(core * 100)} %`).join(', ');
        const counts = `${acked} acked, ${copies} copies; CPU of server, PostgreSQL ${cores}`;
        status.at(`span ${span}/${options.spans}, second ${second}/${seconds}: ${counts}`);
      },
    },
  );
  const { acked, copies, comings, turnedAway, unanswered, ended, violations, acks } = round;
  const { outOfOrder, holes, undelivered, lost } = violations;
  const resident = residentBytes(stack.cpu.gatewayPid);
  const { inspector } = stack;
  if (inspector === null) throw new Error('the server was started without its inspector');
  const { heapUsed, external } = await inspector.memory();
  return {
    hours: (performance.now() - fromMs) / MS_PER_HOUR,
    ...{ resident, live: heapUsed + external, acked, copies, comings, turnedAway, ended },
    broken: outOfOrder + holes + undelivered + (lost ?? 0) + unanswered,
    ackP99Ms: acks.percentile(99),
  };
}

/** Of what comes after the caches have filled. */
function growthOf(readings: readonly Reading[], what: 'resident' | 'live'): Growth {
  const counted = readings.slice(Math.floor(readings.length * WARM_SHARE));
  const samples: readonly Sample[] = counted.map((reading) => ({ at: reading.hours, value: reading[what] }));
  const { slope, z } = trendOf(samples);
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / samples.length;
  return { mibPerHour: slope / MIB, z, mean, grows: grows(samples, MOST_PER_HOUR) };
}

function linesOf(
  { people, rate, coming }: SoakOptions,
  readings: readonly Reading[],
  growth: { readonly resident: Growth; readonly live: Growth },
): readonly string[] {
  const sum = (of: (reading: Reading) => number) => readings.reduce((total, reading) => total + of(reading), 0);
  const hours = readings.at(-1)?.hours ?? 0;
  const line = (name: string, { mibPerHour, mean, z, grows: isGrowing }: Growth) => {
    const rate = `${mibPerHour >= 0 ? '+' : ''}${mibPerHour.toFixed(2)} MiB an hour`;
    return `  ${isGrowing ? '✗' : '✓'} ${name}: ${mib(mean)} MiB, ${rate} (z ${z.toFixed(1)})`;
  };
  const [broken, ended] = [sum((reading) => reading.broken), sum((reading) => reading.ended)];
  return [
    `${hours.toFixed(2)} hours, ${people} people, ${rate} messages a second, ${coming} people a second who go and come back`,
    '',
    `  ${broken === 0 ? '✓' : '✗'} lost, out of order, not delivered or not answered: ${broken}`,
    `  ${ended === 0 ? '✓' : '✗'} connections that the server ended: ${ended}`,
    line('resident memory', growth.resident),
    line('live heap', growth.live),
    '',
    `  messages acknowledged: ${sum(({ acked }) => acked)}, copies: ${sum(({ copies }) => copies)}, came back: ${sum(({ comings }) => comings)}, told to come later: ${sum(({ turnedAway }) => turnedAway)}`,
  ];
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
