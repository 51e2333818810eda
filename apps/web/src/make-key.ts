// Keys of writes: ids as the contract has them. `crypto.randomUUID` is missing on plain http.
import { type Key, makeId } from '@kith/protocol';

export function makeKey(): Key {
  return makeId(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
}
