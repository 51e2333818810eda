// What is scheduled, on several nodes under a clock that the test moves: in time, once, and in order, also where nodes die in the
// middle of it, where all are away for a while, and where the store is.
import { ChatError, type Entry, type Key, makeId } from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { afterEach, describe, expect, test } from 'vitest';
import { Cluster } from '../src/cluster/cluster.js';

const FAULTS = { lose: 0.2, double: 0.2, delay: 0.2, maxDelayMs: 50 };
const HOUR_MS = 3_600_000;
/** In which what is due is sent, and what a node that died has held as well. */
const IN_TIME_MS = 2_000;
const TAKEN_UP_MS = 9_000;

const opened: Cluster[] = [];
afterEach(async () => {
  for (const cluster of opened.splice(0)) {
    for (const { core } of cluster.nodes) await cluster.clock.until(core.laterWorker.stop());
    await cluster.stop();
  }
});

class Scene {
  readonly cluster: Cluster;
  readonly people: Principal[] = [];
  readonly groups: string[] = [];

  constructor(seed: number) {
    this.cluster = new Cluster(seed, { faults: FAULTS, maxStoreDelayMs: 20 });
    opened.push(this.cluster);
  }

  get node() {
    const [node] = this.cluster.nodes;
    if (!node) throw new Error('no node is left');
    return node;
  }

  async open(nodes: number): Promise<void> {
    await this.cluster.start(0);
    for (let count = 0; count < nodes; count += 1) await this.addNode();
    for (const name of ['ann', 'ben', 'cyd']) this.people.push(await this.cluster.addPerson(name));
    const [ann, ...others] = this.people;
    if (!ann) throw new Error('there are people');
    const members = others.map(({ user }) => user);
    for (const name of ['one', 'two']) {
      const caller = { principal: ann, stream: null };
      const params = { kind: 'group', key: this.key(), name, members } as const;
      const made = this.node.core.execute(caller, 'conversation.create', { ...params, members: [...members] });
      this.groups.push((await this.cluster.clock.until(made)).summary.id);
    }
  }

  async addNode(): Promise<void> {
    (await this.cluster.addNode()).core.laterWorker.start();
  }

  key(): Key {
    return makeId<Key>(this.cluster.clock.now(), this.cluster.random.bytes(10));
  }

  /** Of everyone in every group, so many at times that follow each other. @returns their keys by person and group */
  async schedule(count: number, at: number): Promise<readonly (readonly string[])[]> {
    const all: string[][] = [];
    for (const principal of this.people) {
      for (const conversation of this.groups) {
        const keys = Array.from({ length: count }, () => this.key());
        for (const [index, key] of keys.entries()) {
          const params = { conversation, key, text: `number ${index}`, at: at + index };
          const asked = this.node.core.execute({ principal, stream: null }, 'message.schedule', params);
          await this.cluster.clock.until(asked);
        }
        all.push(keys);
      }
    }
    return all;
  }

  /** What stands in the logs, in order. */
  get sent(): readonly Entry[] {
    const entries = [...this.cluster.store.conversations.values()].flatMap((one) => one.entries);
    return entries.flatMap(({ entry }) => (entry.kind === 'message.sent' ? [entry] : []));
  }

  expectAll(wanted: readonly (readonly string[])[]): void {
    const keys = this.sent.map(({ key }) => key ?? '');
    expect(keys).toHaveLength(wanted.flat().length);
    for (const row of wanted) expect(keys.filter((key) => row.includes(key))).toEqual(row);
    expect(this.cluster.reported).toEqual([]);
  }
}

const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);

describe('what is scheduled', () => {
  test.each(SEEDS)('[Q5] is sent in time by three nodes, once and in order, seed %i', async (seed) => {
    const scene = new Scene(seed);
    await scene.open(3);
    const { clock } = scene.cluster;
    const at = clock.now() + 60_000;
    const wanted = await scene.schedule(4, at);
    await clock.advanceAsync(at - 1 - clock.now());
    expect(scene.sent).toEqual([]);
    await clock.advanceAsync(1 + IN_TIME_MS);
    scene.expectAll(wanted);
    for (const entry of scene.sent) expect(entry.at).toBeGreaterThanOrEqual(at);
  });

  test.each(SEEDS)('[Q5] is done by others where nodes die in the middle of it, seed %i', async (seed) => {
    const scene = new Scene(100 + seed);
    await scene.open(3);
    const { clock, random } = scene.cluster;
    const at = clock.now() + 60_000;
    const wanted = await scene.schedule(4, at);
    await clock.advanceAsync(at - clock.now());
    for (let deaths = 0; deaths < 2; deaths += 1) {
      await clock.advanceAsync(random.below(300));
      scene.cluster.kill(scene.node);
    }
    await clock.advanceAsync(2 * TAKEN_UP_MS);
    scene.expectAll(wanted);
  });

  test('[Q5] is sent at once after a downtime, in the order of its times', async () => {
    const scene = new Scene(7);
    await scene.open(2);
    const { clock } = scene.cluster;
    const wanted = await scene.schedule(5, clock.now() + HOUR_MS);
    while (scene.cluster.nodes.length > 0) scene.cluster.kill(scene.node);
    await clock.advanceAsync(5 * HOUR_MS);
    expect(scene.sent).toEqual([]);
    await scene.addNode();
    await scene.addNode();
    await clock.advanceAsync(IN_TIME_MS);
    scene.expectAll(wanted);
  });

  test('[Q5] waits for a store that is away, and goes on by itself', async () => {
    const scene = new Scene(8);
    await scene.open(2);
    const { clock, later } = scene.cluster;
    const at = clock.now() + 60_000;
    const wanted = await scene.schedule(3, at);
    const [claim, settle] = [later.claim, later.settle];
    const away = () => Promise.reject(new ChatError('unavailable', 'the store is away'));
    // The first were sent then, and nobody knows.
    later.settle = away;
    await clock.advanceAsync(at + 600 - clock.now());
    expect(scene.sent.length).toBeGreaterThan(0);
    later.claim = away;
    await clock.advanceAsync(HOUR_MS);
    later.claim = claim;
    later.settle = settle;
    await clock.advanceAsync(2 * TAKEN_UP_MS);
    scene.expectAll(wanted);
    expect(await later.claim({ nowMs: clock.now() + HOUR_MS, leaseMs: 1, limit: 50 })).toEqual([]);
  });
});
