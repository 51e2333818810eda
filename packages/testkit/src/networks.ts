// The networks that people are in, for suites that run in each of them.

export type Network = {
  readonly name: string;
  /** From the device to the server and back. */
  readonly roundTripMs: number;
  /** Each way; `Infinity` is as fast as the machine is. */
  readonly bitsPerSecond: number;
  /** Whether it goes away in the middle, and comes back. */
  readonly goesAway: boolean;
};

const FAST = { roundTripMs: 0, bitsPerSecond: Number.POSITIVE_INFINITY };

/** Slow 3G has the numbers of the preset in Chrome's developer tools before these multiply the delay. */
export const NETWORKS: readonly Network[] = [
  { name: 'without a limit', ...FAST, goesAway: false },
  { name: 'on slow 3G', roundTripMs: 400, bitsPerSecond: 400_000, goesAway: false },
  { name: 'offline in the middle', ...FAST, goesAway: true },
];
