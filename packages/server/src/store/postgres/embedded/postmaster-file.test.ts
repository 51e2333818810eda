import { describe, expect, it } from 'vitest';
import { parsePostmasterFile } from './postmaster-file.js';

describe('postmaster.pid', () => {
  it('is read by its lines', () => {
    const text = '4711\n/data/postgres\n1700000000\n5432\n/data/socket\n\n  123 456\nready   \n';
    expect(parsePostmasterFile(text)).toEqual({
      pid: 4711,
      status: 'ready',
      port: 5432,
      socketDirectory: '/data/socket',
    });
  });

  it('may not be complete yet', () => {
    expect(parsePostmasterFile('4711\n/data/postgres\n')).toEqual({
      pid: 4711,
      status: '',
      port: 0,
      socketDirectory: '',
    });
  });

  it('names a single-user server by a negative number', () => {
    expect(parsePostmasterFile('-4711\n/data\n')).toEqual({ pid: 4711, status: '', port: 0, socketDirectory: '' });
  });

  it.each(['', '\n', 'nonsense\n', '0\n'])('is nothing when it holds %j', (text) => {
    expect(parsePostmasterFile(text)).toBeNull();
  });
});
