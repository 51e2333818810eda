import { ChatError } from '@kith/protocol';
import { describe, expect, it } from 'vitest';
import { COMMON_PASSWORDS } from './common-passwords.js';
import { canonicalPassword, requireGoodPassword } from './password-policy.js';

function refusal(password: string, username = 'ann'): string | null {
  try {
    requireGoodPassword(password, username);
    return null;
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'bad_request') throw error;
    return error.message;
  }
}

describe('the password policy', () => {
  it.each([
    'correct horse 77',
    'tr0ub4dor&3x',
    'fahrrad-im-regen',
    'zxq9 81mm vB',
    'пароль из слов',
    'a sunshine state of mind',
    'password managers are fine',
  ])('takes %s', (password) => {
    expect(refusal(password)).toBeNull();
  });

  it.each([
    ['abcdefghi', 'fewer than 10'],
    ['x7k2m9q4w1'.repeat(26), 'more than 256'],
    ['aaaaaaaaaaaa', 'different characters'],
    ['abababababab', 'different characters'],
    ['1234567890', 'sequence'],
    ['9876543210', 'sequence'],
    ['lkjihgfedcba', 'sequence'],
    ['QWERTYUIOPasdfgh', 'sequence'],
    ['abcdabcdabcd', 'repeats'],
    ['x7k2!x7k2!x7k2', 'repeats'],
    ['Iloveyou123', 'most common'],
    ['1Q2w3E4r5T', 'most common'],
    ['Password2024!', 'common word'],
    ['P@ssw0rd2025', 'common word'],
    ['!!!Welcome!!', 'common word'],
    ['2026summer!', 'common word'],
  ])('refuses %s: %s', (password, reason) => {
    expect(refusal(password)).toContain(reason);
  });

  it('refuses what is little more than the username', () => {
    expect(refusal('Bartholomew1', 'bartholomew')).toContain('username');
    expect(refusal('bartholomew-bartholomew', 'Bartholomew')).toContain('username');
    expect(refusal('bartholomew in the rain', 'bartholomew')).toBeNull();
  });

  it('never repeats the password in its refusal', () => {
    for (const password of COMMON_PASSWORDS) expect(refusal(password)).not.toContain(password);
  });

  it('knows several hundred common passwords, all long enough to be tried', () => {
    expect(COMMON_PASSWORDS.size).toBeGreaterThan(800);
    for (const password of COMMON_PASSWORDS) {
      expect(password.length).toBeGreaterThanOrEqual(10);
      expect(password).toBe(password.toLowerCase());
    }
  });

  it('takes composed and decomposed accents for the same key strokes', () => {
    expect(canonicalPassword('cafe\u0301 au lait')).toBe(canonicalPassword('café au lait'));
  });
});
