// The one-time code that lets the first account of a workspace in, where the server can be reached by strangers before
// its owner has signed up. Read from a terminal and typed: case, hyphens and spaces don't count.
import type { Random } from '../clock.js';

/** Thirty-two signs without those that are mistaken for one another. */
const SIGNS = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 16;

/** Sixteen signs in groups of four: 80 random bits. */
export function makeSetUpCode(random: Random): string {
  const signs = Array.from(random.bytes(LENGTH), (byte) => SIGNS[byte % SIGNS.length]).join('');
  return (signs.match(/.{4}/g) ?? []).join('-');
}

/** The form of which the digest is kept. */
export function canonicalSetUpCode(code: string): string {
  return code.toLowerCase().replace(/[\s-]/g, '').replace(/[il]/g, '1').replace(/o/g, '0');
}
