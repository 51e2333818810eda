// The model test of the replica: random people and devices against the shipped core, with frames left out, doubled and late,
// cuts, crashes at any moment, full disks and restored servers. Every run is made, or the test fails; 200 take some 25 s. A
// failing run prints its seed and path: MODEL_SEED and MODEL_PATH replay it, MODEL_FIRST leaves it as long as it was found,
// MODEL_TRACE prints what every device was given, MODEL_RUNS makes more runs.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Opening } from '../src/replica/timeline.js';
import { ReplicaWorld } from './fixtures/replica-world.js';

const RUNS = Number(process.env.MODEL_RUNS ?? 120);
/** `npm test` makes the same runs each time; `npm run nightly` draws others. */
const FIRST_SEED = '1';
/** A failure is made shorter before it is told, which takes a multiple of the time. */
const MOST_MS = Math.max(300_000, RUNS * 1_000);

const place = fc.nat({ max: 1_000 });
const share = fc.integer({ min: 0, max: 100 });
const step = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      who: place,
      where: place,
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('mention' as const), who: place, where: place, whom: place }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), who: place, where: place, share }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('react' as const), who: place, where: place, share }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('rewrite' as const), who: place, where: place, share }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('erase' as const), who: place, where: place, share }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2_000 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const), who: place, where: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), who: place }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('crash' as const), who: place, where: place, afterMs: fc.nat({ max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('full' as const), who: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), where: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('direct' as const), who: place, whom: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('group' as const), who: place, whom: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), who: place, whom: place, where: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), who: place, whom: place, where: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('role' as const), who: place, whom: place, where: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rename' as const), who: place, where: place }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('read' as const), who: place, where: place, share }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      who: place,
      where: place,
      share,
      how: fc.nat({ max: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('page' as const), who: place, where: place, isBefore: fc.boolean() }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(world: ReplicaWorld, next: Step): Promise<void> {
  const where = 'where' in next ? world.conversation(next.where) : null;
  switch (next.do) {
    case 'wait':
      return world.wait(next.ms);
    case 'connect':
      if (world.device(next.who).replica) world.device(next.who).link?.connect(world.node(next.where));
      return;
    case 'cut':
      world.device(next.who).link?.cut();
      return;
    case 'crash':
      await world.wait(next.afterMs);
      world.device(next.who).crash();
      void world.device(next.who).begin(() => world.node(next.where));
      return;
    case 'full':
      world.device(next.who).stores.isFull = !world.device(next.who).stores.isFull;
      return;
    case 'kill':
      return world.kill(next.where);
    case 'snapshot':
      world.takeSnapshot();
      return;
    case 'restore':
      return world.restore();
    case 'direct':
    case 'group': {
      const members = [world.person(next.whom).user];
      world.command(next.who, 'conversation.create', {
        kind: next.do,
        members,
        ...(next.do === 'group' ? { name: 'g' } : {}),
      });
      return world.wait(20);
    }
    default:
      if (where !== null) return takeIn(world, next, where);
  }
}

type StepIn = Extract<Step, { readonly where: number }>;

async function takeIn(
  world: ReplicaWorld,
  next: StepIn,
  conversation: NonNullable<ReturnType<ReplicaWorld['conversation']>>,
): Promise<void> {
  switch (next.do) {
    case 'say':
      for (let count = 0; count < next.count; count += 1) world.say(next.who, conversation);
      return;
    case 'mention':
      return world.say(next.who, conversation, { users: [world.person(next.whom).user] });
    case 'answer':
    case 'react':
    case 'rewrite':
    case 'erase':
      return world.change(next.who, conversation, next);
    case 'read':
      return world.device(next.who).read(conversation, next.share / 100);
    case 'open': {
      const seq = Math.ceil(
        ((world.cluster.store.conversations.get(conversation)?.entries.length ?? 1) * next.share) / 100,
      );
      const time = world.cluster.clock.now() - next.share * 100;
      const openings: readonly Opening[] = [{ at: 'end' }, { at: 'unread' }, { at: 'seq', seq }, { at: 'time', time }];
      return world.device(next.who).open(conversation, openings[next.how] ?? { at: 'end' });
    }
    case 'page': {
      const [, timeline] = world.device(next.who).timelines[0] ?? [];
      if (next.isBefore) void timeline?.loadBefore();
      else void timeline?.loadAfter();
      return;
    }
    case 'rename':
      return world.command(next.who, 'conversation.update', { conversation, name: `name ${next.who}` });
    case 'add':
    case 'remove':
    case 'role': {
      const user = world.person(next.whom).user;
      const role = next.do === 'role' ? { role: 'admin' } : {};
      return world.command(next.who, `member.${next.do}`, { conversation, user, ...role });
    }
    default:
      return;
  }
}

it(
  'every replica ends equal to the log, counts as the server does, and shows no wrong order, double or hole',
  async () => {
    const { MODEL_SEED: seed = FIRST_SEED, MODEL_PATH: path } = process.env;
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(step, { minLength: 20, maxLength: 150, size: 'max' }),
        async (worldSeed, steps) => {
          const world = new ReplicaWorld(worldSeed);
          await world.start();
          for (const next of steps) await take(world, next);
          await world.comeToRest();
          const breaches = await world.breaches();
          await world.stop();
          expect(breaches).toEqual([]);
          expect(world.cluster.clock.pending).toBeLessThan(20);
        },
      ),
      {
        numRuns: RUNS,
        endOnFailure: process.env.MODEL_FIRST !== undefined,
        seed: Number(seed),
        ...(path === undefined ? {} : { path }),
      },
    );
  },
  MOST_MS,
);
