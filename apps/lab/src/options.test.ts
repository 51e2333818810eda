import { describe, expect, it } from 'vitest';
import { parseOptions, STEPS } from './options.js';

describe('parseOptions', () => {
  it('runs every step where none is named', () => {
    expect(parseOptions([])).toMatchObject({ only: STEPS, rounds: 3, messages: 1_000_000, profile: null });
  });

  it('takes steps, seconds and rounds', () => {
    const options = parseOptions(['--only', 'acks, idle', '--seconds', '2', '--rounds', '5']);
    expect(options).toMatchObject({ only: ['acks', 'idle'], seconds: 2, rounds: 5 });
  });

  it('says what would be right', () => {
    expect(() => parseOptions(['--only', 'speed'])).toThrow('fanout,durable');
    expect(() => parseOptions(['--seconds', '0'])).toThrow('--seconds: an integer');
    expect(() => parseOptions(['--faster'])).toThrow('--faster');
  });
});
