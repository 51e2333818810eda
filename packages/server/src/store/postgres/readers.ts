// Readers of channels: rows of `member` that no entry made. Those who never were members have ordinals below 0, which their
// reactions bear as well; of others `folded` keeps what the log says of them. Read and changed under the lock of the conversation.
import { type ConversationId, type ConversationState, type Entry, toId, type UserId } from '@kith/protocol';
import type { ConversationRecord, Write } from '../../core/log.js';
import type { Reader, ReaderChange, ReaderStanding, ReadersQuery } from '../../core/reading.js';
import { READER, roleNumber } from './codes.js';
import type { NumberedWrite } from './entry-rows.js';
import type { Queryable, Statement } from './pool.js';

const IS_READER = '(m.ordinal < 0 OR m.folded IS NOT NULL)';

/** Of the people $2, those who read conversation $1, or did; and the lowest ordinal. Served by conversation_id, member_pkey and member_person. */
export const FIND_READERS: Statement = {
  name: 'find_readers',
  text: `SELECT (SELECT m.ordinal FROM member m WHERE m.conversation = c.no ORDER BY m.ordinal LIMIT 1) AS lowest, (
    SELECT json_agg(json_build_array(m.person, m.ordinal, m.joined, m.first, m.left_seq))
    FROM member m WHERE m.conversation = c.no AND m.person = ANY ($2::uuid[]) AND ${IS_READER}
  ) AS readers
  FROM conversation c WHERE c.id = $1::uuid`,
};

/** Of the conversations $1, how the person $2 reads each. Served by conversation_id and member_person. */
export const READ_STANDINGS: Statement = {
  name: 'read_standings',
  text: `SELECT c.id, m.joined, m.first, m.left_seq AS "left"
  FROM unnest($1::uuid[]) AS q (id) JOIN conversation c ON c.id = q.id
  JOIN member m ON m.person = $2::uuid AND m.conversation = c.no
  WHERE ${IS_READER}`,
};

/** Who reads conversation $1, above the person $2, at most $3. Served by conversation_id and member_reader. */
export const LIST_READERS: Statement = {
  name: 'list_readers',
  text: `SELECT m.person AS "user", m.joined
  FROM conversation c JOIN member m ON m.conversation = c.no
  WHERE c.id = $1::uuid AND m.role = ${READER} AND m.left_seq IS NULL AND m.person > $2::uuid
  ORDER BY m.person LIMIT $3::int`,
};

/**
 * Rows of readers of conversation $1, as they are from now on. The change feed names them where $11 is true: where entries are
 * written too, those do. Served by member_pkey and feed_pkey.
 */
export const SEAT_READERS: Statement = {
  name: 'seat_readers',
  text: `WITH seated AS (
    INSERT INTO member AS m (conversation, person, ordinal, role, joined, first, left_seq, left_size, left_name, folded,
      delivered, read)
    SELECT $1::int, q.person, q.ordinal, q.role, q.joined, q.first, q.left_seq, q.left_size, q.left_name, q.folded::json,
      q.first - 1, q.first - 1
    FROM unnest($2::uuid[], $3::int[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::int[], $9::text[],
      $10::text[]) AS q (person, ordinal, role, joined, first, left_seq, left_size, left_name, folded)
    ON CONFLICT ON CONSTRAINT member_pkey DO UPDATE SET role = excluded.role, joined = excluded.joined,
      first = excluded.first, left_seq = excluded.left_seq, left_size = excluded.left_size,
      left_name = excluded.left_name, folded = excluded.folded, delivered = greatest(m.delivered, excluded.delivered),
      read = greatest(m.read, excluded.read), changed = pg_current_xact_id()
  )
  INSERT INTO feed (xid, conversations, heads, members_in, members)
  SELECT pg_current_xact_id(), '{}', '{}', array_fill($1::int, ARRAY[cardinality($2)]), $2::uuid[] WHERE $11::boolean`,
};

/** Conversation $1 has $2 readers more. Served by conversation_pkey. */
export const COUNT_READERS: Statement = {
  name: 'count_readers',
  text: 'UPDATE conversation c SET readers = c.readers + $2::int WHERE c.no = $1::int',
};

/**
 * The reader with the ordinal $2 of conversation $1 has the ordinal $3 from now on, and so has all that is theirs: they become a
 * member. Served by member_pkey, entry_key, reaction_pkey, vote_pkey and
 * follower_pkey.
 */
export const RENUMBER_READER: Statement = {
  name: 'renumber_reader',
  text: `WITH people AS (
    UPDATE member m SET ordinal = $3::int WHERE m.conversation = $1::int AND m.ordinal = $2::int
  ), entries AS (
    UPDATE entry e SET author = $3::int WHERE e.conversation = $1::int AND e.author = $2::int
  ), reactions AS (
    UPDATE reaction r SET ordinal = $3::int WHERE r.conversation = $1::int AND r.ordinal = $2::int
  ), votes AS (
    UPDATE vote v SET ordinal = $3::int WHERE v.conversation = $1::int AND v.ordinal = $2::int
  )
  UPDATE follower f SET ordinal = $3::int WHERE f.conversation = $1::int AND f.ordinal = $2::int`,
};

type Found = readonly [person: UserId, ordinal: number, joined: number, first: number, left: number | null];
type StoredReader = ReaderStanding & { readonly ordinal: number };

type Finding = { readonly found: Map<UserId, StoredReader>; readonly lowest: number };

/** A row of SEAT_READERS. */
type Seat = StoredReader & { readonly user: UserId; readonly state: ConversationState };

/** Those whom the writes of one transaction are about, as they find them and leave them. */
export class Readers {
  readonly #asked: ReadonlySet<UserId>;
  readonly #standings: Map<UserId, StoredReader>;
  readonly #seats = new Map<UserId, Seat>();
  readonly #raised: { readonly from: number; readonly to: number }[] = [];
  #lowest: number;
  #more = 0;

  constructor(asked: Iterable<UserId>, { found, lowest }: Finding) {
    this.#asked = new Set(asked);
    this.#standings = found;
    this.#lowest = lowest;
  }

  /** The record that a write is decided on. */
  recordFor(record: ConversationRecord | null): ConversationRecord | null {
    return record && this.#standings.size > 0 ? { ...record, readers: this.#standings } : record;
  }

  /** By what number the entries of somebody are known who is no member. */
  ordinalOf(user: UserId): number | undefined {
    return this.#standings.get(user)?.ordinal;
  }

  /** @param state as of the entries of the same write */
  seat({ user, first }: ReaderChange, state: ConversationState): void {
    const before = this.#standings.get(user);
    const { head } = state;
    if (first === null && before?.left !== null) return;
    const ordinal = before?.ordinal ?? state.members.get(user)?.ordinal ?? this.#lowest - 1;
    this.#lowest = Math.min(this.#lowest, ordinal);
    const came = { ordinal, joined: head + 1, first: first ?? 1, left: null };
    const after = first === null && before ? { ...before, left: head } : came;
    this.#standings.set(user, after);
    this.#seats.set(user, { ...after, user, state });
    this.#more += Number(after.left === null) - Number(before?.left === null);
  }

  /** Whoever became a member by these entries reads no more as they did. */
  note(entries: readonly Entry[], state: ConversationState): void {
    for (const user of entries.flatMap(joinedBy)) {
      const before = this.#standings.get(user);
      const to = state.members.get(user)?.ordinal;
      if (!before || to === undefined) continue;
      this.#standings.delete(user);
      this.#seats.delete(user);
      if (before.left === null) this.#more -= 1;
      if (before.ordinal !== to) this.#raised.push({ from: before.ordinal, to });
    }
  }

  /** Looks up those who became members and whom no write was about. */
  async complete(database: Queryable, conversation: ConversationId, writes: readonly NumberedWrite[]): Promise<void> {
    const joined = new Set(writes.flatMap(({ entries }) => entries.flatMap(joinedBy)));
    const unknown = [...joined].filter((user) => !this.#asked.has(user));
    const { state } = writes.at(-1) ?? {};
    if (unknown.length === 0 || state?.kind !== 'channel') return;
    for (const [user, reader] of (await find(database, conversation, unknown)).found) this.#standings.set(user, reader);
    for (const { entries } of writes) this.note(entries, state);
  }

  /** To be sent before the entries are written. */
  writeRaised(database: Queryable, no: number): readonly Promise<unknown>[] {
    return this.#raised.map(({ from, to }) => database.query(RENUMBER_READER, [no, from, to]));
  }

  /** To be sent after the entries, where there are any. */
  writeSeats(database: Queryable, no: number, isNamed: boolean): readonly Promise<unknown>[] {
    const seats = [...this.#seats.values()];
    const counted = this.#more === 0 ? [] : [database.query(COUNT_READERS, [no, this.#more])];
    return seats.length === 0 ? counted : [...counted, database.query(SEAT_READERS, seatValues(no, seats, isNamed))];
  }
}

function joinedBy({ kind, body }: Entry): readonly UserId[] {
  return kind === 'member.joined' && Array.isArray(body.users)
    ? body.users.map((user) => toId<UserId>(String(user)))
    : [];
}

function seatValues(no: number, seats: readonly Seat[], isNamed: boolean): readonly unknown[] {
  return [
    no,
    seats.map(({ user }) => user),
    seats.map(({ ordinal }) => ordinal),
    seats.map(({ left }) => roleNumber(left === null ? 'reader' : 'none')),
    seats.map(({ joined }) => joined),
    seats.map(({ first }) => first),
    seats.map(({ left }) => left),
    seats.map(({ left, state }) => (left === null ? null : state.size)),
    seats.map(({ left, state }) => (left === null ? null : state.name)),
    seats.map(({ user, state }) => foldedOf(user, state)),
    isNamed,
  ];
}

/** As RECORD_COLUMNS has a member. */
export function foldedOf(user: UserId, { members }: ConversationState): string | null {
  const member = members.get(user);
  if (!member) return null;
  const { ordinal, role, joined, left, first = 1 } = member;
  return JSON.stringify([user, ordinal, roleNumber(role), joined, left, first]);
}

/** Of those whom these writes are about. Asked in the transaction that decides on them. */
export async function findReaders(
  database: Queryable,
  record: ConversationRecord | null,
  writes: readonly Write[],
): Promise<Readers> {
  if (record?.state.kind !== 'channel') return new Readers([], { found: new Map(), lowest: 0 });
  const people = [
    ...new Set(writes.flatMap(({ author, about }) => (about === undefined ? [author] : [author, about]))),
  ];
  return new Readers(people, await find(database, record.id, people));
}

async function find(database: Queryable, conversation: ConversationId, people: readonly UserId[]): Promise<Finding> {
  const [row] = await database.query<{ lowest: number | null; readers: readonly Found[] | null }>(FIND_READERS, [
    conversation,
    people,
  ]);
  const found = (row?.readers ?? []).map(([user, ordinal, joined, first, left]): [UserId, StoredReader] => {
    return [user, { ordinal, joined, first, left }];
  });
  return { found: new Map(found), lowest: Math.min(0, row?.lowest ?? 0) };
}

export async function readStandings(
  database: Queryable,
  conversations: readonly ConversationId[],
  user: UserId,
): Promise<ReadonlyMap<ConversationId, ReaderStanding>> {
  const ids = [...new Set(conversations)];
  const rows = await database.query<ReaderStanding & { readonly id: string }>(READ_STANDINGS, [ids, user]);
  return new Map(rows.map(({ id, ...standing }) => [toId<ConversationId>(id), standing]));
}

const BELOW_ALL = '00000000-0000-0000-0000-000000000000';

export async function listReaders(
  database: Queryable,
  { conversation, after = toId<UserId>(BELOW_ALL), limit }: ReadersQuery,
): Promise<readonly Reader[]> {
  return database.query<Reader>(LIST_READERS, [conversation, after, limit]);
}
