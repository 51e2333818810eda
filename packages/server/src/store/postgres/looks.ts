// How workspaces look, in the database of the log: one row of each that has set it.
import { ACCENTS, type Look, toId, type WorkspaceId } from '@kith/protocol';
import type { NewAuditRecord } from '../../core/audit/audit-store.js';
import type { LookStore } from '../../core/look/look-store.js';
import { appendAudit } from './audit.js';
import type { Database, Statement } from './pool.js';
import { storeError } from './store-error.js';

/** Served by look_pkey. */
export const READ_LOOKS: Statement = {
  name: 'read_looks',
  text: 'SELECT l.workspace, l.accent FROM look l WHERE l.workspace = ANY($1::uuid[])',
};

/** Served by look_pkey. */
export const SET_LOOK: Statement = {
  name: 'set_look',
  text: `INSERT INTO look AS l (workspace, accent) VALUES ($1::uuid, $2::text)
  ON CONFLICT ON CONSTRAINT look_pkey DO UPDATE SET accent = excluded.accent`,
};

type LookRow = { readonly workspace: string; readonly accent: string };

export class PostgresLooks implements LookStore {
  readonly #database: Pick<Database, 'query' | 'transaction'>;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
  }

  async looks(workspaces: readonly WorkspaceId[]): Promise<ReadonlyMap<WorkspaceId, Look>> {
    try {
      const rows = await this.#database.query<LookRow>(READ_LOOKS, [workspaces]);
      return new Map(rows.map(({ workspace, accent }) => [toId<WorkspaceId>(workspace), { accent: accentOf(accent) }]));
    } catch (error) {
      throw storeError(error);
    }
  }

  async setLook(workspace: WorkspaceId, { accent }: Look, audit?: NewAuditRecord): Promise<void> {
    try {
      await this.#database.transaction(async (transaction) => {
        await transaction.query(SET_LOOK, [workspace, accent]);
        if (audit !== undefined) await appendAudit(transaction, audit);
      });
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** One of a later build is shown as if none had been set. */
function accentOf(text: string): Look['accent'] {
  return ACCENTS.find((one) => one === text) ?? ACCENTS[0];
}
