// Assertions as the core sees them: what a product's own server says of one of its people. How they are signed, and what a
// public key looks like, is an adapter's affair. Rules H14 and H15 of docs/protocol/v1.md.
import type { AssertionClaims, WorkspaceKeyId } from '@kith/protocol';

export type AssertionExpectations = {
  readonly audience: string;
  /** The public half of a key of the workspace, or null where it has no such key (any more). */
  readonly keyOf: (kid: WorkspaceKeyId) => Promise<string | null>;
};

export interface Assertions {
  /**
   * What is said, once it is known who says it.
   * @throws unauthenticated where it is not signed with such a key, or meant for others, or for another time
   * @throws bad_request, too_large for a claim that is not of its form
   */
  verify(assertion: string, expected: AssertionExpectations): Promise<AssertionClaims>;
  /** The public key in the one form in which it is kept. @throws bad_request for any other text */
  readPublicKey(pem: string): string;
}
