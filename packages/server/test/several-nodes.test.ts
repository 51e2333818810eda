// Real processes on one database, that tell each other over a real Redis what happens: people of one conversation on
// different nodes, and Redis away for a while. Left out with a line where there is no Redis.
import { World } from '@kith/testkit/conformance/world';
import { until } from '@kith/testkit/faults/until';
import { makeMigratedDatabase } from '@kith/testkit/migrated-database';
import { RedisServer } from '@kith/testkit/redis-server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../../scripts/prerequisites.mjs';
import { type RealServer, startServerOn } from './fixtures/real-server.js';

const PROGRAM = findProgram('redis-server');
const IN_TIME = { withinMs: 10_000 };
const NODES = 3;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe.skipIf(PROGRAM === null)('nodes over Redis', () => {
  const running: RealServer[] = [];
  let redis: RedisServer;
  let worlds: readonly World[];
  let drop = (): Promise<void> => Promise.resolve();
  const node = (at: number) => running[at] as RealServer;
  const world = (at: number) => worlds[at] as World;

  /** A metric of a node; 0 where it has none yet. */
  const metric = async (at: number, name: string): Promise<number> => {
    const text = await (await fetch(`${node(at).url}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  };
  const warnings = async (at: number): Promise<readonly string[]> =>
    ((await (await fetch(`${node(at).url}/readyz`)).json()) as { warnings: readonly string[] }).warnings;
  const areOnBus = () =>
    until(
      'all are on the bus',
      async () => (await Promise.all(range(0, NODES - 1).map(warnings))).flat().length === 0,
      IN_TIME,
    );

  beforeAll(async () => {
    redis = await RedisServer.start(PROGRAM ?? '', 'secret1');
    const database = await makeMigratedDatabase();
    drop = database.drop;
    const shared = { ...database, drop: () => Promise.resolve() };
    const settings = { REDIS_URL: redis.url, RATE_FACTOR: '3' };
    for (let at = 0; at < NODES; at += 1)
      running.push(await startServerOn(shared, { ...settings, NODE_ID: `node-${at}` }));
    worlds = running.map(({ url }) => new World(() => url));
    await world(0).fill(12);
    await areOnBus();
  });
  afterEach(() => Promise.all(worlds.map((each) => each.leave())));
  afterAll(async () => {
    await Promise.all(running.map((each) => each.stop()));
    await drop();
    await redis?.stop();
  });

  test('[S27] what is said on one node comes over the bus where a member is, and nowhere else', async () => {
    const [ann, ben, cid] = world(0).people(3);
    if (!ann || !ben || !cid) throw new Error('three people are wanted');
    const { id, head } = await world(0).group(ann, [ben]);
    const [annOn0, benOn1] = [await world(0).connect(ann), await world(1).connect(ben)];
    await world(2).connect(cid);
    await until('node 1 listens', async () => (await metric(1, 'kith_bus_channels')) > 0, IN_TIME);
    const before = await Promise.all([1, 2].map((at) => metric(at, 'kith_bus_received_total')));
    for (const text of range(1, 20)) await annOn0.say(id, String(text));
    await benOn1.entry(id, head + 20);
    expect(benOn1.entries(id).map(({ seq }) => seq)).toEqual(range(head + 1, head + 20));
    const after = await Promise.all([1, 2].map((at) => metric(at, 'kith_bus_received_total')));
    expect((after[0] ?? 0) - (before[0] ?? 0)).toBeGreaterThanOrEqual(20);
    expect((after[1] ?? 0) - (before[1] ?? 0)).toBe(0);
  });

  test('typing, receipts and presence pass from node to node', async () => {
    const [ann, ben] = world(0).people(2);
    if (!ann || !ben) throw new Error('two people are wanted');
    const { id, epoch, head } = await world(0).direct(ann, ben);
    const annOn0 = await world(0).connect(ann);
    await annOn0.command('presence.watch', { users: [ben.id] });
    const benOn1 = await world(1).connect(ben);
    await annOn0.until(
      (frame) => frame.type === 'signal' && frame.name === 'presence' && JSON.stringify(frame).includes('online'),
    );
    benOn1.signal('typing', { conversation: id });
    await annOn0.until((frame) => frame.type === 'signal' && frame.name === 'typing');
    await annOn0.say(id, 'read this');
    await benOn1.entry(id, head + 1);
    await world(1).do(ben, `PUT /v1/conversations/${id}/marks`, { epoch, read: head + 1 });
    await annOn0.until(
      (frame) => frame.type === 'signal' && frame.name === 'marks' && JSON.stringify(frame).includes(ben.id),
    );
  });

  test('who is added to a conversation on another node has it at once, and a session ends everywhere', async () => {
    const [ann, ben, cid] = world(0).people(3);
    if (!ann || !ben || !cid) throw new Error('three people are wanted');
    const another = await world(1).signIn(cid);
    const cidOn2 = await world(2).connect(another);
    const { id, head } = await world(0).group(ann, [ben, cid]);
    await world(1).send(ben, id, 'welcome');
    await cidOn2.entry(id, head + 1);
    await world(0).do(cid, `DELETE /v1/sessions/${another.session}`);
    expect((await cidOn2.socket.ended).code).toBe(4403);
  });

  test('who has seen on one node what was changed on another reads it there at once', async () => {
    const [ann, ben] = world(0).people(2);
    if (!ann || !ben) throw new Error('two people are wanted');
    const { id, head } = await world(0).group(ann, [ben]);
    const benOn1 = await world(1).connect(ben);
    for (const [change, role] of ['moderator', 'admin', 'member', 'moderator', 'member'].entries()) {
      await world(1).members(ben, id);
      await world(0).do(ann, `PATCH /v1/conversations/${id}/members/${ben.id}`, { role });
      await benOn1.entry(id, head + 1 + change);
      expect((await world(1).members(ben, id))[ben.id]).toBe(role);
    }
  });

  test('while Redis is away sends are acknowledged and come from the log, and the bus goes on by itself', async () => {
    const [ann, ben] = world(0).people(2);
    if (!ann || !ben) throw new Error('two people are wanted');
    const { id, head } = await world(0).group(ann, [ben]);
    const [annOn0, benOn1] = [await world(0).connect(ann), await world(1).connect(ben)];
    await annOn0.say(id, 'before');
    await benOn1.entry(id, head + 1);
    await redis.stop();
    await until('it is seen', async () => (await warnings(0)).length > 0, IN_TIME);
    expect(await warnings(0)).toEqual([expect.stringMatching(/^REDIS_URL does not answer/)]);
    expect((await fetch(`${node(0).url}/readyz`)).status).toBe(200);
    for (const text of range(2, 6)) await annOn0.say(id, String(text));
    await benOn1.entry(id, head + 6);
    await redis.start();
    await areOnBus();
    const before = await metric(1, 'kith_bus_received_total');
    await until(
      'the bus carries again',
      async () => {
        await annOn0.say(id, 'after');
        return (await metric(1, 'kith_bus_received_total')) > before;
      },
      IN_TIME,
    );
    const { head: last } = (await world(0).summary(ann, id)).summary;
    await benOn1.entry(id, last);
    expect(benOn1.entries(id).map(({ seq }) => seq)).toEqual(range(head + 1, last));
  });
});
