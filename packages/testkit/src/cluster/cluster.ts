// A cluster in one process: several nodes of the shipped core over one store, a bus with faults and a clock that a test
// moves. Nodes can be killed in the middle of anything; what they wrote stays, what they meant to do is gone. They can be
// paused, too, and go on later as if nothing had happened.
import {
  type ConversationId,
  makeId,
  SCOPES,
  type SessionId,
  toId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import { MemoryHub } from '@kith/server/bus/memory';
import { searchTerms } from '@kith/server/core/accounts/names';
import type { Bus } from '@kith/server/core/bus';
import { ChatCore } from '@kith/server/core/chat-core';
import { Consumer } from '@kith/server/core/consumers/consumer';
import type { DueMessages } from '@kith/server/core/disappearing/due-messages';
import type { Principal } from '@kith/server/core/principal';
import { SearchIndexer } from '@kith/server/core/search/indexer';
import type { Telemetry } from '@kith/server/core/telemetry';
import { NODE_SECRETS } from '@kith/server/edge/secrets';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { dueIn, MemoryDueMessages } from '@kith/server/store/memory/due-messages';
import { MemoryLater } from '@kith/server/store/memory/later';
import { MemoryRetention } from '@kith/server/store/memory/retention';
import { MemorySlash } from '@kith/server/store/memory/slash';
import { MemoryStore } from '@kith/server/store/memory/store';
import { DatabaseModel } from '../database-model/database-model.js';
import { FakeClock } from '../fake-clock.js';
import { type BusFaults, FaultyHub } from '../faulty-bus.js';
import { Gate } from '../gate.js';
import { SeededRandom } from '../seeded-random.js';
import { IndexBeside } from './index-beside.js';
import { memoryLogOf, modelledLogOf, type NodeLog } from './node-log.js';

type NodeParts = {
  readonly name: string;
  readonly gate: Gate;
  readonly core: ChatCore;
  readonly log: NodeLog;
  readonly indexing: Consumer | null;
};

export class ClusterNode {
  readonly name: string;
  readonly gate: Gate;
  readonly core: ChatCore;
  readonly log: NodeLog;
  /** Keeps the index of messages; null where nothing does. */
  readonly indexing: Consumer | null;

  constructor(parts: NodeParts) {
    this.name = parts.name;
    this.gate = parts.gate;
    this.core = parts.core;
    this.log = parts.log;
    this.indexing = parts.indexing;
  }

  /** False once the node was killed. */
  get isAlive(): boolean {
    return !this.gate.isOver;
  }
}

/** Errors that the core reported: a test fails on any of them. */
export type Reported = { readonly message: string; readonly error: unknown };

export type ClusterOptions = {
  readonly faults: BusFaults;
  /** Longest time that a call to the store in memory takes each way, in milliseconds. */
  readonly maxStoreDelayMs: number;
  /** The shipped log on the model of its database, in place of the one in memory. */
  readonly isModelled?: boolean;
  /** By default messages may be edited for ever. */
  readonly editWindowMs?: number;
  /** Each node keeps the index of messages, as a consumer of the log. Without, a search finds nothing. */
  readonly isIndexing?: boolean;
  /** How many days messages are kept where nothing else is set, in the store in memory; by default for ever. */
  readonly retentionDays?: number;
  /** Each node sends what is scheduled, and takes away what disappears, as a server does. */
  readonly isKeepingTimes?: boolean;
  /** Each node empties what has had its time, as a server does, in the store in memory. */
  readonly isRetaining?: boolean;
};

const START_AGAIN_MS = 500;
const MOST_STARTS = 100;

export class Cluster {
  readonly clock = new FakeClock();
  readonly random: SeededRandom;
  readonly store: MemoryStore;
  /** Null where the log is in memory. */
  readonly database: DatabaseModel | null;
  readonly directory = new MemoryDirectory();
  readonly index: IndexBeside;
  readonly later = new MemoryLater();
  readonly workspace: WorkspaceId;
  readonly hub: FaultyHub;
  readonly nodes: ClusterNode[] = [];
  readonly reported: Reported[] = [];
  #named = 0;
  readonly #maxStoreDelayMs: number;
  readonly #editWindowMs: number;
  readonly #isIndexing: boolean;
  readonly #retentionDays: number | null;
  readonly #isKeepingTimes: boolean;
  readonly #isRetaining: boolean;
  readonly #due: DueMessages;

  constructor(seed: number, options: ClusterOptions) {
    this.random = new SeededRandom(seed);
    this.store = new MemoryStore({ clock: this.clock, random: this.random });
    this.database = options.isModelled ? new DatabaseModel({ clock: this.clock, random: this.random }) : null;
    this.workspace = this.#id<WorkspaceId>();
    this.#maxStoreDelayMs = options.maxStoreDelayMs;
    this.#editWindowMs = options.editWindowMs ?? 0;
    this.#isIndexing = options.isIndexing ?? false;
    this.#retentionDays = options.retentionDays ?? null;
    this.#isKeepingTimes = options.isKeepingTimes ?? false;
    this.#isRetaining = options.isRetaining ?? false;
    this.#due = this.database ? dueInModel(this.database, this.workspace) : new MemoryDueMessages(this.store);
    this.index = new IndexBeside(this);
    const { clock, random } = this;
    this.hub = new FaultyHub({ hub: new MemoryHub(), clock, random, faults: options.faults });
  }

  /** Opens the workspace and starts the nodes. */
  async start(nodes: number): Promise<void> {
    await this.directory.openWorkspace({ id: this.workspace, name: 'default', at: this.clock.now() });
    for (let index = 0; index < nodes; index += 1) await this.addNode();
  }

  /** One that can't begin, as its database is away, is started again, as a supervisor would. */
  async addNode(): Promise<ClusterNode> {
    this.#named += 1;
    const name = `node-${this.#named}`;
    for (let attempt = 1; ; attempt += 1) {
      const gate = new Gate(this.clock);
      try {
        const node = await this.clock.until(this.#begin(name, gate, this.random.fork(name)));
        this.nodes.push(node);
        return node;
      } catch (error) {
        gate.crash();
        if (attempt === MOST_STARTS) throw error;
        await this.clock.advanceAsync(START_AGAIN_MS);
      }
    }
  }

  async #begin(name: string, gate: Gate, random: SeededRandom): Promise<ClusterNode> {
    const telemetry = this.#telemetry(gate);
    const log = await this.#logOf({ gate, random, telemetry });
    const chances = random.fork('index');
    const { search, consumers: store } = this.index.reachedBy(this.#delayOf(gate, chances), chances);
    const core = new ChatCore({
      log: log.log,
      bus: this.#busOf(gate),
      directory: this.directory,
      search,
      secrets: NODE_SECRETS,
      later: this.later,
      due: this.#due,
      retention: new MemoryRetention(this.store, this.#delayOf(gate, random.fork('retention'))),
      retentionDays: this.#retentionDays,
      slash: new MemorySlash(this.directory.communities),
      clock: gate.clock,
      random,
      telemetry,
      node: name,
      editWindowMs: this.#editWindowMs,
    });
    await core.start();
    if (this.#isKeepingTimes) for (const worker of [core.laterWorker, core.disappearingWorker]) worker.start();
    if (this.#isRetaining) core.retentionWorker.start();
    const taker = new SearchIndexer({ log: log.log, index: search, name: 'search', telemetry });
    const indexing = this.#isIndexing
      ? new Consumer({ log: log.log, store, taker, node: name, clock: gate.clock, telemetry })
      : null;
    indexing?.start();
    return new ClusterNode({ name, gate, core, log, indexing });
  }

  /** The node does nothing any more, from this very moment. */
  kill(node: ClusterNode): void {
    node.gate.crash();
    node.log.database?.crash();
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  async addPerson(name: string): Promise<Principal> {
    const user = this.#id<UserId>();
    await this.directory.createAccount({
      workspace: this.workspace,
      id: user,
      username: name,
      usernameKey: name,
      name,
      terms: searchTerms(name, name),
      passwordHash: 'none',
      at: this.clock.now(),
    });
    const { workspace } = this;
    return { workspace, user, session: this.#id<SessionId>(), scopes: SCOPES, expiresAt: Number.MAX_SAFE_INTEGER };
  }

  async stop(): Promise<void> {
    for (const { core, log, indexing } of this.nodes) {
      await this.clock.until(
        Promise.all(workersOf(core).map((worker) => worker.stop()))
          .then(() => Promise.all([indexing?.stop(), core.stop()]))
          .then(log.close),
      );
    }
  }

  #id<T extends UserId | SessionId | WorkspaceId>(): T {
    return makeId<T>(this.clock.now(), this.random.bytes(10));
  }

  /** What a dead node asked for and was not done never is. */
  #logOf(parts: {
    readonly gate: Gate;
    readonly random: SeededRandom;
    readonly telemetry: Telemetry;
  }): Promise<NodeLog> {
    if (this.database) return modelledLogOf(this.database, parts);
    const { gate, random } = parts;
    return Promise.resolve(memoryLogOf(this.store, gate, this.#delayOf(gate, random)));
  }

  #delayOf(gate: Gate, random: SeededRandom): () => Promise<void> {
    return () =>
      new Promise<void>((resolve) => {
        gate.clock.after(random.below(this.#maxStoreDelayMs + 1), resolve);
      });
  }

  /** A dead node says nothing and hears nothing. */
  #busOf(gate: Gate): Bus {
    const bus = this.hub.node();
    return {
      publish: (topic, message) => {
        if (!gate.isOver) bus.publish(topic, message);
      },
      subscribe: (topic, onMessage, onGap) =>
        bus.subscribe(
          topic,
          (message) => gate.enter(() => onMessage(message)),
          () => gate.enter(onGap),
        ),
    };
  }

  #telemetry(gate: Gate): Telemetry {
    return {
      count() {},
      gauge() {},
      observe() {},
      info() {},
      warn() {},
      error: (message, error) => {
        if (!gate.isOver) this.reported.push({ message, error });
      },
    };
  }
}

/** As the database has it at that moment; what is to be written goes the way of all writes. */
function dueInModel(database: DatabaseModel, workspace: WorkspaceId): DueMessages {
  return {
    async due(query) {
      const logs = database.inspect().conversations();
      return dueIn(
        logs.map(({ id, entries }) => ({ id: toId<ConversationId>(id), workspace, entries })),
        query,
      );
    },
  };
}

/** What does things at their times. */
function workersOf({ laterWorker, disappearingWorker, retentionWorker }: ChatCore) {
  return [laterWorker, disappearingWorker, retentionWorker];
}
