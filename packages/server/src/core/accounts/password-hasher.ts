// Passwords as the core sees them: a hash that can be kept, and a comparison. Slow on purpose, so an adapter bounds how
// many run and wait.

export type PasswordVerdict = {
  readonly isRight: boolean;
  /** Right, but hashed with other parameters than today's. */
  readonly needsRehash: boolean;
};

export interface PasswordHasher {
  /** @throws rate_limited where too many wait */
  hash(password: string): Promise<string>;
  /**
   * @param hash null where there is no such account: takes as long as a wrong password, and is one
   * @throws rate_limited where too many wait
   */
  verify(password: string, hash: string | null): Promise<PasswordVerdict>;
}
