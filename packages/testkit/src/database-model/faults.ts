// What may go wrong between the nodes and the database, as chances that a scheduler sets and changes while all runs.

/** The shortest and the longest time, in whole milliseconds. */
export type Span = readonly [leastMs: number, mostMs: number];

/** Times are drawn evenly from their span; chances are per statement, from 0 to 1. */
export type DatabaseFaults = {
  /** What a message takes, each way. */
  readonly latency: Span;
  /** What a statement waits for before the server begins with it. */
  readonly queueing: Span;
  /** What lies between a write's last step and its commit, during which nobody sees it and its locks are held. */
  readonly committing: Span;
  /** When the server finds out that a client is gone. */
  readonly noticing: Span;
  /** The connection is cut and the statement never arrives. */
  readonly cutBefore: number;
  /** The connection is cut when the statement arrives; it runs all the same. */
  readonly cutDuring: number;
  /** The connection is cut after the commit, before the answer arrives. */
  readonly cutAfter: number;
  /** The statement runs, and from then on nothing comes back over the connection, nor is it cut. */
  readonly swallowed: number;
  /** The server cancels the statement. */
  readonly cancelled: number;
  /** The server ends the connection in place of running the statement, and says so. */
  readonly terminated: number;
  /** A connection is refused. Per connection. */
  readonly refused: number;
};

export const NO_FAULTS: DatabaseFaults = {
  latency: [0, 0],
  queueing: [0, 0],
  committing: [0, 0],
  noticing: [0, 0],
  cutBefore: 0,
  cutDuring: 0,
  cutAfter: 0,
  swallowed: 0,
  cancelled: 0,
  terminated: 0,
  refused: 0,
};

/** What happens to one statement. */
export type Fate = 'well' | 'cutBefore' | 'cutDuring' | 'cutAfter' | 'swallowed' | 'cancelled' | 'terminated';

export const FATES = ['cutBefore', 'cutDuring', 'cutAfter', 'swallowed', 'cancelled', 'terminated'] as const;
