// Where the switcher leads: conversations that there are, by how often and how lately one was there; people with whom there is
// none yet; what the page can do; and messages that say what was typed.
import type { FoundMessage, User } from '@kith/protocol';
import { useConversations, useSettings } from '@kith/react';
import type { ConversationView, Person } from '@kith/sdk';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { type OpenDialog, showDialog, showPanel } from '../../shell/panel.js';
import { currentRoute, openConversation } from '../../shell/route.js';
import { type TextKey, useText } from '../../text/text.js';
import { askLater } from '../../ui/ask-later.js';
import { nameOf } from '../people/names.js';
import { findMessages } from '../search/find-messages.js';
import { Snippet } from '../search/snippet.js';
import { plainOf } from './plain.js';
import { rankedPlaces } from './ranked-places.js';
import { titleOfPlace } from './titles.js';

const MOST_PLACES = 12;
const MOST_PEOPLE = 8;
const MOST_MESSAGES = 5;
/** One letter is in nearly every message. */
const LEAST_OF_MESSAGES = 2;
/** Units of a message that are shown before the first word that was found. */
const BEFORE_HIT = 24;
const WAIT_MS = 150;
const DIALOGS: readonly (readonly [dialog: OpenDialog, words: TextKey])[] = [
  ['new', 'new.title'],
  ['channels', 'channels.title'],
  ['later', 'later.title'],
  ['settings', 'settings.title'],
  ['shortcuts', 'keys.title'],
];

export type Goal = {
  readonly key: string;
  readonly title: ReactNode;
  /** Of whom or what the picture is. */
  readonly name: string;
  readonly about: string;
  readonly picture: { readonly id: string; readonly isPlace: boolean } | null;
  readonly go: () => void;
};

type GoalsParts = {
  readonly query: string;
  readonly attempt: (act: () => Promise<void>) => void;
  readonly onClose: () => void;
};

export function useGoals(person: Person, { query, attempt, onClose }: GoalsParts): readonly Goal[] {
  const say = useText();
  const wanted = query.trim();
  const plain = plainOf(query);
  const all = useConversations();
  const settings = useSettings();
  const people = useFound(wanted.length > 0 ? wanted : null, NOBODY, (words) => findPeople(person, words));
  const longer = wanted.length >= LEAST_OF_MESSAGES ? wanted : null;
  const messages = useFound(longer, NOTHING, (words) => findSome(person, words));
  return useMemo(() => {
    const leave = (then: () => void) => () => {
      onClose();
      then();
    };
    const titled = all.map((one) => ({ ...one, title: titleIn(person, one) }));
    const places = rankedPlaces(titled, { plain, settings, open: currentRoute().conversation, now: Date.now() });
    const known = new Set(all.flatMap(({ peer }) => peer ?? []));
    const others = people.filter(({ id }) => !known.has(id) && id !== person.id);
    const action = (key: string, title: string, go: () => void): Goal => {
      return { key, title, name: title, about: say('switcher.action'), picture: null, go };
    };
    const { self } = person;
    const actions = [
      ...DIALOGS.map(([dialog, words]) => action(dialog, say(words), () => showDialog(dialog))),
      action(
        'search',
        say('search.title'),
        leave(() => showPanel({ kind: 'search', conversation: null })),
      ),
    ];
    const own: Goal[] = [];
    if (self !== null) {
      const [title, about] = [say('title.self'), say('title.selfAbout')];
      const picture = { id: self, isPlace: true };
      own.push({ key: self, title, name: title, about, picture, go: leave(() => openConversation(self)) });
    }
    const titles = new Map(titled.map(({ id, title }) => [id, title]));
    return [
      ...places.slice(0, MOST_PLACES).map<Goal>(({ id, kind, peer, title }) => ({
        key: id,
        title,
        name: title,
        about: kind === 'direct' ? '' : say(kind === 'channel' ? 'kind.channel' : 'kind.group'),
        picture: { id: peer ?? id, isPlace: kind !== 'direct' },
        go: leave(() => openConversation(id)),
      })),
      ...others.slice(0, MOST_PEOPLE).map<Goal>(({ id, name, username }) => ({
        key: id,
        title: name,
        name,
        about: `@${username}`,
        picture: { id, isPlace: false },
        go: () =>
          attempt(async () => {
            const made = await person.create({ key: makeKey(), kind: 'direct', members: [id] });
            onClose();
            openConversation(made);
          }),
      })),
      ...[...own, ...actions].filter(({ name }) => plain !== '' && plainOf(name).includes(plain)),
      ...messages.map<Goal>(({ message: { conversation, seq, author }, snippet }) => ({
        key: `${conversation} ${seq}`,
        title: <Snippet pieces={fromHit(snippet)} />,
        name: author === undefined ? '' : nameOf(person, author),
        about: titles.get(conversation) ?? '',
        picture: author === undefined ? null : { id: author, isPlace: false },
        go: leave(() => openConversation(conversation, seq)),
      })),
      ...(longer === null
        ? []
        : [
            action(
              'search for it',
              say('switcher.messages', { words: longer }),
              leave(() => showPanel({ kind: 'search', conversation: null, query: longer })),
            ),
          ]),
    ];
  }, [all, people, messages, settings, person, plain, longer, say, attempt, onClose]);
}

function titleIn(person: Person, one: ConversationView): string {
  return one.kind === 'direct' && one.peer !== null ? nameOf(person, one.peer) : titleOfPlace(one);
}

/** So that the first word that was found is in the first line. */
function fromHit(pieces: FoundMessage['snippet']): FoundMessage['snippet'] {
  const [first, ...rest] = pieces;
  if (first === undefined || first.hit || first.text.length <= BEFORE_HIT) return pieces;
  return [{ ...first, text: `…${first.text.slice(-BEFORE_HIT)}` }, ...rest];
}

const NOBODY: readonly User[] = [];
const NOTHING: readonly FoundMessage[] = [];

/** As the server ranks them: those with whom one talks first. */
async function findPeople(person: Person, query: string): Promise<readonly User[]> {
  return (await person.command('users.search', { query })).users;
}

async function findSome(person: Person, query: string): Promise<readonly FoundMessage[]> {
  return (await findMessages(person, { query, limit: MOST_MESSAGES })).items.slice(0, MOST_MESSAGES);
}

/** What was found for the words that were typed last, after a pause; what is refused finds nothing. */
function useFound<T>(words: string | null, none: readonly T[], find: (words: string) => Promise<readonly T[]>) {
  const [found, setFound] = useState(none);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked is another function each time, and does the same
  useEffect(() => {
    if (words === null) {
      setFound(none);
      return;
    }
    // Without a connection there are the conversations alone.
    return askLater({
      waitMs: WAIT_MS,
      ask: () => find(words),
      onAnswer: setFound,
      onRefusal: () => setFound(none),
    });
  }, [words, none]);
  return found;
}
