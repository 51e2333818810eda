import { type ConversationId, type Entry, type ServerFrame, type Summary, toId } from '@kith/protocol';
import type { Stream } from '@kith/server/core/chat';
import type { Outgoing, Sink } from '@kith/server/core/live/sink';
import type { Principal } from '@kith/server/core/principal';
import { Cluster, type ClusterNode } from '@kith/testkit/cluster/cluster';
import { logsOf } from '@kith/testkit/cluster/laws';
import { settle } from '@kith/testkit/fake-clock';
import { NO_BUS_FAULTS } from '@kith/testkit/faulty-bus';
import type { SeededRandom } from '@kith/testkit/seeded-random';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Outbox } from '../src/outbox/outbox.js';
import { refusalOf, unavailable } from '../src/refusal.js';
import type { Link } from '../src/wire/link.js';
import { FakeKeeper } from './fixtures/fake-link.js';

const SILENT: Sink = { send() {}, signal() {}, deliver() {}, close() {} };

const SHED = 0.15;

/**
 * A connection to one node of the shipped core: what is under way when it is cut is carried out, or dies with the node.
 * Now and then a message is turned away before it reaches the core, as an overloaded node does.
 */
class CoreWire {
  isCut = false;
  readonly #caller: { readonly principal: Principal; readonly stream: Stream };
  readonly #node: ClusterNode;
  readonly #random: SeededRandom;
  readonly #waiting = new Set<() => void>();

  constructor(node: ClusterNode, stream: Stream, random: SeededRandom) {
    this.#node = node;
    this.#random = random;
    this.#caller = { principal: stream.principal, stream };
  }

  command: Link['command'] = (name, params) =>
    new Promise((resolve, reject) => {
      const lose = () => reject(unavailable('the connection went'));
      if (name === 'message.send' && this.#random.chance(SHED)) {
        lose();
        return;
      }
      this.#waiting.add(lose);
      this.#node.core
        .execute(this.#caller, name, params)
        .then(
          (result) => !this.isCut && resolve(result),
          (error: { fields?: unknown }) => !this.isCut && reject(refusalOf(error.fields, String(error))),
        )
        .finally(() => this.#waiting.delete(lose));
    });

  cut(): void {
    this.isCut = true;
    this.#caller.stream.closed();
    for (const lose of this.#waiting) lose();
  }
}

/** A device with an outbox, and as much of a replica as it needs. */
class CoreDevice {
  readonly cluster: Cluster;
  readonly #principal: Principal;
  readonly #keeper = new FakeKeeper();
  readonly #held = new Map<string, { epoch: number; to: number }>();
  #wire: CoreWire | null = null;
  node: ClusterNode | null = null;
  outbox: Outbox;

  constructor(cluster: Cluster, principal: Principal) {
    this.cluster = cluster;
    this.#principal = principal;
    this.outbox = this.#open();
  }

  async connect(node: ClusterNode): Promise<void> {
    this.cut();
    const opened: { wire: CoreWire | null } = { wire: null };
    const take = (outgoing: Outgoing) => {
      if (opened.wire?.isCut !== true) this.#take(JSON.parse(outgoing.text) as ServerFrame);
    };
    const hello = { type: 'hello', token: 'none' } as const;
    const opening = node.core.open(this.#principal, hello, { ...SILENT, send: take, deliver: take });
    opened.wire = new CoreWire(node, await inTime(this.cluster, opening), this.cluster.random);
    this.#wire = opened.wire;
    this.node = node;
    await this.catchUp();
    this.outbox.connected();
  }

  /** Reads what was not pushed: written while there was no connection, or before what came sooner. */
  async catchUp(): Promise<void> {
    for (const [conversation, { epoch, to }] of this.#held) {
      const params = { conversation, after: to, ...(to > 0 ? { epoch } : {}) };
      const page = this.#wire?.command('entries.read', params);
      if (page) this.#took(conversation, (await inTime(this.cluster, page)).entries);
    }
  }

  cut(): void {
    this.#wire?.cut();
    this.#wire = null;
    this.node = null;
    this.outbox.disconnected();
  }

  async crash(): Promise<void> {
    this.cut();
    this.outbox.close();
    this.outbox = this.#open();
    await this.outbox.reload();
  }

  #open(): Outbox {
    return new Outbox({
      link: { command: (name, params) => this.#wire?.command(name, params) ?? Promise.reject(unavailable('cut')) },
      keeper: this.#keeper,
      stored: async () => new Map(this.#keeper.records),
      clock: this.cluster.clock,
      random: this.cluster.random,
      user: this.#principal.user,
      logOf: (conversation) => this.#held.get(conversation) ?? null,
    });
  }

  #take(frame: ServerFrame): void {
    if (frame.type === 'welcome') for (const summary of frame.conversations) this.#hold(summary);
    if (frame.type === 'conversation') this.#hold(frame.summary);
    if (frame.type === 'entry') this.#took(frame.conversation, [frame]);
  }

  #hold({ id, epoch }: Summary): void {
    if (!this.#held.has(id)) this.#held.set(id, { epoch, to: 0 });
  }

  #took(conversation: string, entries: readonly Entry[]): void {
    const held = this.#held.get(conversation);
    const next = entries.filter(({ seq }, index) => held && seq === held.to + 1 + index);
    if (!held || next.length === 0) return;
    this.#held.set(conversation, { epoch: held.epoch, to: held.to + next.length });
    this.outbox.took(conversation, next);
  }
}

/** Lets time go on until there is an answer. */
async function inTime<T>({ clock }: Cluster, asked: Promise<T>): Promise<T> {
  let isSettled = false;
  asked
    .catch(() => {})
    .finally(() => {
      isSettled = true;
    });
  for (let round = 0; round < 1_000 && !isSettled; round += 1) await clock.advanceAsync(10);
  if (!isSettled) throw new Error('there is no answer');
  return asked;
}

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('say' as const), where: fc.nat({ max: 1 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const), node: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly cluster: Cluster;
  readonly said: { readonly conversation: string; readonly text: string }[] = [];
  readonly #device: CoreDevice;
  readonly #places: readonly string[];

  private constructor(cluster: Cluster, device: CoreDevice, places: readonly string[]) {
    this.cluster = cluster;
    this.#device = device;
    this.#places = places;
  }

  static async start(seed: number): Promise<World> {
    const cluster = new Cluster(seed, { faults: NO_BUS_FAULTS, maxStoreDelayMs: 20 });
    await cluster.start(2);
    const principal = await cluster.addPerson('ann');
    const caller = { principal, stream: null };
    const making = ['one', 'two'].map((name) =>
      cluster.nodes[0]?.core.execute(caller, 'conversation.create', { kind: 'group', members: [], name }),
    );
    const made = await inTime(cluster, Promise.all(making));
    const device = new CoreDevice(cluster, principal);
    return new World(
      cluster,
      device,
      made.map((answer) => answer?.summary.id ?? ''),
    );
  }

  async take(taken: Step): Promise<void> {
    switch (taken.do) {
      case 'say': {
        const conversation = this.#places[taken.where] ?? '';
        const text = `m${this.said.length}`;
        this.said.push({ conversation, text });
        await this.#device.outbox.add({ conversation, command: 'message.send', params: { text } });
        break;
      }
      case 'wait':
        await this.cluster.clock.advanceAsync(taken.ms);
        break;
      case 'connect':
        await this.#connect(taken.node);
        break;
      case 'cut':
        this.#device.cut();
        break;
      case 'kill': {
        const node = this.#device.node ?? this.cluster.nodes[0];
        if (!node) break;
        this.cluster.kill(node);
        this.#device.cut();
        await this.cluster.addNode();
        break;
      }
      default:
        await this.#device.crash();
    }
    await settle();
  }

  async comeToRest(): Promise<void> {
    await this.#connect(0);
    for (let round = 0; round < 200 && this.unsent.length > 0; round += 1) {
      await this.cluster.clock.advanceAsync(500);
      await this.#device.catchUp();
    }
  }

  get unsent(): readonly unknown[] {
    return this.#device.outbox.items.getSnapshot();
  }

  textsOf(conversation: string): readonly unknown[] {
    const log = logsOf(this.cluster).get(toId<ConversationId>(conversation)) ?? [];
    return log.filter(({ kind }) => kind === 'message.sent').map(({ body }) => body.text);
  }

  async end(): Promise<void> {
    this.#device.cut();
    this.#device.outbox.close();
    await inTime(this.cluster, this.cluster.stop());
  }

  async #connect(index: number): Promise<void> {
    const node = this.cluster.nodes[index];
    if (node) await this.#device.connect(node);
  }
}

it('[M10] [O2] on the shipped core, what was added is in the log exactly once and in order, whatever is cut or killed', async () => {
  const steps = fc.array(step, { maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer(), async (taken, seed) => {
      const world = await World.start(seed);
      for (const one of taken) await world.take(one);
      await world.comeToRest();
      expect(world.unsent).toEqual([]);
      for (const conversation of new Set(world.said.map((said) => said.conversation))) {
        const said = world.said.filter((one) => one.conversation === conversation).map(({ text }) => text);
        expect(world.textsOf(conversation)).toEqual(said);
      }
      expect(world.cluster.reported).toEqual([]);
      await world.end();
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 40) },
  );
}, 240_000);
