// Whether a server uses a database, for commands that want it for themselves. Asked on a connection for maintenance, which is told from
// a server's by its name. One that was closed a moment ago may still be seen: so it is looked for some time before it is refused.
import { setTimeout as delay } from 'node:timers/promises';
import { MaintenanceConnection } from '../backup/maintenance-connection.js';
import type { DatabaseAddress } from '../pool.js';
import { TransferError } from './transfer-error.js';

const LOOKS = 8;
const LOOK_MS = 250;

/** @throws TransferError */
export async function requireUnserved(connection: MaintenanceConnection): Promise<void> {
  const text = `SELECT count(*)::int AS servers FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'kith'`;
  for (let look = 1; ; look += 1) {
    const [users] = await connection.query<{ servers: number }>({ text });
    if ((users?.servers ?? 0) === 0) return;
    if (look === LOOKS) throw new TransferError('a server uses this database: stop all nodes first');
    await delay(LOOK_MS);
  }
}

/** The same on a connection of its own. @throws TransferError */
export async function requireUnservedAt(address: DatabaseAddress): Promise<void> {
  const connection = await MaintenanceConnection.open(address);
  try {
    await requireUnserved(connection);
  } finally {
    await connection.close();
  }
}
