// What a message replies to, shown above it: who said what, as it is now. A press goes to where that stands.
import type { EntryBody } from '@kith/protocol';
import type { ShownItem, TimelineView } from '@kith/sdk';
import { el, on } from './element.js';
import type { View } from './view.js';

export type QuoteRow = {
  /** Null where this person can't see it, and nothing can be gone to. */
  readonly seq: number | null;
  readonly author: string | null;
  readonly text: string;
};

const DELETED = 'This message was deleted.';
const UNSEEN = 'A message that you can’t see';
/** More of it is behind a press. */
const MOST_UNITS = 300;

/** The quote of a message; null where it replies to none, or it is not known yet what it replies to. */
export function quoteOf(
  view: View,
  quotes: TimelineView['quotes'],
  body: { readonly replyTo?: unknown },
): QuoteRow | null {
  const { replyTo } = body as Partial<EntryBody<'message.sent'>>;
  const quoted = replyTo === undefined ? undefined : quotes.get(replyTo);
  if (quoted === undefined) return null;
  if (quoted === null) return { seq: null, author: null, text: UNSEEN };
  return { seq: quoted.seq, author: view.nameOf(quoted.author), text: textOf(quoted) };
}

function textOf({ body: { text = DELETED } }: ShownItem): string {
  return text.length > MOST_UNITS ? `${text.slice(0, MOST_UNITS).toWellFormed()}…` : text;
}

export function quoteElement({ seq, author, text }: QuoteRow, onOpen: (seq: number) => void): HTMLElement {
  const words = el('span', { class: 'quoted', dir: 'auto' }, text);
  if (seq === null || author === null) return el('p', { class: 'quote' }, words);
  const name = el('span', { class: 'author' }, el('bdi', {}, author));
  const button = el('button', { type: 'button', class: 'quote', title: 'Go to this message' }, name, words);
  on(button, 'click', () => onOpen(seq));
  return button;
}
