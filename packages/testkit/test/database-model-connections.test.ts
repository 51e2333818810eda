// What the model of PostgreSQL promises of the way to it: connections of which nobody knows what they did, nodes that die in
// the middle, a server that is away or full, and statements that nobody has modelled.
import { READ_MOMENT } from '@kith/server/store/postgres/changes';
import { beforeEach, describe, expect, test } from 'vitest';
import { BareScene, codeOf, headOf } from './fixtures/bare-scene.js';

let scene: BareScene;
beforeEach(async () => {
  scene = await BareScene.open();
});

describe('connections', () => {
  test.each([
    ['cutBefore', 'ECONNRESET', 1],
    ['cutAfter', 'ECONNRESET', 2],
    ['cutDuring', 'ECONNRESET', 2],
    ['terminated', '57P01', 1],
    ['cancelled', '57014', 1],
  ])('%s: the node gets %s, and the head is %i', async (fault, code, head) => {
    const writer = await scene.connect();
    scene.faults({ [fault]: 1, latency: [1, 1], noticing: [50, 50] });
    await expect(scene.nodes.until(scene.append(writer, { no: 1, seq: 2 }))).rejects.toMatchObject({ code });
    scene.faults({});
    expect(writer.isLost).toBe(code !== '57014');
    expect(await headOf(await scene.connect(), scene.one)).toBe(head);
  });

  test('that are cut while a statement runs say so before it is committed', async () => {
    const writer = await scene.connect();
    scene.faults({ cutDuring: 1, committing: [200, 200] });
    await expect(scene.append(writer, { no: 1, seq: 2 })).rejects.toMatchObject({ code: 'ECONNRESET' });
    scene.faults({});
    const reader = await scene.connect();
    expect(await headOf(reader, scene.one)).toBe(1);
    await scene.nodes.clock.advanceAsync(200);
    expect(await headOf(reader, scene.one)).toBe(2);
  });

  test('over which nothing comes back are given up as the driver does, a second after the statement could run', async () => {
    const writer = await scene.connect(2_500);
    scene.faults({ swallowed: 1 });
    const startedMs = scene.nodes.clock.monotonic();
    await expect(scene.nodes.until(scene.append(writer, { no: 1, seq: 2 }), 1)).rejects.toThrow(
      'no answer within 3500 ms',
    );
    expect(scene.nodes.clock.monotonic() - startedMs).toBe(3_500);
    scene.faults({});
    expect([writer.isLost, await headOf(await scene.connect(), scene.one)]).toEqual([true, 2]);
  });

  test('bring answers in the order of the statements, however long each is on its way', async () => {
    const reader = await scene.connect();
    scene.faults({ latency: [0, 30] });
    const order: number[] = [];
    const reads = Array.from({ length: 30 }, async (_, index) => {
      await reader.query(READ_MOMENT);
      order.push(index);
    });
    await scene.nodes.until(Promise.all(reads));
    expect(order).toEqual(reads.map((_, index) => index));
  });

  test('are refused while the server is away, and what was open is gone', async () => {
    const writer = await scene.connect();
    await writer.query({ text: 'BEGIN' });
    await scene.append(writer, { no: 1, seq: 2 });
    scene.nodes.model.goAway();
    await expect(scene.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(writer.isLost).toBe(true);
    scene.nodes.model.comeBack();
    expect(await headOf(await scene.connect(), scene.one)).toBe(1);
  });

  test('of a node that was cut off lead nowhere until it is back', async () => {
    scene.node.database.cutOff();
    await expect(scene.nodes.until(scene.connect())).rejects.toThrow('timeout expired');
    scene.node.database.rejoin();
    await scene.connect();
  });

  test('of the pool that were idle when the network lost them cost the time of one', async () => {
    const { database } = scene.node;
    const query = () => database.query(READ_MOMENT);
    await Promise.all(Array.from({ length: 6 }, query));
    database.cutOff();
    database.rejoin();
    await expect(scene.nodes.until(query())).rejects.toThrow('no answer within 11000 ms');
    const startedMs = scene.nodes.clock.monotonic();
    for (let count = 0; count < 6; count += 1) expect(await scene.nodes.until(query(), 1)).toHaveLength(1);
    expect(scene.nodes.clock.monotonic() - startedMs).toBeLessThan(100);
  });

  test('of the pool are waited for, not longer than for a connection', async () => {
    const held = Array.from({ length: 6 }, () => scene.hold(scene.node));
    await scene.nodes.clock.advanceAsync(1);
    await expect(scene.nodes.until(scene.node.database.query(READ_MOMENT))).rejects.toThrow('timeout exceeded');
    const late = scene.node.database.query(READ_MOMENT);
    held[0]?.release();
    expect(await late).toHaveLength(1);
  });
});

describe('a node', () => {
  test('that is killed hears nothing more, and what it left open is rolled back when the server notices', async () => {
    const other = await scene.nodes.open();
    scene.faults({ noticing: [300, 300] });
    const held = scene.hold(scene.node, { no: 1, seq: 2 });
    await scene.nodes.clock.advanceAsync(1);
    let heard = false;
    void held.done.finally(() => {
      heard = true;
    });
    scene.node.database.crash();
    held.release();
    let isWritten = false;
    const next = scene.append(await other.database.connect(), { no: 1, seq: 2 }).then(() => {
      isWritten = true;
    });
    await scene.nodes.clock.advanceAsync(299);
    expect(isWritten).toBe(false);
    await scene.nodes.clock.advanceAsync(1);
    await next;
    expect(heard).toBe(false);
  });

  test('that is killed may still have written what it had sent', async () => {
    const heads = new Set<number>();
    for (let tries = 0; heads.size < 2 && tries < 50; tries += 1) {
      const doomed = await scene.nodes.open();
      const connection = await doomed.database.connect();
      const head = await headOf(connection, scene.one);
      scene.faults({ latency: [5, 5] });
      void scene.append(connection, { no: 1, seq: head + 1 });
      doomed.database.crash();
      scene.faults({});
      await scene.nodes.clock.advanceAsync(50);
      heads.add((await headOf(await scene.connect(), scene.one)) - head);
    }
    expect(heads).toEqual(new Set([0, 1]));
  });

  test('that is paused writes what it had sent, and hears of it when it goes on', async () => {
    const writer = await scene.connect();
    let heard = false;
    const writing = scene.append(writer, { no: 1, seq: 2 }).then(() => {
      heard = true;
    });
    scene.node.gate.freeze();
    const other = await scene.nodes.open();
    await scene.nodes.clock.advanceAsync(1_000);
    expect([heard, await headOf(await other.database.connect(), scene.one)]).toEqual([false, 2]);
    scene.node.gate.thaw();
    await scene.nodes.until(writing);
    expect(heard).toBe(true);
  });
});

test('a full disk refuses what needs room, and nothing else', async () => {
  const connection = await scene.connect();
  scene.nodes.model.isDiskFull = true;
  await expect(scene.append(connection, { no: 1, seq: 2 })).rejects.toMatchObject({ code: '53100' });
  expect(await headOf(connection, scene.one)).toBe(1);
  scene.nodes.model.isDiskFull = false;
  await scene.append(connection, { no: 1, seq: 2 });
});

test('a statement that nobody has modelled is refused with a word about where to add it', async () => {
  const strange = scene.node.database.query({ name: 'read_weather', text: 'SELECT 1' });
  await expect(strange).rejects.toThrow('does not know the statement "read_weather": add it');
});

test('parameters that PostgreSQL would refuse are refused with its codes', async () => {
  const connection = await scene.connect();
  const codes: unknown[] = [];
  for (const row of [
    { no: 1, seq: 2 ** 31 },
    { no: 1, seq: 2, key: 'no uuid' },
  ]) {
    codes.push(await scene.append(connection, row).catch(codeOf));
  }
  expect(codes).toEqual(['22003', '22P02']);
});
