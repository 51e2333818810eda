// A cluster in one process: several nodes of the shipped core over one store, a bus with faults and a clock that a test
// moves. Nodes can be killed in the middle of anything; what they wrote stays, what they meant to do is gone. They can be
// paused, too, and go on later as if nothing had happened.
import { makeId, SCOPES, type SessionId, type UserId, type WorkspaceId } from '@kith/protocol';
import { MemoryHub } from '@kith/server/bus/memory';
import type { Bus } from '@kith/server/core/bus';
import { ChatCore } from '@kith/server/core/chat-core';
import type { ConversationLog } from '@kith/server/core/log';
import type { Principal } from '@kith/server/core/principal';
import type { Telemetry } from '@kith/server/core/telemetry';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { MemoryLog } from '@kith/server/store/memory/log';
import { MemoryStore } from '@kith/server/store/memory/store';
import { FakeClock } from '../fake-clock.js';
import { type BusFaults, FaultyHub } from '../faulty-bus.js';
import { Gate } from '../gate.js';
import { SeededRandom } from '../seeded-random.js';

export class ClusterNode {
  readonly name: string;
  readonly gate: Gate;
  readonly core: ChatCore;

  constructor(parts: { readonly name: string; readonly gate: Gate; readonly core: ChatCore }) {
    this.name = parts.name;
    this.gate = parts.gate;
    this.core = parts.core;
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
  /** Longest time that a call to the store takes each way, in milliseconds. */
  readonly maxStoreDelayMs: number;
  /** By default messages may be edited for ever. */
  readonly editWindowMs?: number;
};

export class Cluster {
  readonly clock = new FakeClock();
  readonly random: SeededRandom;
  readonly store: MemoryStore;
  readonly directory = new MemoryDirectory();
  readonly workspace: WorkspaceId;
  readonly hub: FaultyHub;
  readonly nodes: ClusterNode[] = [];
  readonly reported: Reported[] = [];
  #named = 0;
  readonly #maxStoreDelayMs: number;
  readonly #editWindowMs: number;

  constructor(seed: number, options: ClusterOptions) {
    this.random = new SeededRandom(seed);
    this.store = new MemoryStore({ clock: this.clock, random: this.random });
    this.workspace = this.#id<WorkspaceId>();
    this.#maxStoreDelayMs = options.maxStoreDelayMs;
    this.#editWindowMs = options.editWindowMs ?? 0;
    const { clock, random } = this;
    this.hub = new FaultyHub({ hub: new MemoryHub(), clock, random, faults: options.faults });
  }

  /** Opens the workspace and starts the nodes. */
  async start(nodes: number): Promise<void> {
    await this.directory.openWorkspace({ id: this.workspace, name: 'default', at: this.clock.now() });
    for (let index = 0; index < nodes; index += 1) await this.addNode();
  }

  async addNode(): Promise<ClusterNode> {
    this.#named += 1;
    const name = `node-${this.#named}`;
    const gate = new Gate(this.clock);
    const { directory } = this;
    const random = this.random.fork(name);
    const core = new ChatCore({
      log: this.#logOf(gate, random),
      bus: this.#busOf(gate),
      directory,
      clock: gate.clock,
      random,
      telemetry: this.#telemetry(gate),
      node: name,
      editWindowMs: this.#editWindowMs,
    });
    const node = new ClusterNode({ name, gate, core });
    const starting = core.start();
    await this.clock.advanceAsync(this.#maxStoreDelayMs * 4);
    await starting;
    this.nodes.push(node);
    return node;
  }

  /** The node does nothing any more, from this very moment. */
  kill(node: ClusterNode): void {
    node.gate.crash();
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
      terms: [],
      passwordHash: 'none',
      at: this.clock.now(),
    });
    const { workspace } = this;
    return { workspace, user, session: this.#id<SessionId>(), scopes: SCOPES, expiresAt: Number.MAX_SAFE_INTEGER };
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) {
      const stopping = node.core.stop();
      await this.clock.advanceAsync(this.#maxStoreDelayMs * 10);
      await stopping;
    }
  }

  #id<T extends UserId | SessionId | WorkspaceId>(): T {
    return makeId<T>(this.clock.now(), this.random.bytes(10));
  }

  /** A call takes its time there and back; what a dead node asked for and was not done never is. */
  #logOf(gate: Gate, random: SeededRandom): ConversationLog {
    const delay = () =>
      new Promise<void>((resolve) => {
        gate.clock.after(random.below(this.#maxStoreDelayMs + 1), resolve);
      });
    return new MemoryLog({ store: this.store, clock: gate.clock, delay });
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
