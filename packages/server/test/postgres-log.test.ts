// The log in PostgreSQL keeps the contract of the log, on every PostgreSQL that this machine can run.
import { logContract } from '@kith/testkit/contracts/log';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, describe } from 'vitest';
import { PostgresNodes } from './fixtures/postgres-nodes.js';

for (const kind of availableServers()) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());

    logContract('PostgresLog', async () => {
      const nodes = new PostgresNodes(await server.createDatabase());
      const open = async () => (await nodes.open()).log;
      return {
        log: await open(),
        another: open,
        jump: (ms) => nodes.jump(ms),
        reopen: () => nodes.close().then(open),
        close: () => nodes.close(),
      };
    });
  });
}
