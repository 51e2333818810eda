// Bots and their tokens in PostgreSQL, in the tables of the directory. What has a limit is written one after the other within
// a workspace, on whatever node: each counts what those before it wrote.
import { SCOPES, type SessionId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { BotRecord, BotStore, EndedToken, NewBot, NewToken, TokenRecord } from '../../core/apps/bot-store.js';
import { BOT_SQL, type BotStatement } from './bots-sql.js';
import { parseUser, type UserRow } from './directory-rows.js';
import type { Database } from './pool.js';
import { isTaken, storeError } from './store-error.js';

const REMEMBER_REVOKED_MS = 24 * 60 * 60_000;

type BotRow = UserRow & { readonly created_at: number; readonly retired_at: number | null };
type TokenRow = {
  readonly workspace: string;
  readonly account: string;
  readonly id: string;
  readonly device: string | null;
  readonly scopes: readonly string[] | null;
  readonly created_at: number;
  readonly last_used_at: number;
  readonly expires_at: number | null;
  readonly is_revoked: boolean;
  readonly digest: string;
};

export class PostgresBots implements BotStore {
  readonly #database: Pick<Database, 'query' | 'transaction'>;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
  }

  async createBot(bot: NewBot, most: number): Promise<'created' | 'username_taken' | 'too_many'> {
    const { workspace, id, username, usernameKey, name, avatar, terms, at } = bot;
    const values = [
      ...[workspace, id, username, usernameKey, name, avatar ?? null, at],
      ...[terms.map(({ text }) => text), terms.map(({ isWhole }) => isWhole), most],
    ];
    try {
      const rows = await this.#inTurn(workspace, 'createBot', values);
      return rows.length > 0 ? 'created' : 'too_many';
    } catch (error) {
      if (isTaken(error, 'account_username')) return 'username_taken';
      throw error;
    }
  }

  async bot(workspace: WorkspaceId, bot: UserId): Promise<BotRecord | null> {
    const [row] = await this.#query<BotRow>('bot', [workspace, bot]);
    return row === undefined ? null : parseBot(row);
  }

  async bots(workspace: WorkspaceId): Promise<readonly BotRecord[]> {
    return (await this.#query<BotRow>('bots', [workspace])).map(parseBot);
  }

  async retireBot(workspace: WorkspaceId, bot: UserId, at: number): Promise<readonly SessionId[] | null> {
    const [row] = await this.#inTurn<{ ended: readonly string[] }>(workspace, 'retireBot', [workspace, bot, at]);
    return row === undefined ? null : row.ended.map((id) => toId<SessionId>(id));
  }

  async addToken(token: NewToken, most: number): Promise<'added' | 'too_many' | 'no_bot'> {
    const { workspace, bot, id, name, scopes, digest, familyDigest, at, expiresAt } = token;
    const rows = await this.#inTurn(workspace, 'addToken', [
      ...[workspace, bot, id, name, bytes(familyDigest), bytes(digest), at, scopes, expiresAt],
      ...[most, at - REMEMBER_REVOKED_MS],
    ]);
    if (rows.length > 0) return 'added';
    const record = await this.bot(workspace, bot);
    return record === null || record.retiredAt !== null ? 'no_bot' : 'too_many';
  }

  async token(workspace: WorkspaceId, token: SessionId): Promise<TokenRecord | null> {
    const [row] = await this.#query<TokenRow>('token', [workspace, token]);
    return row === undefined ? null : parseToken(row);
  }

  async tokens(workspace: WorkspaceId, bot: UserId): Promise<readonly TokenRecord[]> {
    return (await this.#query<TokenRow>('tokens', [workspace, bot])).map(parseToken);
  }

  async endExpired(at: number): Promise<readonly EndedToken[]> {
    const rows = await this.#query<Pick<TokenRow, 'workspace' | 'account' | 'id'>>('endExpired', [at]);
    return rows.map((row) => ({ workspace: toId(row.workspace), user: toId(row.account), session: toId(row.id) }));
  }

  async #query<Row extends object>(statement: BotStatement, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(named(statement), values);
    } catch (error) {
      throw storeError(error);
    }
  }

  async #inTurn<Row extends object>(
    workspace: WorkspaceId,
    statement: BotStatement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    try {
      const [, rows] = await this.#database.transaction((transaction) =>
        Promise.all([
          transaction.query(named('lockWorkspace'), [workspace]),
          transaction.query<Row>(named(statement), values),
        ]),
      );
      return rows;
    } catch (error) {
      throw storeError(error);
    }
  }
}

function named(statement: BotStatement) {
  return { name: `bots.${statement}`, text: BOT_SQL[statement] };
}

function parseBot(row: BotRow): BotRecord {
  return { user: parseUser(row), createdAt: row.created_at, retiredAt: row.retired_at };
}

function parseToken(row: TokenRow): TokenRecord {
  const { device, scopes, digest, created_at: createdAt, last_used_at: lastUsedAt, expires_at: expiresAt } = row;
  return {
    workspace: toId(row.workspace),
    bot: toId(row.account),
    id: toId(row.id),
    name: device ?? '',
    scopes: SCOPES.filter((scope) => scopes?.includes(scope) ?? true),
    digest,
    createdAt,
    lastUsedAt: lastUsedAt === 0 ? null : lastUsedAt,
    expiresAt,
    isRevoked: row.is_revoked,
  };
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
