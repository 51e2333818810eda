// A time that is said shortly: all of it is there for who points at it, and for programs that read to people.
import type { ReactElement } from 'react';
import { useText } from '../text/text.js';
import { momentOf } from '../text/times.js';

export type MomentProps = {
  readonly at: number;
  /** What is shown of it, in the reader's language. */
  readonly words: (at: number) => string;
  readonly className?: string;
};

export function Moment({ at, words, className }: MomentProps): ReactElement {
  // In another language from when that is chosen, also where nothing else is.
  useText();
  return (
    <time className={className} dateTime={new Date(at).toISOString()} title={momentOf(at)}>
      {words(at)}
    </time>
  );
}
