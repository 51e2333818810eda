// What is to be done later, in the database of the log: a restore brings back both together.
import { createHash } from 'node:crypto';
import { type ConversationId, type Key, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import {
  type LaterBounds,
  type LaterChange,
  type LaterItem,
  type LaterOutcome,
  type LaterPlace,
  type LaterState,
  type LaterStore,
  type LaterWish,
  NEVER,
  type NewLaterItem,
} from '../../core/later/later-store.js';
import type { Author } from '../../core/principal.js';
import {
  ADD_LATER,
  CHANGE_LATER,
  CLAIM_LATER,
  FIND_LATER,
  FORGET_LATER,
  LATER_TOLD,
  LIST_LATER,
  LOCK_LATER_OF_PERSON,
  MAKE_ROOM_FOR_LATER,
  SETTLE_LATER,
} from './later-sql.js';
import type { Database, Statement } from './pool.js';
import { storeError } from './store-error.js';

/** By their numbers. */
const STATES: readonly LaterState[] = ['waiting', 'sending', 'refused', 'sent', 'cancelled'];
const KINDS = { message: 1, reminder: 2 } as const;

type Row = {
  readonly workspace: string;
  readonly person: string;
  readonly key: string;
  readonly conversation: string;
  readonly at: number;
  readonly due: number;
  readonly kind: number;
  readonly state: number;
  readonly is_told: boolean;
  readonly version: number;
  readonly attempts: number;
  readonly body: string;
  readonly refused: string | null;
  readonly digest: Buffer;
};

export class PostgresLater implements LaterStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(item: NewLaterItem, { most, mostOfAll }: LaterBounds): ReturnType<LaterStore['add']> {
    const { workspace, user, key, conversation, at, due, wish, content } = item;
    const digest = digestOf(content);
    const known = await this.#one(FIND_LATER, [workspace, user, key]);
    if (known) return { item: parseRow(known), isNew: false, isSame: isSame(known, digest) };
    const isNew = await this.#inTurn(async (query) => {
      const values = [workspace, user, key, conversation, at, due, KINDS[wish.kind], digest, bodyOf(wish), most];
      const [, , added] = await Promise.all([
        query(LOCK_LATER_OF_PERSON, [user]),
        query(MAKE_ROOM_FOR_LATER, [workspace, user, mostOfAll - 1]),
        query(ADD_LATER, values),
      ]);
      return added.length > 0;
    });
    // Not in the same statement: it would not see the row of another node that it waited for.
    const row = await this.#one(FIND_LATER, [workspace, user, key]);
    return row ? { item: parseRow(row), isNew, isSame: isNew || isSame(row, digest) } : 'too_many';
  }

  async find({ workspace, user, key }: LaterPlace): Promise<LaterItem | null> {
    const row = await this.#one(FIND_LATER, [workspace, user, key]);
    return row ? parseRow(row) : null;
  }

  async list({ workspace, user }: Author): Promise<readonly LaterItem[]> {
    return (await this.#query(LIST_LATER, [workspace, user])).map(parseRow);
  }

  async change(was: LaterItem, change: LaterChange & { readonly due: number }): Promise<LaterItem | null> {
    if (was.wish === null) return null;
    const { workspace, user, key } = was;
    const { at, wish, due } = change;
    const row = await this.#one(CHANGE_LATER, [workspace, user, key, was.at, bodyOf(was.wish), at, bodyOf(wish), due]);
    return row ? parseRow(row) : null;
  }

  async settle(place: LaterPlace, { from, to, refused = null, due }: LaterOutcome): Promise<LaterItem | null> {
    const { workspace, user, key } = place;
    const states = from.map((state) => STATES.indexOf(state));
    const row = await this.#one(SETTLE_LATER, [workspace, user, key, states, STATES.indexOf(to), refused, due]);
    return row ? parseRow(row) : null;
  }

  async told({ workspace, user, key, version }: LaterItem, forgetAt: number): Promise<void> {
    await this.#query(LATER_TOLD, [workspace, user, key, version, NEVER, forgetAt]);
  }

  async claim({ nowMs, leaseMs, limit }: Parameters<LaterStore['claim']>[0]): Promise<readonly LaterItem[]> {
    return (await this.#query(CLAIM_LATER, [nowMs, nowMs + leaseMs, limit])).map(parseRow);
  }

  async forget({ workspace, user, key }: LaterPlace): Promise<void> {
    await this.#query(FORGET_LATER, [workspace, user, key]);
  }

  async #one(statement: Statement, values: readonly unknown[]): Promise<Row | undefined> {
    return (await this.#query(statement, values))[0];
  }

  /** @throws unavailable where the database can't be reached */
  async #query(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(statement, values);
    } catch (error) {
      throw storeError(error);
    }
  }

  async #inTurn<T>(
    work: (query: (statement: Statement, values: readonly unknown[]) => Promise<readonly object[]>) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#database.transaction((transaction) =>
        work((statement, values) => transaction.query(statement, values)),
      );
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** While the text itself stands beside it, a plain digest tells nobody more. */
function digestOf(content: string): Buffer {
  return createHash('sha256').update(content).digest();
}

function isSame({ digest }: Row, wanted: Buffer): boolean {
  return digest.length === 0 || digest.equals(wanted);
}

function bodyOf({ body }: LaterWish): string {
  return JSON.stringify(body);
}

function parseRow(row: Row): LaterItem {
  const { at, attempts, version, refused } = row;
  return {
    workspace: toId<WorkspaceId>(row.workspace),
    user: toId<UserId>(row.person),
    key: toId<Key>(row.key),
    conversation: toId<ConversationId>(row.conversation),
    at,
    wish: row.body === '' ? null : parseWish(row),
    state: STATES[row.state] ?? 'cancelled',
    refused,
    attempts,
    version,
    isTold: row.is_told,
  };
}

/** It was written by this same code: its shape is known by its kind. */
function parseWish({ kind, body }: Row): LaterWish {
  const name = kind === KINDS.reminder ? 'reminder' : 'message';
  return { kind: name, body: JSON.parse(body) } as LaterWish;
}
