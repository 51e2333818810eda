// The contract of the index of messages, and of the consumers' store, on every PostgreSQL that this machine can run: the
// embedded one, and an outside one with no extension.
import { SILENT } from '@kith/server/core/telemetry';
import { SystemRandom, systemClock } from '@kith/server/edge/system-clock';
import { PostgresConsumers } from '@kith/server/store/postgres/consumers';
import { openPostgresLog } from '@kith/server/store/postgres/log';
import { migrate } from '@kith/server/store/postgres/migrate';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import { PostgresSearch } from '@kith/server/store/postgres/search';
import { afterAll, beforeAll, describe } from 'vitest';
import { searchContract } from '../src/contracts/search.js';
import { serversToTest, startPostgres, type TestServer } from '../src/postgres-server.js';

for (const kind of serversToTest()) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());

    searchContract('PostgresSearch', async () => {
      const address = { url: await server.createDatabase() };
      const databases = [0, 1].map(() => new PooledDatabase({ address, telemetry: SILENT }));
      const [database, another] = databases;
      if (!database || !another) throw new Error('there are two nodes');
      await migrate(database);
      const clock = systemClock(SILENT);
      const log = await openPostgresLog({ database, clock, random: new SystemRandom(), telemetry: SILENT });
      const nodeOn = (on: PooledDatabase) => ({
        index: new PostgresSearch({ database: on, clock }),
        consumers: new PostgresConsumers(on),
      });
      return {
        log,
        ...nodeOn(database),
        other: nodeOn(another),
        close: async () => {
          await log.close();
          await Promise.all(databases.map((one) => one.close()));
        },
      };
    });
  });
}
