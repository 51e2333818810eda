// Tells who listens to the page what others write into the conversation that is open: each message once, with who and what;
// of many at once how many, and from whom. The log itself stays silent, since it is filled by paging, too.
import type { Person, ShownEntry } from '@kith/sdk';
import { type ReactElement, useEffect, useState } from 'react';
import { isFolded } from '../features/people/folded.js';
import { nameOf } from '../features/people/names.js';
import { isolated, say } from '../text/text.js';

const MOST_UNITS = 200;
/** What comes within it is told together: after an absence that is all that was missed. */
const GATHER_MS = 400;
/** By then it was taken up; a text that is deleted or hidden afterwards stands here no longer. */
const SAID_MS = 3_000;
/** More than these at once are counted, and so many of those who wrote them named. */
const MOST_READ = 2;
const MOST_NAMED = 3;

type Said = { readonly words: string; readonly turn: number };
/** What waits to be told: all of it is counted, and no more kept than is read. */
type Gathered = { count: number; readonly first: ShownEntry[]; readonly authors: Set<string> };

const gathered = (): Gathered => ({ count: 0, first: [], authors: new Set() });

export function Announcer({ person, open }: { readonly person: Person; readonly open: string | null }): ReactElement {
  const [{ words, turn }, setSaid] = useState<Said>({ words: '', turn: 0 });
  useEffect(() => {
    let waiting = gathered();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      const next = wordsOf(person, waiting);
      waiting = gathered();
      timer = next === '' ? undefined : setTimeout(tell, SAID_MS);
      setSaid((last) => ({ words: next, turn: last.turn + 1 }));
    };
    const end = person.onMessage((message) => {
      const { conversation, author = '', body } = message;
      if (conversation !== open || typeof body.text !== 'string' || isFolded(person, message)) return;
      waiting.count += 1;
      if (waiting.first.length < MOST_READ) waiting.first.push(message);
      if (waiting.authors.size < MOST_NAMED) waiting.authors.add(author);
      timer ??= setTimeout(tell, GATHER_MS);
    });
    return () => {
      end();
      clearTimeout(timer);
      setSaid((last) => ({ words: '', turn: last.turn + 1 }));
    };
  }, [person, open]);
  return (
    <p className="unseen" aria-live="polite">
      {/* An element of its own each time: the same words again are told again. */}
      <span key={turn}>{words}</span>
    </p>
  );
}

function wordsOf(person: Person, { count, first, authors }: Gathered): string {
  if (count > MOST_READ) {
    const names = [...authors].map((author) => isolated(nameOf(person, author))).join(', ');
    return say('announce.many', { count, names });
  }
  return first
    .map(({ author, body }) => `${nameOf(person, author)}: ${String(body.text).slice(0, MOST_UNITS).toWellFormed()}`)
    .join('\n');
}
