// How much more fits into a message, said when it begins to matter. What is too long stays in the field, to be shortened: nothing
// that was typed or pasted is cut off.
import { LIMITS } from '@kith/protocol';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';

const SAID_FROM = 1_000;

/** In UTF-16 units; below 0 it is too long. */
export function lengthLeft(text: string): number {
  return LIMITS.text - text.length;
}

export function LengthLeft({ text }: { readonly text: string }): ReactElement | null {
  const say = useText();
  const left = lengthLeft(text);
  if (left > SAID_FROM) return null;
  if (left >= 0) return <p className="length-left hint">{say('composer.left', { count: left })}</p>;
  return (
    <p className="length-left problem" role="status">
      {say('composer.tooLong', { count: -left })}
    </p>
  );
}
