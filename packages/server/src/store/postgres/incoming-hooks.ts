// Incoming webhooks in PostgreSQL.
import { type HookId, toId, type WorkspaceId } from '@kith/protocol';
import type { IncomingHookRecord, IncomingHookStore } from '../../core/apps/incoming-store.js';
import { INCOMING_HOOK_SQL, type IncomingHookStatement } from './incoming-hooks-sql.js';
import type { Database } from './pool.js';
import { storeError } from './store-error.js';

type HookRow = {
  readonly workspace: string;
  readonly id: string;
  readonly bot: string;
  readonly conversation: string;
  readonly name: string;
  readonly digest: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
};

export class PostgresIncomingHooks implements IncomingHookStore {
  readonly #database: Pick<Database, 'query' | 'transaction'>;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
  }

  async addIncomingHook(
    hook: Omit<IncomingHookRecord, 'lastUsedAt'>,
    most: number,
  ): Promise<'added' | 'too_many' | 'no_bot'> {
    const { workspace, id, bot, conversation, name, digest, createdAt } = hook;
    const values = [workspace, id, bot, conversation, name, Buffer.from(digest, 'hex'), createdAt, most];
    const added = await this.#inTurn(workspace, values);
    if (added.length > 0) return 'added';
    return (await this.#query('botInService', [workspace, bot])).length > 0 ? 'too_many' : 'no_bot';
  }

  async incomingHook(workspace: WorkspaceId, hook: HookId): Promise<IncomingHookRecord | null> {
    const [row] = await this.#query<HookRow>('incomingHook', [workspace, hook]);
    return row === undefined ? null : parseHook(row);
  }

  async incomingHooks(workspace: WorkspaceId): Promise<readonly IncomingHookRecord[]> {
    return (await this.#query<HookRow>('incomingHooks', [workspace])).map(parseHook);
  }

  async useIncomingHook(workspace: WorkspaceId, hook: HookId, at: number): Promise<void> {
    await this.#query('useIncomingHook', [workspace, hook, at]);
  }

  async removeIncomingHook(workspace: WorkspaceId, hook: HookId): Promise<boolean> {
    return (await this.#query('removeIncomingHook', [workspace, hook])).length > 0;
  }

  async #query<Row extends object>(
    statement: IncomingHookStatement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(named(statement), values);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** One after the other within a workspace, on whatever node: each counts what those before it wrote. */
  async #inTurn(workspace: WorkspaceId, values: readonly unknown[]): Promise<readonly object[]> {
    try {
      const [, rows] = await this.#database.transaction((transaction) =>
        Promise.all([
          transaction.query(named('lockWorkspace'), [workspace]),
          transaction.query(named('addIncomingHook'), values),
        ]),
      );
      return rows;
    } catch (error) {
      throw storeError(error);
    }
  }
}

function named(statement: IncomingHookStatement) {
  return { name: `incomingHooks.${statement}`, text: INCOMING_HOOK_SQL[statement] };
}

function parseHook(row: HookRow): IncomingHookRecord {
  const { name, digest, created_at: createdAt, last_used_at: lastUsedAt } = row;
  const ids = { workspace: toId<WorkspaceId>(row.workspace), id: toId<HookId>(row.id) };
  return { ...ids, bot: toId(row.bot), conversation: toId(row.conversation), name, digest, createdAt, lastUsedAt };
}
