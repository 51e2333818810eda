// Entries as rows of the table `entry`: drafts that get their numbers, and rows that become entries again.
import { createHmac } from 'node:crypto';
import {
  type ConversationState,
  type Entry,
  type EntryBody,
  fold,
  isCounted,
  toId,
  usersChangedBy,
} from '@kith/protocol';
import type { Random } from '../../core/clock.js';
import type { Draft, Write } from '../../core/log.js';
import { entryKindNumber, FLAGS, parseEntryKind } from './codes.js';

/** The columns of one entry, but for its conversation. */
export type EntryRow = {
  readonly seq: number;
  readonly at: number;
  readonly n: number;
  /** Ordinal of the member, or the reader, who wrote it. */
  readonly author: number;
  readonly kind: number;
  readonly flags: number;
  readonly key: string;
  readonly digest: Buffer;
  readonly body: string;
};

/** A member whose row an entry changes, and the state just after that entry. */
export type MemberChange = { readonly user: string; readonly after: ConversationState };

/** The drafts of one write with their numbers, as entries and as rows. */
export type NumberedWrite = {
  readonly state: ConversationState;
  readonly entries: readonly [Entry, ...Entry[]];
  /** One for each entry. */
  readonly rows: readonly [EntryRow, ...EntryRow[]];
  readonly members: readonly MemberChange[];
  /** What it was made of, one for each entry. */
  readonly drafts: readonly Draft[];
};

/** What numbering needs beside the write. */
export type Numbering = {
  readonly nowMs: number;
  readonly random: Random;
  /** Key of the digests. */
  readonly secret: Buffer;
  /** The ordinal of an author who reads without a place in the log. */
  readonly reader?: number | undefined;
};

const DIGEST_BYTES = 16;
const NO_DIGEST = Buffer.alloc(0);

/**
 * Gives the numbers after the head of `state` to the drafts of a write; null where its author never was in the
 * conversation, not even after the drafts.
 */
export function numberDrafts(
  state: ConversationState,
  write: Write,
  { drafts, reader, ...numbering }: Numbering & { readonly drafts: readonly [Draft, ...Draft[]] },
): NumberedWrite | null {
  const entries: Entry[] = [];
  const members: MemberChange[] = [];
  let after = state;
  for (const draft of drafts) {
    const entry = entryOf(after, write, { draft, at: numbering.nowMs, isFirst: entries.length === 0 });
    const before = after;
    after = fold(before, entry);
    entries.push(entry);
    for (const user of usersChangedBy(entry)) {
      if (before.members.get(user) !== after.members.get(user)) members.push({ user, after });
    }
  }
  const author = after.members.get(write.author)?.ordinal ?? reader;
  const [first, ...rest] = entries;
  if (author === undefined || !first) return null;
  const row = (entry: Entry, index: number) =>
    rowOf(entry, write, { author, draft: drafts[index], isFirst: index === 0, ...numbering });
  const rows = rest.map((entry, index) => row(entry, index + 1));
  return { state: after, entries: [first, ...rest], rows: [row(first, 0), ...rows], members, drafts };
}

function entryOf(state: ConversationState, write: Write, given: { draft: Draft; at: number; isFirst: boolean }): Entry {
  const { kind, body, isUnnamed = false } = given.draft;
  return {
    conversation: write.conversation,
    epoch: state.epoch,
    seq: state.head + 1,
    n: state.n + (isCounted({ kind, body }) ? 1 : 0),
    at: given.at,
    ...(isUnnamed ? {} : { author: write.author, ...(given.isFirst ? { key: write.key } : {}) }),
    kind,
    body,
  };
}

type Rowing = Numbering & {
  readonly author: number;
  readonly draft: Draft | undefined;
  readonly isFirst: boolean;
};

/** Also of an entry that names nobody the row has author and key: the one for the next vote, the other for a repeat. */
function rowOf(entry: Entry, write: Write, { draft, isFirst, ...context }: Rowing): EntryRow {
  const body = JSON.stringify(entry.body);
  // A message usually says in its content what is in its body: then the body itself is compared when the key comes again.
  const digest = !isFirst || body === write.content ? NO_DIGEST : digestOf(write.content, context.secret);
  return {
    seq: entry.seq,
    at: entry.at,
    n: entry.n,
    author: context.author,
    kind: entryKindNumber(entry.kind as Draft['kind']),
    flags: flagsOf(entry) | (isFirst ? 0 : FLAGS.keyless) | (draft?.isUnnamed ? FLAGS.unnamed : 0),
    key: isFirst ? write.key : fillerKey(context.random),
    digest,
    body,
  };
}

/** The keyed digest that stands for the content of a write, 16 bytes. */
export function digestOf(content: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(content).digest().subarray(0, DIGEST_BYTES);
}

/** Nobody asks for it; random, so that nobody can be in its way either. */
function fillerKey(random: Random): string {
  return Buffer.from(random.bytes(DIGEST_BYTES)).toString('hex');
}

/** What flags say of a body; they stay as they are where it is emptied. */
export function flagsOf({ kind, body }: Pick<Entry, 'kind' | 'body'>): number {
  if (kind !== 'message.sent') return 0;
  const { mentions } = body as EntryBody<'message.sent'>;
  const isMention = mentions?.all === true || (mentions?.users?.length ?? 0) > 0;
  const disappears = body.disappearAt === undefined ? 0 : FLAGS.disappears;
  return (isMention ? FLAGS.mentions : 0) | (body.thread === undefined ? 0 : FLAGS.thread) | disappears;
}

/** An entry as a statement gives it: the SQL of `entryJson`. */
export type StoredEntry = readonly [
  seq: number,
  n: number,
  at: number,
  author: number,
  kind: number,
  flags: number,
  key: string,
  body: Entry['body'],
  /** Of a reader, who is none of the members; null for others. */
  reader: string | null,
];

const STORED_COLUMNS = ['seq', 'n', 'at', 'author', 'kind', 'flags', 'key', 'body'];

/** SQL for the columns of `entryJson`, for subqueries. */
export function entryColumns(alias: string): string {
  return ['conversation', ...STORED_COLUMNS].map((column) => `${alias}.${column}`).join(', ');
}

/** SQL for one entry of the table or subquery `alias`, as a StoredEntry. A reader is looked up by member_pkey. */
export function entryJson(alias: string): string {
  return `json_build_array(${STORED_COLUMNS.map((column) => `${alias}.${column}`).join(', ')}::json,
      CASE WHEN ${alias}.author < 0 THEN (
        SELECT w.person FROM member w WHERE w.conversation = ${alias}.conversation AND w.ordinal = ${alias}.author
      ) END)`;
}

/** @param author the user whose ordinal the entry names; undefined for the server's own entries */
export function parseEntry(
  stored: StoredEntry,
  conversation: { readonly id: string; readonly epoch: number; readonly author: string | undefined },
): Entry {
  const [seq, n, at, , kind, flags, key, body] = stored;
  const isNamed = (flags & FLAGS.unnamed) === 0;
  return {
    conversation: conversation.id,
    epoch: conversation.epoch,
    seq,
    n,
    at,
    ...(conversation.author === undefined || !isNamed ? {} : { author: conversation.author }),
    ...(isNamed && (flags & FLAGS.keyless) === 0 ? { key: toId(key) } : {}),
    kind: parseEntryKind(kind),
    body,
    ...((flags & FLAGS.erased) === 0 ? {} : { erased: true as const }),
  };
}
