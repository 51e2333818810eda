// What others think of a message: each emoji with how many, one's own marked; a press puts one there or takes it back, and who
// it was is asked for when somebody points at it.
import { type ConversationKind, isAllowed } from '@kith/protocol';
import { useConversation, usePerson } from '@kith/react';
import { Refusal, type ShownItem } from '@kith/sdk';
import { type ReactElement, useState } from 'react';
import { isolated, useText } from '../../text/text.js';

export type ReactionsProps = { readonly item: ShownItem; readonly kind: ConversationKind };

const MOST_NAMES = 20;

export function Reactions({ item, kind }: ReactionsProps): ReactElement {
  const say = useText();
  const person = usePerson();
  const role = useConversation(item.conversation)?.role ?? 'none';
  const [names, setNames] = useState<{ readonly of: string; readonly words: string } | null>(null);
  const mayReact = isAllowed('reaction.set', kind, role);

  async function ask(emoji: string, count: number): Promise<void> {
    const of = `${emoji} ${count}`;
    if (person === null || names?.of === of) return;
    const { conversation, epoch, seq: target } = item;
    try {
      const params = { conversation, epoch, target, emoji, limit: MOST_NAMES };
      const { items, users } = await person.command('reactions.read', params);
      const called = items.map(({ user }) => isolated(users[user]?.name ?? say('person.somebody')));
      setNames({ of, words: called.join(', ') });
    } catch (error) {
      // Without a connection nobody is named.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  return (
    <ul className="reactions" aria-label={say('reactions.name')}>
      {item.reactions?.map(({ emoji, count, mine }) => (
        <li key={emoji}>
          <button
            type="button"
            className="reaction"
            aria-pressed={mine === true}
            aria-label={say('reactions.one', { emoji, count })}
            title={names?.of === `${emoji} ${count}` ? names.words : undefined}
            disabled={!mayReact}
            onPointerEnter={() => void ask(emoji, count)}
            onFocus={() => void ask(emoji, count)}
            onClick={() => void person?.react(item, emoji, mine !== true)}
          >
            <span aria-hidden="true">{emoji}</span>
            <span aria-hidden="true">{count}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
