// Messages that somebody hides from themselves, by what an app does for that or with a command of their own.
import type { InConversation } from './scene.js';

type Place = { readonly seq: number; readonly epoch: number };

/** @throws Refusal */
export function hide({ tab, person, conversation, step }: InConversation, { seq, epoch }: Place): Promise<unknown> {
  if (step.where % 9 === 0) return person.command('hidden.read', { limit: 2 });
  if (step.who % 2 === 0 && tab.hiding) return tab.hiding.hide({ conversation, epoch, seq });
  return person.command('message.hide', { conversation, epoch, target: seq });
}
