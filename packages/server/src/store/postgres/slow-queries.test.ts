import { expect, test } from 'vitest';
import type { Labels, LogFields } from '../../core/telemetry.js';
import { SlowQueries } from './slow-queries.js';

function watched(slowQueryMs: number) {
  const counted: Labels[] = [];
  const lines: LogFields[] = [];
  const telemetry = {
    count: (_name: string, _by?: number, labels: Labels = {}) => void counted.push(labels),
    warn: (_message: string, fields: LogFields = {}) => void lines.push(fields),
  };
  return { counted, lines, slow: new SlowQueries({ telemetry, slowQueryMs }) };
}

test('what took as long as is said is slow, and what took less is not', () => {
  const { slow, lines } = watched(100);
  slow.ended({ name: 'a', text: 'x' }, 99.9, { rowCount: 1 });
  slow.ended({ name: 'b', text: 'SELECT\n  $1' }, 100, { rowCount: 7 });
  slow.ended({ name: 'c', text: 'x' }, 5_000.4, null);
  expect(lines).toEqual([
    { statement: 'b', sql: 'SELECT $1', tookMs: 100, rows: 7, failed: false },
    { statement: 'c', sql: 'x', tookMs: 5_000, rows: null, failed: true },
  ]);
});

test('statements without a name are told apart only where a few words say enough', () => {
  const { slow, counted, lines } = watched(1);
  for (const text of ['BEGIN', 'COMMIT', 'ROLLBACK', "SELECT 'a secret'"]) slow.ended({ text }, 9, { rowCount: null });
  expect(counted.map(({ statement }) => statement)).toEqual(['begin', 'commit', 'rollback', 'unnamed']);
  // Nor is their text shown, which may be put together.
  expect(lines.map(({ sql }) => sql)).toEqual([null, null, null, null]);
});

test('however many names there are, the counter has at most 300 and one for the others', () => {
  const { slow, counted } = watched(1);
  for (let index = 0; index < 2_000; index += 1) slow.ended({ name: `n${index}`, text: 'x' }, 9, { rowCount: 0 });
  expect(new Set(counted.map(({ statement }) => statement)).size).toBe(301);
  slow.ended({ name: 'n1', text: 'x' }, 9, { rowCount: 0 });
  expect(counted.at(-1)).toEqual({ statement: 'n1' });
});
