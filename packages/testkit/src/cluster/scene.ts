// A scene for tests: two nodes on a clock that stands still until the test moves it, people who arrive, talk and watch.
import { type ConversationId, type Key, makeId } from '@kith/protocol';
import type { Stream } from '@kith/server/core/chat';
import type { Principal } from '@kith/server/core/principal';
import { NO_BUS_FAULTS } from '../faulty-bus.js';
import { Cluster, type ClusterNode, type ClusterOptions } from './cluster.js';
import { Recorder } from './recorder.js';

export type There = {
  readonly who: Principal;
  readonly node: ClusterNode;
  readonly stream: Stream;
  readonly sink: Recorder;
};

export class Scene {
  readonly cluster: Cluster;

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  static async open(options: Partial<ClusterOptions> = {}): Promise<Scene> {
    const cluster = new Cluster(1, { faults: NO_BUS_FAULTS, maxStoreDelayMs: 2, ...options });
    await cluster.start(2);
    return new Scene(cluster);
  }

  /** @throws where the core reported an error that nobody expected */
  async close(): Promise<void> {
    await this.cluster.stop();
    const [first] = this.cluster.reported;
    if (first) throw new Error(first.message, { cause: first.error });
  }

  /** Waits, on the scene's clock, for what was asked. */
  done<T>(asked: Promise<T>): Promise<T> {
    return this.cluster.clock.until(asked, { mostMs: 200 });
  }

  async arrive(who: Principal, at = 0, since?: string): Promise<There> {
    const sink = new Recorder();
    const node = this.cluster.nodes[at];
    if (!node) throw new Error('no such node');
    const hello = { type: 'hello', token: 'none', ...(since === undefined ? {} : { since }) } as const;
    const stream = await this.done(node.core.open(who, hello, sink));
    return { who, node, stream, sink };
  }

  callerOf({ who, stream }: There) {
    return { principal: who, stream };
  }

  /** Opens a direct conversation. */
  async talk(from: There, to: Principal): Promise<ConversationId> {
    const params = { kind: 'direct' as const, members: [to.user] };
    const made = await this.done(from.node.core.execute(this.callerOf(from), 'conversation.create', params));
    await this.cluster.clock.advanceAsync(50);
    return made.summary.id as ConversationId;
  }

  async say(from: There, conversation: ConversationId, text: string): Promise<number> {
    const key = makeId<Key>(this.cluster.clock.now(), this.cluster.random.bytes(10));
    const params = { conversation, key, text };
    return (await this.done(from.node.core.execute(this.callerOf(from), 'message.send', params))).seq;
  }

  /** @returns the present states */
  async watch(from: There, people: readonly Principal[]): Promise<readonly string[]> {
    const users = people.map(({ user }) => user);
    const answer = await this.done(from.node.core.execute(this.callerOf(from), 'presence.watch', { users }));
    return answer.presence.map(({ status }) => status);
  }
}
