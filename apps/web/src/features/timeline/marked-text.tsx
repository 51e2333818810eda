// The text of a message: a subset of Markdown (bold, italic, struck out, code, quotes, lists, links) made into elements, never
// into a string of HTML, and the people that it names. What isn't in the subset stands there as it was written.
import type { EntryFields } from '@kith/protocol';
import { type ReactElement, useMemo } from 'react';
import { useNames } from '../people/names.js';
import { elementsOf } from './markdown.js';

export type MarkedTextProps = { readonly text: string; readonly mentions?: EntryFields['mentions'] };

const NOBODY: readonly string[] = [];

export function MarkedText({ text, mentions }: MarkedTextProps): ReactElement {
  const users = mentions?.users ?? NOBODY;
  const names = useNames(users);
  const named = users.map((user) => names.get(user) ?? '').join('\u0000');
  const isAll = mentions?.all === true;
  const elements = useMemo(
    () => elementsOf(text, [...named.split('\u0000').filter((name) => name !== ''), ...(isAll ? ['all'] : [])]),
    [text, named, isAll],
  );
  return (
    <div className="text" dir="auto">
      {elements}
    </div>
  );
}
