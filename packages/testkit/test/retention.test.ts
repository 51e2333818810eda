// Retention, on several nodes under a clock that the test moves: from its time on nobody is given what was said, the start of the
// log moves over it once, also where nodes die in the middle of it, nothing younger is touched, and counts are of what is there.
import { type CommandName, type Entry, type Key, makeId, type Params, type Result } from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { MemoryRetention } from '@kith/server/store/memory/retention';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Cluster, type ClusterNode, type ClusterOptions } from '../src/cluster/cluster.js';
import { Recorder } from '../src/cluster/recorder.js';

const FAULTS = { lose: 0.2, double: 0.2, delay: 0.2, maxDelayMs: 50 };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WORDS = 'seen by nobody after its time';

const opened: Cluster[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cluster of opened.splice(0)) {
    for (const { core } of cluster.nodes) await cluster.clock.until(core.retentionWorker.stop());
    await cluster.stop();
    expect(cluster.reported).toEqual([]);
  }
});

class Scene {
  readonly cluster: Cluster;
  readonly people: Principal[] = [];
  group = '';
  epoch = 0;

  constructor(seed: number, options: Partial<ClusterOptions> = {}) {
    this.cluster = new Cluster(seed, { faults: FAULTS, maxStoreDelayMs: 20, retentionDays: 30, ...options });
    opened.push(this.cluster);
  }

  /** @param nodes that move the start of logs */
  async open(nodes: number): Promise<void> {
    await this.cluster.start(1);
    for (let count = 0; count < nodes; count += 1) await this.addNode();
    for (const name of ['ann', 'ben', 'cat']) this.people.push(await this.cluster.addPerson(name));
    const members = this.people.slice(1, 2).map(({ user }) => user);
    const made = await this.do('conversation.create', { kind: 'group', key: this.key(), name: 'one', members });
    this.group = made.summary.id;
    this.epoch = made.summary.epoch;
  }

  async addNode(): Promise<ClusterNode> {
    const node = await this.cluster.addNode();
    node.core.retentionWorker.start();
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

  async say(more: Partial<Params<'message.send'>> = {}): Promise<number> {
    const params = { conversation: this.group, key: this.key(), text: WORDS, ...more };
    return (await this.do('message.send', params)).seq;
  }

  async days(count: number): Promise<void> {
    // Nobody is connected: what ticks in between is of no account.
    this.cluster.clock.jump(count * DAY_MS);
    await this.cluster.clock.advanceAsync(MINUTE_MS);
  }

  get stored() {
    const found = [...this.cluster.store.conversations.values()].find(({ id }) => id === this.group);
    if (!found) throw new Error('the conversation is there');
    return found;
  }

  get entries(): readonly Entry[] {
    return this.stored.entries.map(({ entry }) => entry);
  }

  /** All that the other member is given anywhere. */
  async given(target: number, who = 1): Promise<string> {
    const { group: conversation, epoch } = this;
    const orRefusal = async (asked: Promise<unknown>) => await asked.catch((error: unknown) => String(error));
    return JSON.stringify([
      await this.do('messages.read', { conversation }, who),
      await orRefusal(this.do('messages.read', { conversation, epoch, thread: target }, who)),
      await this.do('entries.read', { conversation }, who),
      await this.do('entries.read', { conversation, changesOnly: true }, who),
      await orRefusal(this.do('message.history', { conversation, epoch, target }, who)),
      await orRefusal(this.do('reactions.read', { conversation, epoch, target }, who)),
      await orRefusal(this.do('quotes.read', { conversation, epoch, targets: [target] }, who)),
      await this.do('pins.read', { conversation }, who),
      await this.do('messages.search', { query: 'nobody' }, who),
      await this.do('threads.list', {}, who),
      await this.do('conversations.list', {}, who),
      await this.do('conversation.read', { conversation }, who),
    ]);
  }
}

const SEEDS = Array.from({ length: 6 }, (_, index) => index + 1);

describe('retention', () => {
  test('[RT5] [RT8] from its time on no answer has what was said, whether anyone has moved the log or not', async () => {
    const scene = new Scene(1, { isIndexing: true });
    await scene.open(0);
    const target = await scene.say();
    const { group: conversation, epoch } = scene;
    await scene.say({ thread: target, epoch });
    await scene.do('message.edit', { conversation, epoch, target, text: `${WORDS}, edited` });
    await scene.do('reaction.set', { conversation, epoch, target, emoji: '🎈' });
    await scene.do('message.pin', { conversation, epoch, target });
    await scene.do('message.send', { conversation, key: scene.key(), text: WORDS, replyTo: target });
    await scene.cluster.clock.advanceAsync(10_000);
    const before = await scene.given(target);
    expect(before).toContain(WORDS);
    expect(before).toContain('🎈');
    await scene.days(30);
    expect(scene.stored.first).toBe(1);
    for (const words of [WORDS, '🎈']) expect(await scene.given(target)).not.toContain(words);
    const forward = { conversation, epoch, seq: target };
    await expect(scene.say({ forward })).rejects.toMatchObject({ code: 'conflict' });
    await scene.addNode();
    await scene.cluster.clock.advanceAsync(MINUTE_MS);
    expect(scene.stored.first).toBe(scene.stored.state.head + 1);
    for (const words of [WORDS, '🎈']) {
      expect(JSON.stringify(scene.entries)).not.toContain(words);
      expect(await scene.given(target)).not.toContain(words);
    }
    const place = { conversation, epoch, target };
    for (const ask of [
      () => scene.do('message.edit', { ...place, text: 'y' }),
      () => scene.do('reaction.set', { ...place, emoji: '👍' }),
      () => scene.do('reminder.set', { ...place, at: scene.cluster.clock.now() + DAY_MS }),
      () => scene.say({ thread: target, epoch }),
      () => scene.say({ forward }),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(scene.say({ replyTo: target })).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('[RT3] [RT6] [RT7] the log begins with the first that is young enough; the rest is as it was', async () => {
    const scene = new Scene(2);
    await scene.open(2);
    const key = scene.key();
    const old = await scene.say({ key });
    await scene.days(10);
    const young = await scene.say({ text: 'young', mentions: { all: true } });
    const { group: conversation } = scene;
    expect((await scene.do('conversation.read', { conversation }, 1)).summary).toMatchObject({ first: 1, unread: 2 });
    await scene.days(20);
    const { summary } = await scene.do('conversation.read', { conversation }, 1);
    expect(summary).toMatchObject({ first: young, head: young, unread: 1, mentions: 1, name: 'one', members: 2 });
    const { entries, first } = await scene.do('entries.read', { conversation }, 1);
    expect([first, entries.map(({ seq, body }) => [seq, body.text])]).toEqual([young, [[young, 'young']]]);
    // Whoever joins later has the same beginning, and members are who they were.
    await scene.do('member.add', { conversation, user: scene.people[2]?.user ?? '' });
    expect((await scene.do('conversation.read', { conversation }, 2)).summary).toMatchObject({
      first: young,
      unread: 1,
    });
    const members = await scene.do('members.read', { conversation }, 2);
    expect(members.items.map(({ role }) => role)).toEqual(['owner', 'member', 'member']);
    // A retry of the send gets the first answer.
    expect(await scene.say({ key })).toBe(old);
    await scene.days(20);
    expect(await scene.do('conversation.read', { conversation }, 1)).toMatchObject({
      summary: { unread: 0, last: { kind: 'member.joined' } },
    });
    await scene.days(20);
    expect(await scene.do('conversation.read', { conversation }, 1)).toMatchObject({
      summary: { unread: 0, last: null },
    });
    expect(await scene.do('messages.read', { conversation }, 1)).toMatchObject({ items: [], hasBefore: false });
    const next = await scene.say({ text: 'next' });
    expect((await scene.do('conversation.read', { conversation }, 1)).summary).toMatchObject({
      first: next,
      unread: 1,
    });
  });

  test('[RT2] [RT4] a conversation keeps less, or more where the workspace allows that, and what is held is kept', async () => {
    const scene = new Scene(3);
    await scene.open(1);
    const { group: conversation, cluster } = scene;
    const store = new MemoryRetention(cluster.store);
    const set = (retentionDays: number | null) => scene.do('conversation.update', { conversation, retentionDays });
    await expect(set(31)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(set(0)).rejects.toMatchObject({ code: 'forbidden' });
    await set(2);
    await scene.say();
    await scene.days(2);
    expect(scene.stored.first).toBe(scene.stored.state.head + 1);
    await store.setPolicy(cluster.workspace, { days: 30, longer: true, kept: [] });
    await cluster.clock.advanceAsync(MINUTE_MS);
    await set(0);
    const kept = await scene.say();
    await scene.days(100);
    expect(await scene.given(kept)).toContain(WORDS);
    // What was allowed is bounded again where the workspace no longer allows it, but for what is held.
    await store.setPolicy(cluster.workspace, { days: 30, longer: false, kept: [scene.stored.id] });
    await cluster.clock.advanceAsync(MINUTE_MS);
    expect(await scene.given(kept)).toContain(WORDS);
    await store.setPolicy(cluster.workspace, { days: 30, longer: false, kept: [] });
    await cluster.clock.advanceAsync(MINUTE_MS);
    expect(scene.stored.first).toBe(kept + 1);
    expect(await scene.given(kept)).not.toContain(WORDS);
  });

  test('[RT2] what is in people’s own conversations stays', async () => {
    const scene = new Scene(4);
    await scene.open(1);
    await scene.do('setting.set', { name: 'draft:x', value: 'kept' });
    await scene.days(100);
    expect(JSON.stringify(await scene.do('settings.read', {}))).toContain('kept');
  });

  test('[RT6] who is connected is told where the log begins now', async () => {
    const scene = new Scene(5);
    await scene.open(1);
    const seq = await scene.say();
    await scene.days(29);
    const [node, ben] = [scene.cluster.nodes[0], scene.people[1]];
    if (!node || !ben) throw new Error('there is a node, and ben');
    const recorder = new Recorder();
    const hello = { type: 'hello', token: '', device: 'd', instance: 'i', client: 'c', capabilities: [] } as const;
    await scene.cluster.clock.until(node.core.open(ben, hello, recorder));
    scene.cluster.clock.jump(DAY_MS);
    await scene.cluster.clock.advanceAsync(MINUTE_MS);
    const { group: conversation, epoch } = scene;
    const told = recorder.frames.filter((frame) => frame.type === 'signal' && frame.name === 'marks');
    expect(told.at(-1)).toEqual({ type: 'signal', name: 'marks', conversation, epoch, marks: [], first: seq + 1 });
  });

  test.each(SEEDS)(
    '[RT3] each step is made once by three nodes, of which two die, and nothing younger is lost, seed %i',
    async (seed) => {
      const scene = new Scene(10 + seed);
      await scene.open(3);
      const real = MemoryRetention.prototype.trim;
      const steps: (readonly [first: number, to: number])[] = [];
      vi.spyOn(MemoryRetention.prototype, 'trim').mockImplementation(async function trim(this: MemoryRetention, step) {
        const before = scene.stored.first;
        const isDone = await real.call(this, step);
        if (step.to > step.first && isDone && step.first >= before) steps.push([step.first, step.to]);
        return isDone;
      });
      const { clock, random } = scene.cluster;
      for (let count = 0; count < 700; count += 100) {
        await Promise.all(Array.from({ length: 100 }, () => scene.say()));
      }
      const last = scene.stored.state.head;
      clock.jump(29 * DAY_MS);
      await clock.advanceAsync(MINUTE_MS);
      const young = await Promise.all(Array.from({ length: 20 }, () => scene.say({ text: 'young' })));
      clock.jump(DAY_MS);
      for (let deaths = 0; deaths < 2; deaths += 1) {
        await clock.advanceAsync(random.below(20_000));
        const victim = scene.cluster.nodes[1];
        if (victim) scene.cluster.kill(victim);
      }
      await clock.advanceAsync(2 * MINUTE_MS);
      expect(scene.stored.first).toBe(last + 1);
      expect(JSON.stringify(scene.entries)).not.toContain(WORDS);
      // Steps that follow each other without a hole, whoever made them.
      expect(new Set(steps.map(([first]) => first)).size).toBe(steps.length);
      const read = await scene.do('entries.read', { conversation: scene.group }, 1);
      expect(read.entries.map(({ seq, body }) => [seq, body.text])).toEqual(
        young.toSorted((a, b) => a - b).map((seq) => [seq, 'young']),
      );
      expect((await scene.do('conversation.read', { conversation: scene.group }, 1)).summary).toMatchObject({
        unread: 20,
      });
    },
  );
});
