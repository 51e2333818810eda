import { describe, expect, it } from 'vitest';
import { parsePeersOptions } from './peers-options.js';

describe('parsePeersOptions', () => {
  it('takes what is given, and usual numbers for the rest', () => {
    expect(parsePeersOptions([])).toEqual({ seconds: 8, rounds: 3, out: '.tmp/peers.json' });
    expect(parsePeersOptions(['--rounds', '5', '--out', 'p.json'])).toMatchObject({ rounds: 5, out: 'p.json' });
  });

  it('says what would be right', () => {
    expect(() => parsePeersOptions(['--seconds', '0'])).toThrow('--seconds: a whole number from 1');
    expect(() => parsePeersOptions(['--only', 'bun'])).toThrow('--only');
  });
});
