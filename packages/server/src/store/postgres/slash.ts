// Slash commands and what was asked by them in PostgreSQL.
import { type Key, toId, type WorkspaceId } from '@kith/protocol';
import type {
  Attempt,
  CommandRecord,
  InvocationPlace,
  InvocationRecord,
  NewInvocation,
  SlashStore,
} from '../../core/apps/slash-commands/slash-store.js';
import type { Database, Queryable } from './pool.js';
import { SLASH_SQL, type SlashStatement } from './slash-sql.js';
import { storeError } from './store-error.js';

type CommandRow = {
  readonly workspace: string;
  readonly bot: string;
  readonly name: string;
  readonly hint: string;
  readonly description: string;
  readonly everywhere: boolean;
  readonly created_at: number;
};
type InvocationRow = {
  readonly workspace: string;
  readonly id: string;
  readonly bot: string;
  readonly command: string;
  readonly conversation: string;
  readonly person: string;
  readonly key: string;
  readonly body: string;
  readonly at: number;
  readonly expires_at: number;
  readonly secret: Uint8Array;
  readonly taken_at: number | null;
  readonly dead_at: number | null;
  readonly answers: readonly string[];
  readonly attempts: number;
  readonly due_at: number | null;
  readonly hook: string | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
};
type AnswersRow = { readonly answers: readonly string[]; readonly expires_at: number };

export class PostgresSlash implements SlashStore {
  readonly #database: Pick<Database, 'query' | 'transaction'>;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
  }

  async setCommand(command: CommandRecord, most: number): Promise<'set' | 'taken' | 'too_many' | 'no_bot'> {
    const { workspace, bot, name, hint, description, everywhere, createdAt } = command;
    const [, , set] = await this.#together((query) => [
      query('lockWorkspace', [workspace]),
      query('freeName', [workspace, name]),
      query('setCommand', [workspace, bot, name, hint, description, everywhere, createdAt, most]),
    ]);
    if (set !== undefined && set.length > 0) return 'set';
    if ((await this.#query('botInService', [workspace, bot])).length === 0) return 'no_bot';
    return (await this.command(workspace, name)) === null ? 'too_many' : 'taken';
  }

  async removeCommand({ workspace, bot, name }: Pick<CommandRecord, 'workspace' | 'bot' | 'name'>): Promise<boolean> {
    return (await this.#query('removeCommand', [workspace, name, bot])).length > 0;
  }

  async commands(workspace: WorkspaceId): Promise<readonly CommandRecord[]> {
    return (await this.#query<CommandRow>('commands', [workspace])).map(parseCommand);
  }

  async command(workspace: WorkspaceId, name: string): Promise<CommandRecord | null> {
    const [row] = await this.#query<CommandRow>('command', [workspace, name]);
    return row === undefined ? null : parseCommand(row);
  }

  async invoke(invocation: NewInvocation, most: number): ReturnType<SlashStore['invoke']> {
    const { workspace, id, bot, command, conversation, user, key, text, at, expiresAt, secret } = invocation;
    const said = [command, conversation, user, key, text, at, expiresAt, Buffer.from(secret)];
    const [, added] = await this.#together((query) => [
      query('lockBot', [workspace, bot]),
      query('invoke', [workspace, id, bot, ...said, most]),
    ]);
    // Not in the same statement: it would not see the row of another node that it waited for.
    const row = await this.invoked(invocation);
    return row === null ? 'too_many' : { invocation: row, isNew: added !== undefined && added.length > 0 };
  }

  async invoked({
    workspace,
    conversation,
    user,
    key,
  }: Pick<NewInvocation, 'workspace' | 'conversation' | 'user' | 'key'>): Promise<InvocationRecord | null> {
    const [row] = await this.#query<InvocationRow>('invoked', [workspace, conversation, user, key]);
    return row === undefined ? null : parseInvocation(row);
  }

  async invocation({ workspace, id }: InvocationPlace): Promise<InvocationRecord | null> {
    const [row] = await this.#query<InvocationRow>('invocation', [workspace, id]);
    return row === undefined ? null : parseInvocation(row);
  }

  async waiting(
    { workspace, bot }: Pick<NewInvocation, 'workspace' | 'bot'>,
    at: number,
    limit: number,
  ): Promise<readonly InvocationRecord[]> {
    return (await this.#query<InvocationRow>('waiting', [workspace, bot, at, limit])).map(parseInvocation);
  }

  async take({ workspace, id }: InvocationPlace, at: number): Promise<void> {
    await this.#query('take', [workspace, id, at]);
  }

  async answer(
    { workspace, id }: InvocationPlace,
    { key, at, most }: { readonly key: Key; readonly at: number; readonly most: number },
  ): ReturnType<SlashStore['answer']> {
    const [counted] = await this.#query<AnswersRow>('answer', [workspace, id, key, at, most]);
    if (counted !== undefined) return { result: 'counted', left: most - counted.answers.length };
    const [row] = await this.#query<AnswersRow>('answered', [workspace, id]);
    const left = most - (row?.answers.length ?? 0);
    if (row?.answers.includes(key)) return { result: 'known', left };
    return { result: row === undefined || at >= row.expires_at ? 'over' : 'too_many', left };
  }

  async claim(at: number, until: number, limit: number): Promise<readonly InvocationRecord[]> {
    return (await this.#query<InvocationRow>('claim', [at, until, limit])).map(parseInvocation);
  }

  async attempted(
    { workspace, id, dueAt }: InvocationRecord,
    { at, next, hook, status, error }: Attempt,
  ): Promise<void> {
    const times = [typeof next === 'number' ? next : null, next === 'dead' ? at : null];
    await this.#query('attempted', [workspace, id, dueAt, ...times, hook, status, error, next === 'over']);
  }

  async stuck(
    workspace: WorkspaceId,
    { state, limit }: { readonly state: 'dead' | 'waiting' | null; readonly limit: number },
  ): Promise<readonly InvocationRecord[]> {
    return (await this.#query<InvocationRow>('stuck', [workspace, state, limit])).map(parseInvocation);
  }

  async revive({ workspace, id }: InvocationPlace, at: number, expiresAt: number): Promise<boolean> {
    return (await this.#query('revive', [workspace, id, at, expiresAt])).length > 0;
  }

  async forget(before: number): Promise<number> {
    return (await this.#query('forget', [before])).length;
  }

  async #query<Row extends object>(statement: SlashStatement, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(named(statement), values);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Several statements in one transaction, in their order. */
  async #together(
    work: (
      query: (statement: SlashStatement, values: readonly unknown[]) => Promise<readonly object[]>,
    ) => readonly Promise<readonly object[]>[],
  ): Promise<readonly (readonly object[])[]> {
    try {
      return await this.#database.transaction((transaction: Queryable) =>
        Promise.all(work((statement, values) => transaction.query(named(statement), values))),
      );
    } catch (error) {
      throw storeError(error);
    }
  }
}

function named(statement: SlashStatement) {
  return { name: `slash.${statement}`, text: SLASH_SQL[statement] };
}

function parseCommand(row: CommandRow): CommandRecord {
  const { name, hint, description, everywhere, created_at: createdAt } = row;
  return { workspace: toId(row.workspace), bot: toId(row.bot), name, hint, description, everywhere, createdAt };
}

function parseInvocation(row: InvocationRow): InvocationRecord {
  const { command, body: text, at, expires_at: expiresAt, secret, attempts } = row;
  return {
    workspace: toId(row.workspace),
    id: toId(row.id),
    bot: toId(row.bot),
    command,
    conversation: toId(row.conversation),
    user: toId(row.person),
    key: toId(row.key),
    text,
    at,
    expiresAt,
    secret,
    takenAt: row.taken_at,
    deadAt: row.dead_at,
    answers: row.answers.map((key) => toId<Key>(key)),
    attempts,
    dueAt: row.due_at,
    hook: row.hook === null ? null : toId(row.hook),
    lastStatus: row.last_status,
    lastError: row.last_error,
  };
}
