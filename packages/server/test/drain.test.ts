// The real process is told to end: its clients hear `bye` and are closed with 4000, what they asked before is answered, the
// process ends with 0 and in time, and nothing that was confirmed is lost.
import { leftovers } from '@kith/testkit/faults/leftovers';
import { until } from '@kith/testkit/faults/until';
import { World } from '@kith/testkit/faults/world';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const DRAINED = { code: 0, signal: null };
/** The database holds writes back for so long: less than they wait for a lock. */
const HELD_BACK_S = 2;

describe('a process that is told to end', () => {
  let postgres: TestServer;
  let world: World;
  let url: string;

  beforeAll(async () => {
    const [kind] = availableServers();
    if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
    postgres = await startPostgres(kind);
  });

  afterAll(async () => {
    await postgres.stop();
    expect(await leftovers()).toEqual([]);
  });

  beforeEach(async () => {
    url = await postgres.createDatabase();
    world = await World.open({ seed: 7, environment: { DATABASE_URL: url } });
  });

  afterEach(() => world.close());

  it('says bye, answers what is under way, closes with 4000 and ends with 0', async () => {
    const { devices, ledger, server, run } = world;
    const held = postgres.query(
      `BEGIN; LOCK TABLE entry IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(${HELD_BACK_S}); COMMIT`,
      url,
    );
    await until('writes are held back', () => countLocks("mode = 'AccessExclusiveLock' AND granted"), SOON);
    for (const device of devices) for (const id of world.conversationsOf(device)) device.sending.say(id);
    await until('writes are under way', () => countLocks('NOT granted'), SOON);
    const ended = server.end();
    await until('every client heard bye', () => devices.every(({ bye }) => bye === 'draining'), SOON);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    expect(ledger.acked.size).toBe(0);
    await held;
    expect(await ended).toEqual(DRAINED);

    await until('every socket is closed', () => devices.every(({ closeCodes }) => closeCodes.length > 0), SOON);
    for (const device of devices) expect(device.closeCodes[0]).toBe(4000);
    expect(ledger.said.size).toBe(11);
    expect([...ledger.acked.values()].map((acked) => acked.run)).toEqual(Array.from({ length: 11 }, () => run));
    await world.startServer();
    expect(await world.verdict()).toEqual([]);
  });

  it('under load loses and doubles nothing, and its clients go on with the next one', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const { devices, ledger } = world;
      const [acked, closes] = [ledger.acked.size, devices.map(({ closeCodes }) => closeCodes.length)];
      world.talk(3);
      await until('some acks', () => ledger.acked.size >= acked + 50, { withinMs: 30_000 });
      expect(await world.endServer()).toEqual(DRAINED);
      const isClosed = () => devices.every(({ closeCodes }, index) => closeCodes.length > (closes[index] ?? 0));
      await until('every socket is closed', isClosed, SOON);
      expect(devices.map(({ closeCodes }, index) => closeCodes[closes[index] ?? 0])).toEqual(devices.map(() => 4000));
      await world.startServer();
    }
    expect(await world.verdict()).toEqual([]);
  });

  async function countLocks(where: string): Promise<boolean> {
    const rows = await postgres.query(
      `SELECT 1 FROM pg_locks JOIN pg_class c ON c.oid = relation WHERE relname = 'entry' AND ${where}`,
      url,
    );
    return rows.length > 0;
  }
});

const SOON = { withinMs: 10_000 };
