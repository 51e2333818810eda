// Keys of writes, and names of runs, tabs and installations: ids as the contract has them. `crypto.randomUUID` is missing on
// plain http, so they are made of the platform's random bytes.
import { type Key, makeId } from '@kith/protocol';
import type { Platform } from '../ports.js';

export function makeKey({ clock, random }: Pick<Platform, 'clock' | 'random'>): Key {
  return makeId(clock.now(), random.bytes(10));
}
