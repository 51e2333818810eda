// The server's core in the command's own process, on the server's storage and without an edge: for what writes a great deal by the
// rules that hold for everyone. Its clock tells what time it is told; what waits, waits in real time.

import { MemoryHub } from '@kith/server/bus/memory';
import type { Config } from '@kith/server/config/schema';
import { ChatCore } from '@kith/server/core/chat-core';
import type { Cancel, Clock, Random } from '@kith/server/core/clock';
import { SILENT, type Telemetry } from '@kith/server/core/telemetry';
import { NODE_SECRETS } from '@kith/server/edge/secrets';
import { SystemRandom, systemClock } from '@kith/server/edge/system-clock';
import { PostgresDirectory } from '@kith/server/store/postgres/directory';
import { PostgresDueMessages } from '@kith/server/store/postgres/due-messages';
import { PostgresLater } from '@kith/server/store/postgres/later';
import { openPostgresLog, type PostgresLog } from '@kith/server/store/postgres/log';
import { migrate } from '@kith/server/store/postgres/migrate';
import { type Database, PooledDatabase, requireUsableServer } from '@kith/server/store/postgres/pool';
import { PostgresRetention } from '@kith/server/store/postgres/retention';
import { PostgresSearch } from '@kith/server/store/postgres/search';
import { PostgresSlash } from '@kith/server/store/postgres/slash';
import { requireUnservedAt } from '@kith/server/store/postgres/transfer/unserved';
import { Refusal } from './command.js';
import { reachDatabase } from './database.js';

/** Tells what it is set to; its waits are real. */
export class SetClock implements Clock {
  readonly #real = systemClock(SILENT);
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  set(now: number): void {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#real.monotonic();
  }

  after(delayMs: number, task: () => void): Cancel {
    return this.#real.after(delayMs, task);
  }
}

export type InProcess = {
  readonly database: Database;
  readonly log: PostgresLog;
  readonly directory: PostgresDirectory;
  readonly chat: ChatCore;
};

export type Wanted = {
  readonly config: Pick<Config, 'databaseUrl' | 'dataDir'>;
  readonly clock: Clock;
  /** What ids are made of. */
  readonly random: Random;
  readonly telemetry?: Telemetry;
};

/**
 * A data directory without a database gets one, and the schema is brought up to date.
 * @throws Refusal, TransferError where a server uses the database
 */
export async function withCore<T>(
  { config, clock, random, telemetry = SILENT }: Wanted,
  work: (core: InProcess) => Promise<T>,
): Promise<T> {
  const reached = await reachDatabase({ ...config, mayMake: true });
  try {
    if (reached.kind === 'served') throw new Refusal('a server uses this database: stop it first');
    await requireUnservedAt(reached.address);
    const database = new PooledDatabase({ address: reached.address, telemetry });
    try {
      await requireUsableServer(database);
      await migrate(database);
      const log = await openPostgresLog({ database, clock, random: new SystemRandom(), telemetry });
      const directory = new PostgresDirectory(database);
      const chat = new ChatCore({
        ...{ log, directory, clock, random, telemetry, bus: new MemoryHub().node(), secrets: NODE_SECRETS },
        search: new PostgresSearch({ database, clock }),
        later: new PostgresLater(database),
        due: new PostgresDueMessages(database),
        retention: new PostgresRetention(database),
        slash: new PostgresSlash(database),
        node: `kith-command-${process.pid}`,
      });
      try {
        return await work({ database, log, directory, chat });
      } finally {
        // What is on its way is written by that.
        await chat.stop();
        await log.close();
      }
    } finally {
      await database.close();
    }
  } finally {
    await reached.close();
  }
}
