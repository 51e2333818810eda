// Who is there and who types: signals that may be lost, so everything here runs out by itself.
// One watch per connection, replaced when the people of interest change (rule 14).
import type { Presence as PresenceState } from '@kith/protocol';
import { Refusal } from '../wire/api.js';

export type PresenceParts = {
  readonly watch: (users: string[]) => Promise<{ readonly presence: readonly PresenceState[] }>;
  readonly onChange: () => void;
};

/** `LIMITS.watch` of the contract. */
const MOST_WATCHED = 200;
/** Servers gather typing for a second, so it may be told after the message that ended it. */
export const LATE_MS = 1_500;

export class Presence {
  readonly #parts: PresenceParts;
  readonly #states = new Map<string, PresenceState>();
  /** By conversation and user: the timer that ends it. */
  readonly #typing = new Map<string, Map<string, ReturnType<typeof setTimeout>>>();
  /** When the last message of a typist came, by conversation and user. */
  readonly #wrote = new Map<string, number>();
  #watched = '';

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  of(user: string): PresenceState {
    return this.#states.get(user) ?? { user, status: 'unknown' };
  }

  typists(conversation: string): readonly string[] {
    return [...(this.#typing.get(conversation)?.keys() ?? [])];
  }

  /** The connection went, and with it the watch and what it told. */
  disconnected(): void {
    this.#watched = '';
    this.#states.clear();
  }

  /** @param users the most wanted first */
  watch(users: Iterable<string>): void {
    const wanted = [...new Set(users)].slice(0, MOST_WATCHED).sort();
    if (wanted.join() === this.#watched) return;
    this.#watched = wanted.join();
    this.#parts.watch(wanted).then(
      ({ presence }) => this.take(presence),
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        this.#watched = '';
      },
    );
  }

  take(states: readonly PresenceState[]): void {
    for (const state of states) this.#states.set(state.user, state);
    this.#parts.onChange();
  }

  typed(conversation: string, users: readonly string[], forMs: number): void {
    const typists = this.#typing.get(conversation) ?? new Map<string, ReturnType<typeof setTimeout>>();
    this.#typing.set(conversation, typists);
    for (const user of users) {
      if (Date.now() - (this.#wrote.get(`${conversation} ${user}`) ?? 0) < LATE_MS) continue;
      clearTimeout(typists.get(user));
      typists.set(
        user,
        setTimeout(() => this.#stoppedTyping(conversation, user), forMs),
      );
    }
    this.#parts.onChange();
  }

  /** Their message has come: what they typed before is told no more. */
  wrote(conversation: string, user: string): void {
    if (this.#wrote.size >= MOST_WATCHED) this.#wrote.clear();
    this.#wrote.set(`${conversation} ${user}`, Date.now());
    this.#stoppedTyping(conversation, user);
  }

  #stoppedTyping(conversation: string, user: string): void {
    const typists = this.#typing.get(conversation);
    if (!typists?.has(user)) return;
    clearTimeout(typists.get(user));
    typists.delete(user);
    if (typists.size === 0) this.#typing.delete(conversation);
    this.#parts.onChange();
  }
}
