import { expect, test } from 'vitest';
import { appendFailure } from './append-failure.js';

const CASES = [
  [{ code: '23505', constraint: 'entry_key' }, 'key_known'],
  [{ code: '23505', constraint: 'entry_pkey' }, 'number_taken'],
  [{ code: '23505', constraint: 'conversation_id' }, 'number_taken'],
  [{ code: '22012' }, 'ground_moved'],
  [{ code: '22P02' }, 'refused'],
  [{ code: '23514' }, 'refused'],
  [{ code: '42P01' }, 'refused'],
  [{ code: '53100' }, 'disk_full'],
  [{ code: '57014' }, 'unknown'],
  [{ code: '57P01' }, 'unknown'],
  [{ code: '40001' }, 'unknown'],
  [{ code: '25006' }, 'unknown'],
  [{ code: '58030' }, 'unknown'],
  [{ code: 'ECONNRESET' }, 'unknown'],
  [{}, 'unknown'],
] as const;

for (const [fields, failure] of CASES) {
  test(`${JSON.stringify(fields)} means ${failure}`, () => {
    expect(appendFailure(Object.assign(new Error('refused'), fields))).toBe(failure);
  });
}
