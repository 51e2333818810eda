import { describe, expect, it } from 'vitest';
import { mentionsIn, wordAt } from './mentions.js';

describe('mentions', () => {
  const named = [
    { user: 'u1', name: 'Ann Arbor' },
    { user: 'u2', name: 'Ben' },
    { user: 'all', name: 'all' },
  ];

  it('are of those who were chosen and still stand in the text', () => {
    expect(mentionsIn('@Ann Arbor come', named)).toEqual({ users: ['u1'] });
    expect(mentionsIn('@Ann come, @Ben too', named)).toEqual({ users: ['u2'] });
    expect(mentionsIn('nobody', named)).toBeNull();
    expect(mentionsIn('@Ben', [])).toBeNull();
  });

  it('are of all where the word stands alone', () => {
    expect(mentionsIn('@all lunch', named)).toEqual({ all: true });
    expect(mentionsIn('@allen lunch', named)).toBeNull();
    expect(mentionsIn('x@all', named)).toBeNull();
  });

  it('find what is typed at the caret', () => {
    expect(wordAt('hi @an', 6)).toEqual({ sign: '@', word: 'an', at: 3 });
    expect(wordAt('hi @an there', 6)).toEqual({ sign: '@', word: 'an', at: 3 });
    expect(wordAt(':smi', 4)).toEqual({ sign: ':', word: 'smi', at: 0 });
    expect(wordAt('mail@an', 7)).toBeNull();
    expect(wordAt('at 10:30', 8)).toBeNull();
    expect(wordAt('plain', 5)).toBeNull();
  });
});
