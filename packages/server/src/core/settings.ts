// Settings: the last `setting.set` entry of each name in a person's own `self` conversation. So they reach every device
// with the same numbers, cursor and rules as messages.
import {
  ChatError,
  type ConversationId,
  type Entry,
  type Key,
  type Params,
  type Result,
  toId,
  type Written,
} from '@kith/protocol';
import { requireMember } from './access.js';
import type { ConversationLog, Draft } from './log.js';
import type { Author } from './principal.js';
import type { Writer } from './writer.js';

const MUTE = 'mute:';

export function setSetting(
  writer: Writer,
  principal: Author,
  wish: { readonly self: ConversationId; readonly key: Key; readonly params: Params<'setting.set'> },
): Promise<Written> {
  const body = { name: wish.params.name, value: wish.params.value ?? null };
  const content = JSON.stringify(body);
  return writer.write(principal, {
    conversation: wish.self,
    key: toId<Key>(wish.key),
    content,
    decide(record): [Draft] {
      requireMember(record, principal, 'setting.set');
      return [{ kind: 'setting.set', body }];
    },
  });
}

export async function readSettings(log: ConversationLog, self: ConversationId): Promise<Result<'settings.read'>> {
  const page = await log.settings(self);
  if (!page) throw new ChatError('unavailable', 'the settings are not there yet');
  const values = Object.fromEntries(page.entries.map(({ body }) => [String(body.name), body.value]));
  return { epoch: page.record.state.epoch, asOf: page.record.state.head, values };
}

/** The conversation that a setting mutes, or an empty text. */
export function mutedBy({ body }: Entry): string {
  return typeof body.name === 'string' && body.name.startsWith(MUTE) ? body.name.slice(MUTE.length) : '';
}
