// Who has chosen what in an open poll, by option, page after page.
import type { Poll, PollOption, Voters } from '@kith/sdk/polls/poll';
import { type ReactElement, useCallback, useEffect, useState } from 'react';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { Dialog } from '../../ui/dialog.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { useName } from '../people/names.js';

export type VotersDialogProps = {
  readonly poll: Poll;
  readonly options: readonly PollOption[];
  readonly onClose: () => void;
};

const NOBODY: Voters = { voters: [], next: null };

export function VotersDialog({ poll, options, onClose }: VotersDialogProps): ReactElement {
  const say = useText();
  const [known, setKnown] = useState(NOBODY);
  const { problem, isBusy, attempt } = useAttempt();
  const read = useCallback(
    (cursor: string | null) =>
      attempt(async () => {
        const { voters, next } = await poll.voters(cursor === null ? {} : { cursor });
        setKnown((before) => ({ voters: cursor === null ? voters : [...before.voters, ...voters], next }));
      }),
    [poll, attempt],
  );
  useEffect(() => read(null), [read]);
  return (
    <Dialog title={say('poll.who')} problem={problem} onClose={onClose}>
      {options.map(({ text, count }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its place is what an option is known by
        <section key={place}>
          <h3 dir="auto">{say('poll.option', { text, count })}</h3>
          <ul className="people">
            {known.voters
              .filter(({ choices }) => choices.includes(place))
              .map(({ user }) => (
                <Voter key={user} user={user} />
              ))}
          </ul>
        </section>
      ))}
      {known.next === null ? null : (
        <button type="button" className="button" disabled={isBusy} onClick={() => read(known.next)}>
          {say('action.more')}
        </button>
      )}
    </Dialog>
  );
}

function Voter({ user }: { readonly user: string }): ReactElement {
  const name = useName(user);
  return (
    <li>
      <Avatar id={user} name={name} size={28} />
      <bdi>{name}</bdi>
    </li>
  );
}
