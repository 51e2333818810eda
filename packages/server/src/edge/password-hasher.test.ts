import { describe, expect, it } from 'vitest';
import { ARGON2_PARAMETERS, Argon2Hasher } from './password-hasher.js';

const FAST = { memoryKib: 8, passes: 1, lanes: 1 };

describe('the password hasher', () => {
  it('is Argon2id with 19 MiB, two passes and one lane, and a salt of its own for each', async () => {
    const hasher = new Argon2Hasher({ cores: 1 });
    const [first, second] = await Promise.all([hasher.hash('correct horse 77'), hasher.hash('correct horse 77')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(first).not.toBe(second);
    expect(await hasher.verify('correct horse 77', first)).toEqual({ isRight: true, needsRehash: false });
    expect(await hasher.verify('correct horse 78', first)).toEqual({ isRight: false, needsRehash: false });
  });

  it('is wrong for any password where there is no account, after a verification with today’s parameters', async () => {
    const hasher = new Argon2Hasher({ cores: 1, parameters: FAST });
    for (const password of ['', 'correct horse 77', '\0'.repeat(32)]) {
      expect(await hasher.verify(password, null)).toEqual({ isRight: false, needsRehash: false });
    }
  });

  it('wants a new hash where the parameters were others', async () => {
    const kept = await new Argon2Hasher({ cores: 1, parameters: FAST }).hash('correct horse 77');
    const today = new Argon2Hasher({ cores: 1, parameters: { ...FAST, passes: 2 } });
    expect(await today.verify('correct horse 77', kept)).toEqual({ isRight: true, needsRehash: true });
    expect(await today.verify('wrong', kept)).toEqual({ isRight: false, needsRehash: false });
    expect(ARGON2_PARAMETERS).toEqual({ memoryKib: 19_456, passes: 2, lanes: 1 });
  });

  it('lets so many wait and tells the others when to come back', async () => {
    const hasher = new Argon2Hasher({ cores: 1, waiting: 2, parameters: FAST });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.hash('correct horse 77')));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(results[3]).toMatchObject({ reason: { code: 'rate_limited', retryAfterMs: 1_000 } });
  });
});
