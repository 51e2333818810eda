import { describe, expect, it } from 'vitest';
import { NODE_SECRETS } from './secrets.js';

describe('secrets', () => {
  it('digests with SHA-256', () => {
    expect(NODE_SECRETS.digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('opens with the secret that sealed, and with no other', () => {
    const sealed = NODE_SECRETS.seal('a pair of tokens, é', 'secret');
    expect(NODE_SECRETS.open(sealed, 'secret')).toBe('a pair of tokens, é');
    expect(() => NODE_SECRETS.open(sealed, 'another')).toThrow();
    expect(sealed).not.toContain('tokens');
    expect(NODE_SECRETS.seal('a pair of tokens, é', 'secret')).not.toBe(sealed);
  });

  it('opens nothing that was changed or cut', () => {
    const sealed = Buffer.from(NODE_SECRETS.seal('text', 'secret'), 'base64url');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => NODE_SECRETS.open(changed.toString('base64url'), 'secret')).toThrow();
      expect(() => NODE_SECRETS.open(sealed.subarray(0, index).toString('base64url'), 'secret')).toThrow();
    }
  });
});
