// What a product's own server says of one of its people, signed: the claims of an assertion, rules H14 to H16 of
// docs/protocol/v1.md, and their one parser. Whether it is signed, and its times hold, is the server's to see.
import { parseJson } from './json.js';
import { LIMITS } from './limits.js';
import { makeShapeReader, type ShapeReader } from './shape.js';
import { type Static, Type } from './typebox.js';

export const Username = Type.String({
  pattern: '^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,30}[a-zA-Z0-9])?$',
  description: '1 to 32 letters, digits, dots, hyphens and underscores; case does not tell two apart',
});
export const DisplayName = Type.String({ minLength: 1, maxLength: LIMITS.name, 'x-limit': 'name' });
export const Avatar = Type.Union([Type.String({ maxLength: 500 }), Type.Null()]);

/** Seconds since the Unix epoch, as JWTs have them. */
const Time = Type.Number({ minimum: 0 });

export const AssertionClaims = Type.Object({
  sub: Type.String({ minLength: 1, maxLength: 200 }),
  aud: Type.Union([Type.String(), Type.Array(Type.String())]),
  iat: Time,
  exp: Time,
  nbf: Type.Optional(Time),
  name: Type.Optional(DisplayName),
  username: Type.Optional(Username),
  avatar: Type.Optional(Avatar),
  scope: Type.Optional(Type.String({ maxLength: 500 })),
});
export type AssertionClaims = Static<typeof AssertionClaims>;

/** Times of an assertion, in seconds. */
export const ASSERTION_TIMES = {
  /** Longest from `iat` to `exp`. */
  longest: 600,
  /** How far the clocks of the product and of the server may differ. */
  leeway: 30,
} as const;

/** Made with the first assertion: a client never reads one. */
let reader: ShapeReader | null = null;

/**
 * @param text the payload of a JWT
 * @throws bad_request, too_large
 */
export function parseAssertion(text: string): AssertionClaims {
  reader ??= makeShapeReader(AssertionClaims, 'the claims');
  return reader(parseJson(text)) as AssertionClaims;
}
