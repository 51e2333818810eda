// What a message replies to, shown above it: who said what, as it is now. A press goes to where that stands.
import type { ShownItem } from '@kith/sdk';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { useName } from '../people/names.js';

/** More of it is behind a press. */
const MOST_UNITS = 300;

export type QuoteProps = {
  /** Null where this person can't see it, and nothing can be gone to. */
  readonly quoted: ShownItem | null;
  readonly onOpen: ((seq: number) => void) | null;
};

export function Quote({ quoted, onOpen }: QuoteProps): ReactElement {
  const say = useText();
  const name = useName(quoted?.author ?? null);
  if (quoted === null)
    return (
      <p className="quote">
        <span className="quoted">{say('quote.unseen')}</span>
      </p>
    );
  const { seq } = quoted;
  return (
    <button type="button" className="quote" title={say('quote.goTo')} onClick={() => onOpen?.(seq)}>
      <span className="author">
        <bdi>{name}</bdi>
      </span>
      <span className="quoted" dir="auto">
        {quotedText(quoted)}
      </span>
    </button>
  );

  function quotedText({ body: { text } }: ShownItem): string {
    if (typeof text !== 'string') return say('message.deleted');
    return text.length > MOST_UNITS ? `${text.slice(0, MOST_UNITS).toWellFormed()}…` : text;
  }
}
