// A short bench for what it counts, on a real server and database: order, what was lost, what a message takes of the database, of
// the wire and of the disk. How long anything took is looked at by nobody here: that is the machine's.
import { setTimeout as delay } from 'node:timers/promises';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Crowd } from '../src/load/crowd.js';
import { type Ground, openGround } from '../src/load/ground.js';
import { gather } from '../src/load/load-command.js';
import { measureRound } from '../src/load/round.js';
import { Status } from '../src/load/status.js';
import { readServerCounters } from '../src/measure/server-counters.js';
import { measureLoad } from '../src/world/measure-load.js';

const NOTHING_BROKEN = { outOfOrder: 0, holes: 0, undelivered: 0, lost: 0 };

describe('a short bench', { timeout: 120_000 }, () => {
  let ground: Ground;
  let crowd: Crowd;
  beforeAll(async () => {
    ground = await openGround();
    ({ crowd } = await gather(ground, { people: 54, parsedEvery: 10 }, new Status(true)));
  }, 120_000);
  afterAll(async () => {
    crowd?.close();
    await ground?.close();
    expect(await leftovers()).toEqual([]);
  });

  const ask = async (text: string) =>
    Number(Object.values((await ground.database.query(ground.stack.databaseUrl, text))[0] ?? {})[0]);

  it('[S45] of the load of chat nothing is lost or out of order, and a message takes what it may of database and wire', async () => {
    // `from pg_stat_database`: backends tell of what they did within a second.
    const transactions = () =>
      ask('SELECT (xact_commit + xact_rollback)::float8 FROM pg_stat_database WHERE datname = current_database()');
    const meter = async () => {
      await delay(1_500);
      return { counters: await readServerCounters(ground.stack.port), transactions: await transactions() };
    };
    const before = await meter();
    const round = await measureRound(
      { stack: ground.stack, crowd },
      { perSecond: 60, seconds: 4, comingPerSecond: 0 },
      { signal: new AbortController().signal, onSecond: () => {} },
    );
    const after = await meter();
    expect(round.violations).toEqual(NOTHING_BROKEN);
    expect(round).toMatchObject({ ended: 0, unanswered: 0, refusals: {} });
    const grown = (name: string) => (after.counters.get(name) ?? 0) - (before.counters.get(name) ?? 0);
    const messages = grown('kith_append_entries_total');
    expect(messages).toBeGreaterThanOrEqual(round.sent);
    const found = {
      transactions: (after.transactions - before.transactions) / messages,
      frames: grown('kith_frames_sent_total') / messages,
      bytes: grown('kith_bytes_sent_total') / messages,
    };
    // Measured: 2.1 to 2.4, 22, and 9,400 to 9,800. A message in 14 copies with its acknowledgement, and receipts and signals of typing, gathered.
    expect(found.transactions).toBeLessThan(4);
    expect(found.frames).toBeLessThan(30);
    expect(found.bytes).toBeLessThan(13_000);
  });

  it('[S105] messages of 200 bytes, as fast as they go, take no more than 400 bytes of disk each, and none is lost', async () => {
    const world = crowd.world();
    const pairs = world.rooms.filter(({ clients }) => clients.length === 2);
    const size = () => ask(`SELECT pg_total_relation_size('entry')::float8`);
    const rows = () => ask('SELECT count(*)::float8 FROM entry');
    const [sizeBefore, rowsBefore] = [await size(), await rows()];
    const { violations } = await measureLoad({ ...world, rooms: pairs }, { senders: 1, window: 16, seconds: 3 });
    expect(violations).toEqual(NOTHING_BROKEN);
    const written = (await rows()) - rowsBefore;
    const bytes = ((await size()) - sizeBefore) / written;
    expect(written).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(400);
  });
});
