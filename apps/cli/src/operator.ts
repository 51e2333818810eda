// The operator's hands on one workspace: put on the database for as long as a command lasts.

import { makeId, type WorkspaceId } from '@kith/protocol';
import type { Config } from '@kith/server/config/schema';
import { Operator } from '@kith/server/core/accounts/operator';
import type { Workspace } from '@kith/server/core/directory';
import { SILENT } from '@kith/server/core/telemetry';
import { Argon2Hasher } from '@kith/server/edge/password-hasher';
import { SystemRandom, systemClock } from '@kith/server/edge/system-clock';
import { PostgresAudit } from '@kith/server/store/postgres/audit';
import { PostgresDirectory } from '@kith/server/store/postgres/directory';
import { PostgresOperatorStore } from '@kith/server/store/postgres/operator';
import { operatorRecord } from './audit.js';
import { withDatabase } from './database.js';
import { DEFAULT_WORKSPACE, workspaceNamed } from './workspace-named.js';

export type Asked = {
  readonly config: Config;
  /** Its name; undefined for the one that every server has. */
  readonly workspace: string | undefined;
  /** Whether a data directory without a database gets one. */
  readonly mayMake?: boolean;
};

/** @throws Refusal where there is no such workspace */
export function withOperator<T>(
  { config, workspace: name = DEFAULT_WORKSPACE, mayMake = false }: Asked,
  work: (operator: Operator, workspace: Workspace) => Promise<T>,
): Promise<T> {
  return withDatabase({ ...config, mayMake }, async (database) => {
    const [clock, random] = [systemClock(SILENT), new SystemRandom()];
    const directory = new PostgresDirectory(database);
    const at = clock.now();
    const workspace =
      name === DEFAULT_WORKSPACE
        ? await directory.openWorkspace({ id: makeId<WorkspaceId>(at, random.bytes(10)), name, at })
        : await workspaceNamed(database, name);
    const store = new PostgresOperatorStore(database);
    const hasher = new Argon2Hasher({ cores: 1 });
    const recorded = { audit: new PostgresAudit(database), recordOf: operatorRecord };
    return await work(new Operator({ directory, store, hasher, clock, random, ...recorded }, workspace), workspace);
  });
}
