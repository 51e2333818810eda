// In which of one's folders a conversation stands; a new one is made here, too.
import { type Folder, LIMITS } from '@kith/protocol';
import { useSettings } from '@kith/react';
import type { Person } from '@kith/sdk';
import { type FormEvent, type ReactElement, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { Field } from '../../ui/field.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { useFolders } from './use-folders.js';

export type FolderChoiceProps = {
  readonly person: Person;
  readonly conversation: string;
  readonly onClose: () => void;
};

export function FolderChoice({ person, conversation, onClose }: FolderChoiceProps): ReactElement {
  const say = useText();
  const settings = useSettings();
  const folders = useFolders();
  const [name, setName] = useState('');
  const { problem, isBusy, attempt } = useAttempt();
  const write = (id: string, folder: Folder | null) => attempt(() => person.set(`folder:${id}`, folder));

  function toggle(id: string, isIn: boolean): void {
    const folder = settings.get(`folder:${id}`) as Folder;
    const others = (folder.conversations ?? []).filter((one) => one !== conversation);
    write(id, { ...folder, conversations: isIn ? others : [...others, conversation as (typeof others)[number]] });
  }

  function create(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const title = name.trim();
    if (title === '') return;
    setName('');
    const position = folders.reduce((most, folder) => Math.max(most, folder.position ?? 0), 0) + 1;
    write(makeKey(), { name: title, position, conversations: [conversation as never] });
  }

  return (
    <Dialog title={say('details.folder')} problem={problem} onClose={onClose}>
      <ul className="people" aria-label={say('folder.tabs')}>
        {folders.map(({ id, name: title, emoji, conversations = [] }) => {
          const isIn = (conversations as readonly string[]).includes(conversation);
          return (
            <li key={id}>
              <label>
                <input type="checkbox" checked={isIn} disabled={isBusy} onChange={() => toggle(id, isIn)} />
                <span className="who">
                  <span className="title">
                    <bdi>{emoji ? `${emoji} ${title}` : title}</bdi>
                  </span>
                </span>
              </label>
              <button type="button" className="link" onClick={() => write(id, null)}>
                {say('folder.remove')}
              </button>
            </li>
          );
        })}
      </ul>
      <form onSubmit={create}>
        <Field
          label={say('folder.new')}
          maxLength={LIMITS.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <div className="actions">
          <button type="submit" className="button primary" disabled={isBusy || name.trim() === ''}>
            {say('folder.create')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
