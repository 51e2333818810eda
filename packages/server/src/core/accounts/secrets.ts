// Digests and seals as the core sees them. A digest stands in the store for a secret of 128 bits or more; passwords go
// to the PasswordHasher instead.

export interface Secrets {
  /** SHA-256 of the text, as 64 hex digits. */
  digest(text: string): string;
  /** Encrypts, so that only who knows `secret` reads it. */
  seal(text: string, secret: string): string;
  /** @throws Error where it was sealed with another secret */
  open(sealed: string, secret: string): string;
}

/** Bytes as lower-case hex digits. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
