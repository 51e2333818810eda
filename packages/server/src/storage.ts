// Storage of a node: PostgreSQL, embedded in the data directory or named by DATABASE_URL, with the log and the directory
// on it. It says when it cannot serve, comes back by itself, and is closed as a whole.
import type { Config } from './config/schema.js';
import type { BotStore } from './core/apps/bot-store.js';
import type { IncomingHookStore } from './core/apps/incoming-store.js';
import type { OutgoingHookStore } from './core/apps/outgoing-store.js';
import type { SlashStore } from './core/apps/slash-commands/slash-store.js';
import type { AuditStore } from './core/audit/audit-store.js';
import type { Clock, Random } from './core/clock.js';
import type { ConsumerStore } from './core/consumers/consumer-store.js';
import type { Directory } from './core/directory.js';
import type { DueMessages } from './core/disappearing/due-messages.js';
import type { LaterStore } from './core/later/later-store.js';
import type { ConversationLog } from './core/log.js';
import type { LookStore } from './core/look/look-store.js';
import type { RetentionStore } from './core/retention/retention-store.js';
import { Room } from './core/room.js';
import type { SearchIndex } from './core/search/search-index.js';
import type { Telemetry } from './core/telemetry.js';
import type { EmbeddedDatabase } from './embedded-database.js';
import { watchDisk } from './store/disk-watch.js';
import { GroongaSearch } from './store/groonga/search.js';
import { PostgresAudit } from './store/postgres/audit.js';
import { PostgresBots } from './store/postgres/bots.js';
import { PostgresConsumers } from './store/postgres/consumers.js';
import { PostgresDirectory } from './store/postgres/directory.js';
import { PostgresDueMessages } from './store/postgres/due-messages.js';
import type { EmbeddedPostgres } from './store/postgres/embedded/embedded-postgres.js';
import { PostgresIncomingHooks } from './store/postgres/incoming-hooks.js';
import { PostgresLater } from './store/postgres/later.js';
import { openPostgresLog } from './store/postgres/log.js';
import { PostgresLooks } from './store/postgres/looks.js';
import { migrate } from './store/postgres/migrate.js';
import { PostgresOutgoingHooks } from './store/postgres/outgoing-hooks.js';
import { type Database, type DatabaseAddress, PooledDatabase, requireUsableServer } from './store/postgres/pool.js';
import { PostgresRetention } from './store/postgres/retention.js';
import { PostgresSearch } from './store/postgres/search.js';
import { PostgresSlash } from './store/postgres/slash.js';

export type Storage = {
  /** Whose nodes belong together: the store's own identity. */
  readonly id: string;
  readonly log: ConversationLog;
  readonly directory: Directory;
  readonly bots: BotStore;
  readonly incomingHooks: IncomingHookStore;
  readonly outgoingHooks: OutgoingHookStore;
  readonly slash: SlashStore;
  readonly search: SearchIndex;
  /** By which it is known how far this index is: another one begins with nothing. */
  readonly searchName: string;
  readonly consumers: ConsumerStore;
  readonly later: LaterStore;
  readonly due: DueMessages;
  readonly retention: RetentionStore;
  readonly looks: LookStore;
  readonly audit: AuditStore;
  readonly readiness: () => { readonly ready: boolean; readonly reason: string; readonly warnings: readonly string[] };
  /** Of the disk that the data is on; of one elsewhere nothing is known. */
  readonly room: Room;
  /** Settles when storage is gone for good. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
};

type Ports = { readonly clock: Clock; readonly random: Random; readonly telemetry: Telemetry };

/**
 * @param embedded of this configuration, and closed with the rest, whether this comes to its end or not
 * @throws with a message that says what to do: the directory in use, an unreachable or too old server, a newer schema
 */
export async function openStorage(config: Config, ports: Ports, embedded: EmbeddedDatabase | null): Promise<Storage> {
  try {
    const address = embedded?.postgres.connection ?? { url: config.databaseUrl ?? '' };
    return await openOn(embedded?.postgres ?? null, { address, config, ports, places: embedded?.places ?? [] });
  } catch (error) {
    await embedded?.postgres.stop();
    throw error;
  }
}

async function openOn(
  embedded: EmbeddedPostgres | null,
  {
    address,
    config: { slowQueryMs, searchUrl, diskWarnPercent, diskRefusePercent },
    ports,
    places,
  }: {
    readonly address: DatabaseAddress;
    readonly config: Config;
    readonly ports: Ports;
    /** Where the data lies, of an embedded database. */
    readonly places: readonly string[];
  },
): Promise<Storage> {
  const { telemetry, clock } = ports;
  const database = new PooledDatabase({ address, telemetry, slowQueryMs });
  try {
    await requireUsableServer(database);
    for (const name of await migrate(database)) telemetry.info('schema migrated', { migration: name });
    const log = await openPostgresLog({ database, ...ports });
    const room = new Room({ warnBelow: diskWarnPercent / 100, refuseBelow: diskRefusePercent / 100 });
    const disk = await watchDisk({ places, room, clock, telemetry });
    const watch = watchReadiness(database, clock);
    return {
      id: log.storeId,
      log,
      directory: new PostgresDirectory(database),
      bots: new PostgresBots(database),
      incomingHooks: new PostgresIncomingHooks(database),
      outgoingHooks: new PostgresOutgoingHooks(database),
      slash: new PostgresSlash(database),
      ...(searchUrl === null
        ? { search: new PostgresSearch({ database, clock }), searchName: 'search' }
        : await openEngine(searchUrl)),
      consumers: new PostgresConsumers(database),
      later: new PostgresLater(database),
      due: new PostgresDueMessages(database),
      retention: new PostgresRetention(database),
      looks: new PostgresLooks(database),
      audit: new PostgresAudit(database),
      readiness: () => ({ ...watch.readiness(), warnings: room.warning === null ? [] : [room.warning] }),
      room,
      failed: failureOf(embedded),
      async close() {
        watch.stop();
        disk.stop();
        await log.close();
        await database.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** @throws Error that says what to do where nothing answers there */
async function openEngine(url: string): Promise<Pick<Storage, 'search' | 'searchName'>> {
  try {
    const search = await GroongaSearch.open(url);
    return { search, searchName: `search:${search.identity}` };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`SEARCH_URL: ${said}. Start Groonga there, or leave SEARCH_URL out to search in the database`);
  }
}

/** Never settles for an outside server, which comes back or whose owner sees to it, nor after an orderly stop. */
async function failureOf(embedded: EmbeddedPostgres | null): Promise<Error> {
  const exit = await embedded?.exited;
  return exit?.kind === 'failed' ? exit.error : new Promise(() => {});
}

const READINESS_MS = 1_000;

/** Asks the database every second whether it answers. */
function watchReadiness(database: Database, clock: Clock) {
  let reason = '';
  let cancel = (): void => {};
  const look = (): void => {
    database.query({ name: 'readiness', text: 'SELECT 1' }).then(
      () => {
        reason = '';
        cancel = clock.after(READINESS_MS, look);
      },
      () => {
        reason = 'the database does not answer';
        cancel = clock.after(READINESS_MS, look);
      },
    );
  };
  cancel = clock.after(READINESS_MS, look);
  return { readiness: () => ({ ready: reason === '', reason }), stop: () => cancel() };
}
