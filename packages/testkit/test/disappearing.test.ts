// Messages that disappear, on several nodes under a clock that the test moves: nobody is given one after its time, it is erased
// once, also where nodes die in the middle of it, where all are away for a while, and where the store is.
import {
  ChatError,
  type CommandName,
  type ConversationId,
  type Entry,
  type Key,
  makeId,
  type Params,
  type Result,
  toId,
} from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { MemoryDueMessages } from '@kith/server/store/memory/due-messages';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Cluster, type ClusterNode } from '../src/cluster/cluster.js';

const FAULTS = { lose: 0.2, double: 0.2, delay: 0.2, maxDelayMs: 50 };
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** In which what has had its time is erased where all is well. */
const IN_TIME_MS = 5_000;
const WORDS = 'seen by nobody after its time';

const opened: Cluster[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cluster of opened.splice(0)) {
    for (const { core } of cluster.nodes) await cluster.clock.until(core.disappearingWorker.stop());
    await cluster.stop();
    expect(cluster.reported).toEqual([]);
  }
});

class Scene {
  readonly cluster: Cluster;
  readonly people: Principal[] = [];
  group = '';
  epoch = 0;

  constructor(seed: number, isIndexing = false) {
    this.cluster = new Cluster(seed, { faults: FAULTS, maxStoreDelayMs: 20, isIndexing });
    opened.push(this.cluster);
  }

  /** @param nodes that erase */
  async open(nodes: number): Promise<void> {
    await this.cluster.start(1);
    for (let count = 0; count < nodes; count += 1) await this.addNode();
    for (const name of ['ann', 'ben']) this.people.push(await this.cluster.addPerson(name));
    const members = this.people.slice(1).map(({ user }) => user);
    const made = await this.do('conversation.create', { kind: 'group', key: this.key(), name: 'one', members });
    this.group = made.summary.id;
    this.epoch = made.summary.epoch;
  }

  async addNode(): Promise<ClusterNode> {
    const node = await this.cluster.addNode();
    node.core.disappearingWorker.start();
    return node;
  }

  key(): Key {
    return makeId<Key>(this.cluster.clock.now(), this.cluster.random.bytes(10));
  }

  do<N extends CommandName>(name: N, params: Params<N>, who = 0): Promise<Result<N>> {
    const [principal, node] = [this.people[who], this.cluster.nodes[0]];
    if (!principal || !node) throw new Error('there is a person, and a node');
    return this.cluster.clock.until(node.core.execute({ principal, stream: null }, name, params));
  }

  setTimer(disappearAfterMs: number | null): Promise<Result<'conversation.update'>> {
    return this.do('conversation.update', { conversation: this.group, disappearAfterMs });
  }

  async say(more: Partial<Params<'message.send'>> = {}): Promise<number> {
    const params = { conversation: this.group, key: this.key(), text: WORDS, ...more };
    return (await this.do('message.send', params)).seq;
  }

  get entries(): readonly Entry[] {
    const all = [...this.cluster.store.conversations.values()].flatMap((one) => one.entries);
    return all.flatMap(({ entry }) => (entry.conversation === this.group ? [entry] : []));
  }

  get deletions(): readonly Entry[] {
    return this.entries.filter(({ kind }) => kind === 'message.deleted');
  }

  /** All that the other member is given anywhere. */
  async given(): Promise<string> {
    const { group: conversation, epoch } = this;
    const first = this.entries.find(({ kind }) => kind === 'message.sent')?.seq ?? 1;
    return JSON.stringify([
      await this.do('messages.read', { conversation }, 1),
      await this.do('messages.read', { conversation, epoch, thread: first }, 1),
      await this.do('entries.read', { conversation }, 1),
      await this.do('entries.read', { conversation, changesOnly: true }, 1),
      await this.do('message.history', { conversation, epoch, target: first }, 1),
      await this.do('messages.search', { query: 'nobody' }, 1),
      await this.do('threads.list', {}, 1),
      await this.do('conversations.list', {}, 1),
      await this.do('conversation.read', { conversation }, 1),
    ]);
  }
}

const SEEDS = Array.from({ length: 6 }, (_, index) => index + 1);

describe('messages that disappear', () => {
  test('[Z1] have the timer that stands when they get their number; those from before stay', async () => {
    const scene = new Scene(1);
    await scene.open(1);
    const before = await scene.say();
    await scene.setTimer(HOUR_MS);
    const during = await scene.say();
    const own = await scene.say({ disappearAfterMs: MINUTE_MS });
    const longer = await scene.say({ disappearAfterMs: 2 * HOUR_MS });
    await scene.setTimer(null);
    const after = await scene.say();
    const ownAfter = await scene.say({ disappearAfterMs: MINUTE_MS });
    const wanted = new Map([
      [before, null],
      [during, HOUR_MS],
      [own, MINUTE_MS],
      [longer, HOUR_MS],
      [after, null],
      [ownAfter, MINUTE_MS],
    ]);
    for (const { seq, at, kind, body } of scene.entries) {
      if (kind !== 'message.sent') continue;
      const lifetime = wanted.get(seq) ?? null;
      // Its time begins when it was asked for, a moment before the log has it.
      if (lifetime === null) expect(body).not.toHaveProperty('disappearAt');
      else expect(Math.abs(Number(body.disappearAt) - at - lifetime)).toBeLessThan(200);
    }
    await scene.cluster.clock.advanceAsync(MINUTE_MS + IN_TIME_MS);
    expect(scene.deletions.map(({ body }) => body.target)).toEqual(expect.arrayContaining([own, ownAfter]));
    expect(scene.deletions).toHaveLength(2);
    await scene.cluster.clock.advanceAsync(HOUR_MS);
    expect(scene.deletions).toHaveLength(4);
    await scene.cluster.clock.advanceAsync(2 * HOUR_MS);
    expect(scene.deletions).toHaveLength(4);
  });

  test('[PO11] [Z5] a poll and its votes are in no answer from its time on, and nobody votes any more', async () => {
    const scene = new Scene(3);
    await scene.open(0);
    const poll = { options: [{ text: `${WORDS}, yes` }, { text: `${WORDS}, no` }] };
    const target = await scene.say({ disappearAfterMs: MINUTE_MS, poll });
    const { group: conversation, epoch } = scene;
    await scene.do('poll.vote', { conversation, epoch, target, choices: [1] }, 1);
    const read = { conversation, epoch, target };
    expect((await scene.do('votes.read', read)).items).toMatchObject([{ choices: [1] }]);
    await scene.do('poll.close', read);
    await scene.cluster.clock.advanceAsync(MINUTE_MS);
    expect(scene.deletions).toEqual([]);
    const given = async () => {
      expect(await scene.given()).not.toContain(WORDS);
      const { entries } = await scene.do('entries.read', { conversation }, 1);
      const votes = entries.filter(({ kind }) => kind.startsWith('poll.'));
      expect(votes.map(({ erased, body }) => ({ erased, body }))).toEqual([
        { erased: true, body: { target } },
        { erased: true, body: { target } },
      ]);
      const { items } = await scene.do('messages.read', { conversation });
      expect(items.find(({ seq }) => seq === target)).not.toHaveProperty('poll');
      const voting = scene.do('poll.vote', { ...read, choices: [0] }, 1);
      await expect(voting).rejects.toMatchObject({ code: 'conflict' });
      await expect(scene.do('poll.close', read)).rejects.toMatchObject({ code: 'conflict' });
      await expect(scene.do('votes.read', read)).rejects.toMatchObject({ code: 'conflict' });
    };
    await given();
    await scene.addNode();
    await scene.cluster.clock.advanceAsync(IN_TIME_MS);
    expect(scene.deletions).toHaveLength(1);
    await given();
    const { votes } = scene.cluster.store.conversations.get(toId<ConversationId>(conversation)) ?? {};
    expect(votes?.size).toBe(0);
  });

  test('[Z5] are in no answer from their time on, whether anyone has come to erase them or not', async () => {
    const scene = new Scene(2, true);
    await scene.open(0);
    await scene.setTimer(MINUTE_MS);
    const target = await scene.say();
    const { group: conversation, epoch } = scene;
    await scene.say({ thread: target, epoch });
    await scene.do('message.edit', { conversation, epoch, target, text: `${WORDS}, edited` });
    await scene.cluster.clock.advanceAsync(10_000);
    expect(await scene.given()).toContain(WORDS);
    expect((await scene.do('messages.search', { query: 'nobody' }, 1)).items).toHaveLength(2);
    await scene.cluster.clock.advanceAsync(MINUTE_MS);
    expect(scene.deletions).toEqual([]);
    expect(await scene.given()).not.toContain(WORDS);
    const { entries } = await scene.do('entries.read', { conversation }, 1);
    const emptied = entries.filter(({ kind }) => kind.startsWith('message.'));
    expect(emptied.map(({ erased, body }) => ({ erased, body }))).toEqual([
      { erased: true, body: {} },
      { erased: true, body: { thread: target, count: 1 } },
      { erased: true, body: { target } },
    ]);
    await expect(scene.do('message.edit', { conversation, epoch, target, text: 'y' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(scene.do('reaction.set', { conversation, epoch, target, emoji: '👍' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(scene.say({ thread: target, epoch })).rejects.toMatchObject({ code: 'conflict' });
    const forward = { conversation, epoch, seq: target };
    await expect(scene.say({ forward })).rejects.toMatchObject({ code: 'conflict' });
    await scene.addNode();
    await scene.cluster.clock.advanceAsync(IN_TIME_MS);
    expect(scene.deletions.map(({ author, body }) => ({ author, body }))).toEqual([
      { author: scene.people[0]?.user, body: { target, author: scene.people[0]?.user, expired: true } },
      {
        author: scene.people[0]?.user,
        body: { target: target + 1, author: scene.people[0]?.user, thread: target, expired: true },
      },
    ]);
    const later = await scene.do('entries.read', { conversation }, 1);
    expect(later.entries.slice(0, entries.length)).toEqual(entries);
    expect(JSON.stringify([...scene.entries])).not.toContain(WORDS);
  });

  test('[Z4] a retry of the send gets the first answer after that', async () => {
    const scene = new Scene(3);
    await scene.open(1);
    await scene.setTimer(MINUTE_MS);
    const key = scene.key();
    const seq = await scene.say({ key });
    expect(await scene.say({ key })).toBe(seq);
    await scene.cluster.clock.advanceAsync(MINUTE_MS + IN_TIME_MS);
    expect(scene.deletions).toHaveLength(1);
    expect(await scene.say({ key })).toBe(seq);
    expect(scene.entries.filter(({ kind }) => kind === 'message.sent')).toHaveLength(1);
  });

  test.each(SEEDS)('[Z3] are erased once by three nodes, seed %i', async (seed) => {
    const scene = new Scene(10 + seed);
    await scene.open(3);
    await scene.setTimer(MINUTE_MS);
    const sent: number[] = [];
    for (let count = 0; count < 120; count += 1) sent.push(await scene.say());
    await scene.cluster.clock.advanceAsync(MINUTE_MS + IN_TIME_MS);
    expect(scene.deletions.map(({ body }) => Number(body.target)).sort((a, b) => a - b)).toEqual(sent);
  });

  test.each(SEEDS)('[Z3] are erased once where nodes die in the middle of it, seed %i', async (seed) => {
    const scene = new Scene(20 + seed);
    await scene.open(3);
    await scene.setTimer(MINUTE_MS);
    const sent = await Promise.all(Array.from({ length: 120 }, () => scene.say()));
    const { clock, random } = scene.cluster;
    await clock.advanceAsync(MINUTE_MS - 200);
    for (let deaths = 0; deaths < 2; deaths += 1) {
      await clock.advanceAsync(random.below(1_000));
      const victim = scene.cluster.nodes[1];
      if (victim) scene.cluster.kill(victim);
    }
    await clock.advanceAsync(2 * IN_TIME_MS);
    const targets = scene.deletions.map(({ body }) => Number(body.target));
    expect(targets.sort((a, b) => a - b)).toEqual(sent.toSorted((a, b) => a - b));
  });

  test('[Z3] are erased after a downtime, and after the store was away', async () => {
    const scene = new Scene(31);
    await scene.open(1);
    await scene.setTimer(MINUTE_MS);
    await scene.say();
    for (const node of scene.cluster.nodes.splice(0)) node.gate.crash();
    await scene.cluster.clock.advanceAsync(5 * HOUR_MS);
    expect(scene.deletions).toEqual([]);
    const away = vi.spyOn(MemoryDueMessages.prototype, 'due').mockRejectedValue(new ChatError('unavailable', 'away'));
    await scene.addNode();
    await scene.cluster.clock.advanceAsync(HOUR_MS);
    expect(away.mock.calls.length).toBeGreaterThan(10);
    expect(scene.deletions).toEqual([]);
    away.mockRestore();
    await scene.cluster.clock.advanceAsync(20_000);
    expect(scene.deletions).toHaveLength(1);
  });

  test('[Z3] one that cannot be erased keeps no others waiting', async () => {
    const scene = new Scene(32);
    await scene.open(0);
    await scene.setTimer(MINUTE_MS);
    const sent: number[] = [];
    for (let count = 0; count < 130; count += 1) sent.push(await scene.say());
    const real = MemoryDueMessages.prototype.due;
    // A whole turn full of them.
    vi.spyOn(MemoryDueMessages.prototype, 'due').mockImplementation(async function due(this: MemoryDueMessages, query) {
      const found = await real.call(this, query);
      return found.map((message) => (sent.indexOf(message.seq) < 60 ? { ...message, seq: 1 } : message));
    });
    await scene.cluster.clock.advanceAsync(MINUTE_MS);
    await scene.addNode();
    await scene.cluster.clock.advanceAsync(IN_TIME_MS);
    expect(scene.deletions).toHaveLength(70);
    const reported = new Set(scene.cluster.reported.splice(0).map(({ message }) => message));
    expect([...reported]).toEqual(['what has had its time has to wait']);
  });
});
