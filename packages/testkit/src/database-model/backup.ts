// A backup of the tables at one moment, and tables made of it again. Rows keep the transactions that wrote them, and the
// count of transactions goes back with them, as in a copy of the data directory.
import type {
  AmendmentRow,
  ConversationRow,
  EntryRow,
  FeedRow,
  FollowerRow,
  MemberRow,
  PinRow,
  ReactionRow,
  SessionRow,
  SettingRow,
  StoreRow,
  VoteRow,
} from './rows.js';
import type { Table } from './table.js';
import { Tables } from './tables.js';
import { Transaction, type Transactions, type XidCounter } from './transactions.js';
import { type Snapshot, versionSeen, type Writer } from './versions.js';

type Saved<Row> = readonly { readonly row: Row; readonly xid: number }[];

export type Backup = {
  readonly counter: XidCounter;
  readonly lastConversation: number;
  readonly store: Saved<StoreRow>;
  readonly conversations: Saved<ConversationRow>;
  readonly entries: Saved<EntryRow>;
  readonly members: Saved<MemberRow>;
  readonly settings: Saved<SettingRow>;
  readonly amendments: Saved<AmendmentRow>;
  readonly reactions: Saved<ReactionRow>;
  readonly votes: Saved<VoteRow>;
  readonly pins: Saved<PinRow>;
  readonly followers: Saved<FollowerRow>;
  readonly feed: Saved<FeedRow>;
  readonly sessions: Saved<SessionRow>;
};

/** What is committed now. */
export function backUp(tables: Tables, transactions: Transactions): Backup {
  const snapshot = transactions.snapshot(new Transaction());
  return {
    counter: transactions.counter,
    lastConversation: tables.lastConversation,
    store: saved(tables.store, snapshot),
    conversations: saved(tables.conversations, snapshot),
    entries: saved(tables.entries, snapshot),
    members: saved(tables.members, snapshot),
    settings: saved(tables.settings, snapshot),
    amendments: saved(tables.amendments, snapshot),
    reactions: saved(tables.reactions, snapshot),
    votes: saved(tables.votes, snapshot),
    pins: saved(tables.pins, snapshot),
    followers: saved(tables.followers, snapshot),
    feed: saved(tables.feed, snapshot),
    sessions: saved(tables.sessions, snapshot),
  };
}

export function tablesOf(backup: Backup): Tables {
  const tables = new Tables();
  tables.lastConversation = backup.lastConversation;
  load(tables.store, backup.store);
  load(tables.conversations, backup.conversations);
  load(tables.entries, backup.entries);
  load(tables.members, backup.members);
  load(tables.settings, backup.settings);
  load(tables.amendments, backup.amendments);
  load(tables.reactions, backup.reactions);
  load(tables.votes, backup.votes);
  load(tables.pins, backup.pins);
  load(tables.followers, backup.followers);
  load(tables.feed, backup.feed);
  load(tables.sessions, backup.sessions);
  return tables;
}

function saved<Row extends object>(table: Table<Row>, snapshot: Snapshot): Saved<Row> {
  return [...table.slots()].flatMap((slot) => {
    const version = versionSeen(slot, snapshot);
    return version?.row ? [{ row: version.row, xid: version.writer.xid ?? 0 }] : [];
  });
}

function load<Row extends object>(table: Table<Row>, rows: Saved<Row>): void {
  for (const { row, xid } of rows) table.load(row, { xid, commit: 0 } satisfies Writer);
}
