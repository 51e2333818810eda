// The role `peers` of this program: Kith and what others would use do the same work in interleaved rounds, each on the core of
// the servers and the same PostgreSQL, with the same load from the other core.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Pinning, pinLoad } from '../measure/pinning.js';
import { median } from '../measure/samples.js';
import { Progress } from '../progress.js';
import { format, table } from '../report.js';
import { startDatabase } from '../stack/database.js';
import { startKithStack } from '../stack/kith-stack.js';
import { startPlainStack } from '../stack/plain-stack.js';
import { hasRedis } from '../stack/redis.js';
import type { Stack } from '../stack/stack.js';
import { ACKS } from '../steps/acks.js';
import { DURABLE, DURABLE_LOAD, FANOUT, FANOUT_LOAD } from '../steps/saturation.js';
import { copyCost, STEADY, STEADY_PER_SECOND } from '../steps/steady.js';
import { measureAcks } from '../world/measure-acks.js';
import { measureLoad } from '../world/measure-load.js';
import { openWorld, type World } from '../world/world.js';
import { hasEjabberd, startEjabberd } from './ejabberd-stack.js';
import { installPeers } from './peer-packages.js';
import { startBun, startSocketIo } from './peer-stacks.js';
import type { PeersOptions } from './peers-options.js';

type Figures = { readonly [id: string]: number };
type Found = { readonly figures: Figures; readonly outOfOrder: number; readonly lost: number; readonly load: number };

type Work = {
  readonly name: string;
  readonly rooms: { readonly count: number; readonly size: number };
  /** Not of a stack that stores nothing. */
  readonly isOfStored: boolean;
  readonly run: (world: World, seconds: number) => Promise<Found>;
};

/** What each figure is, and whether the higher one is the better one. */
const FIGURES: { readonly [id: string]: { readonly what: string; readonly unit: string; readonly isMore: boolean } } = {
  copies: { what: 'copies per gateway CPU-second, groups of 27', unit: 'copies', isMore: true },
  stored: { what: 'stored and sent to 26, per CPU-second with the database', unit: 'messages', isMore: true },
  durable: { what: 'stored and acknowledged a second, one recipient', unit: 'messages', isMore: true },
  cost: { what: 'gateway CPU per copy, 400 messages a second to groups of 27', unit: 'µs', isMore: false },
  ack100p50: { what: 'acknowledgement at 100 a second, p50', unit: 'ms', isMore: false },
  ack100p99: { what: 'acknowledgement at 100 a second, p99', unit: 'ms', isMore: false },
  ack400p50: { what: 'acknowledgement at 400 a second, p50', unit: 'ms', isMore: false },
  ack400p99: { what: 'acknowledgement at 400 a second, p99', unit: 'ms', isMore: false },
};

/** Above it the load generator is the limit, and a figure is not the server's. */
const MOST_LOAD = 0.9;
/** Pools let go of what they do not use: the database has not connections enough for all of them at once. */
const BETWEEN_MS = 1_500;

const WORKS: readonly Work[] = [
  {
    name: 'groups of 27, as much as goes',
    rooms: FANOUT,
    isOfStored: false,
    run: async (world, seconds) => {
      const { copies, acked, cpu, loadCpu, violations, ...measured } = await measureLoad(world, {
        ...FANOUT_LOAD,
        seconds,
      });
      const stored = world.stack.name === 'Bun' ? {} : { stored: acked / (cpu.gateway + cpu.postgres) };
      return found({ copies: copies / cpu.gateway, ...stored }, violations, loadCpu / measured.seconds);
    },
  },
  {
    name: 'one to one, as much as goes',
    rooms: DURABLE,
    isOfStored: true,
    run: async (world, seconds) => {
      const { acked, loadCpu, violations, ...measured } = await measureLoad(world, { ...DURABLE_LOAD, seconds });
      return found({ durable: acked / measured.seconds }, violations, loadCpu / measured.seconds);
    },
  },
  {
    name: 'groups of 27, 400 messages a second',
    rooms: STEADY,
    isOfStored: false,
    run: async (world, seconds) => {
      const measured = await measureAcks(world, { perSecond: STEADY_PER_SECOND, seconds });
      return found({ cost: copyCost(measured) }, measured.violations, 0);
    },
  },
  ...[100, 400].map((perSecond) => acknowledgements(perSecond)),
];

function acknowledgements(perSecond: number): Work {
  return {
    name: `one to one, ${perSecond} messages a second`,
    rooms: ACKS,
    isOfStored: true,
    run: async (world, seconds) => {
      // A 99th percentile of fewer than a thousand would be a matter of chance.
      const span = Math.max(seconds, 1_000 / perSecond);
      const { samples, violations } = await measureAcks(world, { perSecond, seconds: span });
      const [p50, p99] = [samples.percentile(50), samples.percentile(99)];
      // Between two messages the load generator looks at the clock: its CPU says nothing here.
      return found({ [`ack${perSecond}p50`]: p50, [`ack${perSecond}p99`]: p99 }, violations, 0);
    },
  };
}

function found(
  figures: Figures,
  { outOfOrder, holes, undelivered, lost }: Awaited<ReturnType<typeof measureLoad>>['violations'],
  load: number,
): Found {
  return { figures, outOfOrder: outOfOrder + holes + undelivered, lost: lost ?? 0, load };
}

type Round = { readonly work: string; readonly round: number; readonly stack: Stack['name'] } & Found;

/** @returns the exit code: 1 where Kith broke an order or lost something, else 0 */
export async function runPeers({ seconds, rounds: count, out }: PeersOptions): Promise<number> {
  const progress = new Progress();
  const pinning = pinLoad();
  if (pinning.missing !== null) progress.line(`NOT PINNED: ${pinning.missing}`);
  const opened: { stop(): Promise<void> }[] = [];
  const rounds: Round[] = [];
  let closing: Promise<void> | null = null;
  const closeAll = async () => {
    for (const one of opened.reverse()) await one.stop();
  };
  // A signal and the end of a run, which it brings about, both ask for it: both wait for the same.
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  const stop = () => {
    const end = () => process.exit(130);
    close().then(end, end);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const stacks = await openStacks(progress, pinning, opened);
    for (const { name, rooms, isOfStored, run } of WORKS) {
      const worlds: World[] = [];
      for (const stack of stacks) {
        if (isOfStored && stack.name === 'Bun') continue;
        const seats = await stack.seat(rooms.count, rooms.size);
        await delay(BETWEEN_MS);
        const opening = `${name}: everybody connects to ${stack.name}`;
        worlds.push(await progress.step(opening, () => openWorld(stack, seats)));
      }
      for (let round = 1; round <= count; round += 1) {
        for (const world of worlds) {
          await delay(BETWEEN_MS);
          const what = `${name}, round ${round} of ${count}, ${world.stack.name}`;
          const result = await progress.step(what, () => run(world, seconds), say);
          rounds.push({ work: name, round, stack: world.stack.name, ...result });
        }
      }
      for (const world of worlds) world.close();
    }
  } finally {
    await close();
  }
  process.stdout.write(`\n${report(rounds)}\n`);
  await mkdir(dirname(out), { recursive: true });
  await writeFile(
    out,
    `${JSON.stringify({ at: new Date().toISOString(), notPinned: pinning.missing, rounds }, null, 2)}\n`,
  );
  progress.line(`results are in ${out}`);
  return rounds.some(({ stack, outOfOrder, lost }) => stack === 'Kith' && outOfOrder + lost > 0) ? 1 : 0;
}

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));

/** Whoever calls stops what is in `opened`, also where this throws. */
async function openStacks(
  progress: Progress,
  pinning: Pinning,
  opened: { stop(): Promise<void> }[],
): Promise<readonly Stack[]> {
  const keep = <T extends { stop(): Promise<void> }>(one: T): T => {
    opened.push(one);
    return one;
  };
  const programs = await progress.step('packages of the peers', async () => installPeers(resolve('.tmp', 'peers')));
  const directory = resolve('.tmp', `peers-${process.pid}`);
  await mkdir(directory, { recursive: true });
  const isWithEjabberd = hasEjabberd();
  const database = keep(
    // ejabberd's driver knows TCP alone; the others stay with the socket of the file system.
    await startDatabase({ directory, program: PROGRAM, pinning, isOnLoopback: isWithEjabberd }),
  );
  if (database.warning !== null) progress.line(`WARNING: ${database.warning}`);
  const stacks: Stack[] = [
    keep(await startKithStack({ database, pinning, isInspected: false, node: [] })),
    keep(await startPlainStack({ database, program: PROGRAM, pinning })),
    keep(await startSocketIo({ database, pinning, programs }, false)),
  ];
  if (hasRedis()) stacks.push(keep(await startSocketIo({ database, pinning, programs }, true)));
  else progress.line('LEFT OUT: Socket.IO over Redis, as there is no redis-server here');
  if (isWithEjabberd) {
    stacks.push(keep(await startEjabberd({ database, pinning, directory: `${directory}-ejabberd` })));
  } else progress.line("LEFT OUT: ejabberd, as Debian's packages ejabberd and erlang-p1-pgsql are not installed here");
  stacks.push(keep(await startBun({ database, pinning, programs })));
  return stacks;
}

function say({ figures, outOfOrder, lost, load }: Found): string {
  const parts = Object.entries(figures).map(([id, value]) => `${format(value)} ${FIGURES[id]?.unit}`);
  if (load > MOST_LOAD) parts.push(`THE LOAD SIDE WAS THE LIMIT, at ${Math.round(load * 100)} % of its core`);
  parts.push(outOfOrder + lost === 0 ? 'order whole' : `out of order ${outOfOrder}, lost ${lost}`);
  return parts.join(' · ');
}

/** A row for each figure: the median of each stack, and beside it how many times better Kith was, as the median of the rounds. */
function report(rounds: readonly Round[]): string {
  const names = [...new Set(rounds.map(({ stack }) => stack))];
  const valuesOf = (stack: string, id: string) =>
    rounds.flatMap((round) => (round.stack === stack && round.figures[id] !== undefined ? [round.figures[id]] : []));
  const rows = Object.entries(FIGURES).map(([id, { what, unit, isMore }]) => {
    const kith = valuesOf('Kith', id);
    const cells = names.map((name) => {
      const values = valuesOf(name, id);
      if (values.length === 0) return '-';
      const ratios = values.map((value, round) => {
        const own = kith[round] ?? Number.NaN;
        return isMore ? own / value : value / own;
      });
      const is = format(median(values));
      return name === 'Kith' ? is : `${is} (${median(ratios).toFixed(2)}×)`;
    });
    return [`${what}, ${unit}`, ...cells];
  });
  const disorder = names.map((name) => {
    const all = rounds.filter(({ stack }) => stack === name);
    return format(all.reduce((sum, { outOfOrder }) => sum + outOfOrder, 0));
  });
  const notes = 'In brackets: how many times better Kith was, as the median of the rounds. Bun stores nothing.';
  return `${table(['median of the rounds', ...names], [...rows, ['copies out of order', ...disorder]])}\n\n${notes}`;
}
