// One conversation on its way in: its people are held, its entries are numbered and folded as the log itself would have, and go in
// by hundreds; at its end, what the fold says must be what the file says, and all that stands beside the log is written.
import { randomUUID } from 'node:crypto';
import { type ConversationState, type Entry, emptyState, fold, toId, type WorkspaceId } from '@kith/protocol';
import { isPublic } from '../../../core/log.js';
import { CREATE_CONVERSATION } from '../append-alone.js';
import { conversationKindNumber, entryKindNumber, FLAGS, roleNumber } from '../codes.js';
import { flagsOf } from '../entry-rows.js';
import type { Queryable } from '../pool.js';
import { foldedOf } from '../readers.js';
import { PUT_VOTE } from '../votes.js';
import { requireBody } from './entry-form.js';
import {
  ADD_AMENDMENTS,
  ADD_ENTRIES,
  ADD_FOLLOWERS,
  ADD_MEMBERS,
  ADD_PINS,
  ADD_REACTIONS,
  ADD_RESERVATION,
  ADD_SETTINGS,
  COMPLETE,
} from './import-sql.js';
import type { ConversationLine, EntryLine, MemberLine } from './lines.js';
import { type AmendmentRow, Standing } from './standing.js';
import { TransferError } from './transfer-error.js';

const BATCH = 500;
/** What a flag says that the body says, too. */
const OF_BODY = FLAGS.mentions | FLAGS.thread | FLAGS.disappears;

type Row = {
  readonly seq: number;
  readonly at: number;
  readonly n: number;
  readonly author: number;
  readonly kind: number;
  readonly flags: number;
  readonly key: string;
  readonly body: string;
};

type Left = { readonly size: number; readonly name: string | null };

export class LogImport {
  readonly #database: Queryable;
  readonly #line: ConversationLine;
  readonly #no: number;
  readonly #members = new Map<string, MemberLine>();
  readonly #left = new Map<string, Left>();
  readonly #standing: Standing;
  #state: ConversationState;
  #rows: Row[] = [];
  #amendments: AmendmentRow[] = [];

  private constructor(database: Queryable, line: ConversationLine, no: number) {
    this.#database = database;
    this.#line = line;
    this.#no = no;
    this.#standing = new Standing(line.first);
    this.#state = emptyState(line.epoch);
  }

  static async begin(database: Queryable, line: ConversationLine, workspace: WorkspaceId): Promise<LogImport> {
    const { id, epoch, createdAt, names, kind } = line;
    const values = [id, workspace, epoch, createdAt, conversationKindNumber(kind), null];
    const [row] = await database.query<{ no: number }>(CREATE_CONVERSATION, values);
    if (row === undefined) throw new Error('a new conversation got no number');
    for (const name of names) await database.query(ADD_RESERVATION, [workspace, name, id]);
    return new LogImport(database, line, row.no);
  }

  /** @throws TransferError */
  addMember(line: MemberLine, number: number): void {
    if (this.#state.head > 0) throw new TransferError('people of a conversation come before its entries', number);
    if (this.#members.has(line.user)) throw new TransferError('this person is named twice in the conversation', number);
    const { delivered, read } = line;
    if (Math.max(delivered, read) > this.#line.head) {
      throw new TransferError('delivered and read are at most the head of the conversation', number);
    }
    this.#members.set(line.user, line);
  }

  /** @throws TransferError */
  async addEntry(line: EntryLine, number: number): Promise<void> {
    const entry = this.#entryOf(line, number);
    const author = this.#ordinalOf(line, number);
    const before = this.#state;
    this.#state = fold(before, entry);
    if (this.#state.n !== line.n) {
      throw new TransferError(`n is to be ${this.#state.n}, the number of messages so far`, number);
    }
    if (entry.kind === 'member.left') this.#noteLeft(before);
    const amendment = this.#standing.take(line, author);
    if (amendment !== null) this.#amendments.push(amendment);
    const { seq, at, n, flags, body, key } = line;
    const hidden = key === null && (flags & FLAGS.unnamed) === 0 ? FLAGS.keyless : 0;
    this.#rows.push({
      ...{ seq, at, n, author, kind: entryKindNumber(line.kind), flags: flags | hidden },
      key: key ?? randomUUID(),
      body: JSON.stringify(body),
    });
    if (this.#rows.length >= BATCH) await this.#flush();
  }

  /** @param number of the line after its last. @throws TransferError */
  async finish(number: number): Promise<void> {
    await this.#flush();
    const state = this.#state;
    const { id, head, kind, first } = this.#line;
    if (state.head !== head)
      throw new TransferError(`conversation ${id} has ${state.head} entries, not ${head}`, number);
    if (state.kind !== kind)
      throw new TransferError(`conversation ${id} is a ${state.kind} by its log, not a ${kind}`, number);
    if (first < 1 || first > head)
      throw new TransferError(`conversation ${id}: first is to be from 1 to its head`, number);
    const lines = [...this.#members.values()];
    const seated = lines.filter(({ ordinal }) => ordinal > 0);
    const isSame = ({ user, ordinal }: MemberLine): boolean => state.members.get(user)?.ordinal === ordinal;
    if (seated.length !== state.members.size || !seated.every(isSame)) {
      throw new TransferError(`the people of conversation ${id} are others than those of its log`, number);
    }
    if (lines.some(({ ordinal, reader }) => ordinal === 0 || (ordinal < 0 && reader === null))) {
      throw new TransferError(`conversation ${id} has people who are neither in its log nor read it`, number);
    }
    await this.#writeMembers(lines);
    await this.#writeStanding();
    const readers = lines.filter(({ reader }) => reader?.left === null).length;
    const looks = [conversationKindNumber(kind), state.name, JSON.stringify(state.settings), isPublic(state)];
    await this.#database.query(COMPLETE, [this.#no, state.structure, state.size, ...looks, first, readers]);
  }

  #entryOf({ seq, n, at, author, key, kind, body, flags }: EntryLine, number: number): Entry {
    const wanted = this.#state.head + 1;
    if (seq !== wanted)
      throw new TransferError(`seq is to be ${wanted}: entries stand in order, without a hole`, number);
    if ((flags & FLAGS.erased) === 0) {
      requireBody(kind, body, number);
      if ((flags & OF_BODY) !== flagsOf({ kind, body })) {
        throw new TransferError('flags say something else than the body', number);
      }
    }
    const target = body.target ?? body.thread;
    if (target !== undefined && !(Number.isSafeInteger(target) && Number(target) >= 1 && Number(target) < seq)) {
      throw new TransferError('target and thread are to name earlier entries', number);
    }
    return {
      ...{ conversation: this.#line.id, epoch: this.#line.epoch, seq, n, at, kind, body },
      ...(author === null ? {} : { author }),
      ...(key === null ? {} : { key }),
    };
  }

  #ordinalOf({ author }: EntryLine, number: number): number {
    if (author === null) return 0;
    const member = this.#members.get(author);
    if (member !== undefined) return member.ordinal;
    throw new TransferError('its author is not among the people of the conversation', number);
  }

  #noteLeft(before: ConversationState): void {
    const { members, size, name } = this.#state;
    for (const [user, { left }] of members) {
      if (left !== null && before.members.get(user)?.left !== left) this.#left.set(user, { size, name });
    }
  }

  async #flush(): Promise<void> {
    const [rows, amendments] = [this.#rows, this.#amendments];
    if (rows.length === 0) return;
    await this.#database.query(ADD_ENTRIES, [
      this.#no,
      ...columns(rows, ['seq', 'at', 'n', 'author', 'kind', 'flags', 'key', 'body']),
    ]);
    await this.#database.query(ADD_AMENDMENTS, [this.#no, ...columns(amendments, ['target', 'seq', 'kind'])]);
    this.#rows = [];
    this.#amendments = [];
  }

  async #writeMembers(lines: readonly MemberLine[]): Promise<void> {
    const rows = lines.map((line) => this.#memberRow(line));
    const names = ['user', 'ordinal', 'role', 'joined', 'first', 'left', 'leftSize', 'leftName'] as const;
    const values = columns(rows, [...names, 'delivered', 'read', 'pacedAt', 'folded']);
    await this.#database.query(ADD_MEMBERS, [this.#no, ...values]);
    const followers = lines.flatMap(({ ordinal, threads }) =>
      threads.map(([thread, read, follows]) => ({ ordinal, thread, read, follows })),
    );
    const followed = columns(followers, ['ordinal', 'thread', 'read', 'follows']);
    await this.#database.query(ADD_FOLLOWERS, [this.#no, ...followed]);
  }

  #memberRow({ user, ordinal, delivered, read, pacedAt, reader }: MemberLine) {
    const marks = { user, ordinal, delivered, read, pacedAt };
    if (reader !== null) {
      const role = roleNumber(reader.left === null ? 'reader' : 'none');
      return { ...marks, ...reader, role, folded: foldedOf(toId(user), this.#state) };
    }
    const member = this.#state.members.get(user);
    if (member === undefined) throw new Error('a member is not in the fold');
    const { role, joined, first = 1, left } = member;
    const { size: leftSize = null, name: leftName = null } = left === null ? {} : (this.#left.get(user) ?? {});
    return { ...marks, role: roleNumber(role), joined, first, left, leftSize, leftName, folded: null };
  }

  async #writeStanding(): Promise<void> {
    const { reactions, votes, pins, settings } = this.#standing;
    const no = this.#no;
    const reacted = columns([...reactions.values()], ['ordinal', 'target', 'seq', 'at', 'emoji']);
    await this.#database.query(ADD_REACTIONS, [no, ...reacted]);
    for (const { ordinal, target, seq, at, choices } of votes.values()) {
      await this.#database.query(PUT_VOTE, [no, ordinal, target, seq, at, choices]);
    }
    await this.#database.query(ADD_PINS, [no, [...pins.keys()], [...pins.values()]]);
    await this.#database.query(ADD_SETTINGS, [no, [...settings.keys()], [...settings.values()]]);
  }
}

function columns<R extends object>(rows: readonly R[], names: readonly (keyof R)[]): readonly unknown[][] {
  return names.map((name) => rows.map((row) => row[name]));
}
