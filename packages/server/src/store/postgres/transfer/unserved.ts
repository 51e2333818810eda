// A database is brought or taken out whole while no server uses it.
import { MaintenanceConnection } from '../backup/maintenance-connection.js';
import { isServed } from '../backup/served.js';
import type { DatabaseAddress } from '../pool.js';
import { TransferError } from './transfer-error.js';

/** @throws TransferError */
export async function requireUnserved(connection: MaintenanceConnection): Promise<void> {
  if (await isServed(connection)) throw new TransferError('a server uses this database: stop all nodes first');
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
