// What a list shows of a conversation's last entry: who said or did what.
import type { ConversationView } from '@kith/sdk';
import { isolated, say } from '../../text/text.js';
import { factOf, namedIn } from '../timeline/facts.js';

type Last = Pick<ConversationView, 'last' | 'kind'>;

/** Those whose names it says. */
export function namedInPreview({ last }: Last): readonly string[] {
  return last === null ? [] : namedIn(last);
}

export function previewOf({ last, kind }: Last, me: string, nameOf: (user: string | undefined) => string): string {
  if (last === null) return '';
  const who = last.author === me ? say('person.you') : isolated(nameOf(last.author));
  switch (last.kind) {
    case 'message.sent': {
      const text = typeof last.body.text === 'string' ? last.body.text : say('message.deletedShort');
      if (last.author === me) return say('preview.own', { text });
      return kind === 'direct' ? text : `${who}: ${text}`;
    }
    case 'message.edited':
      return say('preview.edited', { who });
    case 'message.deleted':
      return say('preview.deleted', { who });
    case 'poll.voted':
      return last.author === undefined ? say('preview.votedUnsaid') : say('preview.voted', { who });
    case 'reaction.set':
      return say('preview.reacted', { who, emoji: String(last.body.emoji ?? '') });
    default:
      return factOf(last, nameOf) ?? '';
  }
}
