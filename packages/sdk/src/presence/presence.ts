// Who is there. What several parts of an app want to see is watched together, with one command when it changes (rule G5), and
// again after each welcome, because a watch ends with its connection. While there is none everybody is `unknown`. Apart from
// the rest, for apps that want it.
import type { Presence as PresenceState } from '@kith/protocol';
import type { Observable } from '../observable.js';
import { KeyedValues } from '../outbox/keyed-values.js';
import { Pauses } from '../outbox/pauses.js';
import type { Person } from '../person.js';
import type { PersonClient } from '../person-client.js';
import type { Cancel, Clock, Random } from '../ports.js';
import { isForNow } from '../refusal.js';
import type { Link } from '../wire/link.js';

export type PresenceParts = {
  readonly link: Pick<Link, 'command'>;
  readonly clock: Clock;
  readonly random: Random;
};

/** One part of an app that wants to see people. */
export type Watch = {
  /** Watches these from now on, instead of those before. @param users the most wanted first */
  set(users: Iterable<string>): void;
  /** Nobody is watched for it any more. */
  end(): void;
};

export type Status = 'online' | 'away';

const WATCH = 'watch';
const STATUS = 'status';

/** Whether somebody is there: `unknown` unless they are watched. */
export function presenceOf(person: Person, user: string): Observable<PresenceState> {
  return presenceFor(person.client).of(user);
}

/** Watches whether people are there, the most wanted first; at most `limits.watch` of all watches together. */
export function watchPresence(person: Person, users: Iterable<string>): Watch {
  return presenceFor(person.client).watch(users);
}

/** Says whether the person is at this device; `online` at first. */
export function sayPresence(person: Person, status: Status): void {
  presenceFor(person.client);
  person.client.say(status);
}

/** Who has it made when somebody first asks for it. */
export type PresenceOwner = Pick<PersonClient, 'connection' | 'command' | 'platform'> & {
  readonly replica: { readonly limits: { readonly watch: number } };
  presence: Presence | null;
};

/** The one of a person's run. */
export function presenceFor(owner: PresenceOwner): Presence {
  if (owner.presence) return owner.presence;
  const presence = new Presence({ ...owner.platform, link: owner });
  owner.presence = presence;
  if (owner.connection.getSnapshot().kind === 'open') presence.connected(owner.replica.limits.watch);
  return presence;
}

export class Presence {
  readonly #parts: PresenceParts;
  readonly #pauses: Pauses;
  readonly #states = new KeyedValues<PresenceState>((user) => ({ user, status: 'unknown' }));
  /** As many as the app has parts. */
  readonly #watches = new Map<Watch, readonly string[]>();
  /** Whom the present connection watches. */
  #watched: ReadonlySet<string> = new Set();
  /** The command on its way, and whom a signal has told of since it went. */
  #asked: { readonly heard: Set<string> } | null = null;
  #gathering: Cancel | null = null;
  #most = 0;
  #isOpen = false;
  /** The last watch may not have been taken. */
  #isRefused = false;
  #status: Status = 'online';
  /** What the present connection was told; null where that may be lost. */
  #told: Status | null = 'online';

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#pauses = new Pauses(parts.clock, parts.random, () => {
      this.#ask();
      this.#tell();
    });
  }

  of(user: string): Observable<PresenceState> {
    return this.#states.of(user);
  }

  watch(users: Iterable<string>): Watch {
    const watch: Watch = {
      set: (wanted) => {
        this.#watches.set(watch, [...wanted]);
        this.#gather();
      },
      end: () => {
        this.#watches.delete(watch);
        this.#gather();
      },
    };
    watch.set(users);
    return watch;
  }

  /** Whether the person is at this device. Said again after each welcome: a new connection is `online` by itself. */
  say(status: Status): void {
    this.#status = status;
    this.#tell();
  }

  /** The link is open. @param most `limits.watch` of the welcome */
  connected(most: number): void {
    this.disconnected();
    this.#isOpen = true;
    this.#most = most;
    this.#told = 'online';
    this.#tell();
    this.#ask();
  }

  disconnected(): void {
    this.#isOpen = false;
    this.#asked = null;
    this.#pauses.reconnected();
    this.#forgetBut(new Set());
  }

  /** What a signal says. */
  take(states: readonly PresenceState[]): void {
    for (const state of states) {
      if (this.#watched.has(state.user)) this.#asked?.heard.add(state.user);
      this.#show(state);
    }
  }

  close(): void {
    this.disconnected();
    this.#watches.clear();
    this.#gathering?.();
    this.#pauses.close();
  }

  /** What changes in one turn is one command. */
  #gather(): void {
    this.#gathering ??= this.#parts.clock.after(0, () => {
      this.#gathering = null;
      this.#ask();
    });
  }

  #ask(): void {
    if (!this.#isOpen || this.#asked !== null || this.#pauses.has(WATCH)) return;
    const wanted = joined([...this.#watches.values()], this.#most);
    const isSame = wanted.size === this.#watched.size && [...wanted].every((user) => this.#watched.has(user));
    if (isSame && !this.#isRefused) return;
    this.#isRefused = false;
    this.#forgetBut(wanted);
    const asked = { heard: new Set<string>() };
    this.#asked = asked;
    this.#parts.link.command('presence.watch', { users: [...wanted] }).then(
      ({ presence }) => {
        if (this.#asked !== asked) return;
        this.#asked = null;
        this.#pauses.succeeded(WATCH);
        // A signal that overtook the answer in this turn is newer; one that is older is followed by another.
        for (const state of presence) if (!asked.heard.has(state.user)) this.#show(state);
        this.#ask();
      },
      (error: unknown) => {
        if (this.#asked !== asked) return;
        this.#asked = null;
        // Refused for good, it is not asked again before it changes or the connection does.
        this.#isRefused = this.#pauseAfter(error, WATCH);
        this.#ask();
      },
    );
  }

  #show(state: PresenceState): void {
    const { user, status, lastSeenAt } = state;
    const shown = this.#states.get(user);
    if (!this.#watched.has(user) || (shown?.status === status && shown.lastSeenAt === lastSeenAt)) return;
    this.#states.set(user, state);
  }

  #forgetBut(watched: ReadonlySet<string>): void {
    this.#watched = watched;
    for (const user of this.#states.names()) if (!watched.has(user)) this.#states.set(user, undefined);
  }

  #tell(): void {
    const status = this.#status;
    if (!this.#isOpen || this.#told === status || this.#pauses.has(STATUS)) return;
    this.#told = status;
    this.#parts.link.command('presence.set', { status }).catch((error: unknown) => {
      if (this.#pauseAfter(error, STATUS)) this.#told = null;
    });
  }

  /** @returns whether it may be asked again after a pause */
  #pauseAfter(error: unknown, name: string): boolean {
    if (!isForNow(error)) return false;
    this.#pauses.begin(name, error.retryAfterMs);
    return true;
  }
}

/** Those that everybody wants most come first: in turn, the first of each, then the second of each. */
function joined(wishes: readonly (readonly string[])[], most: number): ReadonlySet<string> {
  const users = new Set<string>();
  const longest = Math.max(0, ...wishes.map(({ length }) => length));
  for (let rank = 0; rank < longest; rank += 1) {
    for (const wish of wishes) {
      if (users.size >= most) return users;
      const user = wish[rank];
      if (user !== undefined) users.add(user);
    }
  }
  return users;
}
