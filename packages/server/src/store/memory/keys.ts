// Keys of writes in the memory log, and the first answer that a key gets for ever.
import { ChatError } from '@kith/protocol';
import type { Appended, Write } from '../../core/log.js';
import type { StoredConversation } from './store.js';

export function keyOf({ author, key }: Pick<Write, 'author' | 'key'>): string {
  return `${author} ${key}`;
}

/** @throws key_reused */
export function firstAnswer(conversation: StoredConversation, write: Write): Appended {
  const known = conversation.keys.get(keyOf(write));
  const first = conversation.entries[(known?.seq ?? 0) - 1]?.entry;
  if (!known || !first) throw new Error('a key without its entry');
  const isSame = known.content === null || known.content === write.content;
  if (!isSame) throw new ChatError('key_reused', 'the key belongs to a write of other content');
  const { epoch, seq, at } = first;
  return { conversation: conversation.id, epoch, seq, at, duplicate: true, entries: [] };
}
