// What the model of PostgreSQL promises of transactions: commits that overtake each other, statements that write all or
// nothing, and locks that are waited for in turn.
import { LOCK_CONVERSATION } from '@kith/server/store/postgres/append-alone';
import { READ_MARKS } from '@kith/server/store/postgres/marks';
import { beforeEach, describe, expect, test } from 'vitest';
import { freshId } from '../src/contracts/log-world.js';
import { BareScene, changesSince, codeOf, headOf, momentOf } from './fixtures/bare-scene.js';

let scene: BareScene;
beforeEach(async () => {
  scene = await BareScene.open();
});

describe('transactions', () => {
  test('overtake each other: an older one that commits later is below no mark that was given before', async () => {
    const [slow, fast] = [await scene.connect(), await scene.connect()];
    const before = await momentOf(fast);
    scene.faults({ committing: [50, 50] });
    const late = scene.append(slow, { no: 1, seq: 2 });
    await scene.nodes.clock.advanceAsync(1);
    scene.faults({});
    await scene.append(fast, { no: 2, seq: 2 });
    const early = await changesSince(fast, before.low);
    expect(early.conversations?.map(([id]) => id)).toEqual([scene.two.conversation]);
    const between = await momentOf(fast);
    // The one that is open is older than one that is over: no single number lies between what was seen and what was not.
    expect(between.low).toBeLessThan(between.high - 1);
    expect(early.low).toBe(between.low);
    await scene.nodes.until(late);
    const after = await changesSince(fast, early.low);
    expect(after.conversations?.map(([id]) => id)).toContain(scene.one.conversation);
    expect((await momentOf(fast)).low).toBe(between.high);
  });

  test('are seen when they are committed, all at once, and by each statement that begins then', async () => {
    const reader = await scene.connect();
    await reader.query({ text: 'BEGIN' });
    expect(await headOf(reader, scene.one)).toBe(1);
    scene.faults({ committing: [50, 50] });
    const writing = scene.append(await scene.connect(), { no: 1, seq: 2 }, { no: 2, seq: 2 });
    await scene.nodes.clock.advanceAsync(49);
    expect([await headOf(reader, scene.one), await headOf(reader, scene.two)]).toEqual([1, 1]);
    await scene.nodes.until(writing);
    expect([await headOf(reader, scene.one), await headOf(reader, scene.two)]).toEqual([2, 2]);
  });

  test('are seen by their own later statements, and are gone without a trace when they roll back', async () => {
    const [writer, reader] = [await scene.connect(), await scene.connect()];
    await writer.query({ text: 'BEGIN' });
    await scene.append(writer, { no: 1, seq: 2 });
    expect([await headOf(writer, scene.one), await headOf(reader, scene.one)]).toEqual([2, 1]);
    await writer.query({ text: 'ROLLBACK' });
    expect([await headOf(writer, scene.one), await headOf(reader, scene.one)]).toEqual([1, 1]);
    await scene.append(reader, { no: 1, seq: 2 });
    expect(await headOf(writer, scene.one)).toBe(2);
  });

  test('that have failed take nothing until they are ended, and then they are rolled back', async () => {
    const writer = await scene.connect();
    await writer.query({ text: 'BEGIN' });
    await scene.append(writer, { no: 1, seq: 2 });
    await expect(scene.append(writer, { no: 1, seq: 1 })).rejects.toMatchObject({ code: '23505' });
    await expect(headOf(writer, scene.one)).rejects.toMatchObject({ code: '25P02' });
    await writer.query({ text: 'COMMIT' });
    expect(await headOf(writer, scene.one)).toBe(1);
  });

  test('that say nothing for ten seconds are ended with their connection', async () => {
    const [idle, other] = [await scene.connect(), await scene.connect()];
    await idle.query({ text: 'BEGIN' });
    await scene.append(idle, { no: 1, seq: 2 });
    const waiting = scene.append(other, { no: 1, seq: 2 });
    await expect(scene.nodes.until(waiting)).rejects.toMatchObject({ code: '55P03' });
    await scene.nodes.clock.advanceAsync(10_000);
    expect(idle.isLost).toBe(true);
    await scene.append(other, { no: 1, seq: 2 });
  });
});

describe('unique keys', () => {
  test('refuse a number that is given and a key that is known, by their names, and the whole statement', async () => {
    const writer = await scene.connect();
    const key = freshId<never>();
    await scene.append(writer, { no: 1, seq: 2, key });
    const taken = scene.append(writer, { no: 2, seq: 2 }, { no: 1, seq: 2 });
    await expect(taken).rejects.toMatchObject({ code: '23505', constraint: 'entry_pkey' });
    const known = scene.append(writer, { no: 2, seq: 2 }, { no: 1, seq: 3, key });
    await expect(known).rejects.toMatchObject({ code: '23505', constraint: 'entry_key' });
    expect([await headOf(writer, scene.one), await headOf(writer, scene.two)]).toEqual([2, 1]);
    await scene.append(writer, { no: 1, seq: 3, key, author: 2 });
  });

  test.each([
    ['refuse the second of two at once when the first has committed', 'COMMIT', '23505'],
    ['let the second of two at once in when the first was rolled back', 'ROLLBACK', null],
  ])('%s', async (_, end, refusal) => {
    const [first, second] = [await scene.connect(), await scene.connect()];
    await first.query({ text: 'BEGIN' });
    await scene.append(first, { no: 1, seq: 2 });
    let answer: unknown = 'none yet';
    const waiting = scene.append(second, { no: 1, seq: 2 }).then(
      () => null,
      (error: unknown) => codeOf(error),
    );
    void waiting.then((code) => {
      answer = code;
    });
    await scene.nodes.clock.advanceAsync(2_000);
    expect(answer).toBe('none yet');
    await first.query({ text: end });
    expect(await waiting).toBe(refusal);
    expect(await headOf(first, scene.one)).toBe(2);
  });
});

describe('locks of rows', () => {
  test('are given in the order in which they were asked for', async () => {
    const holders = [await scene.connect(), await scene.connect(), await scene.connect()];
    const got: number[] = [];
    const locking = holders.map(async (holder, index) => {
      await holder.query({ text: 'BEGIN' });
      await holder.query(LOCK_CONVERSATION, [scene.one.conversation]);
      got.push(index);
    });
    for (const [index, holder] of holders.entries()) {
      await locking[index];
      await scene.nodes.clock.advanceAsync(500);
      expect(got).toEqual(holders.slice(0, index + 1).map((_, place) => place));
      await holder.query({ text: 'COMMIT' });
    }
  });

  test.each([
    { bound: 'lock_timeout', statementMs: 10_000, code: '55P03', afterMs: 3_000 },
    { bound: 'statement_timeout', statementMs: 2_500, code: '57014', afterMs: 2_500 },
  ])('are not waited for longer than $bound', async ({ statementMs, code, afterMs }) => {
    const [holder, waiter] = [await scene.connect(), await scene.connect(statementMs)];
    await holder.query({ text: 'BEGIN' });
    await holder.query(LOCK_CONVERSATION, [scene.one.conversation]);
    const startedMs = scene.nodes.clock.monotonic();
    const waiting = waiter.query(LOCK_CONVERSATION, [scene.one.conversation]);
    await expect(scene.nodes.until(waiting, 1)).rejects.toMatchObject({ code });
    expect(scene.nodes.clock.monotonic() - startedMs).toBe(afterMs);
  });

  test('in a circle end one of those who wait', async () => {
    const [a, b] = [await scene.connect(), await scene.connect()];
    for (const connection of [a, b]) await connection.query({ text: 'BEGIN' });
    await a.query(LOCK_CONVERSATION, [scene.one.conversation]);
    await b.query(LOCK_CONVERSATION, [scene.two.conversation]);
    const results = Promise.allSettled([
      a.query(LOCK_CONVERSATION, [scene.two.conversation]),
      b.query(LOCK_CONVERSATION, [scene.one.conversation]),
    ]);
    const [first, second] = await scene.nodes.until(results);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: '40P01' } });
    expect(second).toMatchObject({ status: 'fulfilled' });
  });

  test('are waited for with the sight of the beginning, but the row is as it is then', async () => {
    const [holder, waiter] = [await scene.connect(), await scene.connect()];
    await holder.query({ text: 'BEGIN' });
    await scene.advanceTo(holder, 1);
    const waiting = scene.advanceTo(waiter, 9);
    await scene.append(await scene.connect(), { no: 1, seq: 2 });
    await holder.query({ text: 'COMMIT' });
    // The mark that the holder has moved is where the head was when the waiter began.
    expect(await waiting).toEqual([]);
    const [mark] = await waiter.query<{ read: number }>(READ_MARKS, [scene.one.conversation, 1, 1, 0]);
    expect(mark?.read).toBe(1);
    expect(await scene.advanceTo(waiter, 9)).toMatchObject([{ read: 2 }]);
  });
});
