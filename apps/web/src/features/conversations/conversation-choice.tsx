// Finds a conversation by its name: what is typed narrows the list, arrows go through it, Enter takes the first.

import { usePerson } from '@kith/react';
import type { ConversationView } from '@kith/sdk';
import { type KeyboardEvent, type ReactElement, useRef } from 'react';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { SearchBox } from '../../ui/search-box.js';
import { nameOf } from '../people/names.js';
import { plainOf } from './plain.js';
import { titleOfPlace, useTitleOf } from './titles.js';

const MOST = 30;

export type ConversationChoiceProps = {
  readonly conversations: readonly ConversationView[];
  readonly query: string;
  readonly isBusy: boolean;
  readonly onQuery: (query: string) => void;
  readonly onChoose: (id: string) => void;
};

export function ConversationChoice(props: ConversationChoiceProps): ReactElement {
  const { conversations, query, isBusy, onQuery, onChoose } = props;
  const say = useText();
  const person = usePerson();
  const list = useRef<HTMLUListElement>(null);
  const plain = plainOf(query);
  const titleOf = (one: ConversationView) =>
    one.kind === 'direct' && person && one.peer !== null ? nameOf(person, one.peer) : titleOfPlace(one);
  const found = conversations.filter((one) => plainOf(titleOf(one)).includes(plain)).slice(0, MOST);
  function pressed(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && found[0]) {
      event.preventDefault();
      onChoose(found[0].id);
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      list.current?.querySelector('button')?.focus();
    }
  }
  return (
    <div className="picker">
      <SearchBox value={query} label={say('choice.find')} onChange={onQuery} onKeyDown={pressed} />
      <ul className="people" ref={list} aria-label={say('list.name')}>
        {found.map((one) => (
          <Choice key={one.id} conversation={one} isBusy={isBusy} onChoose={onChoose} />
        ))}
      </ul>
      {found.length === 0 ? <p className="hint">{say('choice.nothing')}</p> : null}
    </div>
  );
}

type ChoiceProps = {
  readonly conversation: ConversationView;
  readonly isBusy: boolean;
  readonly onChoose: (id: string) => void;
};

function Choice({ conversation, isBusy, onChoose }: ChoiceProps): ReactElement {
  const title = useTitleOf(conversation);
  const { id, peer, kind } = conversation;
  return (
    <li>
      <button type="button" className="choose" disabled={isBusy} onClick={() => onChoose(id)}>
        <Avatar id={peer ?? id} name={title} size={32} isPlace={kind !== 'direct'} />
        <bdi>{title}</bdi>
      </button>
    </li>
  );
}
