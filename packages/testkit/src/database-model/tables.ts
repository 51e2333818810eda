// The tables of the log, with the constraints and the ways in that the migrations give them.
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
import { Table } from './table.js';
import { rowSeen, type Slot, type Snapshot, type Version, versionSeen } from './versions.js';

/** A table that is entered by its keys alone. */
class PlainTable<Row extends object> extends Table<Row> {
  protected override enter(): void {}
  protected override leave(): void {}
}

export class EntryTable extends Table<EntryRow> {
  /** The slots of each conversation, at their numbers. */
  readonly #bySeq = new Map<number, (Slot<EntryRow> | undefined)[]>();

  constructor() {
    super([
      { constraint: 'entry_pkey', of: ({ conversation, seq }) => `${conversation} ${seq}` },
      { constraint: 'entry_key', of: ({ conversation, author, key }) => entryKey(conversation, author, key) },
    ]);
  }

  /** The newest one up to `upTo`. */
  head(conversation: number, snapshot: Snapshot, upTo = Number.POSITIVE_INFINITY): Seen<EntryRow> | null {
    for (const seen of this.falling(conversation, snapshot, upTo)) return seen;
    return null;
  }

  /** Those that are seen, from `upTo` downwards. */
  *falling(conversation: number, snapshot: Snapshot, upTo: number): Iterable<Seen<EntryRow>> {
    const slots = this.#bySeq.get(conversation) ?? [];
    for (let seq = Math.min(slots.length - 1, upTo); seq > 0; seq -= 1) {
      const seen = seenOf(slots[seq], snapshot);
      if (seen) yield seen;
    }
  }

  /** Those above `after` up to `upTo`, rising. */
  range(conversation: number, snapshot: Snapshot, ends: { after: number; upTo: number }): readonly EntryRow[] {
    const slots = this.#bySeq.get(conversation) ?? [];
    const rows: EntryRow[] = [];
    const last = Math.min(slots.length - 1, ends.upTo);
    for (let seq = Math.max(0, ends.after) + 1; seq <= last; seq += 1) {
      const row = rowSeen(slots[seq], snapshot);
      if (row) rows.push(row);
    }
    return rows;
  }

  at(conversation: number, seq: number, snapshot: Snapshot): Seen<EntryRow> | null {
    return seenOf(this.#bySeq.get(conversation)?.[seq], snapshot);
  }

  protected override enter(slot: Slot<EntryRow>, { conversation, seq }: EntryRow): void {
    let slots = this.#bySeq.get(conversation);
    if (!slots) {
      slots = [];
      this.#bySeq.set(conversation, slots);
    }
    // An array without holes: what is skipped has not been committed yet.
    while (slots.length < seq) slots.push(undefined);
    slots[seq] = slot;
  }

  protected override leave(slot: Slot<EntryRow>, { conversation, seq }: EntryRow): void {
    const slots = this.#bySeq.get(conversation);
    if (slots?.[seq] !== slot) return;
    slots[seq] = undefined;
    while (slots.length > 0 && slots.at(-1) === undefined) slots.pop();
  }
}

export class MemberTable extends Table<MemberRow> {
  readonly #byConversation = new Groups<number, MemberRow>((a, b) => a.ordinal - b.ordinal);
  readonly #byPerson = new Groups<string, MemberRow>((a, b) => a.conversation - b.conversation);

  constructor() {
    super([
      { constraint: 'member_pkey', of: ({ conversation, ordinal }) => `${conversation} ${ordinal}` },
      { constraint: 'member_person', of: ({ conversation, person }) => `${person} ${conversation}` },
    ]);
  }

  /** By rising ordinal. */
  ofConversation(conversation: number): readonly Slot<MemberRow>[] {
    return this.#byConversation.get(conversation);
  }

  /** By rising number of the conversation. */
  ofPerson(person: string): readonly Slot<MemberRow>[] {
    return this.#byPerson.get(person);
  }

  protected override enter(slot: Slot<MemberRow>, row: MemberRow): void {
    this.#byConversation.add(row.conversation, slot, row);
    this.#byPerson.add(row.person, slot, row);
  }

  protected override leave(slot: Slot<MemberRow>, row: MemberRow): void {
    this.#byConversation.remove(row.conversation, slot);
    this.#byPerson.remove(row.person, slot);
  }
}

export class SettingTable extends Table<SettingRow> {
  readonly #byConversation = new Groups<number, SettingRow>((a, b) => (a.name < b.name ? -1 : 1));

  constructor() {
    super([{ constraint: 'setting_pkey', of: ({ conversation, name }) => `${conversation} ${name}` }]);
  }

  ofConversation(conversation: number): readonly Slot<SettingRow>[] {
    return this.#byConversation.get(conversation);
  }

  protected override enter(slot: Slot<SettingRow>, row: SettingRow): void {
    this.#byConversation.add(row.conversation, slot, row);
  }

  protected override leave(slot: Slot<SettingRow>, row: SettingRow): void {
    this.#byConversation.remove(row.conversation, slot);
  }
}

export class AmendmentTable extends Table<AmendmentRow> {
  readonly #byConversation = new Groups<number, AmendmentRow>((a, b) => a.seq - b.seq);
  readonly #byTarget = new Groups<string, AmendmentRow>((a, b) => a.seq - b.seq);

  constructor() {
    super([
      { constraint: 'amendment_pkey', of: ({ conversation, seq }) => `${conversation} ${seq}` },
      { constraint: 'amendment_target', of: (row) => `${row.conversation} ${row.target} ${row.kind} ${row.seq}` },
    ]);
  }

  /** By rising number, as are those of a target. */
  ofConversation(conversation: number): readonly Slot<AmendmentRow>[] {
    return this.#byConversation.get(conversation);
  }

  ofTarget(conversation: number, target: number): readonly Slot<AmendmentRow>[] {
    return this.#byTarget.get(`${conversation} ${target}`);
  }

  protected override enter(slot: Slot<AmendmentRow>, row: AmendmentRow): void {
    this.#byConversation.add(row.conversation, slot, row);
    this.#byTarget.add(`${row.conversation} ${row.target}`, slot, row);
  }

  protected override leave(slot: Slot<AmendmentRow>, row: AmendmentRow): void {
    this.#byConversation.remove(row.conversation, slot);
    this.#byTarget.remove(`${row.conversation} ${row.target}`, slot);
  }
}

export class ReactionTable extends Table<ReactionRow> {
  readonly #byTarget = new Groups<string, ReactionRow>((a, b) => a.seq - b.seq);

  constructor() {
    super([
      { constraint: 'reaction_pkey', of: reactionKey },
      { constraint: 'reaction_target', of: ({ conversation, target, seq }) => `${conversation} ${target} ${seq}` },
    ]);
  }

  /** Those that are seen on a message, by the seq of their entries. */
  ofTarget(conversation: number, target: number, snapshot: Snapshot): readonly ReactionRow[] {
    return this.#byTarget.get(`${conversation} ${target}`).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  }

  protected override enter(slot: Slot<ReactionRow>, row: ReactionRow): void {
    this.#byTarget.add(`${row.conversation} ${row.target}`, slot, row);
  }

  protected override leave(slot: Slot<ReactionRow>, row: ReactionRow): void {
    this.#byTarget.remove(`${row.conversation} ${row.target}`, slot);
  }
}

export function reactionKey({ conversation, ordinal, target, emoji }: Omit<ReactionRow, 'seq' | 'at'>): string {
  return `${conversation} ${ordinal} ${target} ${emoji}`;
}

export class VoteTable extends Table<VoteRow> {
  readonly #byTarget = new Groups<string, VoteRow>((a, b) => a.seq - b.seq);

  constructor() {
    super([
      { constraint: 'vote_pkey', of: voteKey },
      { constraint: 'vote_target', of: ({ conversation, target, seq }) => `${conversation} ${target} ${seq}` },
    ]);
  }

  /** Those that are seen in a poll, by the seq of their entries. */
  ofTarget(conversation: number, target: number, snapshot: Snapshot): readonly VoteRow[] {
    return this.#byTarget
      .get(`${conversation} ${target}`)
      .flatMap((slot) => rowSeen(slot, snapshot) ?? [])
      .toSorted((a, b) => a.seq - b.seq);
  }

  protected override enter(slot: Slot<VoteRow>, row: VoteRow): void {
    this.#byTarget.add(`${row.conversation} ${row.target}`, slot, row);
  }

  protected override leave(slot: Slot<VoteRow>, row: VoteRow): void {
    this.#byTarget.remove(`${row.conversation} ${row.target}`, slot);
  }
}

export function voteKey({ conversation, ordinal, target }: Pick<VoteRow, 'conversation' | 'ordinal' | 'target'>) {
  return `${conversation} ${ordinal} ${target}`;
}

export class PinTable extends Table<PinRow> {
  readonly #byConversation = new Groups<number, PinRow>((a, b) => a.seq - b.seq);

  constructor() {
    super([
      { constraint: 'pin_pkey', of: ({ conversation, target }) => `${conversation} ${target}` },
      { constraint: 'pin_seq', of: ({ conversation, seq }) => `${conversation} ${seq}` },
    ]);
  }

  /** Those that are seen, by the seq of their entries. */
  ofConversation(conversation: number, snapshot: Snapshot): readonly PinRow[] {
    return this.#byConversation.get(conversation).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  }

  protected override enter(slot: Slot<PinRow>, row: PinRow): void {
    this.#byConversation.add(row.conversation, slot, row);
  }

  protected override leave(slot: Slot<PinRow>, row: PinRow): void {
    this.#byConversation.remove(row.conversation, slot);
  }
}

export class FollowerTable extends Table<FollowerRow> {
  readonly #byMember = new Groups<string, FollowerRow>((a, b) => a.thread - b.thread);

  constructor() {
    super([{ constraint: 'follower_pkey', of: followerKey }]);
  }

  /** By rising thread. */
  ofMember(conversation: number, ordinal: number, snapshot: Snapshot): readonly FollowerRow[] {
    return this.#byMember.get(`${conversation} ${ordinal}`).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  }

  protected override enter(slot: Slot<FollowerRow>, row: FollowerRow): void {
    this.#byMember.add(`${row.conversation} ${row.ordinal}`, slot, row);
  }

  protected override leave(slot: Slot<FollowerRow>, row: FollowerRow): void {
    this.#byMember.remove(`${row.conversation} ${row.ordinal}`, slot);
  }
}

export function followerKey({
  conversation,
  ordinal,
  thread,
}: Pick<FollowerRow, 'conversation' | 'ordinal' | 'thread'>) {
  return `${conversation} ${ordinal} ${thread}`;
}

export class FeedTable extends Table<FeedRow> {
  readonly #byXid = new Groups<'all', FeedRow>((a, b) => a.xid - b.xid);

  constructor() {
    super([{ constraint: 'feed_pkey', of: ({ xid }) => xid }]);
  }

  /** The rows of this transaction and later ones. */
  from(xid: number, snapshot: Snapshot): readonly FeedRow[] {
    const slots = this.#byXid.get('all');
    let first = slots.length;
    while (first > 0 && (slots[first - 1]?.latest?.row?.xid ?? xid) >= xid) first -= 1;
    const rows = slots.slice(first).map((slot) => rowSeen(slot, snapshot));
    return rows.filter((row) => row !== null);
  }

  protected override enter(slot: Slot<FeedRow>, row: FeedRow): void {
    this.#byXid.add('all', slot, row);
  }

  protected override leave(slot: Slot<FeedRow>): void {
    this.#byXid.remove('all', slot);
  }
}

export class Tables {
  readonly store = new PlainTable<StoreRow>([{ constraint: 'store_pkey', of: () => 'one' }]);
  readonly conversations = new PlainTable<ConversationRow>([
    { constraint: 'conversation_pkey', of: ({ no }) => no },
    { constraint: 'conversation_id', of: ({ id }) => id },
  ]);
  readonly entries = new EntryTable();
  readonly members = new MemberTable();
  readonly settings = new SettingTable();
  readonly amendments = new AmendmentTable();
  readonly reactions = new ReactionTable();
  readonly votes = new VoteTable();
  readonly pins = new PinTable();
  readonly followers = new FollowerTable();
  readonly feed = new FeedTable();
  readonly sessions = new PlainTable<SessionRow>([{ constraint: 'session_pkey', of: ({ id }) => id }]);
  /** The last number that a conversation got; numbers are not given back. */
  lastConversation = 0;

  conversation(id: string, snapshot: Snapshot): ConversationRow | null {
    return rowSeen(this.conversations.find('conversation_id', id), snapshot);
  }

  conversationOf(no: number, snapshot: Snapshot): ConversationRow | null {
    return rowSeen(this.conversations.find('conversation_pkey', no), snapshot);
  }
}

export type Seen<Row> = { readonly row: Row; readonly xid: number };

export function entryKey(conversation: number, author: number, key: string): string {
  return `${conversation} ${author} ${key}`;
}

/** A row with the transaction that wrote it: its `xmin`. */
function seenOf<Row>(slot: Slot<Row> | undefined, snapshot: Snapshot): Seen<Row> | null {
  const version: Version<Row> | null = slot ? versionSeen(slot, snapshot) : null;
  return version?.row ? { row: version.row, xid: version.writer.xid ?? 0 } : null;
}

/** Slots by a column that many rows share, each group in the order of an index. */
class Groups<Key, Row> {
  readonly #slots = new Map<Key, Slot<Row>[]>();
  readonly #compare: (a: Row, b: Row) => number;

  constructor(compare: (a: Row, b: Row) => number) {
    this.#compare = compare;
  }

  get(key: Key): readonly Slot<Row>[] {
    return this.#slots.get(key) ?? [];
  }

  add(key: Key, slot: Slot<Row>, row: Row): void {
    const slots = this.#slots.get(key);
    if (!slots) {
      this.#slots.set(key, [slot]);
      return;
    }
    let end = slots.length;
    while (end > 0 && this.#isBehind(slots[end - 1], row)) end -= 1;
    slots.splice(end, 0, slot);
  }

  remove(key: Key, slot: Slot<Row>): void {
    const slots = this.#slots.get(key) ?? [];
    const index = slots.indexOf(slot);
    if (index >= 0) slots.splice(index, 1);
    if (slots.length === 0) this.#slots.delete(key);
  }

  #isBehind(slot: Slot<Row> | undefined, row: Row): boolean {
    const other = slot?.latest?.row ?? slot?.latest?.before?.row;
    return other !== undefined && other !== null && this.#compare(other, row) > 0;
  }
}
