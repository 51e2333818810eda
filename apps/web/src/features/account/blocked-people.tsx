// Whom this person blocks, to be let in again.
import { useSettings } from '@kith/react';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { useName } from '../people/names.js';
import type { SettingsProps } from './settings-dialog.js';

const PREFIX = 'block:';

export function BlockedPeople({ person }: SettingsProps): ReactElement | null {
  const say = useText();
  const blocked = [...useSettings()].flatMap(([name, value]) =>
    name.startsWith(PREFIX) && value === true ? [name.slice(PREFIX.length)] : [],
  );
  if (blocked.length === 0) return null;
  return (
    <section aria-label={say('blocked.title')}>
      <h3>{say('blocked.title')}</h3>
      <ul className="people">
        {blocked.map((user) => (
          <Blocked key={user} user={user} onUnblock={() => void person.set(PREFIX + user, null)} />
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
