// How long messages are kept: somebody sets it for a conversation, or whoever runs the server for all of them, and days pass.
import type { History } from '../history/history.js';
import type { InConversation } from './scene.js';
import type { World } from './world.js';

const DAY_MS = 86_400_000;
/** As time goes on, so do the nodes. */
const LATER_MS = 500;
const DAYS = [1, 2, 1, 0];
const STANDARD_DAYS = [1, 2, null];

export function atRetention({ world, person, conversation, step }: InConversation): void {
  const { where, whom } = step;
  if (where % 3 > 0) {
    const retentionDays = DAYS[whom % DAYS.length] ?? null;
    world.watch('retain', person.command('conversation.update', { conversation, retentionDays }));
    return;
  }
  const days = STANDARD_DAYS[whom % STANDARD_DAYS.length] ?? null;
  const longer = where % 2 === 0;
  world.cluster.store.policies.set(world.cluster.workspace, { days, longer, kept: [] });
  world.recorder.note({ type: 'retention', who: 'everybody', days, longer });
}

/** Nobody does anything for a day: all clocks on the wall go on, and what waits goes on waiting. */
export async function passDay(world: World): Promise<void> {
  world.clock.jump(DAY_MS);
  world.recorder.note({ type: 'life', who: 'everybody', what: 'a day later' });
  await world.pass(LATER_MS);
}

/** Every node looks for what has had its time, and tells of it. */
export async function trimAll({ cluster, clock }: World): Promise<void> {
  for (const { core } of cluster.nodes) await clock.until(core.retentionWorker.poll());
}

export function retentionOf({ cluster, clock }: World): NonNullable<History['end']['retention']> {
  const { days = null, longer = false } = cluster.store.policies.get(cluster.workspace) ?? {};
  return { days, longer, time: clock.now() };
}
