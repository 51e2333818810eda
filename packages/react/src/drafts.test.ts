import type { Person } from '@kith/sdk';
import { describe, expect, it } from 'vitest';
import { Drafts } from './drafts.js';

describe('drafts', () => {
  const [ann, ben] = [{ id: 'ann' } as Person, { id: 'ann' } as Person];

  it('are kept by conversation and by the person who is signed in, who may be the same again', () => {
    const drafts = new Drafts();
    drafts.set(ann, 'a', 'of a');
    drafts.set(ann, 'b', 'of b');
    expect(['a', 'b', 'c'].map((id) => drafts.of(ann, id).getSnapshot())).toEqual(['of a', 'of b', '']);
    expect(drafts.of(ben, 'a').getSnapshot()).toBe('');
  });

  it('are told to whoever listens, until they do no more', () => {
    const drafts = new Drafts();
    const heard: string[] = [];
    const draft = drafts.of(ann, 'a');
    const end = draft.subscribe(() => heard.push(draft.getSnapshot()));
    drafts.set(ann, 'a', 'one');
    drafts.set(ann, 'a', '');
    end();
    drafts.set(ann, 'a', 'two');
    expect(heard).toEqual(['one', '']);
  });

  it('are forgotten beyond 200 conversations, first the one that was touched the longest ago', () => {
    const drafts = new Drafts();
    for (let id = 0; id < 200; id += 1) drafts.set(ann, `${id}`, 'text');
    drafts.set(ann, '0', 'touched again');
    drafts.set(ann, '200', 'one more');
    expect(['0', '1', '2', '200'].map((id) => drafts.of(ann, id).getSnapshot())).toEqual([
      'touched again',
      '',
      'text',
      'one more',
    ]);
  });
});
