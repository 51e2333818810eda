// The tables as a checker reads them: what is committed, made into entries and marks by code that shares nothing with the
// log under test.
import type { Entry, EntryKind } from '@kith/protocol';
import type { EntryRow } from './rows.js';
import type { Tables } from './tables.js';
import { Transaction, type Transactions } from './transactions.js';
import { rowSeen, type Slot, type Snapshot } from './versions.js';

export type StoredConversation = {
  readonly id: string;
  readonly epoch: number;
  /** By rising number; a hole would be seen. */
  readonly entries: readonly Entry[];
};

export type StoredMark = { readonly conversation: string; readonly delivered: number; readonly read: number };

const KINDS: ReadonlyMap<number, EntryKind> = new Map([
  [1, 'conversation.created'],
  [2, 'conversation.updated'],
  [3, 'member.joined'],
  [4, 'member.left'],
  [5, 'member.role'],
  [6, 'message.sent'],
  [7, 'setting.set'],
  [8, 'message.edited'],
  [9, 'message.deleted'],
  [10, 'reaction.set'],
  [25, 'reminder.due'],
  [14, 'message.pinned'],
  [27, 'message.hidden'],
  [32, 'poll.voted'],
  [28, 'poll.closed'],
]);
const ERASED = 4;
const KEYLESS = 8;
const UNNAMED = 32;

export class Inspection {
  readonly #tables: Tables;
  readonly #snapshot: Snapshot;

  /** Of the present moment. */
  constructor(tables: Tables, transactions: Transactions) {
    this.#tables = tables;
    this.#snapshot = transactions.snapshot(new Transaction());
  }

  /** In the order in which they were made. */
  conversations(): readonly StoredConversation[] {
    return this.#rows(this.#tables.conversations.slots()).map(({ no, id, epoch }) => {
      const ends = { after: 0, upTo: Number.POSITIVE_INFINITY };
      const rows = this.#tables.entries.range(no, this.#snapshot, ends);
      return { id, epoch, entries: rows.map((row) => this.#entryOf(row, { id, epoch })) };
    });
  }

  /** By the conversations of which the person is or was a member. */
  marksOf(person: string): readonly StoredMark[] {
    return this.#rows(this.#tables.members.ofPerson(person)).flatMap(({ conversation, delivered, read }) => {
      const row = this.#tables.conversationOf(conversation, this.#snapshot);
      return row ? [{ conversation: row.id, delivered, read }] : [];
    });
  }

  /** Of everyone who is or was a member. */
  marksIn(conversation: string): readonly (Omit<StoredMark, 'conversation'> & { readonly user: string })[] {
    const row = this.#tables.conversation(conversation, this.#snapshot);
    if (!row) return [];
    return this.#rows(this.#tables.members.ofConversation(row.no)).map(({ person, delivered, read }) => {
      return { user: person, delivered, read };
    });
  }

  #entryOf(row: EntryRow, conversation: { readonly id: string; readonly epoch: number }): Entry {
    const kind = KINDS.get(row.kind);
    if (kind === undefined) throw new Error(`a checker knows no kind of entry with the number ${row.kind}`);
    const member = this.#tables.members.find('member_pkey', `${row.conversation} ${row.author}`);
    const isNamed = (row.flags & UNNAMED) === 0;
    const author = isNamed ? rowSeen(member, this.#snapshot)?.person : undefined;
    return {
      conversation: conversation.id,
      epoch: conversation.epoch,
      seq: row.seq,
      n: row.n,
      at: row.at,
      ...(author === undefined ? {} : { author }),
      ...(isNamed && (row.flags & KEYLESS) === 0 ? { key: row.key } : {}),
      kind,
      body: JSON.parse(row.body) as Entry['body'],
      ...((row.flags & ERASED) === 0 ? {} : { erased: true as const }),
    };
  }

  #rows<Row extends object>(slots: Iterable<Slot<Row>>): readonly Row[] {
    return [...slots].flatMap((slot) => rowSeen(slot, this.#snapshot) ?? []);
  }
}
