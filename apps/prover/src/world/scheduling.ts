// Messages that the server sends at their time: somebody leaves one with it, gives it another time or text, takes it back, or
// asks for what waits.
import type { LeftWithServer } from '../history/history.js';
import type { InConversation } from './scene.js';
import { textOf } from './texts.js';
import type { World } from './world.js';

/** Some are due at once, most while the run goes on, all before its end. */
const AHEAD_MS = [0, 400, 1_500, 4_000, 9_000];

export function atScheduling(scene: InConversation): void {
  const { world, person, step } = scene;
  const own = world.scheduled.filter(({ user }) => user === person.id);
  const known = own[step.whom % Math.max(1, own.length)];
  if (step.where % 9 === 0) world.watch('schedule', person.command('scheduled.read', {}));
  else if (known && step.where % 3 === 0) world.watch('schedule', change(scene, known.key));
  else world.watch('schedule', schedule(scene, known && step.where % 7 === 1 ? known.key : world.nextKey()));
}

/** With a key that was used the answer is that of its first use, or a refusal. */
async function schedule({ world, tab, person, conversation, step }: InConversation, key: string): Promise<void> {
  const text = textOf(`later ${key}`, step.whom);
  const at = world.clock.now() + (AHEAD_MS[step.whom % AHEAD_MS.length] ?? 0);
  const answer = await person.command('message.schedule', { conversation, key, text, at });
  if (answer.duplicate) return;
  world.scheduled.push({ user: person.id, key });
  world.recorder.note({ type: 'scheduled', who: tab.name, conversation, key });
}

async function change({ world, tab, person, step }: InConversation, scheduled: string): Promise<void> {
  if (step.whom % 3 === 0) {
    // Asked for is enough: whether it was heard shows in the log.
    world.recorder.note({ type: 'unscheduled', who: tab.name, key: scheduled });
    await person.command('scheduled.cancel', { scheduled });
  } else if (step.whom % 3 === 1) {
    const at = world.clock.now() + (AHEAD_MS[step.where % AHEAD_MS.length] ?? 0);
    await person.command('scheduled.update', { scheduled, at });
  } else {
    const text = textOf(`later ${scheduled} ${world.nextEdit()}`, step.whom);
    await person.command('scheduled.update', { scheduled, text });
  }
}

/** What waits still, or was refused, as each person is told in the end by one of their tabs; null where no answer came. */
export async function leftWithServer(world: World): Promise<readonly LeftWithServer[]> {
  const asked = world.people.map(async ({ id: user }): Promise<LeftWithServer> => {
    const person = world.allTabs.find((tab) => tab.person?.id === user)?.person;
    try {
      const items = (await person?.command('scheduled.read', {}))?.items ?? null;
      return { user, items: items?.map(({ scheduled, refused = null }) => ({ key: scheduled, refused })) ?? null };
    } catch {
      return { user, items: null };
    }
  });
  return world.clock.until(Promise.all(asked));
}
