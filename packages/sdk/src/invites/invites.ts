// Joining by an invitation. Apart from the rest, for apps that want it.
import type { Person } from '../person.js';
import { makeKey } from '../platform/make-key.js';

/** Joins by the code of an invitation. Needs a connection. @returns the id of the conversation. @throws Refusal */
export async function acceptInvite({ client }: Person, code: string): Promise<string> {
  const key = makeKey(client.platform);
  return (await client.asker.ask('invite.accept', { code, key })).conversation;
}
