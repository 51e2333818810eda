// The contract of what is to be done later, on every PostgreSQL that this machine can run; and each of its statements is
// served by an index.
import { SILENT } from '@kith/server/core/telemetry';
import { PostgresLater } from '@kith/server/store/postgres/later';
import * as statements from '@kith/server/store/postgres/later-sql';
import { migrate } from '@kith/server/store/postgres/migrate';
import { type Connection, PooledDatabase, type Statement } from '@kith/server/store/postgres/pool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { laterContract } from '../src/contracts/later.js';
import { serversToTest, startPostgres, type TestServer } from '../src/postgres-server.js';
import { planOf, wideReads } from '../src/statement-plan.js';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const VALUES: { readonly [name: string]: readonly unknown[] } = {
  LOCK_LATER_OF_PERSON: [ID],
  FIND_LATER: [ID, ID, ID],
  MAKE_ROOM_FOR_LATER: [ID, ID, 10],
  ADD_LATER: [ID, ID, ID, ID, 1, 1, 1, Buffer.of(1), '{}', 10],
  LIST_LATER: [ID, ID],
  CHANGE_LATER: [ID, ID, ID, 1, '{}', 2, '{}', 2],
  SETTLE_LATER: [ID, ID, ID, [0], 1, 'conflict', 2],
  LATER_TOLD: [ID, ID, ID, 1, 2, 3],
  CLAIM_LATER: [1, 2, 50],
  FORGET_LATER: [ID, ID, ID],
};
/** Others' rows, of many people. */
const FILL = `INSERT INTO scheduled (workspace, person, key, conversation, at, due, kind, state, is_told, version, attempts,
    digest, body)
  SELECT '${ID}', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), g, g, 1, g % 5, true, 1, 0, '', ''
  FROM generate_series(1, 20000) g`;

for (const kind of serversToTest()) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());

    laterContract('PostgresLater', async () => {
      const address = { url: await server.createDatabase() };
      const [one, two] = [0, 1].map(() => new PooledDatabase({ address, telemetry: SILENT }));
      if (!one || !two) throw new Error('there are two nodes');
      await migrate(one);
      return {
        store: new PostgresLater(one),
        other: new PostgresLater(two),
        close: async () => {
          await Promise.all([one.close(), two.close()]);
        },
      };
    });

    describe('each statement', () => {
      const opened: { database: PooledDatabase; connection: Connection }[] = [];
      beforeAll(async () => {
        for (const isFilled of [true, false]) {
          const database = new PooledDatabase({ address: { url: await server.createDatabase() }, telemetry: SILENT });
          await migrate(database);
          const connection = await database.connect();
          opened.push({ database, connection });
          if (!isFilled) continue;
          await connection.query({ text: FILL });
          await connection.query({ text: 'ANALYZE scheduled' });
        }
      });
      afterAll(async () => {
        for (const { database, connection } of opened) {
          await connection.close();
          await database.close();
        }
      });

      test.each(Object.entries<Statement>(statements))('%s reads no more than it needs', async (name, { text }) => {
        for (const { connection } of opened) {
          for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
            const plan = await planOf(connection, { text, values: VALUES[name] ?? [], mode });
            expect(wideReads(plan), JSON.stringify(plan)).toEqual([]);
          }
        }
      });
    });
  });
}
