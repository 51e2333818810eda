// The log in PostgreSQL keeps the contract of the log, on every PostgreSQL that this machine can run.

import { SILENT } from '@kith/server/core/telemetry';
import { SystemRandom, systemClock } from '@kith/server/edge/system-clock';
import { openPostgresLog, type PostgresLog } from '@kith/server/store/postgres/log';
import { migrate } from '@kith/server/store/postgres/migrate';
import { Database } from '@kith/server/store/postgres/pool';
import { logContract } from '@kith/testkit/contracts/log';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, describe } from 'vitest';

const clock = systemClock(SILENT);
const random = new SystemRandom();

for (const kind of availableServers()) {
  describe(`with the ${kind} PostgreSQL`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());

    logContract('PostgresLog', async () => {
      const url = await server.createDatabase();
      const opened: { log: PostgresLog; database: Database }[] = [];
      const open = async () => {
        const database = new Database({ address: { url }, telemetry: SILENT });
        await migrate(database);
        const log = await openPostgresLog({ database, clock, random, telemetry: SILENT });
        opened.push({ log, database });
        return log;
      };
      const close = async () => {
        for (const { log, database } of opened.splice(0)) {
          await log.close();
          await database.close();
        }
      };
      return { log: await open(), another: open, reopen: () => close().then(open), close };
    });
  });
}
