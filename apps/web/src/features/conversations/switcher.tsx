// Goes anywhere by its name: `goals.tsx` says where.
import { LIMITS } from '@kith/protocol';
import type { Person } from '@kith/sdk';
import { type KeyboardEvent, type ReactElement, useEffect, useId, useRef, useState } from 'react';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { Dialog } from '../../ui/dialog.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { useGoals } from './goals.js';

export function Switcher({ person, onClose }: { readonly person: Person; readonly onClose: () => void }): ReactElement {
  const say = useText();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const { problem, attempt } = useAttempt();
  const goals = useGoals(person, { query, attempt, onClose });
  const list = useId();
  const element = useRef<HTMLDivElement>(null);

  // What the arrows have chosen is in view.
  useEffect(() => {
    element.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

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
      <div ref={element} id={list} role="listbox" className="goals" aria-label={say('switcher.title')}>
        {goals.map(({ key, title, name, about, picture, go }, index) => (
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
            {picture ? <Avatar {...picture} name={name} size={28} /> : null}
            <bdi>{title}</bdi>
            <span className="hint">{about}</span>
          </div>
        ))}
      </div>
      {goals.length === 0 ? <p className="hint">{say('choice.nothing')}</p> : null}
    </Dialog>
  );
}
