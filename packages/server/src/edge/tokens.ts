// Access tokens: JWTs signed with HS256 by keys of the directory, several at a time so that they can be rotated. Nothing
// but HS256 with a known key id, our issuer and our audience is ever accepted. With the library a verification costs 0.27 ms,
// which is much where thousands come back at once; so what has the very header that this node would give it is verified
// here, in a tenth of that, and what has another by the library. Those done are remembered, a bounded number, until the
// token ends or a key goes.
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { ChatError, parseId, SCOPES, type Scope, type SessionId, type UserId, type WorkspaceId } from '@kith/protocol';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import {
  ACCESS_TOKEN_LEEWAY_MS,
  ACCESS_TOKEN_MS,
  type AccessClaims,
  type AccessTokens,
} from '../core/accounts/access-token.js';
import { toHex } from '../core/accounts/secrets.js';
import type { Clock, Random } from '../core/clock.js';
import type { SigningKeys } from '../core/directory.js';

const ALGORITHM = 'HS256';
const AUDIENCE = 'kith';
/** Says `all scopes`, as it did when there were none: builds from then take no other word, and run beside this one. */
const ALL = 'chat';
/** Longest that this node goes on without looking for keys that others have added or retired. */
const RELOAD_MS = 60_000;
/** A token that names an unknown key makes this node look at most this often. */
const LOOK_AGAIN_MS = 1_000;
/** Bound of the verifications remembered, about 1 KB each; a socket shows its token once. */
const MOST_REMEMBERED = 5_000;

/** With the first part of the tokens that it signs: nothing of a token is read before that is known. */
type Key = { readonly kid: string; readonly key: KeyObject; readonly retiresAt: number; readonly header: string };

export type JwtOptions = {
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly random: Random;
  /** The `iss` of every token. */
  readonly issuer: string;
};

export class JwtTokens implements AccessTokens {
  readonly #options: JwtOptions;
  /** Newest first; the newest one signs. */
  #keys: readonly Key[] = [];
  #loadedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;
  /** Of the first key of all: each further one would retire the one before, whatever it signed. */
  #making: Promise<void> | null = null;
  readonly #remembered = new Map<string, AccessClaims>();

  constructor(options: JwtOptions) {
    this.#options = options;
  }

  async sign(claims: AccessClaims): Promise<string> {
    const { kid, key } = await this.#signingKey();
    const { workspace, user, session, scopes, generation, issuedAt, expiresAt } = claims;
    return await new SignJWT({ wid: workspace, sid: session, gen: generation, scope: formatScopes(scopes) })
      .setProtectedHeader(headerOf(kid))
      .setSubject(user)
      .setIssuer(this.#options.issuer)
      .setAudience(AUDIENCE)
      .setIssuedAt(Math.floor(issuedAt / 1_000))
      .setExpirationTime(Math.floor(expiresAt / 1_000))
      .sign(key);
  }

  async verify(token: string): Promise<AccessClaims | null> {
    if (this.#isStale(RELOAD_MS)) await this.#load();
    const claims = this.#remembered.get(token) ?? (await this.#verifyAnew(token));
    if (claims === null) return null;
    if (claims.expiresAt + ACCESS_TOKEN_LEEWAY_MS > this.#options.clock.now()) return claims;
    this.#remembered.delete(token);
    return null;
  }

  /**
   * A new key signs from now on. Tokens of the others are good until they end, or, where a key has leaked, for no more
   * than the minute in which every node looks for keys.
   */
  async rotate(reason: 'routine' | 'leaked' = 'routine'): Promise<void> {
    const { keys, clock, random } = this.#options;
    const at = clock.now();
    // Other nodes sign with the old key until they look again, and what they sign must live its time.
    const graceMs = reason === 'leaked' ? 0 : RELOAD_MS + ACCESS_TOKEN_MS + ACCESS_TOKEN_LEEWAY_MS;
    const kid = toHex(random.bytes(8));
    await keys.addSigningKey({ kid, secret: random.bytes(32), at, othersRetireAt: at + graceMs });
    await this.#load();
  }

  async #verifyAnew(token: string): Promise<AccessClaims | null> {
    const payload = this.#payloadOf(token) ?? (await this.#payloadByLibrary(token));
    const claims = payload && parseClaims(payload);
    if (claims) this.#remember(token, claims);
    return claims;
  }

  /** Of a token with the header of a key that is known here, signed with it; of any other, null. */
  #payloadOf(token: string): JWTPayload | null {
    const nowMs = this.#options.clock.now();
    const [header, payload = '', signature = '', ...more] = token.split('.');
    const signer = this.#keys.find((key) => key.header === header && key.retiresAt > nowMs);
    if (signer === undefined || more.length > 0) return null;
    const expected = createHmac('sha256', signer.key).update(`${header}.${payload}`).digest('base64url');
    if (expected.length !== signature.length) return null;
    if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return null;
    const claims: JWTPayload = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const { iss, aud, exp, nbf = 0 } = claims;
    if (iss !== this.#options.issuer || aud !== AUDIENCE || exp === undefined) return null;
    const isNow = exp * 1_000 + ACCESS_TOKEN_LEEWAY_MS > nowMs && nbf * 1_000 - ACCESS_TOKEN_LEEWAY_MS <= nowMs;
    return isNow ? claims : null;
  }

  async #payloadByLibrary(token: string): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyOf(kid), {
        algorithms: [ALGORITHM],
        audience: AUDIENCE,
        issuer: this.#options.issuer,
        requiredClaims: ['sub', 'exp', 'iat'],
        clockTolerance: ACCESS_TOKEN_LEEWAY_MS / 1_000,
        currentDate: new Date(this.#options.clock.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  #remember(token: string, claims: AccessClaims): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(token, claims);
  }

  async #keyOf(kid: string | undefined): Promise<KeyObject> {
    const isKnown = () => this.#keys.some((key) => key.kid === kid);
    if (!isKnown() && this.#isStale(LOOK_AGAIN_MS)) await this.#load();
    const now = this.#options.clock.now();
    const found = this.#keys.find((key) => key.kid === kid && key.retiresAt > now);
    if (found === undefined) throw new errors.JWSInvalid('unknown key id');
    return found.key;
  }

  async #signingKey(): Promise<Key> {
    if (this.#isStale(RELOAD_MS)) await this.#load();
    if (this.#keys.length === 0) await this.#makeFirst();
    const [newest] = this.#keys;
    if (newest === undefined) throw new Error('the directory did not keep the signing key');
    return newest;
  }

  async #makeFirst(): Promise<void> {
    this.#making ??= this.rotate().finally(() => {
      this.#making = null;
    });
    await this.#making;
  }

  #isStale(afterMs: number): boolean {
    return this.#options.clock.monotonic() - this.#loadedAt >= afterMs;
  }

  /** One look for all who ask at the same time. Where the store is gone, the keys known so far go on for a second. */
  async #load(): Promise<void> {
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = null;
    });
    try {
      await this.#loading;
    } catch (error) {
      if (!(error instanceof ChatError) || this.#keys.length === 0) throw error;
      this.#loadedAt = this.#options.clock.monotonic() - RELOAD_MS + LOOK_AGAIN_MS;
    }
  }

  async #loadOnce(): Promise<void> {
    const { keys, clock } = this.#options;
    const found = await keys.signingKeys(clock.now());
    const isGone = this.#keys.some(({ kid }) => !found.some((key) => key.kid === kid));
    if (isGone) this.#remembered.clear();
    this.#keys = found.map(({ kid, secret, retiresAt }) => {
      const header = Buffer.from(JSON.stringify(headerOf(kid))).toString('base64url');
      return { kid, key: createSecretKey(secret), retiresAt: retiresAt ?? Number.POSITIVE_INFINITY, header };
    });
    this.#loadedAt = clock.monotonic();
  }
}

function headerOf(kid: string) {
  return { alg: ALGORITHM, typ: 'JWT', kid };
}

/** Signed by us, and still looked at: an older or newer build may have put other claims in. */
function parseClaims({ sub, wid, sid, gen, scope, iat, exp }: JWTPayload): AccessClaims | null {
  if (typeof sub !== 'string' || typeof wid !== 'string' || typeof sid !== 'string') return null;
  if (typeof gen !== 'number' || typeof iat !== 'number' || typeof exp !== 'number') return null;
  const [workspace, user, session] = [parseId<WorkspaceId>(wid), parseId<UserId>(sub), parseId<SessionId>(sid)];
  if (workspace === null || user === null || session === null) return null;
  const scopes = parseScopes(scope);
  if (scopes === null) return null;
  const [issuedAt, expiresAt] = [iat * 1_000, exp * 1_000];
  return { workspace, user, session, scopes, generation: gen, issuedAt, expiresAt };
}

function formatScopes(scopes: readonly Scope[]): string {
  return SCOPES.every((scope) => scopes.includes(scope)) ? ALL : scopes.join(' ');
}

/** Those that this build knows; null where there is none of them, or no such claim. */
function parseScopes(claim: unknown): readonly Scope[] | null {
  if (typeof claim !== 'string') return null;
  if (claim === ALL) return SCOPES;
  const words = claim.split(' ');
  const scopes = SCOPES.filter((scope) => words.includes(scope));
  return scopes.length === 0 ? null : scopes;
}
