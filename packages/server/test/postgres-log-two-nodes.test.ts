// What two nodes that write one conversation ask of PostgreSQL, where they hear of each other and where they don't.
import type { Entry } from '@kith/protocol';
import { LogWorld, message, people, write } from '@kith/testkit/contracts/log-world';
import { serversToTest, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresNode, PostgresNodes } from './fixtures/postgres-nodes.js';

for (const kind of serversToTest()) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());

    describe('two nodes', () => nodesTests(() => server));
  });
}

function nodesTests(server: () => TestServer): void {
  let nodes: PostgresNodes;
  let node: PostgresNode;
  let world: LogWorld;
  beforeAll(async () => {
    nodes = new PostgresNodes(await server().createDatabase());
    node = await nodes.open();
    world = await LogWorld.on(node.log);
  });
  afterAll(() => nodes.close());

  test('where two nodes write in turns and tell each other, a send costs one query, and none is refused', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const other = await nodes.open();
    const refused = () => [node, other].map(({ counts }) => counts.get('kith_append_number_taken_total') ?? 0);
    const send = async (from: PostgresNode, to: PostgresNode) => {
      const before = from.queries.length;
      const { entries } = await from.log.append(message(place, owner, 'x'));
      for (const entry of entries) to.log.told(entry);
      return from.queries.slice(before);
    };
    await send(node, other);
    await send(other, node);
    const before = refused();
    for (let turn = 0; turn < 10; turn += 1) {
      expect(await send(node, other)).toEqual(['append_1']);
      expect(await send(other, node)).toEqual(['append_1']);
    }
    expect(refused()).toEqual(before);
  });

  test('what another node wrote and was heard of is not read for the record, unless some of it was not heard', async () => {
    const [owner, guest = owner] = people(2);
    const place = await world.create('group', [owner]);
    const other = await nodes.open();
    const { conversation } = place;
    const recordOf = async (one: PostgresNode) => {
      const before = one.queries.length;
      const record = (await one.log.records([conversation])).get(conversation);
      return { state: record?.state, queries: one.queries.slice(before) };
    };
    await recordOf(node);
    let { mark } = await node.log.changes(null);
    const say = async (heard: boolean) => {
      const { entries } = await other.log.append(message(place, owner, 'x'));
      if (heard) for (const entry of entries) node.log.told(entry);
      return entries[0]?.seq ?? 0;
    };
    const named = async () => {
      ({ mark } = await node.log.changes(mark));
      return recordOf(node);
    };
    await say(true);
    const last = await say(true);
    expect(await named()).toMatchObject({ state: { head: last, n: 2 }, queries: [] });
    await say(false);
    const third = await say(true);
    expect(await named()).toMatchObject({ state: { head: third, n: 4 }, queries: ['read_records'] });
    const fourth = await say(true);
    expect(await named()).toMatchObject({ state: { head: fourth, n: 5 }, queries: [] });
    // Whoever joined is known at once, heard of or not.
    await say(true);
    const joining = write(place, owner, { drafts: [{ kind: 'member.joined', body: { users: [guest] } }] });
    const { seq, entries } = await other.log.append(joining);
    // What was never written stands where it does.
    node.log.told({ ...entries[0], kind: 'message.sent', body: { text: 'x' } } as Entry);
    const joined = await named();
    expect(joined).toMatchObject({ state: { head: seq }, queries: ['read_records'] });
    expect(joined.state?.members.get(guest)?.left).toBeNull();
  });

  test('where two nodes write in turns a send costs two queries, and only one of each is refused', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const other = await nodes.open();
    const send = async (one: PostgresNode) => {
      const before = one.queries.length;
      await one.log.append(message(place, owner, 'x'));
      return one.queries.slice(before);
    };
    for (const one of [other, node, other, node]) await send(one);
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await send(node)).toEqual(['read_records', 'append_1']);
      expect(await send(other)).toEqual(['read_records', 'append_1']);
    }
  });
}
