// How often a password may be guessed. Only failures count: what was right, or was never tried, is given back.
// From an address where the person has signed in before, only that pair of account and address is looked at: nobody
// elsewhere can lock them out. Elsewhere the address and the account have an allowance as a whole, too.
import { ChatError } from '@kith/protocol';
import type { Clock } from '../clock.js';
import { type BucketSize, Throttle } from '../throttle.js';
import { addressKey } from './address.js';

export type GuardClass = 'pair' | 'address' | 'account' | 'signUp';
export type GuardSizes = { readonly [name in GuardClass]: BucketSize };

const GUARD_SIZES: GuardSizes = {
  /** Wrong passwords for one account from one address. */
  pair: { burst: 6, perSecond: 1 / 20 },
  /** Wrong passwords from one address where the account is not at home, for whichever accounts. */
  address: { burst: 40, perSecond: 1 / 5 },
  /** Wrong passwords for one account from all the addresses where it is not at home. */
  account: { burst: 20, perSecond: 1 / 30 },
  /** New accounts from one address. */
  signUp: { burst: 60, perSecond: 1 / 10 },
};

/** The sizes with new accounts multiplied by the configuration's RATE_FACTOR. How often one may guess is not for tuning. */
export function guardSizes(factor: number): GuardSizes {
  const { burst, perSecond } = GUARD_SIZES.signUp;
  const signUp = { burst: Math.max(1, Math.round(burst * factor)), perSecond: perSecond * factor };
  return { ...GUARD_SIZES, signUp };
}

/** Bound of each kind of bucket. */
const MOST_BUCKETS = 50_000;

export type SignInAttempt = {
  /** Workspace and username: also of accounts that don't exist, so that nothing tells them apart. */
  readonly account: string;
  readonly address: string;
  readonly isKnownOrigin: boolean;
};

export class SignInGuard {
  readonly #throttle: Throttle<GuardClass>;

  constructor(clock: Clock, sizes: GuardSizes = GUARD_SIZES) {
    this.#throttle = new Throttle({ clock, sizes, most: MOST_BUCKETS });
  }

  /**
   * Takes what a wrong password costs.
   * @returns gives it back: call it where the password was right, or could not be looked at
   * @throws rate_limited
   */
  enter({ account, address, isKnownOrigin }: SignInAttempt): () => void {
    const origin = addressKey(address);
    const wanted: readonly (readonly [string, GuardClass])[] = isKnownOrigin
      ? [[`${account} ${origin}`, 'pair']]
      : [
          [`${account} ${origin}`, 'pair'],
          [origin, 'address'],
          [account, 'account'],
        ];
    return this.#takeAll(wanted);
  }

  /** Counts a sign-up, whatever comes of it. @throws rate_limited */
  signUp(address: string): void {
    this.#takeAll([[addressKey(address), 'signUp']]);
  }

  #takeAll(wanted: readonly (readonly [string, GuardClass])[]): () => void {
    const taken: (readonly [string, GuardClass])[] = [];
    const giveBack = () => {
      for (const [key, rate] of taken.splice(0)) this.#throttle.giveBack(key, rate);
    };
    for (const [key, rate] of wanted) {
      const result = this.#throttle.take(key, rate);
      if (!result.ok) {
        giveBack();
        const { retryAfterMs } = result;
        throw new ChatError('rate_limited', 'too many attempts: repeat after `retryAfterMs`', { retryAfterMs });
      }
      taken.push([key, rate]);
    }
    return giveBack;
  }
}
