// What may be meant while somebody types `@`, `:` or `/`: members of the conversation by name, emoji by their short codes, slash
// commands. Arrows choose, Enter or Tab takes, Escape leaves it alone; who listens is told what is chosen.
import { isAllowed } from '@kith/protocol';
import { usePeople } from '@kith/react';
import type { ConversationView, Person } from '@kith/sdk';
import { Users } from 'lucide-react';
import { type KeyboardEvent, type ReactElement, type RefObject, useEffect, useId, useState } from 'react';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { plainOf } from '../conversations/plain.js';
import { nameOf } from '../people/names.js';
import { put } from './editing.js';
import { ALL, type Named, wordAt } from './mentions.js';
import { shortCodes } from './short-codes.js';
import type { Slash } from './slash.js';

const MOST = 8;
const LEAST_CODE = 2;

type Offer = {
  readonly key: string;
  readonly label: string;
  /** What stands in the text when it is taken. */
  readonly text: string;
  readonly user: string | null;
  /** What it does. */
  readonly about?: string;
};

export type CompletionParts = {
  readonly person: Person;
  readonly conversation: ConversationView;
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly slash: Slash;
  readonly onNamed: (change: (named: readonly Named[]) => readonly Named[]) => void;
};

type At = { readonly sign: '@' | ':' | '/'; readonly word: string; readonly at: number };

export function useCompletion(parts: CompletionParts) {
  const { person, conversation, input, slash, onNamed } = parts;
  const { kind, role, id } = conversation;
  const [at, setAt] = useState<At | null>(null);
  const [chosen, setChosen] = useState(0);
  const list = useId();
  const { members } = usePeople(at?.sign === '@' ? id : null);
  const [codes, setCodes] = useState<readonly (readonly [code: string, emoji: string])[]>([]);
  const sign = at?.sign;
  useEffect(() => {
    if (sign === ':') void shortCodes().then(setCodes);
  }, [sign]);

  const offers = at === null ? [] : { '@': people, ':': emoji, '/': commands }[at.sign](at.word);

  function people(word: string): readonly Offer[] {
    const plain = plainOf(word);
    const all: Offer[] = isAllowed('mention.all', kind, role)
      ? [{ key: ALL, label: `@${ALL}`, text: `@${ALL} `, user: ALL }]
      : [];
    const others = [...(members?.entries() ?? [])]
      .filter(([user, { left }]) => left === null && user !== person.id)
      .map(([user]) => ({ user, name: nameOf(person, user) }));
    return [...others.map(({ user, name }) => ({ key: user, label: name, text: `@${name} `, user })), ...all]
      .filter(
        ({ label }) =>
          plainOf(label)
            .split(/[\s@]+/)
            .some((part) => part.startsWith(plain)) || plainOf(label).startsWith(plain),
      )
      .slice(0, MOST);
  }

  function emoji(word: string): readonly Offer[] {
    if (word.length < LEAST_CODE) return [];
    const starts = codes.filter(([code]) => code.startsWith(word.toLowerCase()));
    return starts
      .slice(0, MOST)
      .map(([code, sign]) => ({ key: code, label: `${sign} :${code}:`, text: `${sign} `, user: null }));
  }

  function commands(word: string): readonly Offer[] {
    return slash
      .starting(word)
      .slice(0, MOST)
      .map(({ name, hint, description }) => ({
        key: name,
        label: hint === '' ? `/${name}` : `/${name} ${hint}`,
        text: `/${name} `,
        user: null,
        about: description,
      }));
  }

  function take(offer: Offer | undefined): void {
    if (!at || !offer) return;
    const caret = at.at + offer.text.length;
    const { user } = offer;
    if (user !== null) onNamed((named) => [...named, { user, name: offer.text.slice(1, -1) }]);
    const field = input.current;
    if (field) put(field, { from: at.at, to: at.at + 1 + at.word.length, text: offer.text, start: caret, end: caret });
    setAt(null);
  }

  /** A code that was typed to its end (`:smile:`) becomes what it means. */
  function takeWhole(field: HTMLTextAreaElement): void {
    const { value, selectionStart: caret } = field;
    const [, code] = /(?:^|[\s(]):([a-z0-9_+-]{2,40}):$/.exec(value.slice(0, caret)) ?? [];
    const emoji = codes.find(([one]) => one === code)?.[1];
    if (code === undefined || emoji === undefined) return;
    const from = caret - code.length - 2;
    put(field, { from, to: caret, text: emoji, start: from + emoji.length, end: from + emoji.length });
  }

  return {
    /** The text or the caret is another one. */
    changed: (isTyped: boolean) => {
      const field = input.current;
      if (!field) return;
      const now = field.selectionStart === field.selectionEnd ? wordAt(field.value, field.selectionStart) : null;
      setAt(now);
      setChosen(0);
      if (isTyped && field.value[field.selectionStart - 1] === ':') takeWhole(field);
    },
    /** @returns whether the key was meant for the list */
    pressed: (event: KeyboardEvent): boolean => {
      if (offers.length === 0) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) setChosen((now) => (now + step + offers.length) % offers.length);
      else if (event.key === 'Enter' || event.key === 'Tab') take(offers[chosen]);
      else if (event.key === 'Escape') setAt(null);
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
    field: {
      'aria-autocomplete': 'list',
      'aria-controls': offers.length > 0 ? list : undefined,
      'aria-activedescendant': offers.length > 0 ? `${list}-${chosen}` : undefined,
    } as const,
    shown: { id: list, offers, chosen, onTake: take },
  };
}

export type CompletionProps = {
  readonly id: string;
  readonly offers: readonly Offer[];
  readonly chosen: number;
  readonly onTake: (offer: Offer) => void;
};

export function Completion({ id, offers, chosen, onTake }: CompletionProps): ReactElement | null {
  const say = useText();
  if (offers.length === 0) return null;
  return (
    <div className="completion" id={id} role="listbox" aria-label={say('completion.name')}>
      {offers.map((offer, index) => (
        <div
          key={offer.key}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          className="offer"
          // The field keeps the focus.
          onMouseDown={(event) => {
            event.preventDefault();
            onTake(offer);
          }}
        >
          {offer.user === ALL ? <Users size={20} aria-hidden="true" className="offer-sign" /> : null}
          {offer.user === null || offer.user === ALL ? null : <Avatar id={offer.user} name={offer.label} size={24} />}
          <bdi>{offer.label}</bdi>
          {offer.about === undefined ? null : (
            <span className="about" dir="auto">
              {offer.about}
            </span>
          )}
        </div>
      ))}
    </div>
  );
}
