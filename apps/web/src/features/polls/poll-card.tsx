// A poll in its message: what can be chosen, how many chose what, and one's own choice, which a press changes until it is closed.
import { type ConversationKind, isAllowed, type Role } from '@kith/protocol';
import { useObservable, usePerson } from '@kith/react';
import type { Person, ShownItem } from '@kith/sdk';
import { Poll, type PollView } from '@kith/sdk/polls/poll';
import { Check } from 'lucide-react';
import { type CSSProperties, type ReactElement, useMemo, useState } from 'react';
import { useText } from '../../text/text.js';
import { momentOf } from '../../text/times.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { AskingDialog } from '../timeline/asking-dialog.js';
import { VotersDialog } from './voters-dialog.js';

export type PollCardProps = { readonly item: ShownItem; readonly kind: ConversationKind; readonly role: Role };

export function PollCard(props: PollCardProps): ReactElement | null {
  const person = usePerson();
  return person === null ? null : <Card person={person} {...props} />;
}

function Card({ person, item, kind, role }: PollCardProps & { readonly person: Person }): ReactElement | null {
  const say = useText();
  const { conversation, epoch, seq } = item;
  // The item at first: what comes later it hears by itself.
  // biome-ignore lint/correctness/useExhaustiveDependencies: one for each message
  const poll = useMemo(() => new Poll(person, item), [person, conversation, epoch, seq]);
  const view = useObservable<PollView | null>(poll, null);
  const [opened, setOpened] = useState<'voters' | 'close' | null>(null);
  const { problem, attempt } = useAttempt();
  if (view === null) return null;
  const { options, mine, most, voters, isAnonymous, isClosed, closesAt } = view;
  const mayVote = !isClosed && isAllowed('poll.vote', kind, role);
  const isOwn = item.author === person.id;
  const mayClose = !isClosed && isAllowed(isOwn ? 'poll.close' : 'message.moderate', kind, role);

  function press(place: number): void {
    const others = mine.filter((one) => one !== place);
    const isChosen = others.length < mine.length;
    attempt(() => poll.vote(isChosen ? others : most === 1 ? [place] : [...others, place]));
  }

  return (
    <div className="poll">
      <ul aria-label={say(most === 1 ? 'poll.one' : 'poll.several', { most })}>
        {options.map(({ text, count, isMine }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: its place is what an option is known by
          <li key={place}>
            <button
              type="button"
              className="option"
              aria-pressed={isMine}
              aria-label={say('poll.option', { text, count })}
              disabled={!mayVote || (!isMine && most > 1 && mine.length >= most)}
              style={{ '--share': voters === 0 ? 0 : count / voters } as CSSProperties}
              onClick={() => press(place)}
            >
              <span className={most === 1 ? 'choice-mark' : 'choice-mark square'} aria-hidden="true">
                {isMine ? <Check size={14} /> : null}
              </span>
              <span className="words" dir="auto">
                {text}
              </span>
              <span aria-hidden="true">{count}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="hint">
        {[
          say('poll.voters', { count: voters }),
          isAnonymous ? say('poll.isAnonymous') : null,
          isClosed ? say('poll.isClosed') : closesAt === null ? null : say('poll.until', { when: momentOf(closesAt) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {isAnonymous || voters === 0 ? null : (
        <button type="button" className="link" onClick={() => setOpened('voters')}>
          {say('poll.who')}
        </button>
      )}
      {mayClose ? (
        <button type="button" className="link" onClick={() => setOpened('close')}>
          {say('poll.close')}
        </button>
      ) : null}
      <Problem text={problem} />
      {opened === 'voters' ? <VotersDialog poll={poll} options={options} onClose={() => setOpened(null)} /> : null}
      {opened === 'close' ? (
        <AskingDialog
          item={item}
          title={say('poll.closeTitle')}
          about={say('poll.closeAbout')}
          action={say('poll.close')}
          onAgreed={() => poll.close()}
          onClose={() => setOpened(null)}
        />
      ) : null}
    </div>
  );
}
