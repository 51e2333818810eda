// Killing the server again and again while everybody talks: at a named point of a send, or at any time. Each kill at a point
// is also checked to have been one: what the devices were told of the message under way depends on where the process died.
import { KILL_POINTS, type KillPoint, keyOfLastWords } from './kill-points.js';
import { until, within } from './until.js';
import type { World } from './world.js';

export type Round = { readonly kill: number; readonly of: number; readonly acked: number };
export type Progress = (round: Round) => void;

/** Messages that each device keeps unanswered. */
const WINDOW = 3;
/** The process dies at one of its first so many writes. */
const MOST_PASSINGS = 40;
const DIES_MS = 30_000;
/** From the first ack of a run, or now and then from its start, to its death. Milliseconds. */
const MOST_RANDOM_MS = 250;
const EARLY_DEATHS = 0.15;
/** Messages between two deaths at a random time: enough to have some under way, few enough to check them all. */
const MOST_MESSAGES = 400;

/** Leaves a server running that kills nothing. @returns what was not as it must be about the kills themselves */
export async function killAtPoint(world: World, point: KillPoint, kills: number): Promise<readonly string[]> {
  const deaths: Death[] = [];
  await world.killServer();
  world.talk(WINDOW);
  for (let kill = 1; kill <= kills; kill += 1) {
    const server = await world.startServer({ point, passing: 1 + world.random.below(MOST_PASSINGS) });
    const exit = await within(`the server kills itself at ${point}`, server.exited, DIES_MS);
    await world.killServer();
    const key = keyOfLastWords(server.output.err);
    if (exit.signal !== 'SIGKILL' || key === null) throw new Error(`the server ended by itself:\n${server.output.err}`);
    deaths.push({ key, run: world.run, sends: world.ledger.said.get(key)?.sends ?? 0 });
  }
  await world.startServer();
  await world.settle();
  return [...deaths.flatMap((death) => judgeDeath(world, point, death)), ...judgeDeaths(world, point, deaths)];
}

/** Leaves a server running. */
export async function killAtRandom(world: World, kills: number, progress: Progress = () => {}): Promise<void> {
  const { random, ledger } = world;
  for (let kill = 1; kill <= kills; kill += 1) {
    const ackedBefore = ledger.acked.size;
    world.talk(1 + random.below(2 * WINDOW));
    if (!random.chance(EARLY_DEATHS)) {
      await until('the first ack of a run', () => ledger.acked.size > ackedBefore, { withinMs: DIES_MS });
    }
    const diesAfterMs = random.below(MOST_RANDOM_MS);
    const startedMs = performance.now();
    const isDue = () =>
      performance.now() - startedMs >= diesAfterMs || ledger.acked.size - ackedBefore >= MOST_MESSAGES;
    await until('the moment to die', isDue, { withinMs: DIES_MS });
    await world.killServer();
    await world.startServer();
    progress({ kill, of: kills, acked: ledger.acked.size });
  }
}

type Death = {
  /** Of the message that was under way. */
  readonly key: string;
  readonly run: number;
  /** How often it had been sent when the process died. */
  readonly sends: number;
};

/** Where the process died shows in what became of the message. */
function judgeDeath({ ledger }: World, point: KillPoint, { key, run, sends }: Death): string[] {
  const acked = ledger.acked.get(key);
  if (!acked) return [`${point}: the message under way in run ${run} was never confirmed`];
  switch (point) {
    case 'received':
    case 'before-append':
      // A second sending may find what an earlier run has committed.
      if (acked.run <= run) return [`${point}: was confirmed in run ${acked.run}, which died before in run ${run}`];
      return sends === 1 && acked.sends === 2 && acked.duplicate ? [`${point}: was in the log already`] : [];
    case 'after-commit':
      if (acked.run <= run && sends === 1) return [`${point}: the ack left before the process died`];
      return acked.run > run && !acked.duplicate ? [`${point}: was not in the log`] : [];
    case 'before-publish':
      return acked.run > run ? [`${point}: the ack had not left`] : [];
  }
}

/** Whether any device was shown the message by the run that died. */
function wasShown({ ledger, devices }: World, { key, run }: Death): boolean {
  const acked = ledger.acked.get(key);
  if (!acked) return false;
  const shown = devices.map(({ name }) => ledger.seen.get(name)?.get(acked.conversation)?.get(acked.seq)?.run);
  return shown.some((by) => by !== undefined && by <= run);
}

/** Of so few deaths a share says nothing: one that met what is looked at is enough. */
const FEW = 10;

/** A check that looks at nothing is none: a quarter of the deaths must have met a message at its first sending. */
function judgeDeaths(world: World, point: KillPoint, deaths: readonly Death[]): string[] {
  const first = deaths.filter(({ sends }) => sends === 1).length;
  const least = deaths.length < FEW ? 1 : deaths.length / 4;
  const found = first >= least ? [] : [`${point}: only ${first} of ${deaths.length} met a first sending`];
  // A reader or the repair may find in the log what was not published, in the moment before the process dies.
  const shown = deaths.filter((death) => death.sends === 1 && wasShown(world, death)).length;
  if (point === 'before-publish' && shown * 4 > deaths.length) {
    found.push(`${point}: ${shown} of ${deaths.length} were shown before the process died`);
  }
  return world.run > deaths.length ? found : [...found, `${point} (${KILL_POINTS[point]}): fewer runs than kills`];
}
