// The index of messages in PostgreSQL: what is erased leaves it in the transaction that erases it, whoever indexes the same
// meanwhile; what a search costs; and that each of its statements is served by an index.
import { type ConversationId, toId } from '@kith/protocol';
import { SILENT } from '@kith/server/core/telemetry';
import { systemClock } from '@kith/server/edge/system-clock';
import {
  HOLD,
  LIST_CONVERSATIONS,
  PostgresConsumers,
  RAISE_POSITIONS,
  READ_MARK,
  READ_POSITIONS,
  SAVE_MARK,
} from '@kith/server/store/postgres/consumers';
import { type Connection, PooledDatabase, type Statement } from '@kith/server/store/postgres/pool';
import { PostgresSearch } from '@kith/server/store/postgres/search';
import {
  FIND_IN_FEW,
  FIND_IN_MANY,
  FORGET,
  FORGET_EPOCHS,
  INDEX_DOCUMENTS,
  REMOVE_DOCUMENTS,
} from '@kith/server/store/postgres/search-sql';
import { amending, codeOf, deletion, edit, LogWorld, type Place, people } from '@kith/testkit/contracts/log-world';
import { documentOf } from '@kith/testkit/contracts/search-world';
import { serversToTest, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { planOf, wideReads } from '@kith/testkit/statement-plan';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresNode, PostgresNodes } from './fixtures/postgres-nodes.js';

const clock = systemClock(SILENT);
const ROWS = `SELECT d.seq, d.text, d.tokens FROM search_document d JOIN conversation c ON c.no = d.conversation
  WHERE c.id = $1 ORDER BY d.seq`;

for (const kind of serversToTest()) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    let nodes: PostgresNodes;
    let node: PostgresNode;
    let index: PostgresSearch;
    let world: LogWorld;
    beforeAll(async () => {
      server = await startPostgres(kind);
      nodes = new PostgresNodes(await server.createDatabase());
      node = await nodes.open();
      const { log } = node;
      index = new PostgresSearch({ database: node.database, clock });
      world = new LogWorld(async () => {
        const same = async () => log;
        return { log, another: same, jump: () => {}, reopen: same, close: async () => {} };
      });
      await world.open();
    });
    afterAll(async () => {
      await nodes.close();
      await server.stop();
    });

    const rowsOf = ({ conversation }: Place) =>
      node.database.query<{ seq: number; text: string; tokens: number[] }>({ text: ROWS }, [conversation]);
    const find = (conversations: readonly ConversationId[], ...terms: string[]) =>
      index.query({ terms, conversations, order: 'newest', limit: 50 });

    test('[S125] what is deleted leaves the index in the transaction of its deletion, with its edits', async () => {
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      const seqs = [await world.send(place, owner, 'secret one'), await world.send(place, owner, 'kept')].map(
        ({ seq }) => seq,
      );
      const [target = 0, kept = 0] = seqs;
      const { seq: version } = await world.log.append(amending(place, owner, edit(target, 'secret two')));
      await index.index([
        { ...documentOf(place.conversation, target, 'secret two'), version },
        documentOf(place.conversation, kept, 'kept'),
      ]);
      expect(await find([place.conversation], 'secret')).toHaveLength(1);
      await world.log.append(amending(place, owner, deletion(target, owner)));
      expect(await rowsOf(place)).toEqual([
        { seq: target, text: '', tokens: [] },
        { seq: kept, text: 'kept', tokens: expect.anything() },
      ]);
      expect(await find([place.conversation], 'secret')).toEqual([]);
    });

    test('[S125] whoever indexes what is being deleted leaves nothing of it behind', async () => {
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      const late = new PostgresSearch({ database: (await nodes.open()).database, clock });
      for (let round = 0; round < 25; round += 1) {
        const { seq: target } = await world.send(place, owner, 'secret');
        const document = documentOf(place.conversation, target, 'secret');
        const indexing = [index, late].map((one) => one.index([document, { ...document, version: target + 1 }]));
        await Promise.all([...indexing, world.log.append(amending(place, owner, deletion(target, owner)))]);
        await late.index([{ ...document, version: target + 2 }]);
      }
      expect((await rowsOf(place)).map(({ text }) => text)).toEqual(Array.from({ length: 25 }, () => ''));
    });

    test('a search costs one query, in however many conversations and however far back it goes', async () => {
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      const cost = async (conversations: readonly ConversationId[]) => {
        const before = node.queries.length;
        await find(conversations, 'nowhere');
        return node.queries.slice(before);
      };
      const many = Array.from({ length: 65 }, () => place.conversation);
      expect(await cost([place.conversation])).toEqual(['find_in_few']);
      expect(await cost(many)).toEqual(['find_in_many']);
    });

    test('while the database is gone everything is unavailable', async () => {
      const address = { url: 'postgres://kith@localhost/kith?host=/nowhere' };
      const database = new PooledDatabase({ address, telemetry: SILENT });
      const [gone, consumers] = [new PostgresSearch({ database, clock }), new PostgresConsumers(database)];
      const place = toId<ConversationId>('01890a5d-ac96-774b-bcce-b302099a8057');
      const calls = [
        gone.index([documentOf(place, 1, 'x')]),
        gone.remove([{ conversation: place, epoch: 1, seq: 1 }]),
        gone.remove([{ conversation: place, before: 1 }]),
        gone.query({ terms: ['x'], conversations: [place], order: 'best', limit: 1 }),
        consumers.mark('x'),
        consumers.positions('x', [place]),
        consumers.conversations({ after: null, limit: 1 }),
      ];
      expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'unavailable'));
      await database.close();
    });

    describe('plans use indexes', () => planTests(() => server));
  });
}

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** Ten thousand documents of a hundred conversations; their tokens are twenty of a thousand. */
const FILL = `INSERT INTO conversation (id, workspace, epoch, structure, created_at, size, kind)
    SELECT gen_random_uuid(), '${ID}', 1, 1, 0, 1, 2 FROM generate_series(1, 100);
  INSERT INTO search_document (at, epoch, conversation, seq, version, tokens, text)
    SELECT s, 1, 1 + s % 100, s, s, ARRAY(SELECT (s * 7 + g * 31) % 1000 FROM generate_series(1, 20) g), 'some text'
    FROM generate_series(1, 10000) s;
  INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, body)
    SELECT no, s, s, s, 1, 6, 0, gen_random_uuid(), '{}' FROM generate_series(1, 50) s, conversation;
  INSERT INTO consumer_position (epoch, conversation, seq, consumer) SELECT 1, no, 1, 'search' FROM conversation;
  INSERT INTO consumer (name, mark) SELECT 'consumer ' || g, '' FROM generate_series(1, 2000) g;
  ANALYZE;`;

function planTests(server: () => TestServer): void {
  const nodes: PostgresNodes[] = [];
  /** To a database that is filled, and to one whose tables are empty and were never analysed. */
  const connections: Connection[] = [];
  beforeAll(async () => {
    for (const isFilled of [true, false]) {
      const on = new PostgresNodes(await server().createDatabase());
      nodes.push(on);
      const connection = await (await on.open()).database.connect();
      connections.push(connection);
      if (isFilled) await connection.query({ text: FILL });
    }
  });
  afterAll(async () => {
    for (const connection of connections) await connection.close();
    for (const on of nodes) await on.close();
  });

  const finding: readonly unknown[] = [
    [5, 6],
    ['{7,8}', '{9}'],
    [1, 2],
    ['some'],
    0,
    9_999,
    9_999,
    9_999,
    9_999,
    9_999,
    21,
  ];
  const STATEMENTS: readonly (readonly [Statement, readonly unknown[]])[] = [
    [FIND_IN_FEW, finding],
    [FIND_IN_MANY, finding.map((value, index) => (index === 2 ? [ID] : value))],
    [INDEX_DOCUMENTS, [[ID], [1], [1], [1], [1], ['{1,2}'], ['x']]],
    [REMOVE_DOCUMENTS, [[ID], [1], [1]]],
    [FORGET, [1, 1]],
    [FORGET_EPOCHS, [ID, 1, 1_000]],
    [HOLD, ['search', 'node', 1]],
    [READ_MARK, ['search']],
    [SAVE_MARK, ['search', 'x']],
    [READ_POSITIONS, ['search', [ID]]],
    [RAISE_POSITIONS, ['search', [ID], [1], [1]]],
    [LIST_CONVERSATIONS, [0, 200]],
  ];
  test.each(STATEMENTS)('$name reads no more than it needs', async ({ text }, values) => {
    for (const connection of connections) {
      for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
        expect(wideReads(await planOf(connection, { text, values, mode }))).toEqual([]);
      }
    }
  });

  test.each(STATEMENTS.slice(0, 2))(
    '$0.name looks messages up by all of its tokens at once',
    async ({ text }, values) => {
      for (const connection of connections) {
        const plan = JSON.stringify(await planOf(connection, { text, values, mode: 'force_generic_plan' }));
        expect(plan).toContain('"Index Name":"search_document_tokens"');
        expect(plan).toMatch(/"Index Cond":"[^"]*tokens @> [^"]*tokens && /);
      }
    },
  );
}
