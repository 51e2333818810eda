import { describe, expect, it } from 'vitest';
import type { PostgresLogEntry } from './log-lines.js';
import { PostgresLogLines, parseLogLine } from './log-lines.js';

function collector(): { lines: PostgresLogLines; entries: PostgresLogEntry[]; advance: (ms: number) => void } {
  const entries: PostgresLogEntry[] = [];
  let now = 1_000_000;
  const lines = new PostgresLogLines({ log: (entry) => void entries.push(entry), now: () => now });
  const advance = (ms: number): void => {
    now += ms;
  };
  return { lines, entries, advance };
}

describe('the log of PostgreSQL', () => {
  it('is read by severity', () => {
    expect(parseLogLine('00000 LOG:  database system is ready')).toEqual({
      level: 'info',
      message: 'database system is ready',
      sqlState: null,
    });
    expect(parseLogLine('01000 WARNING:  careful')).toMatchObject({ level: 'warn', sqlState: '01000' });
    expect(parseLogLine('XX000 PANIC:  could not write')).toMatchObject({ level: 'error', sqlState: 'XX000' });
    expect(parseLogLine('57P01 FATAL:  terminating connection due to administrator command')).toMatchObject({
      level: 'info',
    });
    expect(parseLogLine('2026-11-22 02:41:26.010 GMT [4377] FATAL:  invalid value')).toMatchObject({
      level: 'error',
      message: 'invalid value',
    });
  });

  it('passes errors on that speak about the machine, and keeps refused statements to itself', () => {
    expect(parseLogLine('53100 ERROR:  could not extend file: No space left on device')).toMatchObject({
      level: 'error',
      sqlState: '53100',
    });
    expect(parseLogLine('22P02 ERROR:  invalid input syntax for type uuid: "a text"')).toBeNull();
    expect(parseLogLine('23505 DETAIL:  Key (name)=(a text) already exists.')).toBeNull();
    expect(parseLogLine('22P02 STATEMENT:  SELECT 1')).toBeNull();
    expect(parseLogLine('\tthe second line of a text')).toBeNull();
  });

  it('joins lines that arrive in pieces', () => {
    const { lines, entries } = collector();
    lines.write('00000 LOG:  sta');
    lines.write('rted\n00000 LOG:  rea');
    lines.write('dy\n');
    expect(entries.map((entry) => entry.message)).toEqual(['started', 'ready']);
    expect(lines.recent()).toBe('started / ready');
  });

  it('cuts long lines', () => {
    const { lines, entries } = collector();
    for (let piece = 0; piece < 100; piece += 1) lines.write(piece === 0 ? '00000 LOG:  ' : 'x'.repeat(1_000));
    lines.write('\n');
    expect(entries.map((entry) => entry.message.length)).toEqual([500]);
  });

  it('hands on a hundred entries in ten seconds, and then says how many it dropped', () => {
    const { lines, entries, advance } = collector();
    lines.write('00000 LOG:  again\n'.repeat(130));
    expect(entries).toHaveLength(100);
    advance(10_000);
    lines.write('00000 LOG:  later\n');
    expect(entries.slice(100).map((entry) => entry.message)).toEqual([
      '30 log lines of PostgreSQL were dropped',
      'later',
    ]);
  });
});
