// The audit trail in PostgreSQL. A record is appended by one statement, alone or within the transaction of what it records; the
// database itself refuses that one is changed or removed (migration 0034).
import { toId, type WorkspaceId } from '@kith/protocol';
import {
  type AuditDetail,
  type AuditHead,
  type AuditQuery,
  type AuditStore,
  auditContent,
  type KeptAuditRecord,
  type NewAuditRecord,
} from '../../core/audit/audit-store.js';
import { AUDIT_SQL } from './audit-sql.js';
import type { Database, Queryable } from './pool.js';
import { storeError } from './store-error.js';

type RecordRow = Omit<KeptAuditRecord, 'workspace' | 'detail'> & {
  readonly workspace: string;
  readonly detail: string;
};
type HeadRow = Omit<AuditHead, 'baseHash'> & { readonly base_hash: string };

/** Within a transaction: the record is there if and only if what else happens in it. @returns its number */
export async function appendAudit(database: Queryable, record: NewAuditRecord): Promise<number> {
  const { workspace, at, act, outcome, actor, session, target, conversation, address, request, trace, detail } = record;
  const [row] = await database.query<{ number: number }>(named('append'), [
    ...[workspace, at, act, outcome, actor, session, target, conversation, address, request, trace],
    ...[JSON.stringify(detail), auditContent(record)],
  ]);
  if (row === undefined) throw new Error('a record was appended, and has no number');
  return row.number;
}

export class PostgresAudit implements AuditStore {
  readonly #database: Pick<Database, 'query' | 'transaction'>;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
  }

  async append(record: NewAuditRecord): Promise<number> {
    try {
      return await appendAudit(this.#database, record);
    } catch (error) {
      throw storeError(error);
    }
  }

  async page(query: AuditQuery): Promise<readonly KeptAuditRecord[]> {
    const { workspace, actor, target, act, since, until, before, limit } = query;
    const values = [workspace, actor, target, act, since, until, before, limit];
    return (await this.#query<RecordRow>(ledBy(query), values)).map(parseRecord);
  }

  async chain(
    workspace: WorkspaceId,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<readonly KeptAuditRecord[]> {
    return (await this.#query<RecordRow>('chain', [workspace, after, limit])).map(parseRecord);
  }

  async head(workspace: WorkspaceId): Promise<AuditHead | null> {
    const [row] = await this.#query<HeadRow>('head', [workspace]);
    if (row === undefined) return null;
    const { number, hash, base, base_hash: baseHash } = row;
    return { number, hash, base, baseHash };
  }

  async workspaces(): Promise<readonly WorkspaceId[]> {
    return (await this.#query<{ workspace: string }>('workspaces', [])).map(({ workspace }) => toId(workspace));
  }

  async prune(
    workspace: WorkspaceId,
    { before, limit }: { readonly before: number; readonly limit: number },
  ): Promise<number> {
    try {
      const [, removed] = await this.#database.transaction((transaction) =>
        Promise.all([
          transaction.query(named('forget'), [workspace, before, limit]),
          transaction.query(named('remove'), [workspace]),
        ]),
      );
      return removed.length;
    } catch (error) {
      throw storeError(error);
    }
  }

  async #query<Row extends object>(
    statement: keyof typeof AUDIT_SQL,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(named(statement), values);
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** Through the index of what leaves the fewest: what was done to one, then by one, then of one kind. */
function ledBy({ target, actor, act }: AuditQuery): keyof typeof AUDIT_SQL {
  if (target !== null) return 'pageOfTarget';
  if (actor !== null) return 'pageOfActor';
  return act === null ? 'page' : 'pageOfAct';
}

function named(statement: keyof typeof AUDIT_SQL) {
  return { name: `audit.${statement}`, text: AUDIT_SQL[statement] };
}

function parseRecord({ workspace, detail, ...row }: RecordRow): KeptAuditRecord {
  return { ...row, workspace: toId(workspace), detail: JSON.parse(detail) as AuditDetail };
}
