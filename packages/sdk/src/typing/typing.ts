// Who types: signals that may be lost, so all of it runs out by itself (rule G2). What this person types is told at most every
// three seconds; that others do is shown for five, or until their message has come. Apart from the rest, for apps that want it.
import type { Observable } from '../observable.js';
import { KeyedValues } from '../outbox/keyed-values.js';
import type { Person } from '../person.js';
import type { Cancel, Clock } from '../ports.js';
import type { Link } from '../wire/link.js';

export type TypingParts = {
  readonly link: Pick<Link, 'signal'>;
  readonly clock: Clock;
};

/** What was last heard of somebody in a conversation. */
type Heard = { readonly isTyping: boolean; readonly atMs: number; readonly cancel: Cancel };

const TELL_MS = 3_000;
const SHOW_MS = 5_000;
/** Servers gather typing, so it may be told later than the message in which it ended. */
const LATE_MS = 1_500;
/** Within these the next message of the same person says nothing new. */
const SAME_MS = 300;
/** People of whom something is remembered; of more than that nothing is shown, which harms nobody. */
const MOST_HEARD = 1_000;
const NOBODY: readonly string[] = [];

/** Who types in a conversation now, as far as it was told since an app first asked. */
export function typingOf(person: Person, conversation: string): Observable<readonly string[]> {
  return typingFor(person).of(conversation);
}

/** A key was touched in a conversation's composer: others see it for five seconds. */
export function typed(person: Person, conversation: string): void {
  typingFor(person).typed(conversation);
}

/** The one of a person's run, made when somebody first asks for it. */
function typingFor({ id, client }: Person): Typing {
  if (client.typing) return client.typing;
  const typing = new Typing({ ...client.platform, link: client });
  client.typing = typing;
  // Nothing is told any more when the run is over.
  client.replica.subscribe((event) => {
    if (event.type !== 'signal' || event.signal.name !== 'typing') return;
    const { conversation, users, expiresInMs } = event.signal;
    const others = users.filter((user) => user !== id);
    typing.take(conversation, others, expiresInMs);
  });
  return typing;
}

export class Typing {
  readonly #parts: TypingParts;
  readonly #typists = new KeyedValues<readonly string[]>(() => NOBODY);
  /** By conversation, then by user. */
  readonly #heard = new Map<string, Map<string, Heard>>();
  #count = 0;
  /** Conversations in which it was told a short while ago. */
  readonly #told = new Map<string, Cancel>();

  constructor(parts: TypingParts) {
    this.#parts = parts;
  }

  /** Those who type in a conversation now. */
  of(conversation: string): Observable<readonly string[]> {
    return this.#typists.of(conversation);
  }

  /** This person has touched a key. */
  typed(conversation: string): void {
    if (this.#told.has(conversation)) return;
    this.#told.set(
      conversation,
      this.#parts.clock.after(TELL_MS, () => this.#told.delete(conversation)),
    );
    this.#parts.link.signal({ name: 'typing', conversation });
  }

  /** This person's message has gone: the next one that they begin is told at once. */
  ended(conversation: string): void {
    this.#told.get(conversation)?.();
    this.#told.delete(conversation);
  }

  /** What a signal says. */
  take(conversation: string, users: readonly string[], expiresInMs: number): void {
    for (const user of users) {
      if (this.#heard.get(conversation)?.get(user)?.isTyping === false) continue;
      this.#hear(conversation, user, { isTyping: true, forMs: Math.min(expiresInMs, SHOW_MS) });
    }
    this.#show(conversation);
  }

  /** A message of somebody has come: what they typed is in it. */
  wrote(conversation: string, user: string): void {
    const heard = this.#heard.get(conversation)?.get(user);
    if (heard?.isTyping === false && this.#parts.clock.monotonic() - heard.atMs < SAME_MS) return;
    this.#hear(conversation, user, { isTyping: false, forMs: LATE_MS });
    this.#show(conversation);
  }

  close(): void {
    for (const cancel of this.#told.values()) cancel();
    for (const people of this.#heard.values()) for (const { cancel } of people.values()) cancel();
    this.#heard.clear();
    this.#count = 0;
    this.#told.clear();
    for (const conversation of this.#typists.names()) this.#show(conversation);
  }

  #hear(conversation: string, user: string, { isTyping, forMs }: { isTyping: boolean; forMs: number }): void {
    const people = this.#heard.get(conversation) ?? new Map<string, Heard>();
    const before = people.get(user);
    if (!before && this.#count >= MOST_HEARD) return;
    if (!before) this.#count += 1;
    before?.cancel();
    const cancel = this.#parts.clock.after(forMs, () => {
      this.#forget(conversation, user);
      this.#show(conversation);
    });
    this.#heard.set(conversation, people.set(user, { isTyping, atMs: this.#parts.clock.monotonic(), cancel }));
  }

  #forget(conversation: string, user: string): void {
    const people = this.#heard.get(conversation);
    if (!people?.delete(user)) return;
    this.#count -= 1;
    if (people.size === 0) this.#heard.delete(conversation);
  }

  #show(conversation: string): void {
    const heard = [...(this.#heard.get(conversation) ?? [])];
    const users = heard.flatMap(([user, { isTyping }]) => (isTyping ? [user] : []));
    const shown = this.#typists.get(conversation) ?? NOBODY;
    if (users.join() !== shown.join()) this.#typists.set(conversation, users.length > 0 ? users : undefined);
  }
}
