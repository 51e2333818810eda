// What can be done to a real server while people talk: each fault by its name, what it needs, and how it goes. Each heals what
// it has broken; that it is bounded in time is its own promise.
import { setTimeout as pause } from 'node:timers/promises';
import type { BrokenLine } from '@kith/testkit/broken-line';
import { SeededRandom } from '@kith/testkit/seeded-random';
import type { OwnGround } from './ground.js';
import type { LiveWorld } from './live-world.js';

export type Scene = {
  readonly world: LiveWorld;
  readonly line: BrokenLine;
  /** Null where the server is somebody else's. */
  readonly ground: OwnGround | null;
  readonly random: SeededRandom;
  /** Longest that one fault may last. */
  readonly mostMs: number;
  /** Tells what happens now. */
  say(words: string): void;
};

type Own = Omit<Scene, 'ground'> & { readonly ground: OwnGround };

type Fault = {
  /** Why it cannot be had; null where it can. */
  lacks(ground: OwnGround | null): string | null;
  run(scene: Scene): Promise<void>;
};

/** The longest that a database stands still. */
const MOST_PAUSE_MS = 30_000;
const MOST_STALL_MS = 6_000;
const HOUR_SECONDS = 3_600;
const OUTSIDE = 'the server is not ours to break';

const FAULTS = {
  kill: own(async ({ ground, random, say }) => {
    say('the server is killed');
    await ground.killServer();
    await pause(random.below(500));
    await ground.startServer();
  }),
  'database-kill': own(async ({ ground, random, say }) => {
    say('the database is killed');
    await ground.postgres.halt();
    await pause(random.below(2_000));
    await ground.postgres.start();
  }),
  'database-pause': own(async ({ ground, random, mostMs, say }) => {
    const ms = between(random, 1_000, Math.min(MOST_PAUSE_MS, mostMs));
    say(`the database stands still for ${seconds(ms)}`);
    ground.postgres.pause();
    await pause(ms);
    ground.postgres.goOn();
  }),
  cut: {
    lacks: () => null,
    async run({ line, random, mostMs, say }) {
      const bytes = 500 + random.below(20_000);
      const ms = between(random, 1_000, Math.min(5_000, mostMs));
      say(`connections end within ${bytes} bytes, for ${seconds(ms)}`);
      line.cutWithin(bytes);
      await pause(ms);
      line.heal();
    },
  },
  slow: {
    lacks: () => null,
    async run({ line, random, mostMs, say }) {
      const ms = between(random, 1_000, Math.min(MOST_STALL_MS, mostMs));
      say(`half of the readers take nothing for ${seconds(ms)}`);
      line.stall(0.5);
      await pause(ms);
      line.heal();
    },
  },
  triple: {
    lacks: () => null,
    async run({ world, random, say }) {
      const count = 3 + random.below(10);
      say(`${count} messages are sent three times each, over two connections`);
      for (let number = 0; number < count; number += 1) await world.triple();
    },
  },
  storm: {
    lacks: () => null,
    async run({ line, random, say }) {
      const times = 3 + random.below(6);
      say(`everybody is cut off and comes back at once, ${times} times`);
      for (let time = 0; time < times; time += 1) {
        line.cutNow(1);
        await pause(50 + random.below(400));
      }
    },
  },
  disk: {
    lacks: (ground) => {
      if (ground === null) return OUTSIDE;
      return ground.disk === null ? 'no small disk (tmpfs) can be mounted here: that takes root on Linux' : null;
    },
    async run(scene) {
      const { ground, disk } = { ...ownOf(scene), disk: ownOf(scene).ground.disk };
      const ms = between(scene.random, 1_000, Math.min(5_000, scene.mostMs));
      scene.say(`the disk is full for ${seconds(ms)}`);
      disk?.fill();
      await pause(ms);
      disk?.free();
      // Without room for its log PostgreSQL may have ended, as after a crash.
      if (!ground.postgres.isRunning) await ground.postgres.start();
    },
  },
  clock: {
    lacks: (ground) => {
      if (ground === null) return OUTSIDE;
      return ground.faketime === null ? 'libfaketime is not installed here' : null;
    },
    async run(scene) {
      const { ground, random } = ownOf(scene);
      const offset = random.chance(0.5) ? HOUR_SECONDS : -HOUR_SECONDS;
      const ms = between(random, 2_000, Math.min(10_000, scene.mostMs));
      scene.say(`the server's clock is an hour ${offset > 0 ? 'ahead' : 'behind'} for ${seconds(ms)}`);
      await ground.killServer();
      const sign = offset > 0 ? '+' : '-';
      await ground.startServer({
        LD_PRELOAD: ground.faketime ?? '',
        FAKETIME: `${sign}${HOUR_SECONDS}s`,
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      });
      await pause(ms);
      await ground.killServer();
      await ground.startServer();
    },
  },
} as const satisfies { readonly [name: string]: Fault };

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES: readonly FaultName[] = [
  'kill',
  'database-kill',
  'database-pause',
  'cut',
  'slow',
  'triple',
  'storm',
  'disk',
  'clock',
];

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

export function lacksOf(name: FaultName, ground: OwnGround | null): string | null {
  return FAULTS[name].lacks(ground);
}

export function runFault(name: FaultName, scene: Scene): Promise<void> {
  return FAULTS[name].run(scene);
}

/** Each once, in an order by the seed; then any of them, for ever. */
export function* faultsBySeed(names: readonly FaultName[], seed: number): Generator<FaultName> {
  const random = new SeededRandom(seed).fork('faults');
  for (const left = [...names]; left.length > 0; ) yield* left.splice(random.below(left.length), 1);
  for (;;) {
    const name = names[random.below(names.length)];
    if (name === undefined) return;
    yield name;
  }
}

function own(run: (scene: Own) => Promise<void>): Fault {
  return { lacks: (ground) => (ground === null ? OUTSIDE : null), run: (scene) => run(ownOf(scene)) };
}

function ownOf({ ground, ...scene }: Scene): Own {
  if (ground === null) throw new Error(OUTSIDE);
  return { ...scene, ground };
}

function between(random: SeededRandom, least: number, most: number): number {
  return least + random.below(Math.max(1, most - least));
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
