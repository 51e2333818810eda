// What a conversation is called.
import type { ConversationView } from '@kith/sdk';
import { say } from '../../text/text.js';
import { useName } from '../people/names.js';

type Titled = Pick<ConversationView, 'kind' | 'peer' | 'name'>;

export function useTitleOf(conversation: Titled): string {
  const peer = useName(conversation.kind === 'direct' ? conversation.peer : null);
  return conversation.kind === 'direct' ? peer : titleOfPlace(conversation);
}

export function titleOfPlace({ kind, name }: Titled): string {
  if (kind === 'self') return say('title.self');
  return name || say(kind === 'channel' ? 'title.channel' : 'title.group');
}
