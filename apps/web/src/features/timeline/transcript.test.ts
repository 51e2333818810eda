import { expect, it, vi } from 'vitest';
import { transcriptOf } from './transcript.js';

const said = (seq: number, text: string | undefined, author = 'ann') => ({
  seq,
  author,
  at: new Date(2026, 10, 29, 9, seq).getTime(),
  erased: text === undefined,
  body: text === undefined ? {} : { text },
});

vi.stubGlobal('navigator', { languages: ['en-GB'] });

it('copies messages with names and times in the order of the log, whatever the order of choosing', () => {
  const names = { ann: 'Ann Arbor', ben: 'Ben Nevis' } as { readonly [user: string]: string };
  const chosen = [said(9, 'To the mill\nat ten', 'ben'), said(4, 'Where to?'), said(5, undefined)];
  const text = transcriptOf(chosen, (user) => names[user ?? ''] ?? '');
  expect(text.replace(/\d{1,2}:0(\d)[^\]]*/g, '9:0$1')).toMatch(
    /^\[.*2026.*9:04\] Ann Arbor: Where to\?\n\[.*9:05\] Ann Arbor: This message was deleted\.\n\[.*9:09\] Ben Nevis: To the mill\nat ten$/,
  );
});
