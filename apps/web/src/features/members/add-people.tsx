// Adds people to a group or channel.
import type { User } from '@kith/protocol';
import { usePeople } from '@kith/react';
import type { ConversationView, Person } from '@kith/sdk';
import { UserPlus } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { PeoplePicker } from '../people/people-picker.js';

export type AddPeopleProps = { readonly person: Person; readonly conversation: ConversationView };

export function AddPeople({ person, conversation }: AddPeopleProps): ReactElement {
  const say = useText();
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<ReadonlyMap<string, User>>(new Map());
  const { members } = usePeople(conversation.id);
  const { problem, isBusy, attempt } = useAttempt();
  function close(): void {
    setOpen(false);
    setChosen(new Map());
  }
  async function add(): Promise<void> {
    const left = new Map(chosen);
    for (const user of chosen.keys()) {
      await person.command('member.add', { conversation: conversation.id, key: makeKey(), user });
      left.delete(user);
      setChosen(new Map(left));
    }
  }
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        <UserPlus size={16} aria-hidden="true" />
        {say('members.add')}
      </button>
      {isOpen ? (
        <Dialog title={say('members.add')} problem={problem} onClose={close}>
          <PeoplePicker
            person={person}
            chosen={chosen}
            isOffered={(user) => members?.get(user)?.left !== null}
            onChange={setChosen}
          />
          <div className="actions">
            <button
              type="button"
              className="button primary"
              disabled={chosen.size === 0 || isBusy}
              onClick={() => attempt(add, close)}
            >
              {say('members.addChosen', { count: chosen.size })}
            </button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
