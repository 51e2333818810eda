// Assertions: JWTs that a product's own server has signed with ES256, and nothing else. A key is always an EC key of
// P-256 that the workspace's owner handed in, found by its id, so that no other algorithm, and no key that a token brings
// along, is ever looked at. Nothing of a token is in a message, and what is wrong is said only to who holds the key.
import { isUtf8 } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  ASSERTION_TIMES,
  type AssertionClaims,
  ChatError,
  parseAssertion,
  parseId,
  type WorkspaceKeyId,
} from '@kith/protocol';
import { type CompactJWSHeaderParameters, type CompactVerifyResult, compactVerify, errors } from 'jose';
import type { AssertionExpectations, Assertions } from '../core/accounts/assertion.js';
import type { Clock } from '../core/clock.js';

const ALGORITHM = 'ES256';
/** As OpenSSL calls P-256. */
const CURVE = 'prime256v1';
/** Anything else, and a private key above all, is refused before it is read. */
const PEM = /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/;

export class JwtAssertions implements Assertions {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async verify(assertion: string, { audience, keyOf }: AssertionExpectations): Promise<AssertionClaims> {
    const claims = parseAssertion(await signedText(assertion, keyOf));
    if (![claims.aud].flat().includes(audience)) throw refused('the claim aud is not the audience of the key');
    requireTimely(claims, this.#clock.now() / 1_000);
    return claims;
  }

  readPublicKey(pem: string): string {
    const key = PEM.test(pem) ? importKey(pem) : null;
    if (key?.asymmetricKeyDetails?.namedCurve === CURVE) return key.export({ type: 'spki', format: 'pem' }).toString();
    throw new ChatError(
      'bad_request',
      pem.includes('PRIVATE KEY')
        ? 'publicKey: this is the private half, which nobody else should have: make another pair, hand in the public half'
        : 'publicKey: a public key of the curve P-256 is wanted, as PEM that begins with BEGIN PUBLIC KEY',
    );
  }
}

/** The payload, once its signature is known to be good. @throws unauthenticated */
async function signedText(assertion: string, keyOf: AssertionExpectations['keyOf']): Promise<string> {
  const { payload, protectedHeader } = await signedBytes(assertion, keyOf);
  if (protectedHeader.crit !== undefined) throw refused('no extension of a JWT is understood');
  if (!isUtf8(payload)) throw refused('the payload is not UTF-8');
  return Buffer.from(payload).toString();
}

async function signedBytes(assertion: string, keyOf: AssertionExpectations['keyOf']): Promise<CompactVerifyResult> {
  try {
    return await compactVerify(assertion, (header) => keyFor(header, keyOf), { algorithms: [ALGORITHM] });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw refused(`a JWT is wanted that a key of this workspace has signed with ${ALGORITHM}`, error);
  }
}

async function keyFor({ kid }: CompactJWSHeaderParameters, keyOf: AssertionExpectations['keyOf']): Promise<KeyObject> {
  const known = typeof kid === 'string' ? parseId<WorkspaceKeyId>(kid) : null;
  const pem = known === null ? null : await keyOf(known);
  if (pem === null) throw new errors.JWSInvalid('unknown key id');
  return createPublicKey(pem);
}

/** @throws unauthenticated */
function requireTimely({ iat, exp, nbf }: AssertionClaims, now: number): void {
  const { longest, leeway } = ASSERTION_TIMES;
  if (exp - iat > longest) throw refused(`it lives too long: exp is at most ${longest} s after iat`);
  if (iat > now + leeway || (nbf !== undefined && nbf > now + leeway)) {
    throw refused('it is not valid yet: compare the clocks');
  }
  if (exp <= now - leeway) throw refused('it is not valid any more: sign one for each sign-in');
}

function importKey(pem: string): KeyObject | null {
  try {
    return createPublicKey(pem);
  } catch {
    // Whatever OpenSSL says of it, the message above says what would be right.
    return null;
  }
}

function refused(why: string, cause?: unknown): ChatError {
  return new ChatError('unauthenticated', `the assertion is not taken: ${why}`, { cause });
}
