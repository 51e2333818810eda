import { expect, test } from 'vitest';
import { GenerationMap } from './generation-map.js';

test('it holds no more than its bound, and always the latest half of it', () => {
  const map = new GenerationMap<number, string>({ most: 10 });
  for (let key = 1; key <= 100; key += 1) {
    map.set(key, `value ${key}`);
    expect([...map.values()].length).toBeLessThanOrEqual(11);
    for (let late = Math.max(1, key - 4); late <= key; late += 1) expect(map.get(late)).toBe(`value ${late}`);
  }
  expect(map.get(1)).toBeUndefined();
});

test('what is used stays, however much comes', () => {
  const map = new GenerationMap<number, string>({ most: 10 });
  map.set(0, 'wanted');
  for (let key = 1; key <= 100; key += 1) {
    map.set(key, 'unwanted');
    expect(map.get(0)).toBe('wanted');
  }
});

test('heavy values make it forget sooner', () => {
  const map = new GenerationMap<number, number>({ most: 100, weight: { of: (value) => value, most: 20 } });
  for (let key = 1; key <= 9; key += 1) map.set(key, 6);
  expect([...map.values()].length).toBeLessThan(6);
  expect(map.get(9)).toBe(6);
});

test('what is deleted is gone from both generations', () => {
  const map = new GenerationMap<string, number>({ most: 4 });
  for (const key of ['a', 'b', 'c']) map.set(key, 1);
  for (const key of ['a', 'c']) map.delete(key);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, undefined]);
});
