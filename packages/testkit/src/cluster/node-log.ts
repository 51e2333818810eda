// The log of one node of a cluster: the one in memory, or the shipped one on the model of its database. What all nodes share
// lies below it.
import type { Random } from '@kith/server/core/clock';
import type { ConversationLog } from '@kith/server/core/log';
import type { Telemetry } from '@kith/server/core/telemetry';
import { MemoryLog } from '@kith/server/store/memory/log';
import type { MemoryStore } from '@kith/server/store/memory/store';
import { openPostgresLog } from '@kith/server/store/postgres/log';
import type { DatabaseModel } from '../database-model/database-model.js';
import type { ModelledDatabase } from '../database-model/modelled-database.js';
import type { Gate } from '../gate.js';

export type NodeLog = {
  readonly log: ConversationLog;
  /** The node's way to the database; null where there is none. */
  readonly database: ModelledDatabase | null;
  /** Ends it properly. */
  readonly close: () => Promise<void>;
};

/** @param delay what a call takes on its way there, and back */
export function memoryLogOf(store: MemoryStore, gate: Gate, delay: () => Promise<void>): NodeLog {
  const log = new MemoryLog({ store, clock: gate.clock, delay });
  return { log, database: null, close: () => Promise.resolve() };
}

export type ModelledParts = { readonly gate: Gate; readonly random: Random; readonly telemetry: Telemetry };

/** @throws DatabaseError, or the driver's error, where the database can't be used now */
export async function modelledLogOf(model: DatabaseModel, { gate, ...parts }: ModelledParts): Promise<NodeLog> {
  const database = model.databaseOf({ gate });
  const log = await openPostgresLog({ ...parts, database, clock: gate.clock });
  const close = async () => {
    await log.close();
    await database.close();
  };
  return { log, database, close };
}
