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

  it('takes as many messages as there is a page for in each conversation, up to fifty million', () => {
    expect(parseOptions(['--only', 'pages,send,search', '--messages', '50000000'])).toMatchObject({
      ...{ only: ['pages', 'send', 'search'], messages: 50_000_000 },
    });
    for (const wrong of ['49999', '50000001', '1e9', '1.5', 'many']) {
      expect(() => parseOptions(['--messages', wrong])).toThrow('--messages: an integer from 50000 to 50000000');
    }
  });

  it('says what would be right', () => {
    expect(() => parseOptions(['--only', 'speed'])).toThrow('fanout,durable');
    expect(() => parseOptions(['--seconds', '0'])).toThrow('--seconds: an integer');
    expect(() => parseOptions(['--faster'])).toThrow('--faster');
  });
});
