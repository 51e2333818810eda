// Tells who listens to the page what comes into the conversation that is open; the log itself stays silent, since it is
// filled by paging, too.
import type { Person } from '@kith/sdk';
import { type ReactElement, useEffect, useState } from 'react';
import { nameOf } from '../features/people/names.js';

const MOST_UNITS = 200;
/** By then it was taken up; a text that is deleted or hidden afterwards stands here no longer. */
const SAID_MS = 3_000;

export function Announcer({ person, open }: { readonly person: Person; readonly open: string | null }): ReactElement {
  const [words, setWords] = useState('');
  useEffect(
    () =>
      person.onMessage(({ conversation, author, body }) => {
        if (conversation !== open || typeof body.text !== 'string') return;
        const name = nameOf(person, author);
        setWords(`${name}: ${body.text.slice(0, MOST_UNITS).toWellFormed()}`);
      }),
    [person, open],
  );
  useEffect(() => {
    if (words === '') return;
    const timer = setTimeout(() => setWords(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <p className="unseen" aria-live="polite">
      {words}
    </p>
  );
}
