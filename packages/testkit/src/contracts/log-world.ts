// What the contract suite of the log works with: a store with two nodes on it, and short ways to say "this person writes
// that". Every test makes conversations and people of its own, so that all of them share one store.
import { randomBytes } from 'node:crypto';
import {
  ChatError,
  type ConversationId,
  type ConversationKind,
  type Cursor,
  type Entry,
  type Key,
  makeId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import type { Appended, ConversationLog, ConversationRecord, Draft, LogSummary, Write } from '@kith/server/core/log';

/** A fresh store with one node on it. */
export type LogSetup = {
  readonly log: ConversationLog;
  /** A second node on the same store. */
  another(): Promise<ConversationLog>;
  /** Sets the clock of all nodes forward or back. */
  jump(ms: number): void;
  /** Ends `log` and starts a node on what is durable: a restart. */
  reopen(): Promise<ConversationLog>;
  close(): Promise<void>;
};

/** More summaries than any test has conversations. */
const MOST_LISTED = 1_000;

export type MakeLog = () => Promise<LogSetup>;

/** The store that the tests of one adapter share. */
export class LogWorld {
  readonly make: MakeLog;
  #nodes: { setup: LogSetup; log: ConversationLog; other: ConversationLog } | null = null;

  constructor(make: MakeLog) {
    this.make = make;
  }

  /** On one node that is open already; whoever opened it closes it. */
  static async on(log: ConversationLog): Promise<LogWorld> {
    const setup = { log, another: async () => log, jump: () => {}, reopen: async () => log, close: async () => {} };
    const world = new LogWorld(() => Promise.resolve(setup));
    await world.open();
    return world;
  }

  async open(): Promise<void> {
    const setup = await this.make();
    this.#nodes = { setup, log: setup.log, other: await setup.another() };
  }

  get log(): ConversationLog {
    return this.#opened().log;
  }

  /** Another node on the same store. */
  get other(): ConversationLog {
    return this.#opened().other;
  }

  get nodes(): readonly ConversationLog[] {
    return [this.log, this.other];
  }

  jump(ms: number): void {
    this.#opened().setup.jump(ms);
  }

  async reopen(): Promise<void> {
    const nodes = this.#opened();
    nodes.log = await nodes.setup.reopen();
  }

  async close(): Promise<void> {
    await this.#nodes?.setup.close();
    this.#nodes = null;
  }

  /** A conversation with these people, made on the first node. The first of them is its author, and a group's owner. */
  async create(kind: ConversationKind, users: readonly UserId[], workspace = freshId<WorkspaceId>()): Promise<Place> {
    const place = { workspace, conversation: freshId<ConversationId>() };
    const [author] = users;
    if (!author) throw new Error('a conversation needs somebody');
    // Only the first becomes an owner; the rest join, as members.
    const [first, rest] = kind === 'direct' ? [users, []] : [[author], users.slice(1)];
    const created: Draft = { kind: 'conversation.created', body: { kind, users: first } };
    const joined: readonly Draft[] = rest.length > 0 ? [{ kind: 'member.joined', body: { users: rest } }] : [];
    await this.log.append(write(place, author, { drafts: [created, ...joined], decide: () => {} }));
    return place;
  }

  /** Appends a message on the first node. */
  send(place: Place, author: UserId, text = 'hello'): Promise<Appended> {
    return this.log.append(message(place, author, text));
  }

  /** A member takes another one out, on the first node. */
  remove(place: Place, author: UserId, user: UserId): Promise<Appended> {
    return this.log.append(write(place, author, { drafts: [{ kind: 'member.left', body: { users: [user] } }] }));
  }

  add(place: Place, author: UserId, user: UserId): Promise<Appended> {
    return this.log.append(write(place, author, { drafts: [{ kind: 'member.joined', body: { users: [user] } }] }));
  }

  /** Every entry of a conversation, as `node` reads it. */
  async entries(place: Place, node: ConversationLog = this.log): Promise<readonly Entry[]> {
    const range = { conversation: place.conversation, after: 0, limit: 1_001, from: 'lower' } as const;
    return (await node.read(range))?.entries ?? [];
  }

  /** All summaries since a cursor, or of everything, whatever number of pages that takes. */
  async list(place: { workspace: WorkspaceId }, user: UserId, since?: Cursor): Promise<readonly LogSummary[]> {
    const query = { workspace: place.workspace, user, limit: 100 };
    let page = await this.log.summaries(since === undefined ? query : { ...query, since });
    const summaries = [...page.summaries];
    while (page.next !== null) {
      if (summaries.length > MOST_LISTED) throw new Error('the listing does not end');
      page = await this.log.summaries({ ...query, page: page.next });
      summaries.push(...page.summaries);
    }
    return summaries;
  }

  /** The store's present position for this person. */
  async cursor(place: { workspace: WorkspaceId }, user: UserId, node: ConversationLog = this.log): Promise<Cursor> {
    return (await node.summaries({ workspace: place.workspace, user, limit: 1 })).cursor;
  }

  #opened() {
    if (!this.#nodes) throw new Error('the log is not open');
    return this.#nodes;
  }
}

export type Place = { readonly workspace: WorkspaceId; readonly conversation: ConversationId };

export function freshId<T extends WorkspaceId | UserId | ConversationId | Key>(): T {
  return makeId<T>(Date.now(), randomBytes(10));
}

export function people(count: number): readonly [UserId, ...UserId[]] {
  return [freshId<UserId>(), ...Array.from({ length: count - 1 }, () => freshId<UserId>())];
}

export type WriteOptions = {
  readonly drafts: readonly [Draft, ...Draft[]];
  /** Throws to refuse; by default whoever is not a member is refused. */
  readonly decide?: (record: ConversationRecord | null) => void;
};

/** A write under a fresh key, with its drafts for content. */
export function write(place: Place, author: UserId, { drafts, decide }: WriteOptions): Write {
  return {
    ...place,
    author,
    key: freshId<Key>(),
    content: JSON.stringify(drafts),
    decide: (record) => {
      if (decide) decide(record);
      else requireMember(record, author);
      return drafts;
    },
  };
}

export function sent(text: string, rest: { readonly [field: string]: unknown } = {}): Draft {
  return { kind: 'message.sent', body: { text, ...rest } };
}

export function message(place: Place, author: UserId, text: string): Write {
  return write(place, author, { drafts: [sent(text)] });
}

export function setting(place: Place, author: UserId, body: { name: string; value: unknown }): Write {
  return write(place, author, { drafts: [{ kind: 'setting.set', body }] });
}

export function edit(target: number, text: string): Draft {
  return { kind: 'message.edited', body: { target, text } };
}

export function deletion(target: number, author: UserId): Draft {
  return { kind: 'message.deleted', body: { target, author } };
}

/** A write about the entry that its draft changes. */
export function amending(place: Place, author: UserId, draft: Draft): Write {
  return { ...write(place, author, { drafts: [draft] }), target: Number(draft.body.target) };
}

/** @throws not_found */
export function requireMember(record: ConversationRecord | null, user: UserId): void {
  if (record?.state.members.get(user)?.left !== null) throw new ChatError('not_found', 'not a member');
}

/** 1, 2, … up to `head`. */
export function numbersTo(head: number): readonly number[] {
  return Array.from({ length: head }, (_, index) => index + 1);
}

/** The code of the refusal that a promise ends in, or null where it succeeds; anything else is thrown on. */
export async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    if (error instanceof ChatError) return error.code;
    throw error;
  }
}
