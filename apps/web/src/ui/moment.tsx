// A time that is said shortly: all of it is there for who points at it, and for programs that read to people.
import type { ReactElement } from 'react';
import { momentOf } from '../text/times.js';

export type MomentProps = {
  readonly at: number;
  /** What is shown of it. */
  readonly words: string;
  readonly className?: string;
};

export function Moment({ at, words, className }: MomentProps): ReactElement {
  return (
    <time className={className} dateTime={new Date(at).toISOString()} title={momentOf(at)}>
      {words}
    </time>
  );
}
