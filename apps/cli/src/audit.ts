// What the `kith` command does is recorded in the audit trail too: by nobody of the workspace, with the name that the machine knows
// whoever ran it by. It is recorded after the act; where that fails, the act stands and the command says so.
import { userInfo } from 'node:os';
import { toId, type WorkspaceId } from '@kith/protocol';
import { type AuditDetail, type NewAuditRecord, ofNobody } from '@kith/server/core/audit/audit-store';
import { SILENT } from '@kith/server/core/telemetry';
import { PostgresAudit } from '@kith/server/store/postgres/audit';
import { type Database, type DatabaseAddress, PooledDatabase } from '@kith/server/store/postgres/pool';
import type { Terminal } from './command.js';

/** What was done: `kith.backup`, for example, and whom or what it was done to. */
export type OperatorAct = {
  readonly act: string;
  readonly target?: string;
  readonly detail?: AuditDetail;
  /** Absent: every one that there is. */
  readonly workspace?: WorkspaceId;
};

export function operatorRecord({
  workspace,
  act,
  target,
  detail = {},
}: OperatorAct & { readonly workspace: WorkspaceId }): NewAuditRecord {
  const said = { ...detail, login: loginName() };
  return ofNobody({ workspace, at: Date.now(), act, target: target ?? null, detail: said });
}

/** Records it in the database of this build's schema; in that of an older build, which has no trail, it does nothing. */
export async function recordAct(database: Database, act: OperatorAct): Promise<void> {
  const there = `SELECT to_regclass('audit_head') IS NOT NULL AS "isThere"`;
  const [found] = await database.query<{ isThere: boolean }>({ text: there });
  if (found?.isThere !== true) return;
  const text = 'SELECT id FROM workspace WHERE $1::uuid IS NULL OR id = $1::uuid ORDER BY id LIMIT 1000';
  const workspaces = await database.query<{ id: string }>({ text }, [act.workspace ?? null]);
  const audit = new PostgresAudit(database);
  for (const { id } of workspaces) await audit.append(operatorRecord({ ...act, workspace: toId(id) }));
}

/** The same for a command that works on the database by other means than a pool. */
export async function recordActAt(
  address: DatabaseAddress,
  act: OperatorAct,
  { err }: Pick<Terminal, 'err'>,
): Promise<void> {
  const database = new PooledDatabase({ address, telemetry: SILENT, poolSize: 1 });
  try {
    await recordAct(database, act);
  } catch (error) {
    err(`the audit trail has no record of this: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await database.close();
  }
}

/** Of whoever runs the command; a number where the machine has no name for them. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
