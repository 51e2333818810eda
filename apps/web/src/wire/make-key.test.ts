import { parseId } from '@kith/protocol';
import { expect, it } from 'vitest';
import { makeKey } from './make-key.js';

it('makes UUIDs where the browser has no randomUUID, each another one', () => {
  const source = {
    getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes),
  } as unknown as Crypto;
  const keys = Array.from({ length: 100 }, () => makeKey(source));
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) {
    expect(parseId(key)).toBe(key);
    expect(key).toMatch(/^.{14}4.{4}[89ab]/);
  }
});
