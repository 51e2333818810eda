// What sending a message means beside its entry: its author has read up to it. For whoever sends: a person by a command, or
// the server for one, later. Rules O and N4 of docs/protocol/v1.md.
import { toId, type Written } from '@kith/protocol';
import type { MarksGatherer } from './live/marks.js';
import { type Sending, sendMessage } from './messages.js';
import type { Author } from './principal.js';
import type { Writer } from './writer.js';

export type SendingPorts = { readonly writer: Writer; readonly marks: MarksGatherer };

/** @throws ChatError as `sendMessage` does */
export async function sendAs({ writer, marks }: SendingPorts, author: Author, sending: Sending): Promise<Written> {
  const written = await sendMessage(writer, author, sending);
  const at = { epoch: written.epoch, seq: written.seq };
  // Who writes in a thread has not read what stands outside of it.
  const isCounted = typeof sending.params.thread !== 'number';
  if (isCounted && !written.duplicate) marks.raiseOwn(author.user, toId(written.conversation), at);
  return written;
}
