import { parseId } from '@kith/protocol';
import { afterEach, expect, it, vi } from 'vitest';
import { makeKey } from './make-key.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('makes UUIDs where the browser has no randomUUID, each another one', () => {
  const { crypto } = globalThis;
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) });
  const keys = Array.from({ length: 100 }, () => makeKey());
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) expect(parseId(key)).toBe(key);
});
