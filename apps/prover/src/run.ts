// One run: a world is made from a plan, the plan's steps are taken, everything heals, and within a bounded time nothing is on
// its way any more. What comes of it is a history.

// The SDK loads it when it is first wanted, which takes time that no clock here knows of.
import '@kith/sdk/wire/over-http';
import { HISTORY_FORMAT, type History } from './history/history.js';
import { hasStep, type Plan } from './plan.js';
import { trimAll } from './world/aging.js';
import { endOf } from './world/end.js';
import { isExpiring } from './world/expiring.js';
import { take } from './world/steps.js';
import type { Tab } from './world/tab.js';
import { World } from './world/world.js';

/** Virtual milliseconds in which everything has to come to rest. */
const REST_MS = 120_000;
const LEAST_REST_MS = 8_000;
/** A statement that the network has lost is given up after 11 s, and asked again after that. */
const LEAST_REST_WITH_DATABASE_MS = 24_000;
const LOOK_EVERY_MS = 2_000;
/** After that, so that the last marks are told too. */
const LAST_MS = 5_000;
/** Whoever is connected is told within this time where logs begin now. */
const TOLD_MS = 5_000;

export async function runPlan(plan: Plan): Promise<History> {
  const world = new World(plan);
  const strays = (error: unknown) => {
    world.errors.push(`thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
  process.on('unhandledRejection', strays);
  try {
    await world.start();
    for (const [index, step] of plan.steps.entries()) {
      world.recorder.note({ type: 'step', who: 'plan', index, step });
      await take(world, step);
    }
    await comeToRest(world);
    const { people, recorder, errors } = world;
    const end = await endOf(world);
    await world.end();
    return { format: HISTORY_FORMAT, plan, people, events: recorder.events, end: { ...end, errors } };
  } finally {
    process.off('unhandledRejection', strays);
  }
}

async function comeToRest(world: World): Promise<void> {
  world.heal();
  const leastMs = world.plan.database ? LEAST_REST_WITH_DATABASE_MS : LEAST_REST_MS;
  for (let passedMs = 0; passedMs < REST_MS; passedMs += LOOK_EVERY_MS) {
    await world.pass(LOOK_EVERY_MS);
    for (const tab of world.tabs) releaseAll(world, tab);
    if (passedMs >= leastMs && isAtRest(world)) break;
  }
  if (hasStep(world.plan, 'age')) {
    await trimAll(world);
    await world.pass(TOLD_MS);
  }
  await world.pass(LAST_MS);
}

/** What waited for something else does so no longer. */
function releaseAll(world: World, { person }: Tab): void {
  for (const conversation of new Set(world.said.map((said) => said.conversation))) {
    for (const { key, held, status } of person?.unsent(conversation).getSnapshot() ?? []) {
      if (person && held !== null && status !== 'failed') world.watch('release', person.release(key));
    }
  }
}

function isAtRest(world: World): boolean {
  // Nodes whose clocks were set back wait for as long.
  if (!hasStep(world.plan, 'jump') && isExpiring(world)) return false;
  const conversations = new Set(world.said.map(({ conversation }) => conversation));
  return world.allTabs.every(({ person, liveSockets, lines }) => {
    // Where there are two, one takes over from the other; a poll that has vanished is waited for as long as any other.
    if (person?.connection.getSnapshot().kind !== 'open' || liveSockets > 1) return false;
    if (lines.some(({ isLost }) => isLost)) return false;
    const unsent = [...conversations].flatMap((id) => person.unsent(id).getSnapshot());
    return unsent.every(({ status }) => status === 'failed');
  });
}
