// What bots answered to a command of this person: nobody else sees it, and it is gone with the page.
import type { Answer } from '@kith/protocol';
import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { IconButton } from '../../ui/icon-button.js';
import { useName } from '../people/names.js';
import { elementsOf } from '../timeline/markdown.js';

export type AnswersProps = { readonly answers: readonly Answer[]; readonly onDismiss: (id: string) => void };

export function Answers({ answers, onDismiss }: AnswersProps): ReactElement | null {
  const say = useText();
  if (answers.length === 0) return null;
  return (
    <ul className="own-answers" aria-label={say('answers.title')} aria-live="polite">
      {answers.map((answer) => (
        <ShownAnswer key={answer.id} answer={answer} onDismiss={() => onDismiss(answer.id)} />
      ))}
    </ul>
  );
}

function ShownAnswer({ answer, onDismiss }: { readonly answer: Answer; readonly onDismiss: () => void }): ReactElement {
  const say = useText();
  const name = useName(answer.bot);
  return (
    <li>
      <Avatar id={answer.bot} name={name} size={24} />
      <div className="own-answer">
        <p className="about">
          <bdi>{name}</bdi> · /{answer.command} · {say('answers.onlyYou')}
        </p>
        <div className="text" dir="auto">
          {elementsOf(answer.text)}
        </div>
      </div>
      <IconButton label={say('answers.dismiss')} icon={X} size={18} onClick={onDismiss} />
    </li>
  );
}
