// The shipped log on the model of PostgreSQL when everything goes wrong at once: what was acknowledged is there once, at the
// number that was told, and the change feed names it. And what an operator does: going back to a backup, filling a disk.
import type { Cursor } from '@kith/protocol';
import { delay } from '@kith/server/core/clock';
import { CONVERSATIONS_OF } from '@kith/server/store/postgres/summaries';
import { describe, expect, test } from 'vitest';
import { codeOf, LogWorld, message, numbersTo, type Place, people } from '../src/contracts/log-world.js';
import type { RestoreMode } from '../src/database-model/database-model.js';
import { NO_FAULTS } from '../src/database-model/faults.js';
import { type ModelledNode, ModelledNodes } from './fixtures/modelled-nodes.js';
import { RoughScene } from './fixtures/rough-scene.js';

/** More are run with MODEL_SEEDS. */
const SEEDS = Number(process.env.MODEL_SEEDS ?? 12);
const PLAY_MS = 20_000;

describe('with cuts, crashes, kills, pauses, full disks and commits that overtake each other', () => {
  test.each(numbersTo(SEEDS))(
    'what was acknowledged is there once and in order, and is named: seed %i',
    async (seed) => {
      const scene = new RoughScene(seed);
      await scene.play(PLAY_MS);
      scene.expectSound();
      expect(scene.acknowledged).toBeGreaterThan(10);
    },
  );

  test('the same seed gives the same run, to the last statement', async () => {
    const traces: object[] = [];
    for (const seed of [7, 7, 8]) {
      const scene = new RoughScene(seed);
      await scene.play(PLAY_MS / 4);
      traces.push(scene.trace());
    }
    expect(traces[1]).toEqual(traces[0]);
    expect(traces[2]).not.toEqual(traces[0]);
  });
});

describe('going back to a backup', () => {
  const modes: readonly RestoreMode[] = ['renewed', 'as_it_was'];

  test.each(modes)('%s: what came later is gone, and whoever held it is told by another epoch', async (mode) => {
    const { nodes, node, world, place } = await setUp();
    const [owner, member] = place.users;
    const backup = nodes.model.snapshot();
    const { epoch } = await world.send(place, owner, 'lost');
    await node.log.advance([{ conversation: place.conversation, user: member, delivered: 4, read: 4 }]);
    const cursor = await world.cursor(place, member);
    const { mark } = await node.log.changes(null);
    nodes.model.restore(backup, mode);
    const [stored] = nodes.model.inspect().conversations();
    expect(stored?.entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(nodes.model.inspect().marksOf(member)).toMatchObject([{ delivered: 0, read: 0 }]);
    const answer = await nodes.until(world.send(place, owner, 'after'));
    expect(answer.seq).toBe(4);
    expect(answer.epoch).toBeGreaterThan(epoch);
    const fresh = (await nodes.open()).log;
    const page = { workspace: place.workspace, user: member, limit: 10, since: cursor };
    expect(await fresh.summaries(page)).toMatchObject({ reset: true, summaries: [{ epoch: answer.epoch, head: 4 }] });
    expect((await fresh.changes(mark)).conversations).toContainEqual({ id: place.conversation, head: 4 });
  });

  test('renewed: a conversation that nobody remembers has another epoch too, and the store another name', async () => {
    const { nodes, world, place } = await setUp();
    const backup = nodes.model.snapshot();
    const { epoch } = await world.send(place, place.users[0], 'lost');
    const before = await world.cursor(place, place.users[0]);
    nodes.model.restore(backup, 'renewed');
    const fresh = (await nodes.open()).log;
    const record = (await fresh.records([place.conversation])).get(place.conversation);
    expect(record?.state.epoch).toBeGreaterThan(epoch);
    const after = await world.cursor(place, place.users[0], fresh);
    expect(storeOf(after)).not.toBe(storeOf(before));
  });

  test('as_it_was: from before an epoch that a node has seen, too, each time to an epoch that never was', async () => {
    const { nodes, world, place } = await setUp();
    // Messages take time: a node that asks again and again without an end would never let it pass.
    nodes.model.faults = { ...NO_FAULTS, latency: [1, 1] };
    const backup = nodes.model.snapshot();
    const epochs = new Set<number>();
    for (const _ of numbersTo(3)) {
      epochs.add((await nodes.until(world.send(place, place.users[0], 'lost'))).epoch);
      nodes.model.restore(backup, 'as_it_was');
    }
    epochs.add((await nodes.until(world.send(place, place.users[0], 'after'))).epoch);
    expect([...epochs]).toEqual([...epochs].toSorted((a, b) => a - b));
    expect(epochs.size).toBe(4);
  });

  test('a backup stays as it was, and holds nothing that was not committed', async () => {
    const { nodes, world, place } = await setUp();
    nodes.model.faults = { ...NO_FAULTS, committing: [100, 100] };
    const writing = world.send(place, place.users[0], 'not yet');
    await nodes.clock.advanceAsync(50);
    const backup = nodes.model.snapshot();
    nodes.model.faults = NO_FAULTS;
    await nodes.until(writing);
    for (const _ of numbersTo(2)) {
      nodes.model.restore(backup);
      expect(nodes.model.inspect().conversations()[0]?.entries).toHaveLength(3);
      await nodes.until(world.send(place, place.users[0], 'again'));
    }
  });
});

test('a full disk is unavailable, and when there is room again the same key is written', async () => {
  const { nodes, world, place, node } = await setUp();
  const one = message(place, place.users[0], 'patient');
  nodes.model.isDiskFull = true;
  expect(await codeOf(node.log.append(one))).toBe('unavailable');
  nodes.model.isDiskFull = false;
  expect(await node.log.append({ ...one })).toMatchObject({ seq: 4, duplicate: false });
  expect(await world.entries(place)).toEqual(nodes.model.inspect().conversations()[0]?.entries);
});

test('a transaction whose beginning the server cancels does nothing outside of it', async () => {
  const { nodes, node, place } = await setUp();
  const [owner] = place.users;
  let hasGoneOn = false;
  nodes.model.faults = { ...NO_FAULTS, cancelled: 1 };
  const work = node.database.transaction(async (transaction) => {
    nodes.model.faults = NO_FAULTS;
    await delay(nodes.clock, 100);
    await transaction.query(CONVERSATIONS_OF, [owner]);
    hasGoneOn = true;
  });
  await expect(nodes.until(work)).rejects.toMatchObject({ code: '57014' });
  await nodes.clock.advanceAsync(200);
  expect(hasGoneOn).toBe(false);
});

test('a session that was revoked is named by the change feed', async () => {
  const { nodes, node } = await setUp();
  const { mark } = await node.log.changes(null);
  nodes.model.revokeSession('00000000-0000-7000-8000-000000000001');
  expect((await node.log.changes(mark)).revoked).toEqual(['00000000-0000-7000-8000-000000000001']);
});

type Scene = {
  readonly nodes: ModelledNodes;
  readonly node: ModelledNode;
  readonly world: LogWorld;
  /** A conversation of three entries. */
  readonly place: Place & { readonly users: ReturnType<typeof people> & { readonly 1: ReturnType<typeof people>[0] } };
};

async function setUp(): Promise<Scene> {
  const nodes = new ModelledNodes(1);
  const node = await nodes.open();
  const world = await LogWorld.on(node.log);
  const [owner, member = owner] = people(2);
  const place = await world.create('direct', [owner, member]);
  await world.send(place, owner, 'first');
  await world.send(place, owner, 'second');
  return { nodes, node, world, place: { ...place, users: [owner, member] } };
}

function storeOf(cursor: Cursor): string {
  return cursor.split('.')[0] ?? '';
}
