// What a list shows of a conversation's last entry: who said or did what.
import type { ConversationView } from '@kith/sdk';
import { isolated, say } from '../../text/text.js';
import { factOf, namedIn } from '../timeline/facts.js';

type Last = Pick<ConversationView, 'last' | 'kind'>;

/** Those whose names it says. */
export function namedInPreview({ last }: Last): readonly string[] {
  return last === null ? [] : namedIn(last);
}

/** Of what somebody said, who, unless that is plain: the text alone then says in which direction both are read. */
export type Preview = { readonly speaker: string | null; readonly text: string };

export function previewOf({ last, kind }: Last, me: string, nameOf: (user: string | undefined) => string): Preview {
  if (last?.kind !== 'message.sent') return { speaker: null, text: last === null ? '' : eventOf(last, me, nameOf) };
  const text = typeof last.body.text === 'string' ? last.body.text : say('message.deletedShort');
  if (last.author === me) return { speaker: say('person.you'), text };
  return { speaker: kind === 'direct' ? null : nameOf(last.author), text };
}

function eventOf(last: NonNullable<Last['last']>, me: string, nameOf: (user: string | undefined) => string): string {
  const who = last.author === me ? say('person.you') : isolated(nameOf(last.author));
  switch (last.kind) {
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
