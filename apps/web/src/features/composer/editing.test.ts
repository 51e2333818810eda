import { describe, expect, it } from 'vitest';
import { type Change, continued, linked, listed, marked, markOf, type Selected } from './editing.js';

/** `[` and `]` stand for where the selection begins and ends; `|` for both. */
function at(shown: string): Selected {
  const plain = shown.replace('|', '[]');
  return { text: plain.replace(/[[\]]/g, ''), start: plain.indexOf('['), end: plain.indexOf(']') - 1 };
}

function after({ text }: Selected, change: Change | null): string | null {
  if (change === null) return null;
  const made = text.slice(0, change.from) + change.text + text.slice(change.to);
  return `${made.slice(0, change.start)}[${made.slice(change.start, change.end)}]${made.slice(change.end)}`;
}

describe('the keys of the composer', () => {
  it('put a mark around what is chosen, and take it away again', () => {
    const plain = at('a [word ]here');
    expect(after(plain, marked(plain, 'bold'))).toBe('a **[word]** here');
    const bold = at('a **[word]** here');
    expect(after(bold, marked(bold, 'bold'))).toBe('a [word] here');
    const whole = at('a [~~word~~] here');
    expect(after(whole, marked(whole, 'struck'))).toBe('a [word] here');
    const nothing = at('a |');
    expect(after(nothing, marked(nothing, 'code'))).toBe('a `[]`');
  });

  it('are those that people know', () => {
    expect(markOf({ key: 'B', shiftKey: false })).toBe('bold');
    expect(markOf({ key: 'X', shiftKey: true })).toBe('struck');
    expect(markOf({ key: 'x', shiftKey: false })).toBeUndefined();
  });

  it('go on with a list or a quote, and end it at an empty item', () => {
    const lists: readonly (readonly [string, string | null])[] = [
      ['- one|', '- one\n- []'],
      ['  9. nine|', '  9. nine\n  10. []'],
      ['x\n> said|', 'x\n> said\n> []'],
      ['- one\n- |', '- one\n[]'],
      ['no list|', null],
      ['-no list|', null],
    ];
    for (const [before, wanted] of lists) {
      const selected = at(before);
      expect(after(selected, continued(selected)), before).toBe(wanted);
    }
  });

  it('make lines a list, and no list where they are one', () => {
    const lines = at('zero\n[one\ntwo]');
    expect(after(lines, listed(lines, '1. '))).toBe('zero\n1. one\n2. two[]');
    const quote = at('[> one\n> two]');
    expect(after(quote, listed(quote, '> '))).toBe('one\ntwo[]');
  });

  it('make a link of words or of an address', () => {
    const words = at('see [this] now');
    expect(after(words, linked(words))).toBe('see [this](https://[]) now');
    const address: Selected = { text: 'https://kith.example/x', start: 0, end: 22 };
    expect(after(address, linked(address))).toBe('[[]](https://kith.example/x)');
  });
});
