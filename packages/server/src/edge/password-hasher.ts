// Argon2id with the parameters that OWASP gives first (19 MiB, two passes, one lane: about 50 ms of one core here).
// At most as many at once as there are cores, a bounded number waits, and the rest is told when to come back.
import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher, PasswordVerdict } from '../core/accounts/password-hasher.js';
import { WorkQueue } from '../core/work-queue.js';

export type Argon2Parameters = {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
};

export const ARGON2_PARAMETERS: Argon2Parameters = { memoryKib: 19_456, passes: 2, lanes: 1 };

/** `Algorithm.Argon2id`; its enum is a constant that only its own compiler can inline. */
const ARGON2ID = 2;
const TYPICAL_MS = 60;
/** Base64 of 16 and of 32 zero bytes: a hash of the present form that no password has. */
const EMPTY_SALT = 'A'.repeat(22);
const EMPTY_HASH = 'A'.repeat(43);
const FORM = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;

export class Argon2Hasher implements PasswordHasher {
  readonly #parameters: Argon2Parameters;
  readonly #queue: WorkQueue;
  readonly #nobody: string;

  /**
   * @param options.cores how many hashes run at once
   * @param options.waiting how many wait for their turn; 100 per core is some five seconds
   */
  constructor(options: { cores: number; waiting?: number; parameters?: Argon2Parameters }) {
    const { cores, waiting = 100 * cores, parameters = ARGON2_PARAMETERS } = options;
    this.#parameters = parameters;
    this.#queue = new WorkQueue({ width: cores, waiting, typicalMs: TYPICAL_MS });
    const { memoryKib, passes, lanes } = parameters;
    this.#nobody = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${EMPTY_SALT}$${EMPTY_HASH}`;
  }

  hash(password: string): Promise<string> {
    const { memoryKib: memoryCost, passes: timeCost, lanes: parallelism } = this.#parameters;
    const options = { algorithm: ARGON2ID, memoryCost, timeCost, parallelism };
    return this.#queue.run(() => hash(password, options));
  }

  async verify(password: string, kept: string | null): Promise<PasswordVerdict> {
    const isRight = await this.#queue.run(() => verify(kept ?? this.#nobody, password));
    return { isRight, needsRehash: isRight && kept !== null && !this.#isCurrent(kept) };
  }

  #isCurrent(kept: string): boolean {
    const [, memoryKib, passes, lanes] = FORM.exec(kept) ?? [];
    const wanted = this.#parameters;
    return Number(memoryKib) === wanted.memoryKib && Number(passes) === wanted.passes && Number(lanes) === wanted.lanes;
  }
}
