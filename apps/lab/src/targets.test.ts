import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judge, parseTargets, readTargets } from './targets.js';

const [least, most] = parseTargets('{"a":{"what":"x","unit":"u","atLeast":10},"b":{"what":"y","unit":"u","atMost":0}}');

describe('targets', () => {
  it('are met at their bound, and not beyond it', () => {
    if (!least || !most) throw new Error('two targets were given');
    expect([9.9, 10, 11, undefined, Number.NaN].map((value) => judge(least, value))).toEqual([
      ...['not met', 'met', 'met', 'not measured', 'not met'],
    ]);
    expect([0, 1, undefined, Number.NaN].map((value) => judge(most, value))).toEqual([
      ...['met', 'not met', 'not measured', 'not met'],
    ]);
  });

  it('need one bound each', () => {
    expect(() => parseTargets('{"a":{"what":"x","unit":"u"}}')).toThrow('target a');
    expect(() => parseTargets('{"a":{"what":"x","unit":"u","atLeast":1,"atMost":2}}')).toThrow('target a');
  });

  it('of the repository can be read', () => {
    const path = fileURLToPath(new URL('../../../bench/targets.json', import.meta.url));
    expect(readTargets(path).map(({ id }) => id)).toContain('fanout');
  });
});
