// What a message said before. Apart from the rest, for apps that want it.
import type { Entry } from '@kith/protocol';
import type { MessagePlace, Person } from '../person.js';

/** A message as it was sent, then its edits, and its deletion. Needs a connection. @throws Refusal */
export async function historyOf({ client }: Person, message: MessagePlace): Promise<readonly Entry[]> {
  const { conversation, epoch, seq: target } = message;
  return (await client.asker.ask('message.history', { conversation, epoch, target })).entries;
}
