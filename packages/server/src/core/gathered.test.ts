import { beforeEach, describe, expect, it } from 'vitest';
import { Gathered } from './gathered.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('questions that are gathered', () => {
  let asked: (readonly number[])[];
  let answers: { readonly give: (answers: readonly string[]) => void; readonly fail: (error: Error) => void }[];
  let gathered: Gathered<number, string>;

  beforeEach(() => {
    asked = [];
    answers = [];
    gathered = new Gathered({
      width: 1,
      most: 3,
      ask: (asks) => {
        asked.push(asks);
        return new Promise((give, fail) => answers.push({ give, fail }));
      },
    });
  });

  it('go at once alone, and together where they came meanwhile, at most so many', async () => {
    const all = [1, 2, 3, 4, 5].map((ask) => gathered.ask(ask));
    expect(asked).toEqual([[1]]);
    answers[0]?.give(['one']);
    expect(await all[0]).toBe('one');
    await settled();
    expect(asked).toEqual([[1], [2, 3, 4]]);
    answers[1]?.give(['two', 'three', 'four']);
    expect(await Promise.all(all.slice(1, 4))).toEqual(['two', 'three', 'four']);
    await settled();
    expect(asked.at(-1)).toEqual([5]);
    answers[2]?.give(['five']);
    expect(await all[4]).toBe('five');
  });

  it('fail together, and those after them are asked', async () => {
    const all = [1, 2, 3].map((ask) => gathered.ask(ask));
    answers[0]?.give(['one']);
    await settled();
    const outcomes = Promise.allSettled(all);
    const later = gathered.ask(4);
    answers[1]?.fail(new Error('not now'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await settled();
    answers[2]?.give(['four']);
    expect(await later).toBe('four');
  });

  it('go in as many as may be under way', () => {
    const wide = new Gathered<number, string>({
      width: 2,
      most: 3,
      ask: (asks) => {
        asked.push(asks);
        return new Promise(() => {});
      },
    });
    for (const ask of [1, 2, 3]) void wide.ask(ask);
    expect(asked).toEqual([[1], [2]]);
  });

  it('say so where one of them has no answer', async () => {
    const one = gathered.ask(1);
    answers[0]?.give([]);
    await expect(one).rejects.toThrow('there is no answer');
  });
});
