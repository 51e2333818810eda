// The search of people, with those first whom one means: by how often and how recently the person wrote to them, and by
// their contacts. It is computed from the log when somebody searches, off the path of a send. Rule V14 of docs/protocol/v1.md.
import { type Contact, isKept, type Params, toId, type User, type UserId } from '@kith/protocol';
import { searchKey, searchTerms, usernameKey } from './accounts/names.js';
import type { Clock } from './clock.js';
import type { Conversations } from './conversations.js';
import type { KnownChoices } from './live/choices.js';
import type { ConversationLog } from './log.js';
import type { Profiles } from './people.js';
import type { Principal } from './principal.js';
import { OPEN } from './privacy.js';
import type { Talk } from './talks.js';

export type PeopleSearchPorts = {
  readonly log: Pick<ConversationLog, 'settings' | 'talks'>;
  readonly profiles: Profiles;
  readonly choices: Pick<KnownChoices, 'load'>;
  readonly conversations: Pick<Conversations, 'self'>;
  readonly clock: Clock;
};

/** What a message to somebody is worth: 1 when it is written, and half of it after so long. */
const HALF_LIFE_MS = 14 * 24 * 3_600_000;
/** Worth as many messages of now. */
const CONTACT = 1;
const FAVOURITE = 3;
/** Matches of the directory that are put in order. */
const MOST_MATCHES = 200;
/** People whom a person talks with or keeps, who are looked through, too: the first of them in the order of their worth. */
const MOST_NEAR = 1_000;
/** How long what is known of a person serves their further searches, such as the next letters of this one. */
const KNOWN_MS = 10_000;
/** Most people of whom it is known at a time. */
const MOST_KNOWN = 1_000;

/** Somebody whom a person talks with or keeps. */
type Near = { readonly worth: number; readonly contact: Contact | null };
type Known = { readonly untilMs: number; readonly near: Promise<ReadonlyMap<UserId, Near>> };

export class PeopleSearch {
  readonly #ports: PeopleSearchPorts;
  readonly #known = new Map<UserId, Known>();

  constructor(ports: PeopleSearchPorts) {
    this.#ports = ports;
  }

  async search(principal: Principal, { query, limit = 20 }: Params<'users.search'>): Promise<User[]> {
    const { profiles, choices } = this.#ports;
    const { workspace, user } = principal;
    const key = searchKey(query);
    if (key === '') return [];
    const near = await this.#nearOf(principal);
    const ids = [...near].sort(([, a], [, b]) => b.worth - a.worth).slice(0, MOST_NEAR);
    const [matches, others, privacies] = await Promise.all([
      profiles.search(workspace, query, Math.max(limit, MOST_MATCHES)),
      ids.length === 0
        ? []
        : profiles.users(
            workspace,
            ids.map(([id]) => id),
          ),
      choices.load([user]),
    ]);
    const found = new Map(matches.map((one) => [one.id, one]));
    const further = others.filter((one) => !found.has(one.id) && isMeant(one, near.get(toId(one.id)), key));
    for (const one of further.sort(byUsername)) found.set(one.id, one);
    const { blocked } = privacies.get(user) ?? OPEN;
    const rankOf = (one: User) => [
      usernameKey(one.username) === usernameKey(query.trim()) ? 0 : 1,
      blocked.has(toId(one.id)) ? 1 : 0,
      -(near.get(toId(one.id))?.worth ?? 0),
    ];
    // Equals stay as the directory has them: better matches first, then by username.
    const ranked = [...found.values()].map((one) => ({ one, rank: rankOf(one) }));
    return ranked
      .sort((a, b) => compare(a.rank, b.rank))
      .slice(0, limit)
      .map(({ one }) => one);
  }

  /** The person has changed something that counts. */
  forget(user: UserId): void {
    this.#known.delete(user);
  }

  async #nearOf(principal: Principal): Promise<ReadonlyMap<UserId, Near>> {
    const nowMs = this.#ports.clock.now();
    const { user } = principal;
    const known = this.#known.get(user);
    if (known && known.untilMs > nowMs) return known.near;
    const near = this.#read(principal, nowMs);
    this.#known.delete(user);
    this.#known.set(user, { untilMs: nowMs + KNOWN_MS, near });
    near.catch(() => this.#known.delete(user));
    if (this.#known.size > MOST_KNOWN) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    return near;
  }

  async #read(principal: Principal, nowMs: number): Promise<ReadonlyMap<UserId, Near>> {
    const { log, conversations } = this.#ports;
    const self = await conversations.self(principal);
    const [talks, page] = await Promise.all([log.talks(principal), log.settings(self)]);
    const near = new Map<UserId, Near>();
    for (const talk of talks) near.set(talk.user, { worth: worthOf(talk, nowMs), contact: null });
    for (const { body } of page?.entries ?? []) {
      const [kind, id = ''] = String(body.name).split(':');
      if (kind !== 'contact' || !isKept(body.value)) continue;
      const contact = body.value as Contact;
      const worth = near.get(toId(id))?.worth ?? 0;
      near.set(toId(id), { worth: worth + (contact.favourite === true ? FAVOURITE : CONTACT), contact });
    }
    return near;
  }
}

function worthOf({ times }: Talk, nowMs: number): number {
  return times.reduce((worth, at) => worth + 0.5 ** (Math.max(0, nowMs - at) / HALF_LIFE_MS), 0);
}

/** By a name of theirs, or by the one that the person gave them. */
function isMeant({ username, name }: User, near: Near | undefined, key: string): boolean {
  const terms = [...searchTerms(username, name), ...searchTerms('', near?.contact?.name ?? '')];
  return terms.some(({ text }) => text.startsWith(key));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
}

function byUsername(a: User, b: User): number {
  return usernameKey(a.username) < usernameKey(b.username) ? -1 : 1;
}
