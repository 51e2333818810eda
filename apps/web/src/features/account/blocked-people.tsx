// Whom this person blocks, to be let in again.
import { useObservable } from '@kith/react';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { useName } from '../people/names.js';
import type { SettingsProps } from './settings-dialog.js';

const NOBODY: ReadonlySet<string> = new Set();

export function BlockedPeople({ person }: SettingsProps): ReactElement | null {
  const say = useText();
  const blocked = useObservable(person.blocked, NOBODY);
  if (blocked.size === 0) return null;
  return (
    <section aria-label={say('blocked.title')}>
      <h3>{say('blocked.title')}</h3>
      <ul className="people">
        {[...blocked].map((user) => (
          <Blocked key={user} user={user} onUnblock={() => void person.set(`block:${user}`, null)} />
        ))}
      </ul>
    </section>
  );
}

function Blocked({ user, onUnblock }: { readonly user: string; readonly onUnblock: () => void }): ReactElement {
  const say = useText();
  const name = useName(user);
  return (
    <li>
      <Avatar id={user} name={name} size={32} />
      <span className="who">
        <bdi>{name}</bdi>
      </span>
      <button type="button" className="button" onClick={onUnblock}>
        {say('about.unblock')}
      </button>
    </li>
  );
}
