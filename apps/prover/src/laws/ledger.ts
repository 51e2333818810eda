// The log as the history says that it grew, and what follows from it: who is in a conversation, what it is called, who may see
// what. A fold of the judge's own, on purpose: it shares nothing with the one that it judges.
import type { Entry } from '@kith/protocol';
import type { HistoryEvent, Mark } from '../history/history.js';

type Committed = Extract<HistoryEvent, { readonly type: 'committed' }>;
export type LoggedEntry = Entry;

/** What a conversation is, as of one of its entries. */
export type Standing = {
  readonly name: string | null;
  /** Present members with their roles. */
  readonly roles: ReadonlyMap<string, string>;
};

type Range = { readonly from: number; readonly to: number };

export type LoggedConversation = {
  readonly id: string;
  epoch: number;
  /** Where it begins: what was said below is emptied. */
  first: number;
  entries: LoggedEntry[];
  readonly marks: Map<string, Mark>;
};

/** Where a deletion stands; null where the log begins further up: whoever is in it in the end is told so. */
export type Deletion = { readonly conversation: string; readonly seq: number | null };

/** What of a message lives in entries of their own, and goes with it. */
const PARTS = ['message.edited', 'poll.voted', 'poll.closed'];
/** What somebody says, and has its time. */
const SPEECH = ['message.sent', 'reaction.set', ...PARTS];

export class Ledger {
  /** Texts that nobody may have any more who may see what deleted them. */
  readonly erased = new Map<string, Deletion>();
  readonly #conversations = new Map<string, LoggedConversation>();
  /** What was committed, as it was then: with what was erased since. */
  readonly #written = new Map<string, readonly LoggedEntry[]>();

  get(conversation: string): LoggedConversation | undefined {
    return this.#conversations.get(conversation);
  }

  all(): Iterable<LoggedConversation> {
    return this.#conversations.values();
  }

  /** Takes entries as they were committed. */
  commit({ conversation, entries }: Committed): LoggedConversation {
    const epoch = entries[0]?.epoch ?? 0;
    const fresh: LoggedConversation = { id: conversation, epoch, first: 1, entries: [], marks: new Map() };
    const held = this.#conversations.get(conversation) ?? fresh;
    this.#conversations.set(conversation, held);
    const written = this.#written.get(conversation) ?? [];
    this.#written.set(conversation, [...written, ...entries]);
    for (const entry of entries) this.#append(held, entry);
    return held;
  }

  #append(held: LoggedConversation, entry: LoggedEntry): void {
    held.entries.push(entry);
    if (entry.kind === 'message.deleted') this.#erase(held, Number(entry.body.target), entry.seq);
  }

  /** A deletion takes the text of a message, of its edits and of the votes in it out of the log; where it stands stays. */
  #erase(held: LoggedConversation, target: number, seq: number): void {
    const isIts = ({ kind, body, seq: own }: LoggedEntry) =>
      own === target || (PARTS.includes(kind) && body.target === target);
    const texts = held.entries.flatMap((entry) => (isIts(entry) && entry.body.text ? String(entry.body.text) : []));
    this.#empty(held, isIts);
    for (const text of texts) this.erased.set(text, { conversation: held.id, seq });
  }

  /** The log begins with `first`: what was said below goes, with what was made of it later. */
  trim(conversation: string, first: number): void {
    const held = this.#conversations.get(conversation);
    if (!held || first <= held.first) return;
    held.first = first;
    const isBelow = ({ kind, body, seq }: LoggedEntry) =>
      (SPEECH.includes(kind) && seq < first) || (PARTS.includes(kind) && Number(body.target) < first);
    const texts = held.entries.flatMap(({ seq, body: { text } }) => (seq < first && text ? String(text) : []));
    this.#empty(held, isBelow);
    // A client lets go of what is below, and keeps later edits of it, which show nowhere.
    for (const text of texts) this.erased.set(text, { conversation, seq: null });
  }

  #empty(held: LoggedConversation, isGone: (entry: LoggedEntry) => boolean): void {
    held.entries = held.entries.map((entry) => {
      if (!isGone(entry) || entry.erased) return entry;
      const { thread, count, target } = entry.body;
      const placed = thread === undefined ? {} : { thread, count };
      return { ...entry, body: entry.kind === 'message.sent' ? placed : { target }, erased: true };
    });
  }

  /** Goes back with the database. @returns what is gone */
  restore({ logs }: Extract<HistoryEvent, { readonly type: 'restored' }>): readonly LoggedEntry[] {
    const gone: LoggedEntry[] = [];
    // A backup from before a deletion brings back what it deleted.
    this.erased.clear();
    const heads = new Map(logs.map((log) => [log.conversation, log]));
    for (const [id, held] of this.#conversations) {
      const log = heads.get(id);
      gone.push(...held.entries.slice(log?.head ?? 0));
      if (!log) {
        this.#conversations.delete(id);
        this.#written.delete(id);
        continue;
      }
      const kept = (this.#written.get(id) ?? []).slice(0, log.head).map((entry) => ({ ...entry, epoch: log.epoch }));
      this.#written.set(id, kept);
      held.entries = [];
      held.first = 1;
      for (const entry of kept) this.#append(held, entry);
      held.epoch = log.epoch;
      this.trim(id, log.first ?? 1);
      held.marks.clear();
      for (const mark of log.marks) held.marks.set(mark.user, mark);
    }
    return gone;
  }
}

/** What a conversation is as of the entry `head`. */
export function standingAt(entries: readonly LoggedEntry[], head: number): Standing {
  let name: string | null = null;
  const roles = new Map<string, string>();
  for (const entry of entries.slice(0, head)) {
    if (entry.kind === 'conversation.created' || entry.kind === 'conversation.updated')
      name = textOf(entry.body.name) ?? name;
    seat(roles, entry);
  }
  return { name, roles };
}

function seat(roles: Map<string, string>, { kind, body, author }: LoggedEntry): void {
  const users = listOf(body.users);
  switch (kind) {
    case 'conversation.created': {
      for (const user of users) roles.set(user, 'member');
      const owner = author !== undefined && users.includes(author) ? author : users[0];
      if (owner !== undefined && body.kind !== 'direct') roles.set(owner, 'owner');
      return;
    }
    case 'member.joined':
      for (const user of users) if (!roles.has(user)) roles.set(user, 'member');
      return;
    case 'member.left':
      for (const user of users) roles.delete(user);
      return;
    case 'member.role':
      if (roles.has(String(body.user))) roles.set(String(body.user), String(body.role));
      return;
    default:
  }
}

/** Up to which number a person may see a log as it is now: all of it, up to where they left it last, or nothing (0). */
export function visibleTo(entries: readonly LoggedEntry[], user: string): number {
  let upTo = 0;
  let isIn = false;
  for (const { kind, body, seq } of entries) {
    const isNamed = listOf(body.users).includes(user);
    if (isNamed && (kind === 'conversation.created' || kind === 'member.joined')) isIn = true;
    if (isNamed && kind === 'member.left' && isIn) [isIn, upTo] = [false, seq];
  }
  return isIn ? entries.length : upTo;
}

/** What a person could read of a log while they were in it, each time: from the beginning, or where they came if history was closed. */
export function visibleRanges(entries: readonly LoggedEntry[], user: string): readonly Range[] {
  const ranges: Range[] = [];
  let from: number | null = null;
  let isClosed = false;
  for (const { kind, body, seq } of entries) {
    const isNamed = listOf(body.users).includes(user);
    if (kind === 'conversation.updated') isClosed = (body.history ?? (isClosed ? 'closed' : 'open')) === 'closed';
    if (isNamed && (kind === 'conversation.created' || kind === 'member.joined')) from ??= isClosed ? seq : 1;
    if (!isNamed || kind !== 'member.left' || from === null) continue;
    ranges.push({ from, to: seq });
    from = null;
  }
  return from === null ? ranges : [...ranges, { from, to: entries.length }];
}

type Begun = { readonly first?: number; readonly entries: readonly LoggedEntry[] };

/** From which number on a person may read a log: where it begins, or where they came last, if history was closed then. */
export function visibleFrom({ first = 1, entries }: Begun, user: string): number {
  return Math.max(first, visibleRanges(entries, user).at(-1)?.from ?? 1);
}

/** A log as somebody sees it who may read from `from` on: what changes an entry from before is hidden. */
export function seenFrom(entries: readonly LoggedEntry[], from: number): readonly LoggedEntry[] {
  return entries.slice(from - 1).map((entry) => {
    if (!isHiddenFrom(entry, from)) return entry;
    const { conversation, epoch, seq, n, at } = entry;
    return { conversation, epoch, seq, n, at, kind: 'hidden', body: {} };
  });
}

export function isHiddenFrom({ body }: LoggedEntry, from: number): boolean {
  return typeof body.target === 'number' && body.target < from;
}

/** Whether everyone may join as of the entry `head`. */
export function isPublicAt(entries: readonly LoggedEntry[], head: number): boolean {
  const said = entries.slice(0, head).filter(({ kind, body }) => kind.startsWith('conversation.') && body.visibility);
  return said.at(-1)?.body.visibility === 'public';
}

/** Whether it repeats what stands elsewhere, and has that text. */
export function isCopy({ body }: LoggedEntry): boolean {
  return body.forward !== undefined;
}

export function kindOf(entries: readonly LoggedEntry[]): string | null {
  return textOf(entries[0]?.body.kind);
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
