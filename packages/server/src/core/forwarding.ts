// Forwarding: a message that repeats another one, which may stand elsewhere, and says where it is from. Rule O6 of
// docs/protocol/v1.md.
import { ChatError, type EntryBody, type Params } from '@kith/protocol';
import type { ConversationLog } from './log.js';
import { readMessages } from './messages.js';
import { asked } from './polls.js';
import type { Principal } from './principal.js';

type Place = NonNullable<Params<'message.send'>['forward']>;

/** What a message that repeats another is made of. */
export type Forwarded = Required<Pick<EntryBody<'message.sent'>, 'text' | 'forward'>> &
  Pick<EntryBody<'message.sent'>, 'poll'>;

/**
 * The message that stands there, as it is now. One that was forwarded itself says where it is from first.
 * @returns why it can't be forwarded, where it can't: not to be told for a message that is in the log already
 * @throws ChatError unavailable
 */
export async function readSource(
  log: ConversationLog,
  principal: Principal,
  place: Place,
): Promise<Forwarded | ChatError> {
  try {
    return await read(log, principal, place);
  } catch (error) {
    if (error instanceof ChatError && error.code !== 'unavailable') return error;
    throw error;
  }
}

/** @throws not_found, epoch_changed, conflict */
async function read(log: ConversationLog, principal: Principal, place: Place): Promise<Forwarded> {
  const { conversation, epoch, seq } = place;
  const { items } = await readMessages(log, principal, { conversation, epoch, after: seq - 1, limit: 1 });
  const [item] = items;
  if (item?.seq !== seq || item.kind !== 'message.sent' || item.author === undefined) {
    throw new ChatError('not_found', 'forward: no such message');
  }
  const {
    text,
    poll,
    forward = { conversation, epoch, seq, author: item.author, at: item.at },
  } = item.body as Partial<Forwarded>;
  if (item.erased || text === undefined) throw new ChatError('conflict', 'forward: this message was deleted');
  return { text, forward, ...(poll === undefined ? {} : { poll: asked(poll) }) };
}
