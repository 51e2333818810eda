// Messages that disappear: somebody sets how long messages stand from now on, or writes one that stands for a minute.
import type { InConversation } from './scene.js';
import type { World } from './world.js';

/** The least that may be asked for. */
const STANDS_MS = 60_000;

export function atExpiring({ world, tab, person, conversation, step }: InConversation): void {
  if (step.where % 4 === 0) {
    const disappearAfterMs = step.whom % 3 === 0 ? 0 : STANDS_MS;
    world.watch('expire', person.command('conversation.update', { conversation, disappearAfterMs }));
  } else world.say(tab, person, { conversation, hold: null, disappearAfterMs: STANDS_MS });
}

/** Messages stand whose time comes, or came. */
export function isExpiring({ store }: World): boolean {
  return [...store.logs()].some(({ entries }) =>
    entries.some(({ kind, body, erased }) => kind === 'message.sent' && body.disappearAt !== undefined && !erased),
  );
}
