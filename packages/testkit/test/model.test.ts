// The model test: random people, nodes, faults and restarts against the shipped core, then the laws. A failing run prints
// its seed and path; MODEL_SEED and MODEL_PATH replay it, MODEL_RUNS makes it longer.
import type { ConversationId } from '@kith/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Cluster } from '../src/cluster/cluster.js';
import {
  checkDeletions,
  checkDevices,
  checkLogs,
  checkReactions,
  checkReplica,
  checkThreads,
  checkView,
  logsOf,
  unreadOf,
} from '../src/cluster/laws.js';
import { ModelClient } from '../src/cluster/model-client.js';
import { NO_BUS_FAULTS } from '../src/faulty-bus.js';

const PEOPLE = 4;
const NODES = 2;
const STORE_DELAY_MS = 8;
const EMOJI = ['👍', '❤️', '❤', '🎉', 'no emoji'];

const place = fc.nat({ max: 1_000 });
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('say' as const), who: place, where: place }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_000 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const), who: place, where: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), who: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wipe' as const), who: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), where: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('direct' as const), who: place, whom: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('group' as const), who: place, whom: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), who: place, whom: place, where: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), who: place, whom: place, where: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('role' as const), who: place, whom: place, where: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), who: place, where: place }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('edit' as const), who: place, where: place, what: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), who: place, where: place, what: place }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('react' as const), who: place, where: place, what: place }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('answer' as const), who: place, where: place, what: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), who: place, where: place }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly cluster: Cluster;
  readonly clients: ModelClient[] = [];
  readonly said = new Map<ModelClient, string[]>();
  #words = 0;

  constructor(seed: number) {
    const faults = { lose: 0.2, double: 0.1, delay: 0.3, maxDelayMs: 400 };
    this.cluster = new Cluster(seed, { faults, maxStoreDelayMs: STORE_DELAY_MS });
  }

  async start(): Promise<void> {
    await this.cluster.start(NODES);
    for (let index = 0; index < PEOPLE; index += 1) {
      const principal = await this.cluster.addPerson(`person${index}`);
      // Two devices of each: what one sends, the other must see.
      this.clients.push(new ModelClient(this.cluster, principal), new ModelClient(this.cluster, principal));
    }
    for (const [index, client] of this.clients.entries()) {
      this.said.set(client, []);
      client.connect(this.#node(index));
    }
    await this.cluster.clock.advanceAsync(100);
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        await this.cluster.clock.advanceAsync(step.ms);
        return;
      case 'cut':
        this.#client(step.who).cut();
        return;
      case 'wipe':
        this.#client(step.who).wipe();
        return;
      case 'connect':
        this.#client(step.who).connect(this.#node(step.where));
        return;
      case 'kill':
        await this.#kill(step.where);
        return;
      case 'say':
        this.#say(step.who, step.where);
        return;
      case 'edit':
      case 'delete':
      case 'react':
      case 'answer':
        this.#change(step);
        await this.cluster.clock.advanceAsync(STORE_DELAY_MS);
        return;
      case 'look':
        this.#look(step.who, step.where);
        return;
      default:
        this.#command(step);
        await this.cluster.clock.advanceAsync(STORE_DELAY_MS);
    }
  }

  /** Heals everything and waits, a bounded virtual time, until nothing is on its way any more. */
  async comeToRest(): Promise<void> {
    this.cluster.hub.setFaults(NO_BUS_FAULTS);
    for (const [index, client] of this.clients.entries()) if (!client.isConnected) client.connect(this.#node(index));
    for (let round = 0; round < 120; round += 1) {
      const work = this.clients.flatMap((client) => [client.mend(), client.list()]);
      await this.cluster.clock.advanceAsync(500);
      await Promise.all(work);
      for (const [index, client] of this.clients.entries()) if (!client.isConnected) client.connect(this.#node(index));
      if (round > 15 && this.clients.every((client) => client.isSettled)) break;
    }
    await this.cluster.clock.advanceAsync(6_000);
  }

  async breaches(): Promise<string[]> {
    const logs = logsOf(this.cluster);
    const found = [...checkLogs(logs, this.clients), ...checkDevices(logs, this.said.values())];
    for (const log of logs.values()) found.push(...checkDeletions(log), ...checkReactions(log), ...checkThreads(log));
    for (const client of this.clients) {
      found.push(...checkReplica(logs, client));
      if (client.unanswered > 0) found.push(`a send of ${client.principal.user} was never answered`);
    }
    found.push(...(await this.#countBreaches()), ...(await this.#viewBreaches()));
    for (const { message, error } of this.cluster.reported) found.push(`reported: ${message}: ${String(error)}`);
    return found;
  }

  /** The server's counts are those of the rule. */
  async #countBreaches(): Promise<string[]> {
    const found: string[] = [];
    const logs = logsOf(this.cluster);
    for (const client of this.clients) {
      for (const [id, held] of client.held) {
        const log = logs.get(id as ConversationId);
        if (!log || held.role === 'none') continue;
        const asked = client.ask((node) =>
          node.core.execute({ principal: client.principal, stream: null }, 'conversation.read', { conversation: id }),
        );
        await this.cluster.clock.advanceAsync(100);
        const summary = (await asked)?.summary;
        if (!summary || summary.role === 'none') continue;
        const unread = unreadOf(log, client.principal.user, summary.read);
        if (summary.unread !== unread) found.push(`counts: ${summary.unread} unread instead of ${unread}`);
        if (summary.read > log.length || summary.delivered < summary.read) found.push('marks past the head');
      }
    }
    return found;
  }

  /** What was seen and what came since is what is seen now. */
  async #viewBreaches(): Promise<string[]> {
    const found: string[] = [];
    for (const client of this.clients) {
      for (const view of client.views) {
        const { conversation, epoch, from } = view;
        const held = client.held.get(conversation);
        if (!held || held.role === 'none' || view.items.length === 0) continue;
        const caller = { principal: client.principal, stream: null };
        const params = { conversation, epoch, after: from - 1, limit: 200 };
        const asked = client.ask(({ core }) => core.execute(caller, 'messages.read', params));
        await this.cluster.clock.advanceAsync(100);
        const fresh = await asked;
        if (fresh) found.push(...checkView(view, { held, user: client.principal.user }, fresh.items));
      }
    }
    return found;
  }

  /** A message that the client holds, whoever said it, if there is any. */
  #message(client: ModelClient, { where, what }: { readonly where: number; readonly what: number }) {
    const conversation = this.#conversation(client, where);
    const held = conversation === null ? undefined : client.held.get(conversation);
    const messages = [...(held?.entries.values() ?? [])].filter(({ kind }) => kind === 'message.sent');
    const entry = messages[what % messages.length];
    return conversation && entry ? { conversation, epoch: entry.epoch, target: entry.seq } : null;
  }

  #change(step: Extract<Step, { do: 'edit' | 'delete' | 'react' | 'answer' }>): void {
    const client = this.#client(step.who);
    const message = this.#message(client, step);
    if (!message) return;
    this.#words += 1;
    const text = `edit ${this.#words}`;
    const emoji = EMOJI[step.what % EMOJI.length] ?? '';
    const changes = {
      edit: () => client.write('message.edit', { ...message, text }),
      delete: () => client.write('message.delete', message),
      answer: () => {
        const { target: thread, ...where } = message;
        return client.write('message.send', { ...where, thread, text });
      },
      react: () => client.write('reaction.set', { ...message, emoji, on: step.what % 3 > 0 }),
    };
    changes[step.do]().catch((error: unknown) => this.cluster.reported.push({ message: `command ${step.do}`, error }));
  }

  #look(who: number, where: number): void {
    const client = this.#client(who);
    const conversation = this.#conversation(client, where);
    if (conversation === null) return;
    client.look(conversation).catch((error: unknown) => this.cluster.reported.push({ message: 'looking', error }));
  }

  #say(who: number, where: number): void {
    const client = this.#client(who);
    const conversation = this.#conversation(client, where);
    if (conversation === null) return;
    this.#words += 1;
    const text = `word ${this.#words}`;
    this.said.get(client)?.push(text);
    client.say(conversation, text);
  }

  #command(
    step: Exclude<
      Step,
      { do: 'say' | 'wait' | 'connect' | 'cut' | 'wipe' | 'kill' | 'edit' | 'delete' | 'react' | 'answer' | 'look' }
    >,
  ): void {
    const client = this.#client(step.who);
    const caller = { principal: client.principal, stream: null };
    const whom = 'whom' in step ? this.#client(step.whom).principal.user : client.principal.user;
    const conversation = 'where' in step ? this.#conversation(client, step.where) : null;
    const asked = client.ask(async ({ core }) => {
      if (step.do === 'direct') return core.execute(caller, 'conversation.create', { kind: 'direct', members: [whom] });
      if (step.do === 'group')
        return core.execute(caller, 'conversation.create', { kind: 'group', members: [whom], name: 'g' });
      if (conversation === null) return null;
      if (step.do === 'add') return core.execute(caller, 'member.add', { conversation, user: whom });
      if (step.do === 'remove') return core.execute(caller, 'member.remove', { conversation, user: whom });
      if (step.do === 'role') return core.execute(caller, 'member.role', { conversation, user: whom, role: 'owner' });
      const held = client.held.get(conversation);
      if (held) core.signal(caller, { name: 'marks', conversation, epoch: held.epoch, read: held.head });
      return null;
    });
    asked.catch((error: unknown) => this.cluster.reported.push({ message: `command ${step.do}`, error }));
  }

  async #kill(where: number): Promise<void> {
    const node = this.#node(where);
    this.cluster.kill(node);
    for (const client of this.clients) if (client.isOn(node)) client.cut();
    await this.cluster.addNode();
  }

  #node(index: number) {
    const node = this.cluster.nodes[index % this.cluster.nodes.length];
    if (!node) throw new Error('a cluster without nodes');
    return node;
  }

  #client(index: number): ModelClient {
    const client = this.clients[index % this.clients.length];
    if (!client) throw new Error('a world without people');
    return client;
  }

  #conversation(client: ModelClient, index: number): ConversationId | null {
    const known = [...client.held.keys()];
    return known.length === 0 ? null : (known[index % known.length] as ConversationId);
  }
}

it('holds laws 1 to 7 over random commands, cuts, lost and doubled publishes, and killed nodes', async () => {
  const runs = Number(process.env.MODEL_RUNS ?? 60);
  const { MODEL_SEED: seed, MODEL_PATH: path } = process.env;
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(step, { minLength: 10, maxLength: 80 }), async (worldSeed, steps) => {
      const world = new World(worldSeed);
      await world.start();
      for (const next of steps) await world.take(next);
      await world.comeToRest();
      const breaches = await world.breaches();
      await world.cluster.stop();
      expect(breaches).toEqual([]);
      expect(world.cluster.clock.pending).toBeLessThan(50);
    }),
    { numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }), ...(path === undefined ? {} : { path }) },
  );
}, 240_000);
