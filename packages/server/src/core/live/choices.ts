// What people chose of who sees them, known to this node: read when it is first wanted, for many in one query, and read
// again when the change feed names the person's own conversation, so that a switch takes effect on every node within
// seconds. A write that depends on it has the log see to it that this is still so, or has it read at that moment.
import type { ConversationId, Entry, UserId } from '@kith/protocol';
import type { Choices, Grounds } from '../grounds.js';
import type { ConversationLog } from '../log.js';
import { isSamePrivacy, OPEN, type Privacies, type Privacy, privacyOf } from '../privacy.js';
import { reportFailure, type Telemetry } from '../telemetry.js';

export type KnownChoicesPorts = {
  readonly log: Pick<ConversationLog, 'choices'>;
  readonly telemetry: Telemetry;
};

type Known = { readonly privacy: Privacy; readonly self: ConversationId; head: number; isFresh: boolean };

/** A query that has not begun yet. */
type Next = { readonly users: Set<UserId>; readonly answer: Promise<ReadonlyMap<UserId, Choices>> };

/** Most people of whom this node remembers it; beyond it the one known longest is read again. */
const MOST_KNOWN = 100_000;
/** People in one query. */
const BATCH = 500;
const RESERVED = /^(?:privacy|block):/;

/** Queries that go one after the other. */
class Lane {
  next: Next | null = null;
  running: Promise<unknown> = Promise.resolve();
}

export class KnownChoices {
  readonly #ports: KnownChoicesPorts;
  readonly #known = new Map<UserId, Known>();
  readonly #owners = new Map<ConversationId, UserId>();
  readonly #stale = new Set<UserId>();
  readonly #listeners: ((user: UserId, before: Privacy) => void)[] = [];
  /** For each query under way, the heads of which the feed told meanwhile: the answer may be from before. */
  readonly #toldMeanwhile = new Set<Map<ConversationId, number>>();
  /** Writes don't wait for what is read for those who look. */
  readonly #writes = new Lane();
  readonly #looks = new Lane();

  constructor(ports: KnownChoicesPorts) {
    this.#ports = ports;
  }

  /** Told of people whose choices are others than they were, while they are known here. */
  onChange(listener: (user: UserId, before: Privacy) => void): void {
    this.#listeners.push(listener);
  }

  /** What is known of all of them, or null where one of them must be read. */
  known(users: Iterable<UserId>): Privacies | null {
    return this.grounds(users)?.privacies ?? null;
  }

  /** The same, with the heads of people's own conversations as of which it is so. */
  grounds(users: Iterable<UserId>): { readonly privacies: Privacies; readonly heads: Grounds['heads'] } | null {
    const found = new Map<UserId, Privacy>();
    const heads: { conversation: ConversationId; head: number }[] = [];
    for (const user of users) {
      const known = this.#known.get(user);
      if (!known?.isFresh) return null;
      found.set(user, known.privacy);
      heads.push({ conversation: known.self, head: known.head });
    }
    return { privacies: found, heads };
  }

  /** The same, read where it must be. @throws unavailable */
  async load(users: Iterable<UserId>): Promise<Privacies> {
    const wanted = [...new Set(users)];
    const found = new Map<UserId, Privacy>();
    const missing = wanted.filter((user) => {
      const known = this.#known.get(user);
      if (known?.isFresh) found.set(user, known.privacy);
      return !known?.isFresh;
    });
    if (missing.length === 0) return found;
    for (const [user, privacy] of await this.#read(missing, this.#looks)) found.set(user, privacy);
    return found;
  }

  /** As it is in the store after the call: what was acknowledged before it is in the answer. @throws unavailable */
  read(users: readonly UserId[]): Promise<Privacies> {
    return this.#read(users, this.#writes);
  }

  async #read(users: readonly UserId[], lane: Lane): Promise<Privacies> {
    const found = new Map<UserId, Privacy>();
    for (let start = 0; start < users.length; start += BATCH) {
      const part = users.slice(start, start + BATCH);
      const rows = await this.#ask(part, lane);
      for (const user of part) {
        const row = rows.get(user);
        found.set(user, row ? privacyOf(row.values) : OPEN);
      }
    }
    return found;
  }

  /** Conversations that have entries up to these heads: of some, people's own ones, something may be another now. */
  changed(conversations: readonly { readonly id: ConversationId; readonly head: number }[]): void {
    for (const { id, head } of conversations) {
      for (const told of this.#toldMeanwhile) told.set(id, head);
      const user = this.#owners.get(id);
      const known = user === undefined ? undefined : this.#known.get(user);
      if (user === undefined || !known || known.head === head) continue;
      known.isFresh = false;
      this.#stale.add(user);
    }
    if (this.#stale.size > 0) {
      this.load([...this.#stale]).catch((error: unknown) =>
        reportFailure(this.#ports.telemetry, 'what people chose was not read', error),
      );
    }
  }

  /** Entries that were written on this node. */
  wrote(entries: readonly Entry[]): void {
    for (const { conversation, seq, kind, body } of entries) {
      const id = conversation as ConversationId;
      const owner = this.#owners.get(id);
      if (kind === 'setting.set' && RESERVED.test(String(body.name))) this.changed([{ id, head: seq }]);
      else if (owner !== undefined) {
        const known = this.#known.get(owner);
        if (known?.head === seq - 1) known.head = seq;
      }
    }
  }

  /** One query at a time in each lane; who asks meanwhile shares the next one, which begins after they asked. */
  #ask(users: readonly UserId[], lane: Lane): Promise<ReadonlyMap<UserId, Choices>> {
    let { next } = lane;
    if (!next || next.users.size + users.length > BATCH) {
      const wanted = new Set<UserId>();
      const answer = lane.running.then(() => {
        if (lane.next?.users === wanted) lane.next = null;
        return this.#query([...wanted]);
      });
      next = { users: wanted, answer };
      lane.next = next;
      lane.running = answer.catch(() => {});
    }
    for (const user of users) next.users.add(user);
    return next.answer;
  }

  async #query(users: readonly UserId[]): Promise<ReadonlyMap<UserId, Choices>> {
    const told = new Map<ConversationId, number>();
    this.#toldMeanwhile.add(told);
    try {
      const rows = await this.#ports.log.choices(users);
      for (const row of rows) this.#keep(row, (told.get(row.self) ?? row.head) === row.head);
      return new Map(rows.map((row) => [row.user, row]));
    } finally {
      this.#toldMeanwhile.delete(told);
    }
  }

  #keep({ user, self, head, values }: Choices, isFresh: boolean): void {
    const before = this.#known.get(user);
    if (before?.isFresh && before.head > head) return;
    const privacy = privacyOf(values);
    if (isFresh) this.#stale.delete(user);
    else this.#stale.add(user);
    this.#known.set(user, { privacy, self, head, isFresh });
    this.#owners.set(self, user);
    if (this.#known.size > MOST_KNOWN) this.#forgetOldest();
    if (!before || isSamePrivacy(before.privacy, privacy)) return;
    for (const listener of this.#listeners) listener(user, before.privacy);
  }

  #forgetOldest(): void {
    for (const [user, { self }] of this.#known) {
      this.#known.delete(user);
      this.#owners.delete(self);
      this.#stale.delete(user);
      return;
    }
  }
}
