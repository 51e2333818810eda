// What a connection has been through, for those who look for a fault: small numbers, never anyone's content.
import { type Observable, Value } from '../observable.js';
import type { Transport } from './transport.js';

export type ConnectionCounts = {
  /** Streams that were begun. */
  readonly attempts: number;
  /** Streams that brought a welcome, by transport. */
  readonly opened: { readonly [name in Transport['name']]: number };
  /** Streams that were let go of because what came was no frame of the contract. */
  readonly nonsense: number;
};

const NONE: ConnectionCounts = { attempts: 0, opened: { websocket: 0, events: 0, poll: 0 }, nonsense: 0 };

export class Counter {
  readonly #value = new Value(NONE);

  get counts(): Observable<ConnectionCounts> {
    return this.#value;
  }

  attempted(): void {
    const counts = this.#value.getSnapshot();
    this.#value.set({ ...counts, attempts: counts.attempts + 1 });
  }

  opened(name: Transport['name']): void {
    const counts = this.#value.getSnapshot();
    this.#value.set({ ...counts, opened: { ...counts.opened, [name]: counts.opened[name] + 1 } });
  }

  heardNonsense(): void {
    const counts = this.#value.getSnapshot();
    this.#value.set({ ...counts, nonsense: counts.nonsense + 1 });
  }
}
