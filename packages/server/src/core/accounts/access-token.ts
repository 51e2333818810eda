// Access tokens as the core sees them: claims in, claims out. How they are signed is an adapter's affair.
import type { Principal } from '../principal.js';

/** Life of an access token. */
export const ACCESS_TOKEN_MS = 15 * 60_000;
/** How long after its end a token is still taken, for clocks that differ between nodes. */
export const ACCESS_TOKEN_LEEWAY_MS = 5_000;

export type AccessClaims = Principal & {
  /** Which pair of its session the token belongs to: 1 for the first, one more with every refresh. */
  readonly generation: number;
  readonly issuedAt: number;
};

export interface AccessTokens {
  /** The same claims may give another token. */
  sign(claims: AccessClaims): Promise<string>;
  /** Null for anything but a token of this server that is valid now: other audience, key or algorithm, or expired. */
  verify(token: string): Promise<AccessClaims | null>;
}
