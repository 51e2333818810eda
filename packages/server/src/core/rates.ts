// How much one person, or one address before a token, may ask: a token bucket for each rate class of the registry.
// Generous for people and their apps, tight for what costs: the sizes are for one person with several devices.
import type { RateClass } from '@kith/protocol';
import type { BucketSize } from './throttle.js';

export type RateSizes = { readonly [rate in RateClass]: BucketSize };

const RATE_SIZES: RateSizes = {
  message: { burst: 60, perSecond: 20 },
  write: { burst: 60, perSecond: 10 },
  create: { burst: 30, perSecond: 1 },
  read: { burst: 200, perSecond: 50 },
  search: { burst: 20, perSecond: 5 },
  auth: { burst: 30, perSecond: 2 },
  signal: { burst: 100, perSecond: 20 },
};

/** The sizes multiplied by the configuration's RATE_FACTOR. */
export function rateSizes(factor: number): RateSizes {
  const scaled = Object.entries(RATE_SIZES).map(([rate, { burst, perSecond }]) => [
    rate,
    { burst: Math.max(1, Math.round(burst * factor)), perSecond: perSecond * factor },
  ]);
  return Object.fromEntries(scaled) as RateSizes;
}
