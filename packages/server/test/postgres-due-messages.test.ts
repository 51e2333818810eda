// The contract of messages that have had their time, in the database of the log, on every PostgreSQL that this machine can run;
// and that the index which finds them has those alone.
import { PostgresDueMessages, READ_DUE_MESSAGES } from '@kith/server/store/postgres/due-messages';
import { dueContract } from '@kith/testkit/contracts/due-messages';
import { amending, deletion, LogWorld, people, sent, write } from '@kith/testkit/contracts/log-world';
import { serversToTest, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { planOf, wideReads } from '@kith/testkit/statement-plan';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresNodes } from './fixtures/postgres-nodes.js';

const HOUR_MS = 3_600_000;

for (const kind of serversToTest()) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());

    const setUp = async () => {
      const nodes = new PostgresNodes(await server.createDatabase());
      const open = async () => (await nodes.open()).log;
      const { log, database } = await nodes.open();
      const setup = {
        due: new PostgresDueMessages(database),
        log,
        another: open,
        jump: (ms: number) => nodes.jump(ms),
        reopen: () => nodes.close().then(open),
        close: () => nodes.close(),
      };
      return { setup, database };
    };

    dueContract('PostgresDueMessages', async () => (await setUp()).setup);

    test('what will disappear is found by an index that has that alone, in a log of any length', async () => {
      const { setup, database } = await setUp();
      const world = new LogWorld(() => Promise.resolve(setup));
      await world.open();
      const connection = await database.connect();
      const planned = async () => {
        const values = [Date.now(), 0, 0, 0, 50];
        for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
          const plan = await planOf(connection, { text: READ_DUE_MESSAGES.text, values, mode });
          expect(wideReads(plan), JSON.stringify(plan)).toEqual([]);
          expect(JSON.stringify(plan)).toContain('entry_disappearing');
        }
      };
      try {
        await planned();
        const [ann] = people(1);
        const place = await world.create('group', [ann]);
        const disappearAt = Date.now() - HOUR_MS;
        const { seq } = await world.log.append(write(place, ann, { drafts: [sent('x', { disappearAt })] }));
        await world.log.append(amending(place, ann, deletion(seq, ann)));
        const { seq: kept } = await world.log.append(write(place, ann, { drafts: [sent('x', { disappearAt })] }));
        await connection.query({
          text: `INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, body)
            SELECT 1, g, g, g, 1, 6, 0, gen_random_uuid(), '{"text":"x","disappearAt":1}' FROM generate_series(100, 30000) g`,
        });
        await connection.query({ text: 'ANALYZE entry' });
        await planned();
        const found = await setup.due.due({ nowMs: Date.now(), after: null, limit: 50 });
        expect(found.map((one) => one.seq)).toEqual([kept]);
      } finally {
        await connection.close();
        await world.close();
      }
    });
  });
}
