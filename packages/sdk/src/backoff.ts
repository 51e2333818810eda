// Exponential backoff: how long to wait before what failed for now is tried again, longer with each try (rules E2 and L4).
import type { Random } from './ports.js';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** @param tries that failed in a row before the last one */
export function growingMs(tries: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** tries);
}

/** Between half of that and all of it, so that clients that were refused together do not come back together. */
export function backoffMs(tries: number, random: Random): number {
  return growingMs(tries) * (0.5 + random.fraction() / 2);
}
