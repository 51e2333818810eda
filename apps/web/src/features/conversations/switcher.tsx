// Goes anywhere by its name: conversations that there are, people with whom there is none yet, and what the page can do.
import { LIMITS, type User } from '@kith/protocol';
import { useConversations } from '@kith/react';
import { type Person, Refusal } from '@kith/sdk';
import { type KeyboardEvent, type ReactElement, useEffect, useId, useMemo, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { type OpenDialog, showDialog, showPanel } from '../../shell/panel.js';
import { openConversation } from '../../shell/route.js';
import { type TextKey, useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { Dialog } from '../../ui/dialog.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { nameOf } from '../people/names.js';
import { plainOf } from './conversation-choice.js';
import { titleOfPlace } from './titles.js';

const MOST = 12;
const WAIT_MS = 150;
const DIALOGS: readonly (readonly [dialog: OpenDialog, words: TextKey])[] = [
  ['new', 'new.title'],
  ['channels', 'channels.title'],
  ['later', 'later.title'],
  ['settings', 'settings.title'],
  ['shortcuts', 'keys.title'],
];

type Goal = {
  readonly key: string;
  readonly title: string;
  readonly about: string;
  readonly picture: { readonly id: string; readonly isPlace: boolean } | null;
  readonly go: () => void;
};

export function Switcher({ person, onClose }: { readonly person: Person; readonly onClose: () => void }): ReactElement {
  const say = useText();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const people = useFoundPeople(person, query.trim());
  const all = useConversations();
  const { problem, attempt } = useAttempt();
  const list = useId();
  const plain = plainOf(query);

  const goals = useMemo<readonly Goal[]>(() => {
    const leave = (then: () => void) => () => {
      onClose();
      then();
    };
    const places = [...all.map((one) => ({ ...one, about: '' }))]
      .map((one) => {
        const { id, kind, peer } = one;
        const title = kind === 'direct' && peer !== null ? nameOf(person, peer) : titleOfPlace(one);
        const goal: Goal = {
          key: id,
          title,
          about: kind === 'direct' ? '' : say(kind === 'channel' ? 'kind.channel' : 'kind.group'),
          picture: { id: peer ?? id, isPlace: kind !== 'direct' },
          go: leave(() => openConversation(id)),
        };
        return { goal, peer };
      })
      .filter(({ goal }) => plainOf(goal.title).includes(plain));
    const known = new Set(all.flatMap(({ peer }) => peer ?? []));
    const others = people
      .filter(({ id }) => !known.has(id) && id !== person.id)
      .map<Goal>(({ id, name, username }) => ({
        key: id,
        title: name,
        about: `@${username}`,
        picture: { id, isPlace: false },
        go: () =>
          attempt(async () => {
            const made = await person.create({ key: makeKey(), kind: 'direct', members: [id] });
            onClose();
            openConversation(made);
          }),
      }));
    const { self } = person;
    const own: readonly Goal[] =
      self === null
        ? []
        : [
            {
              key: self,
              title: say('title.self'),
              about: say('title.selfAbout'),
              picture: { id: self, isPlace: true },
              go: leave(() => openConversation(self)),
            },
          ];
    const actions = [
      ...DIALOGS.map<Goal>(([dialog, words]) => ({
        key: dialog,
        title: say(words),
        about: say('switcher.action'),
        picture: null,
        go: () => showDialog(dialog),
      })),
      {
        key: 'search',
        title: say('search.title'),
        about: say('switcher.action'),
        picture: null,
        go: leave(() => showPanel({ kind: 'search', conversation: null })),
      },
    ];
    const named = [...own, ...actions].filter(({ title }) => plain !== '' && plainOf(title).includes(plain));
    return [...places.map(({ goal }) => goal).slice(0, MOST), ...others, ...named].slice(0, 2 * MOST);
  }, [all, people, person, plain, say, attempt, onClose]);

  function pressed(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setChosen((now) => (now + step + goals.length) % Math.max(goals.length, 1));
    else if (event.key === 'Enter') goals[chosen]?.go();
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title={say('switcher.title')} problem={problem} onClose={onClose}>
      <input
        className="input"
        type="text"
        role="combobox"
        autoComplete="off"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={goals[chosen] ? `${list}-${chosen}` : undefined}
        maxLength={LIMITS.name}
        value={query}
        placeholder={say('switcher.placeholder')}
        aria-label={say('switcher.placeholder')}
        onChange={(event) => {
          setQuery(event.target.value);
          setChosen(0);
        }}
        onKeyDown={pressed}
      />
      <div id={list} role="listbox" className="goals" aria-label={say('switcher.title')}>
        {goals.map(({ key, title, about, picture, go }, index) => (
          <div
            key={key}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className="goal"
            onMouseDown={(event) => {
              event.preventDefault();
              go();
            }}
          >
            {picture ? <Avatar {...picture} name={title} size={28} /> : null}
            <bdi>{title}</bdi>
            <span className="hint">{about}</span>
          </div>
        ))}
      </div>
      {goals.length === 0 ? <p className="hint">{say('choice.nothing')}</p> : null}
    </Dialog>
  );
}

/** As the server ranks them: those with whom one talks first. */
function useFoundPeople(person: Person, query: string): readonly User[] {
  const [found, setFound] = useState<readonly User[]>([]);
  useEffect(() => {
    let isOver = false;
    if (query === '') {
      setFound([]);
      return;
    }
    const timer = setTimeout(() => {
      person.command('users.search', { query }).then(
        ({ users }) => {
          if (!isOver) setFound(users);
        },
        (error: unknown) => {
          // Without a connection there are the conversations alone.
          if (!(error instanceof Refusal)) throw error;
        },
      );
    }, WAIT_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [person, query]);
  return found;
}
