// Digests and seals with Node's own cryptography: SHA-256, and AES-256-GCM with a key drawn from the secret by HKDF.
// Secrets are 128 random bits or more, so nothing here is slow on purpose.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Secrets } from '../core/accounts/secrets.js';

const CIPHER = 'aes-256-gcm';
const PURPOSE = 'kith sealed pair v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const NODE_SECRETS: Secrets = {
  digest: (text) => createHash('sha256').update(text).digest('hex'),

  seal(text, secret) {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, keyFrom(secret, nonce), nonce);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
  },

  open(sealed, secret) {
    const bytes = Buffer.from(sealed, 'base64url');
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, keyFrom(secret, nonce), nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  },
};

function keyFrom(secret: string, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, PURPOSE, 32));
}
