// What the model of PostgreSQL promises by itself: transactions whose commits overtake each other, locks that are waited
// for in turn, statements that write all or nothing, and connections of which nobody knows what they did.
import { LOCK_CONVERSATION } from '@kith/server/store/postgres/append-alone';
import { appendStatement } from '@kith/server/store/postgres/append-batch';
import { READ_CHANGES, READ_MOMENT } from '@kith/server/store/postgres/changes';
import { ADVANCE, READ_MARKS } from '@kith/server/store/postgres/marks';
import type { Connection, Queryable } from '@kith/server/store/postgres/pool';
import { READ_RECORDS } from '@kith/server/store/postgres/records';
import { beforeEach, describe, expect, test } from 'vitest';
import { freshId, LogWorld, type Place, people } from '../src/contracts/log-world.js';
import { type DatabaseFaults, NO_FAULTS } from '../src/database-model/faults.js';
import { type ModelledNode, ModelledNodes } from './fixtures/modelled-nodes.js';

type Row = { readonly no: number; readonly seq: number; readonly key?: string; readonly author?: number };
type Moment = { readonly low: number; readonly high: number };
type Changes = {
  readonly low: number;
  readonly conversations: readonly [id: string, epoch: number, head: number][] | null;
};

const [owner, member = owner] = people(2);
let nodes: ModelledNodes;
let node: ModelledNode;
let world: LogWorld;
/** Two conversations of one entry each, with the short numbers 1 and 2. */
let one: Place;
let two: Place;

beforeEach(async () => {
  nodes = new ModelledNodes(1);
  node = await nodes.open();
  const { log } = node;
  const ways = { another: async () => log, jump: () => {}, reopen: async () => log, close: async () => {} };
  world = new LogWorld(() => Promise.resolve({ log, ...ways }));
  await world.open();
  one = await world.create('direct', [owner, member]);
  two = await world.create('direct', [owner, member]);
});

describe('transactions', () => {
  test('overtake each other: an older one that commits later is below no mark that was given before', async () => {
    const [slow, fast] = [await connect(), await connect()];
    const before = await moment(fast);
    slowly({ committing: [50, 50] });
    const late = append(slow, { no: 1, seq: 2 });
    await nodes.clock.advanceAsync(1);
    slowly({});
    await append(fast, { no: 2, seq: 2 });
    const early = await changesSince(fast, before.low);
    expect(early.conversations?.map(([id]) => id)).toEqual([two.conversation]);
    const between = await moment(fast);
    // The one that is open is older than one that is over: no single number lies between what was seen and what was not.
    expect(between.low).toBeLessThan(between.high - 1);
    expect(early.low).toBe(between.low);
    await nodes.until(late);
    const after = await changesSince(fast, early.low);
    expect(after.conversations?.map(([id]) => id)).toContain(one.conversation);
    expect((await moment(fast)).low).toBe(between.high);
  });

  test('are seen when they are committed, all at once, and by each statement that begins then', async () => {
    const reader = await connect();
    await reader.query({ text: 'BEGIN' });
    expect(await headOf(reader, one)).toBe(1);
    slowly({ committing: [50, 50] });
    const writing = append(await connect(), { no: 1, seq: 2 }, { no: 2, seq: 2 });
    await nodes.clock.advanceAsync(49);
    expect([await headOf(reader, one), await headOf(reader, two)]).toEqual([1, 1]);
    await nodes.until(writing);
    expect([await headOf(reader, one), await headOf(reader, two)]).toEqual([2, 2]);
  });

  test('are seen by their own later statements, and are gone without a trace when they roll back', async () => {
    const [writer, reader] = [await connect(), await connect()];
    await writer.query({ text: 'BEGIN' });
    await append(writer, { no: 1, seq: 2 });
    expect([await headOf(writer, one), await headOf(reader, one)]).toEqual([2, 1]);
    await writer.query({ text: 'ROLLBACK' });
    expect([await headOf(writer, one), await headOf(reader, one)]).toEqual([1, 1]);
    await append(reader, { no: 1, seq: 2 });
    expect(await headOf(writer, one)).toBe(2);
  });

  test('that have failed take nothing until they are ended, and then they are rolled back', async () => {
    const writer = await connect();
    await writer.query({ text: 'BEGIN' });
    await append(writer, { no: 1, seq: 2 });
    await expect(append(writer, { no: 1, seq: 1 })).rejects.toMatchObject({ code: '23505' });
    await expect(headOf(writer, one)).rejects.toMatchObject({ code: '25P02' });
    await writer.query({ text: 'COMMIT' });
    expect(await headOf(writer, one)).toBe(1);
  });

  test('that say nothing for ten seconds are ended with their connection', async () => {
    const [idle, other] = [await connect(), await connect()];
    await idle.query({ text: 'BEGIN' });
    await append(idle, { no: 1, seq: 2 });
    const waiting = append(other, { no: 1, seq: 2 });
    await expect(nodes.until(waiting)).rejects.toMatchObject({ code: '55P03' });
    await nodes.clock.advanceAsync(10_000);
    expect(idle.isLost).toBe(true);
    await append(other, { no: 1, seq: 2 });
  });
});

describe('unique keys', () => {
  test('refuse a number that is given and a key that is known, by their names, and the whole statement', async () => {
    const writer = await connect();
    const key = freshId<never>();
    await append(writer, { no: 1, seq: 2, key });
    const taken = append(writer, { no: 2, seq: 2 }, { no: 1, seq: 2 });
    await expect(taken).rejects.toMatchObject({ code: '23505', constraint: 'entry_pkey' });
    const known = append(writer, { no: 2, seq: 2 }, { no: 1, seq: 3, key });
    await expect(known).rejects.toMatchObject({ code: '23505', constraint: 'entry_key' });
    expect([await headOf(writer, one), await headOf(writer, two)]).toEqual([2, 1]);
    await append(writer, { no: 1, seq: 3, key, author: 2 });
  });

  test.each([
    ['refuse the second of two at once when the first has committed', 'COMMIT', '23505'],
    ['let the second of two at once in when the first was rolled back', 'ROLLBACK', null],
  ])('%s', async (_, end, refusal) => {
    const [first, second] = [await connect(), await connect()];
    await first.query({ text: 'BEGIN' });
    await append(first, { no: 1, seq: 2 });
    let answer: unknown = 'none yet';
    const waiting = append(second, { no: 1, seq: 2 }).then(
      () => null,
      (error: unknown) => codeOf(error),
    );
    waiting.then((code) => {
      answer = code;
    });
    await nodes.clock.advanceAsync(2_000);
    expect(answer).toBe('none yet');
    await first.query({ text: end });
    expect(await waiting).toBe(refusal);
    expect(await headOf(first, one)).toBe(2);
  });
});

describe('locks of rows', () => {
  test('are given in the order in which they were asked for', async () => {
    const holders = [await connect(), await connect(), await connect()];
    const got: number[] = [];
    const locking = holders.map(async (holder, index) => {
      await holder.query({ text: 'BEGIN' });
      await holder.query(LOCK_CONVERSATION, [one.conversation]);
      got.push(index);
    });
    for (const [index, holder] of holders.entries()) {
      await locking[index];
      await nodes.clock.advanceAsync(500);
      expect(got).toEqual(holders.slice(0, index + 1).map((_, place) => place));
      await holder.query({ text: 'COMMIT' });
    }
  });

  test.each([
    { bound: 'lock_timeout', statementMs: 10_000, code: '55P03', afterMs: 3_000 },
    { bound: 'statement_timeout', statementMs: 2_500, code: '57014', afterMs: 2_500 },
  ])('are not waited for longer than $bound', async ({ statementMs, code, afterMs }) => {
    const [holder, waiter] = [await connect(), await connect(statementMs)];
    await holder.query({ text: 'BEGIN' });
    await holder.query(LOCK_CONVERSATION, [one.conversation]);
    const startedMs = nodes.clock.monotonic();
    const waiting = waiter.query(LOCK_CONVERSATION, [one.conversation]);
    await expect(nodes.until(waiting, 1)).rejects.toMatchObject({ code });
    expect(nodes.clock.monotonic() - startedMs).toBe(afterMs);
  });

  test('in a circle end one of those who wait', async () => {
    const [a, b] = [await connect(), await connect()];
    for (const connection of [a, b]) await connection.query({ text: 'BEGIN' });
    await a.query(LOCK_CONVERSATION, [one.conversation]);
    await b.query(LOCK_CONVERSATION, [two.conversation]);
    const results = Promise.allSettled([
      a.query(LOCK_CONVERSATION, [two.conversation]),
      b.query(LOCK_CONVERSATION, [one.conversation]),
    ]);
    const [first, second] = await nodes.until(results);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: '40P01' } });
    expect(second).toMatchObject({ status: 'fulfilled' });
  });

  test('are waited for with the sight of the beginning, but the row is as it is then', async () => {
    const [holder, waiter] = [await connect(), await connect()];
    await holder.query({ text: 'BEGIN' });
    await advanceTo(holder, 1);
    const waiting = waiter.query<{ read: number }>(ADVANCE, [[one.conversation], [member], [9], [9]]);
    await append(await connect(), { no: 1, seq: 2 });
    await holder.query({ text: 'COMMIT' });
    // The mark that the holder has moved is where the head was when the waiter began.
    expect(await waiting).toEqual([]);
    const [mark] = await waiter.query<{ read: number }>(READ_MARKS, [one.conversation, 1, 1, 0]);
    expect(mark?.read).toBe(1);
    expect(await advanceTo(waiter, 9)).toMatchObject([{ read: 2 }]);
  });
});

describe('connections', () => {
  test.each([
    ['cutBefore', 'ECONNRESET', 1],
    ['cutAfter', 'ECONNRESET', 2],
    ['cutDuring', 'ECONNRESET', 2],
    ['terminated', '57P01', 1],
    ['cancelled', '57014', 1],
  ])('%s: the node gets %s, and the head is %i', async (fault, code, head) => {
    const writer = await connect();
    slowly({ [fault]: 1, latency: [1, 1], noticing: [50, 50] });
    await expect(nodes.until(append(writer, { no: 1, seq: 2 }))).rejects.toMatchObject({ code });
    slowly({});
    expect(writer.isLost).toBe(code !== '57014');
    expect(await headOf(await connect(), one)).toBe(head);
  });

  test('that are cut while a statement runs say so before it is committed', async () => {
    const writer = await connect();
    slowly({ cutDuring: 1, committing: [200, 200] });
    await expect(append(writer, { no: 1, seq: 2 })).rejects.toMatchObject({ code: 'ECONNRESET' });
    slowly({});
    const reader = await connect();
    expect(await headOf(reader, one)).toBe(1);
    await nodes.clock.advanceAsync(200);
    expect(await headOf(reader, one)).toBe(2);
  });

  test('over which nothing comes back are given up as the driver does, a second after the statement could run', async () => {
    const writer = await connect(2_500);
    slowly({ swallowed: 1 });
    const startedMs = nodes.clock.monotonic();
    await expect(nodes.until(append(writer, { no: 1, seq: 2 }), 1)).rejects.toThrow('no answer within 3500 ms');
    expect(nodes.clock.monotonic() - startedMs).toBe(3_500);
    slowly({});
    expect([writer.isLost, await headOf(await connect(), one)]).toEqual([true, 2]);
  });

  test('bring answers in the order of the statements, however long each is on its way', async () => {
    const reader = await connect();
    slowly({ latency: [0, 30] });
    const order: number[] = [];
    const reads = Array.from({ length: 30 }, async (_, index) => {
      await reader.query(READ_MOMENT);
      order.push(index);
    });
    await nodes.until(Promise.all(reads));
    expect(order).toEqual(reads.map((_, index) => index));
  });

  test('are refused while the server is away, and what was open is gone', async () => {
    const writer = await connect();
    await writer.query({ text: 'BEGIN' });
    await append(writer, { no: 1, seq: 2 });
    nodes.model.goAway();
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(writer.isLost).toBe(true);
    nodes.model.comeBack();
    expect(await headOf(await connect(), one)).toBe(1);
  });

  test('of a node that was cut off lead nowhere until it is back', async () => {
    node.database.cutOff();
    await expect(nodes.until(connect())).rejects.toThrow('timeout expired');
    node.database.rejoin();
    await connect();
  });

  test('of the pool are waited for, not longer than for a connection', async () => {
    const held = Array.from({ length: 6 }, () => hold(node));
    await nodes.clock.advanceAsync(1);
    await expect(nodes.until(node.database.query(READ_MOMENT))).rejects.toThrow('timeout exceeded');
    const late = node.database.query(READ_MOMENT);
    held[0]?.release();
    expect(await late).toHaveLength(1);
  });
});

describe('a node', () => {
  test('that is killed hears nothing more, and what it left open is rolled back when the server notices', async () => {
    const other = await nodes.open();
    slowly({ noticing: [300, 300] });
    const held = hold(node, { no: 1, seq: 2 });
    await nodes.clock.advanceAsync(1);
    let heard = false;
    held.done.finally(() => {
      heard = true;
    });
    node.database.crash();
    held.release();
    let isWritten = false;
    const next = append(await other.database.connect(), { no: 1, seq: 2 }).then(() => {
      isWritten = true;
    });
    await nodes.clock.advanceAsync(299);
    expect(isWritten).toBe(false);
    await nodes.clock.advanceAsync(1);
    await next;
    expect(heard).toBe(false);
  });

  test('that is killed may still have written what it had sent', async () => {
    const heads = new Set<number>();
    for (let tries = 0; heads.size < 2 && tries < 50; tries += 1) {
      const doomed = await nodes.open();
      const connection = await doomed.database.connect();
      const head = await headOf(connection, one);
      slowly({ latency: [5, 5] });
      append(connection, { no: 1, seq: head + 1 });
      doomed.database.crash();
      slowly({});
      await nodes.clock.advanceAsync(50);
      heads.add((await headOf(await connect(), one)) - head);
    }
    expect(heads).toEqual(new Set([0, 1]));
  });

  test('that is paused writes what it had sent, and hears of it when it goes on', async () => {
    const writer = await connect();
    let heard = false;
    const writing = append(writer, { no: 1, seq: 2 }).then(() => {
      heard = true;
    });
    node.gate.freeze();
    const other = await nodes.open();
    await nodes.clock.advanceAsync(1_000);
    expect([heard, await headOf(await other.database.connect(), one)]).toEqual([false, 2]);
    node.gate.thaw();
    await nodes.until(writing);
    expect(heard).toBe(true);
  });
});

test('a full disk refuses what needs room, and nothing else', async () => {
  const connection = await connect();
  nodes.model.isDiskFull = true;
  await expect(append(connection, { no: 1, seq: 2 })).rejects.toMatchObject({ code: '53100' });
  expect(await headOf(connection, one)).toBe(1);
  nodes.model.isDiskFull = false;
  await append(connection, { no: 1, seq: 2 });
});

test('a statement that nobody has modelled is refused with a word about where to add it', async () => {
  const strange = node.database.query({ name: 'read_weather', text: 'SELECT 1' });
  await expect(strange).rejects.toThrow('does not know the statement "read_weather": add it');
});

test('parameters that PostgreSQL would refuse are refused with its codes', async () => {
  const connection = await connect();
  const codes: unknown[] = [];
  for (const row of [
    { no: 1, seq: 2 ** 31 },
    { no: 1, seq: 2, key: 'no uuid' },
  ]) {
    codes.push(await append(connection, row).catch(codeOf));
  }
  expect(codes).toEqual(['22003', '22P02']);
});

function slowly(faults: Partial<DatabaseFaults>): void {
  nodes.model.faults = { ...NO_FAULTS, ...faults };
}

function connect(statementMs = 10_000): Promise<Connection> {
  return node.database.connect({ statementMs });
}

function append(connection: Queryable, ...rows: readonly Row[]): Promise<unknown> {
  const values = rows.flatMap(({ no, seq, key = freshId<never>(), author = 1 }) => {
    return [no, seq, nodes.clock.now(), seq - 1, author, 6, 0, key, Buffer.alloc(0), '{"text":"hello"}'];
  });
  const fed = [rows.map(({ no }) => no), rows.map(({ seq }) => seq)];
  return connection.query(appendStatement(rows.length), [...fed, ...values]);
}

function advanceTo(connection: Queryable, seq: number): Promise<readonly object[]> {
  return connection.query(ADVANCE, [[one.conversation], [member], [seq], [seq]]);
}

async function headOf(connection: Queryable, place: Place): Promise<number> {
  const [row] = await connection.query<{ head: number }>(READ_RECORDS, [[place.conversation], [0], [0]]);
  return row?.head ?? 0;
}

async function moment(connection: Queryable): Promise<Moment> {
  const [row] = await connection.query<Moment>(READ_MOMENT);
  if (!row) throw new Error('no moment');
  return row;
}

async function changesSince(connection: Queryable, xid: number): Promise<Changes> {
  const [row] = await connection.query<Changes>(READ_CHANGES, [xid]);
  if (!row) throw new Error('no changes');
  return row;
}

/** A transaction of the pool that writes and stays open. */
function hold({ database }: ModelledNode, ...rows: readonly Row[]) {
  let release = () => {};
  const done = database.transaction(async (transaction) => {
    if (rows.length > 0) await append(transaction, ...rows);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  return { done, release: () => release() };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}
