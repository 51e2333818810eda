// One tab of one person's app: the SDK's front door as it ships, on virtual time, with a device's store, clock and other tabs.

import {
  Chat,
  type HttpAnswer,
  type HttpRequest,
  type MessagePlace,
  type Opening,
  type Person,
  type PlatformOverrides,
  Refusal,
  type ReplicaStores,
  type SocketLike,
  type Timeline,
} from '@kith/sdk';
import { Hiding } from '@kith/sdk/hiding/hiding';
import { Tabs } from '@kith/sdk/tabs/tabs';
import { Thread } from '@kith/sdk/threads/thread';
import type { Threads } from '@kith/sdk/threads/threads';
import type { ClusterNode } from '@kith/testkit/cluster/cluster';
import { CoreExchange } from '@kith/testkit/cluster/core-exchange';
import { CoreSocket } from '@kith/testkit/cluster/core-socket';
import { gatedSocket } from '@kith/testkit/cluster/gated-socket';
import { Gate } from '@kith/testkit/gate';
import { ObservedFrames } from '../history/observed-frames.js';
import { hasStep } from '../plan.js';
import type { Device } from './device.js';
import type { World } from './world.js';

const URL_OF_SERVER = 'http://chat.test';
const MOST_WINDOWS = 2;
const TRY_AGAIN_MS = 1_000;

export class Tab {
  readonly name: string;
  readonly device: Device;
  readonly gate: Gate;
  readonly sockets = new Set<CoreSocket>();
  /** Requests over HTTP that are on their way. */
  readonly exchanges = new Set<CoreExchange>();
  readonly windows: { readonly conversation: string; readonly timeline: Timeline }[] = [];
  readonly threads: { readonly message: MessagePlace; readonly thread: Thread }[] = [];
  /** The list of those that the person follows, once somebody has looked at it. */
  followed: Threads | null = null;
  /** What the person hid; null in runs where nobody hides anything. */
  hiding: Hiding | null = null;
  readonly #world: World;
  readonly #chat: Chat;
  readonly #wakes = new Set<() => void>();
  #person: Person | null = null;
  /** Sockets so far. */
  #opened = 0;
  /** Requests to a node so far. */
  #asked = 0;

  constructor(world: World, device: Device) {
    this.#world = world;
    this.device = device;
    this.name = device.nextTab();
    this.gate = new Gate(world.clock, device.aheadMs);
    this.#chat = new Chat({
      url: URL_OF_SERVER,
      stores: this.#stores(),
      client: 'prover/1',
      platform: this.#platform(),
    });
  }

  /** Null before it is open, and after it is gone. */
  get person(): Person | null {
    return this.#person;
  }

  get liveSockets(): number {
    const streams = [...this.exchanges].filter(({ isOfStream }) => isOfStream);
    return [...this.sockets, ...streams].filter(({ isLive }) => isLive).length;
  }

  /** All that goes between it and a node. */
  get lines(): readonly (CoreSocket | CoreExchange)[] {
    return [...this.sockets, ...this.exchanges];
  }

  /** Goes on with the device's session, or signs in. */
  async open(): Promise<void> {
    for (;;) {
      try {
        const person = await this.#begin();
        this.#noteMiscounts(person);
        if (hasStep(this.#world.plan, 'hide')) this.hiding = new Hiding(person);
        this.#person = person;
        break;
      } catch (error) {
        // Somebody tries again.
        if (!(error instanceof Refusal)) throw error;
        await new Promise<void>((resolve) => this.#world.clock.after(TRY_AGAIN_MS, resolve));
        if (!this.device.tabs.has(this)) return;
      }
    }
    this.#chat.session.subscribe(() => {
      if (this.#person === null || this.#chat.session.getSnapshot().kind !== 'signed_out') return;
      this.#person = null;
      this.#world.signedOut(this);
    });
  }

  async #begin(): Promise<Person> {
    const { owner, isHosted } = this.device;
    if (isHosted) return await this.#chat.useToken(async () => owner.name, owner.name);
    return (await this.#chat.start()) ?? (await this.#chat.signIn({ username: owner.name, password: 'any' }));
  }

  #noteMiscounts({ client }: Person): void {
    const { recorder, clock } = this.#world;
    client.replica.subscribe((event) => {
      if (event.type !== 'mismatch') return;
      const { conversation, own, told } = event;
      recorder.note({
        type: 'miscounted',
        who: this.name,
        conversation: conversation.id,
        own,
        told,
        time: clock.now(),
      });
    });
  }

  /** Somebody leaves, and takes everything along. */
  signOut(): Promise<void> {
    return this.#chat.signOut();
  }

  /** The app ends in good order. */
  async close(): Promise<void> {
    this.#person = null;
    for (const { timeline } of this.windows.splice(0)) timeline.close();
    for (const { thread } of this.threads.splice(0)) thread.close();
    this.followed?.close();
    this.hiding?.close();
    await this.#chat.close();
  }

  crash(): void {
    this.#person = null;
    this.gate.crash();
    this.cut();
    this.device.crashed();
  }

  cut(): void {
    for (const line of this.lines) line.cut();
    this.sockets.clear();
    this.exchanges.clear();
  }

  vanish(): void {
    for (const line of this.lines) line.vanish();
  }

  thaw(): void {
    this.gate.thaw();
    this.wake();
  }

  /** The platform says that something changed. */
  wake(): void {
    for (const listener of [...this.#wakes]) listener();
  }

  /** Somebody opens a conversation, and leaves it open. */
  look(person: Person, conversation: string, opening: Opening): void {
    if (this.windows.length >= MOST_WINDOWS) this.windows.shift()?.timeline.close();
    this.windows.push({ conversation, timeline: person.timeline(conversation, opening) });
  }

  /** Somebody opens a thread and leaves it open, or goes on looking at what is there. */
  lookInto(person: Person, message: MessagePlace): void {
    const isOpen = ({ message: other }: { readonly message: MessagePlace }) =>
      other.seq === message.seq && other.conversation === message.conversation && other.epoch === message.epoch;
    const open = this.threads.find(isOpen)?.thread;
    if (open) {
      open.looked(open.view.getSnapshot().items.at(-1)?.seq ?? 0);
      return;
    }
    if (this.threads.length >= MOST_WINDOWS) this.threads.shift()?.thread.close();
    this.threads.push({ message, thread: new Thread(person, message) });
  }

  #stores(): ReplicaStores {
    const { disk, lines } = this.device;
    return {
      isDurable: true,
      open: () => disk.open(this.gate),
      remove: () => disk.wipe(),
      share: (_name, parts) => new Tabs(lines.join(this.gate), parts),
    };
  }

  #platform(): PlatformOverrides {
    const { device, gate } = this;
    return {
      clock: gate.clock,
      random: this.#world.random.fork(this.name),
      openSocket: () => this.#openSocket(),
      http: (request) => this.#answer(request),
      device: {
        onWake: (listener) => {
          this.#wakes.add(listener);
          return () => this.#wakes.delete(listener);
        },
      },
      keyValues: {
        get: (name) => this.#kept(() => device.values.get(name) ?? null),
        set: (name, value) => this.#kept(() => void device.values.set(name, value)),
        remove: (name) => this.#kept(() => void device.values.delete(name)),
      },
      exclusive: (name, work) => device.exclusive(name, gate, work),
    };
  }

  #kept<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.gate.enter(() => resolve(work()));
    });
  }

  #answer(request: HttpRequest): Promise<HttpAnswer> {
    const isOfSession = new URL(request.url).pathname.startsWith('/v1/sessions');
    return isOfSession ? this.#answered(() => this.#world.accounts.answer(request)) : this.#ask(request);
  }

  async #ask(request: HttpRequest): Promise<HttpAnswer> {
    this.#asked += 1;
    const { cluster, plan, random } = this.#world;
    const http = this.device.isOnline ? this.#world.http.of(this.device) : null;
    const connection = `${this.name} ${kindOf(request)} ${this.#asked}`;
    const exchange = new CoreExchange({
      cluster,
      http,
      request,
      maxDelayMs: plan.wireMs,
      random: random.fork(connection),
      gate: this.gate,
      watch: this.#watch(http?.node ?? null, connection),
      isHeldBack: this.device.network.holdsStreams,
      ended: () => this.exchanges.delete(exchange),
    });
    if (exchange.isLive) this.exchanges.add(exchange);
    return exchange.answer;
  }

  #watch(node: ClusterNode | null, connection: string): ObservedFrames {
    const parties = { tab: this.name, user: this.device.owner.id, node: node?.name ?? 'nobody', connection };
    return new ObservedFrames(this.#world.recorder, parties);
  }

  /** There and back; where the device is offline, or a request is lost, nothing comes back. */
  #answered(work: () => HttpAnswer): Promise<HttpAnswer> {
    const { random, plan, clock } = this.#world;
    const isLost = !this.device.isOnline || this.#world.someNode() === null;
    return new Promise((resolve, reject) => {
      clock.after(random.below(plan.wireMs), () => {
        if (isLost) this.gate.enter(() => reject(new TypeError('the network is down')));
        else {
          const answer = work();
          clock.after(random.below(plan.wireMs), () => this.gate.enter(() => resolve(answer)));
        }
      });
    });
  }

  #openSocket(): SocketLike {
    this.#opened += 1;
    const { cluster, plan, random, accounts } = this.#world;
    const { isOnline, network } = this.device;
    const node = isOnline && network.sockets !== 'refused' ? this.#world.someNode() : null;
    const connection = `${this.name} ${this.#opened}`;
    const socket = new CoreSocket({
      cluster,
      node,
      principalOf: (token) => accounts.principalOf(token),
      maxDelayMs: plan.wireMs,
      random: random.fork(connection),
      watch: this.#watch(node, connection),
    });
    if (isOnline && network.sockets === 'swallowed') socket.vanish();
    this.sockets.add(socket);
    return gatedSocket(socket, this.gate);
  }
}

/** What a request is for: the history names by it what came back. */
function kindOf({ url, isStream }: HttpRequest): 'events' | 'poll' | 'request' {
  if (isStream) return 'events';
  return new URL(url).searchParams.has('wait') ? 'poll' : 'request';
}
