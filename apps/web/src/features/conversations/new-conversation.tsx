// Begins a conversation: one person makes a direct one, several or a name make a group, and a channel is a place with a name.
// Its key lives as long as what is wanted, so that trying again after a lost answer makes no second group.
import { LIMITS, type User } from '@kith/protocol';
import type { Person, NewConversation as Wanted } from '@kith/sdk';
import { type FormEvent, type ReactElement, useMemo, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { openConversation } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { Field } from '../../ui/field.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { PeoplePicker } from '../people/people-picker.js';

export type NewConversationProps = { readonly person: Person; readonly onClose: () => void };

type Place = 'people' | 'private' | 'public';

export function NewConversation({ person, onClose }: NewConversationProps): ReactElement {
  const say = useText();
  const [chosen, setChosen] = useState<ReadonlyMap<string, User>>(new Map());
  const [name, setName] = useState('');
  const [place, setPlace] = useState<Place>('people');
  const { problem, isBusy, attempt } = useAttempt();
  const title = name.trim();
  const isChannel = place !== 'people';
  const isGroup = !isChannel && (chosen.size > 1 || title !== '');
  const members = [...chosen.keys()];
  const said = JSON.stringify([place, title, members]);
  // Another choice is another conversation.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is of what is wanted
  const key = useMemo(() => makeKey(), [said]);
  const isReady = isChannel ? title !== '' : chosen.size > 0;

  function create(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const kind = isChannel ? 'channel' : isGroup ? 'group' : 'direct';
    const wanted: Wanted = {
      key,
      kind,
      members,
      ...(title === '' ? {} : { name: title }),
      ...(place === 'people' ? {} : { visibility: place }),
    };
    attempt(async () => {
      const id = await person.create(wanted);
      onClose();
      openConversation(id);
    });
  }

  const choice = (value: Place, words: string) => (
    <label>
      <input type="radio" name="place" checked={place === value} onChange={() => setPlace(value)} />
      {words}
    </label>
  );
  const submit = isChannel
    ? say('new.channel')
    : isGroup
      ? say('new.group', { count: chosen.size + 1 })
      : say('new.direct');
  return (
    <Dialog title={say('new.title')} problem={problem} onClose={onClose}>
      <form onSubmit={create}>
        <fieldset className="choices">
          <legend>{say('new.what')}</legend>
          {choice('people', say('new.people'))}
          {choice('private', say('new.private'))}
          {choice('public', say('new.public'))}
        </fieldset>
        {isChannel ? (
          <Field
            label={say('new.channelName')}
            maxLength={LIMITS.name}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        ) : null}
        <PeoplePicker person={person} chosen={chosen} isOffered={(user) => user !== person.id} onChange={setChosen} />
        {!isChannel && chosen.size > 0 ? (
          <Field
            label={say('new.groupName')}
            maxLength={LIMITS.name}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        ) : null}
        <div className="actions">
          <button type="submit" className="button primary" disabled={!isReady || isBusy}>
            {submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
