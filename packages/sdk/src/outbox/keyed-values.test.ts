import { describe, expect, it } from 'vitest';
import { KeyedValues } from './keyed-values.js';

describe('values by name', () => {
  it('tell their own listeners alone, each as often as it subscribed', () => {
    const values = new KeyedValues<number>(() => 0);
    const heard: string[] = [];
    const listener = () => heard.push('a');
    const ends = [values.of('a').subscribe(listener), values.of('a').subscribe(listener)];
    values.of('b').subscribe(() => heard.push('b'));
    values.set('a', 1);
    ends[0]?.();
    values.set('a', 2);
    ends[1]?.();
    values.set('a', 3);
    values.set('b', 3);
    values.set('b', 3);
    expect(heard).toEqual(['a', 'a', 'a', 'b']);
  });

  it('show the same empty value, and forget without losing who listens', () => {
    const values = new KeyedValues<readonly string[]>((name) => [name]);
    const seen = values.of('a');
    expect(seen.getSnapshot()).toBe(seen.getSnapshot());
    let calls = 0;
    const end = seen.subscribe(() => {
      calls += 1;
    });
    values.set('a', ['x']);
    values.set('a', undefined);
    expect([values.names(), seen.getSnapshot(), calls]).toEqual([[], ['a'], 2]);
    end();
    end();
    seen.subscribe(() => {
      calls += 1;
    });
    values.set('a', ['y']);
    expect([seen.getSnapshot(), calls]).toEqual([['y'], 3]);
  });
});
