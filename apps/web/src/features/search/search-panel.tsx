// Finds messages: in the open conversation or in all, by words, narrowed by what they have and when they were written. Without a
// connection it looks through what this device holds, and says so.
import { type Person, Refusal } from '@kith/sdk';
import { type ReactElement, useEffect, useState } from 'react';
import { useText } from '../../text/text.js';
import { askLater } from '../../ui/ask-later.js';
import { SearchBox } from '../../ui/search-box.js';
import { wordsOfRefusal } from '../../ui/use-attempt.js';
import { PlaceOf } from '../threads/threads-panel.js';
import { ShownMessage } from '../timeline/shown-message.js';
import { type Found, findMessages } from './find-messages.js';
import { Snippet } from './snippet.js';

const WAIT_MS = 250;

export type SearchPanelProps = {
  readonly person: Person;
  /** Where it looks at first; null looks everywhere. */
  readonly conversation: string | null;
  /** What it begins with. */
  readonly query: string;
};

type Kind = 'any' | 'link' | 'thread' | 'pinned';

export function SearchPanel({ person, conversation, query: first }: SearchPanelProps): ReactElement {
  const say = useText();
  const [query, setQuery] = useState(first);
  const [isHere, setHere] = useState(conversation !== null);
  const [kind, setKind] = useState<Kind>('any');
  const [order, setOrder] = useState<'newest' | 'best'>('newest');
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const wanted = query.trim();
  useEffect(() => {
    setProblem(null);
    if (wanted === '') {
      setFound(null);
      return;
    }
    const params = { query: wanted, order, ...placeOf(isHere, conversation), ...kindOf(kind) };
    return askLater({
      waitMs: WAIT_MS,
      ask: () => findMessages(person, params),
      onAnswer: setFound,
      onRefusal: (refusal) => setProblem(wordsOfRefusal(refusal)),
    });
  }, [person, wanted, isHere, kind, order, conversation]);

  async function more(): Promise<void> {
    if (!found?.next) return;
    const params = { query: wanted, order, ...placeOf(isHere, conversation), ...kindOf(kind), cursor: found.next };
    try {
      const page = await findMessages(person, params);
      setFound({ ...page, items: [...found.items, ...page.items] });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setProblem(wordsOfRefusal(error));
    }
  }

  return (
    <div className="panel-body">
      <SearchBox value={query} label={say('search.placeholder')} onChange={setQuery} />
      <div className="filters">
        {conversation === null ? null : (
          <label className="choice">
            <input type="checkbox" checked={isHere} onChange={(event) => setHere(event.target.checked)} />
            <span>{say('search.onlyHere')}</span>
          </label>
        )}
        <select
          className="input"
          aria-label={say('search.kind')}
          value={kind}
          onChange={(event) => setKind(event.target.value as Kind)}
        >
          <option value="any">{say('search.any')}</option>
          <option value="link">{say('search.links')}</option>
          <option value="pinned">{say('search.pinned')}</option>
          <option value="thread">{say('search.threads')}</option>
        </select>
        <select
          className="input"
          aria-label={say('search.order')}
          value={order}
          onChange={(event) => setOrder(event.target.value as 'newest' | 'best')}
        >
          <option value="newest">{say('search.newest')}</option>
          <option value="best">{say('search.best')}</option>
        </select>
      </div>
      <p className="problem" role="alert">
        {problem}
      </p>
      <p className="unseen" role="status">
        {found === null ? '' : say('search.count', { count: found.items.length })}
      </p>
      {found?.isHeld ? <p className="hint">{say('search.held')}</p> : null}
      <ul aria-label={say('search.found')}>
        {found?.items.map(({ message, snippet }) => (
          <li key={`${message.conversation} ${message.seq}`} className="shown-row">
            <ShownMessage
              item={message}
              place={isHere ? null : <PlaceOf id={message.conversation} />}
              words={<Snippet pieces={snippet} />}
            />
          </li>
        ))}
      </ul>
      {found?.next ? (
        <button type="button" className="button" onClick={() => void more()}>
          {say('action.more')}
        </button>
      ) : null}
      {found !== null && found.items.length === 0 ? <p className="hint empty">{say('search.none')}</p> : null}
    </div>
  );
}

function placeOf(isHere: boolean, conversation: string | null) {
  return isHere && conversation !== null ? { conversation } : {};
}

function kindOf(kind: Kind) {
  if (kind === 'any') return {};
  return kind === 'link' ? ({ has: kind } as const) : ({ is: kind } as const);
}
