// Finds people by name and lets several be chosen: a search field, its answers as check boxes, the chosen ones on top.
import type { User } from '@kith/protocol';
import { type Person, Refusal } from '@kith/sdk';
import { type ReactElement, useEffect, useState } from 'react';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { SearchBox } from '../../ui/search-box.js';

const WAIT_MS = 200;
const AGAIN_MS = 1_000;

export type PeoplePickerProps = {
  readonly person: Person;
  readonly chosen: ReadonlyMap<string, User>;
  readonly isOffered: (user: string) => boolean;
  readonly onChange: (chosen: ReadonlyMap<string, User>) => void;
};

type Found = { readonly query: string; readonly users: readonly User[]; readonly isAnswered: boolean };

export function PeoplePicker({ person, chosen, isOffered, onChange }: PeoplePickerProps): ReactElement {
  const say = useText();
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<Found>({ query: '', users: [], isAnswered: true });
  const [tries, setTries] = useState(0);
  const wanted = query.trim();
  useEffect(() => {
    let isOver = false;
    const ask = async () => {
      try {
        const { users } = wanted === '' ? { users: [] } : await person.command('users.search', { query: wanted });
        if (!isOver) setFound({ query: wanted, users, isAnswered: true });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (isOver) return;
        setFound((before) => ({ ...before, isAnswered: false }));
        setTries((count) => count + 1);
      }
    };
    const timer = setTimeout(() => void ask(), tries === 0 ? WAIT_MS : AGAIN_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [person, wanted, tries]);
  const others = found.users.filter(({ id }) => isOffered(id) && !chosen.has(id));
  const isNobody = found.isAnswered && found.query !== '' && found.query === wanted && others.length === 0;
  return (
    <div className="picker">
      <SearchBox value={query} label={say('people.find')} placeholder={say('people.placeholder')} onChange={setQuery} />
      <p className="hint" role="status">
        {found.isAnswered ? (isNobody ? say('people.nobody') : '') : say('people.unanswered')}
      </p>
      <ul className="people" aria-label={say('people.name')}>
        {[...chosen.values(), ...others].map((user) => (
          <li key={user.id}>
            <label>
              <input
                type="checkbox"
                checked={chosen.has(user.id)}
                onChange={({ target }) => {
                  const next = new Map(chosen);
                  if (target.checked) next.set(user.id, user);
                  else next.delete(user.id);
                  onChange(next);
                }}
              />
              <Avatar id={user.id} name={user.name} size={36} />
              <span className="who">
                <span className="title">
                  <bdi>{user.name}</bdi>
                </span>
                <span className="about">@{user.username}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </div>
  );
}
