// What the keys of the composer do to its text: marks around what is chosen, and lists and quotes that go on with the next
// line. A change is told as what takes the place of what, so that the field's own undo takes it back.

export type Selected = { readonly text: string; readonly start: number; readonly end: number };

/** What stands from `from` to `to` becomes `text`; then `start` to `end` is chosen. */
export type Change = {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

export const MARKS = { bold: '**', italic: '_', struck: '~~', code: '`' } as const;
export type Mark = keyof typeof MARKS;

/** By the key that is pressed with Ctrl or Cmd. */
const KEYS: { readonly [key: string]: Mark } = { b: 'bold', i: 'italic', e: 'code', 'shift x': 'struck' };
const ITEM = /^(\s*)([-*+]|\d{1,6}[.)]|>)(\s+)(.*)$/;

export function markOf(key: { readonly key: string; readonly shiftKey: boolean }): Mark | undefined {
  return KEYS[`${key.shiftKey ? 'shift ' : ''}${key.key.toLowerCase()}`];
}

/** Puts a mark around what is chosen, or takes it away where it is there. */
export function marked({ text, start, end }: Selected, mark: Mark): Change {
  const sign = MARKS[mark];
  const size = sign.length;
  // Blanks at its ends stay outside: a mark beside a blank is none.
  const chosen = text.slice(start, end);
  const from = start + (chosen.length - chosen.trimStart().length);
  const to = Math.max(from, end - (chosen.length - chosen.trimEnd().length));
  const inner = text.slice(from, to);
  if (text.slice(from - size, from) === sign && text.slice(to, to + size) === sign)
    return { from: from - size, to: to + size, text: inner, start: from - size, end: to - size };
  if (inner.length >= 2 * size && inner.startsWith(sign) && inner.endsWith(sign)) {
    const bare = inner.slice(size, -size);
    return { from, to, text: bare, start: from, end: from + bare.length };
  }
  return { from, to, text: sign + inner + sign, start: from + size, end: to + size };
}

/** Begins the next line as the one before, which is a list or a quote; null where it is neither. */
export function continued({ text, start, end }: Selected): Change | null {
  if (start !== end) return null;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const [, indent = '', sign = '', gap = '', said = ''] = ITEM.exec(text.slice(from, start)) ?? [];
  if (sign === '') return null;
  // An empty item ends the list.
  if (said.trim() === '') return { from, to: start, text: '', start: from, end: from };
  const next = /^\d/.test(sign) ? `${Number.parseInt(sign, 10) + 1}${sign.slice(-1)}` : sign;
  const added = `\n${indent}${next}${gap}`;
  return { from: start, to: start, text: added, start: start + added.length, end: start + added.length };
}

/** Makes each chosen line an item, or none where all are. */
export function listed({ text, start, end }: Selected, sign: '- ' | '1. ' | '> '): Change {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  const to = next === -1 ? text.length : next;
  const lines = text.slice(from, to).split('\n');
  const isItem = (line: string) => (sign === '1. ' ? /^\d{1,6}[.)] /.test(line) : line.startsWith(sign));
  const changed = lines.every(isItem)
    ? lines.map((line) => line.slice(line.indexOf(' ') + 1))
    : lines.map((line, index) => (sign === '1. ' ? `${index + 1}. ${line}` : sign + line));
  const made = changed.join('\n');
  return { from, to, text: made, start: from + made.length, end: from + made.length };
}

/** Makes what is chosen the words of a link, with its address to be written; an address becomes one without words. */
export function linked({ text, start, end }: Selected): Change {
  const chosen = text.slice(start, end);
  const isAddress = /^https?:\/\/\S+$/.test(chosen);
  const made = isAddress ? `[](${chosen})` : `[${chosen}](https://)`;
  const at = isAddress || chosen === '' ? start + 1 : start + made.length - 1;
  return { from: start, to: end, text: made, start: at, end: at };
}

/** Puts a change into a field as if it were typed, so that it can be undone; the field's own events tell of it. */
export function put(field: HTMLTextAreaElement, { from, to, text, start, end }: Change): void {
  field.focus();
  field.setSelectionRange(from, to);
  // Of the ways to change a field by a script, the one that its undo knows. Nothing of it is markup.
  const isDone = text === '' ? document.execCommand('delete') : document.execCommand('insertText', false, text);
  if (!isDone && from + to + text.length > 0) {
    field.setRangeText(text, from, to, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
  field.setSelectionRange(start, end);
}
