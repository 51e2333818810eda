// In the place of the chat where there is none to show: why, in the reader's words, and what can be done.
import type { ReactElement, ReactNode } from 'react';
import { type TextKey, useText } from '../../text/text.js';
import type { EntryProblem } from './use-entry.js';

/** `alone` is the page that stands in no other. */
type Why = EntryProblem | 'alone';
type Words = readonly [title: TextKey, about: TextKey, button: TextKey];

const WORDS: { readonly [why in Why]: Words } = {
  nobody: ['embed.nobody', 'embed.nobodyAbout', 'embed.again'],
  refused: ['embed.refused', 'embed.refusedAbout', 'embed.again'],
  away: ['embed.away', 'embed.awayAbout', 'embed.again'],
  alone: ['embed.alone', 'embed.aloneAbout', 'embed.aloneOpen'],
};

export type UnableProps = { readonly why: Why; readonly onAgain: () => void; readonly children?: ReactNode };

export function Unable({ why, onAgain, children }: UnableProps): ReactElement {
  const say = useText();
  const [title, about, button] = WORDS[why];
  return (
    <main className="embedded unable-here">
      <div className="empty" role="alert">
        <span className="mark" aria-hidden="true" />
        <h1>{say(title)}</h1>
        <p>{say(about)}</p>
        <button type="button" className="button primary" onClick={onAgain}>
          {say(button)}
        </button>
      </div>
      {children}
    </main>
  );
}
