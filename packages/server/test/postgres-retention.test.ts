// The contracts of retention and of looks in the database of the log, on every PostgreSQL that this machine can run; and that their
// statements read no table through.
import { PostgresLooks, READ_LOOKS } from '@kith/server/store/postgres/looks';
import { PostgresRetention, READ_AGED, READ_POLICY, TRIM } from '@kith/server/store/postgres/retention';
import { looksContract } from '@kith/testkit/contracts/looks';
import { retentionContract } from '@kith/testkit/contracts/retention';
import { serversToTest, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { planOf, wideReads } from '@kith/testkit/statement-plan';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresNodes } from './fixtures/postgres-nodes.js';

const NOBODY = '00000000-0000-0000-0000-000000000000';

for (const kind of serversToTest()) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());

    retentionContract('PostgresRetention', async () => {
      const nodes = new PostgresNodes(await server.createDatabase());
      const open = async () => (await nodes.open()).log;
      const { log, database } = await nodes.open();
      return {
        retention: new PostgresRetention(database),
        other: new PostgresRetention((await nodes.open()).database),
        log,
        another: open,
        jump: (ms: number) => nodes.jump(ms),
        reopen: () => nodes.close().then(open),
        close: () => nodes.close(),
      };
    });

    looksContract('PostgresLooks', async () => {
      const nodes = new PostgresNodes(await server.createDatabase());
      const open = async () => new PostgresLooks((await nodes.open()).database);
      return { looks: await open(), other: await open(), close: () => nodes.close() };
    });

    test('their statements read no table through', async () => {
      const nodes = new PostgresNodes(await server.createDatabase());
      const { database } = await nodes.open();
      const connection = await database.connect();
      const asked: readonly (readonly [text: string, values: readonly unknown[]])[] = [
        [READ_POLICY.text, [NOBODY]],
        [READ_LOOKS.text, [[NOBODY]]],
        [READ_AGED.text, [Date.now(), 30, 0, 500]],
        [TRIM.text, [NOBODY, 1, 1, 200, Date.now()]],
      ];
      try {
        for (const [text, values] of asked) {
          for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
            const wide = wideReads(await planOf(connection, { text, values: [...values], mode }));
            // Of a workspace there is one row.
            expect(
              wide.filter((one) => !/^all of a workspace in (retention|look)_pkey$/.test(one)),
              text,
            ).toEqual([]);
          }
        }
      } finally {
        await connection.close();
        await nodes.close();
      }
    });
  });
}
