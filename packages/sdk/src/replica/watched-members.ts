// Keeps the members known of the conversations at which somebody looks: they are read when they are not, once at a time for
// each, again after a jump or a restore, and after a refusal with the next connection.
import type { Cancel } from '../ports.js';
import { Refusal } from '../refusal.js';
import type { Reader } from './reader.js';
import type { Replica } from './replica.js';

export type WatchedMembersParts = {
  readonly replica: Pick<Replica, 'conversation' | 'subscribe'>;
  readonly reader: Pick<Reader, 'readMembers'>;
  readonly isOpen: () => boolean;
};

export class WatchedMembers {
  readonly #parts: WatchedMembersParts;
  /** How many look at each. */
  readonly #watched = new Map<string, number>();
  /** Being read, or refused since the last connection. */
  readonly #resting = new Set<string>();
  readonly #unsubscribe: Cancel;

  constructor(parts: WatchedMembersParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.replica.subscribe((event) => {
      if (event.type === 'connected') {
        this.#resting.clear();
        for (const id of this.#watched.keys()) this.#check(id);
      } else if ('conversation' in event) this.#check(event.conversation.id);
    });
  }

  watch(id: string): Cancel {
    this.#watched.set(id, (this.#watched.get(id) ?? 0) + 1);
    this.#check(id);
    let isOver = false;
    return () => {
      const count = this.#watched.get(id) ?? 0;
      if (isOver) return;
      isOver = true;
      if (count > 1) this.#watched.set(id, count - 1);
      else this.#watched.delete(id);
    };
  }

  close(): void {
    this.#watched.clear();
    this.#unsubscribe();
  }

  #check(id: string): void {
    const conversation = this.#parts.replica.conversation(id);
    if (!conversation || conversation.areMembersKnown || conversation.kind === 'self') return;
    if (!this.#watched.has(id) || this.#resting.has(id) || !this.#parts.isOpen()) return;
    this.#resting.add(id);
    this.#parts.reader.readMembers(id).then(
      () => {
        this.#resting.delete(id);
        // What changed meanwhile may have been too much for what was read.
        this.#check(id);
      },
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      },
    );
  }
}
