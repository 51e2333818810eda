import { expect, it } from 'vitest';
import { faultsBySeed } from './live-faults.js';
import { parseLiveOptions } from './live-options.js';

it('takes what is meant, and says what would be right of anything else', () => {
  expect(parseLiveOptions(['--live'], 7)).toMatchObject({ seed: 7, seconds: 60, people: 6, url: null });
  const line = '--live --seed 3 --seconds 9 --people 4 --faults kill,cut --url http://localhost:3000/ --json';
  expect(parseLiveOptions(line.split(' '), 7)).toMatchObject({
    ...{ seed: 3, seconds: 9, people: 4, isJson: true, faults: ['kill', 'cut'] },
    url: 'http://localhost:3000',
  });
  for (const wrong of ['--seconds 0', '--people 1', '--faults kill,nope', '--url https://a.example', '--runs 3']) {
    expect(() => parseLiveOptions(['--live', ...wrong.split(' ')], 7)).toThrow();
  }
});

it('takes each fault once before any comes again, in the order of the seed', () => {
  const take = (seed: number) => {
    const faults = faultsBySeed(['kill', 'cut', 'slow'], seed);
    return Array.from({ length: 8 }, () => faults.next().value);
  };
  expect(new Set(take(5).slice(0, 3))).toEqual(new Set(['kill', 'cut', 'slow']));
  expect(take(5)).toEqual(take(5));
  expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => take(seed).join())).size).toBeGreaterThan(1);
});
