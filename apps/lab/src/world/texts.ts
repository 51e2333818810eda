// Texts of exactly 200 bytes, each unlike the next, so that nothing compresses better than chat does.
import { randomBytes } from 'node:crypto';

const TEXT_BYTES = 200;
const VARIANTS = 256;

const TEXTS = Array.from({ length: VARIANTS }, () =>
  randomBytes(TEXT_BYTES).toString('base64url').slice(0, TEXT_BYTES),
);

export function textOf(number: number): string {
  return TEXTS[number % VARIANTS] ?? '';
}
