// People with devices and tabs around a cluster of the shipped core, in one process and on virtual time, and everything that
// may happen to them. It does what it is told; what is to be told is the plan's, and whether it went right the judge's.
import { makeId, type SessionId, toId, type UserId } from '@kith/protocol';
import { type Hold, type MessageParts, type Person, Refusal } from '@kith/sdk';
import { Cluster, type ClusterNode } from '@kith/testkit/cluster/cluster';
import { CoreSocket } from '@kith/testkit/cluster/core-socket';
import { NO_FAULTS } from '@kith/testkit/database-model/faults';
import type { FakeClock } from '@kith/testkit/fake-clock';
import { type BusFaults, NO_BUS_FAULTS } from '@kith/testkit/faulty-bus';
import type { SeededRandom } from '@kith/testkit/seeded-random';
import { Recorder } from '../history/recorder.js';
import { hasStep, type Plan } from '../plan.js';
import { Accounts } from './accounts.js';
import { Device, OPEN_NETWORK } from './device.js';
import { HttpNodes } from './http-nodes.js';
import type { Invitation } from './inviting.js';
import { storeOf, type WorldStore } from './store.js';
import { Tab } from './tab.js';
import { textOf } from './texts.js';

/** A message that somebody wrote. */
export type Said = { readonly id: number; readonly conversation: string; readonly text: string; key: string | null };

type Saying = MessageParts & { readonly conversation: string; readonly hold: Hold | null };

const NAMES = ['ann', 'bob', 'cat', 'dan'];
const HOUR_MS = 3_600_000;
const MOST_BUS_DELAY_MS = 400;
const START_MS = 3_000;
const ELSEWHERE_MS = 3_000;
const AT_ONCE = 3;
/** When a node that goes asks its clients to come back. */
const DRAIN_MS = 200;

export class World {
  readonly plan: Plan;
  readonly cluster: Cluster;
  readonly accounts: Accounts;
  readonly http: HttpNodes;
  readonly recorder: Recorder;
  readonly devices: Device[] = [];
  readonly people: { readonly id: string; readonly name: string }[] = [];
  readonly said: Said[] = [];
  /** Messages that were left with the server, to be sent at their time. */
  readonly scheduled: { readonly user: string; readonly key: string }[] = [];
  readonly invitations: Invitation[] = [];
  /** What nobody expected. */
  readonly errors: string[] = [];
  /** Everything was healed. */
  isQuiet = false;
  readonly store: WorldStore;
  #edits = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.cluster = new Cluster(plan.seed, {
      faults: this.busFaults,
      maxStoreDelayMs: plan.storeMs,
      isModelled: plan.database !== null,
      isIndexing: plan.isIndexing,
      isKeepingTimes: hasStep(plan, 'schedule') || hasStep(plan, 'expire'),
      isRetaining: hasStep(plan, 'age'),
    });
    this.store = storeOf(this.cluster);
    this.accounts = new Accounts(this.cluster);
    this.http = new HttpNodes({
      cluster: this.cluster,
      principalOf: (token) => this.accounts.principalOf(token),
      isSessionLive: (session) => this.accounts.isLive(session),
      someNode: () => this.someNode(),
    });
    this.recorder = new Recorder(this.clock, this.store);
    this.#setStoreFaults();
  }

  /** What goes wrong between nodes now. */
  get busFaults(): BusFaults {
    return this.isQuiet ? NO_BUS_FAULTS : { ...this.plan.bus, maxDelayMs: MOST_BUS_DELAY_MS };
  }

  get clock(): FakeClock {
    return this.cluster.clock;
  }

  get random(): SeededRandom {
    return this.cluster.random;
  }

  /** Tabs of which a person can make use now. */
  get tabs(): readonly Tab[] {
    return this.devices.flatMap(({ tabs }) => [...tabs]).filter(({ person, gate }) => person !== null && !gate.isShut);
  }

  get allTabs(): readonly Tab[] {
    return this.devices.flatMap(({ tabs }) => [...tabs]);
  }

  async start(): Promise<void> {
    await this.cluster.start(this.plan.nodes);
    for (const [index, count] of this.plan.devices.entries()) {
      const name = NAMES[index] ?? `person${index}`;
      const { user: id } = await this.accounts.add(name);
      this.people.push({ id, name });
      for (let number = 1; number <= count; number += 1) this.#addDevice({ id, name }, `${name}/${number}`);
    }
    await this.pass(50);
    for (const device of this.devices) this.openTab(device);
    await this.pass(START_MS);
    await this.#talk();
    this.takeSnapshot();
  }

  /** The first person makes a group of everybody, so that there is something to talk in. */
  async #talk(): Promise<void> {
    const [first] = this.tabs;
    const members = this.people.map(({ id }) => id).filter((id) => id !== first?.person?.id);
    const made = first?.person?.create({ kind: 'group', members, name: 'all' });
    if (made) this.watch('group', made);
    await this.pass(START_MS);
  }

  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms);
  }

  someNode(): ClusterNode | null {
    const { nodes, random } = this.cluster;
    return nodes[random.below(nodes.length)] ?? null;
  }

  /** Notes what goes wrong with it otherwise than by a refusal. */
  watch(what: string, asked: Promise<unknown>): void {
    asked.catch((error: unknown) => {
      if (!(error instanceof Refusal)) this.errors.push(`${what}: ${(error as Error).stack ?? String(error)}`);
    });
  }

  openTab(device: Device): void {
    // A tab whose store is gone is not tried beside one that has a new store.
    if (device.isWiped) for (const other of [...device.tabs]) this.crashTab(other);
    device.isWiped = false;
    const tab = new Tab(this, device);
    device.tabs.add(tab);
    this.#life(tab.name, 'opened');
    this.watch('open', tab.open());
  }

  closeTab(tab: Tab): void {
    tab.device.tabs.delete(tab);
    this.#life(tab.name, 'closed');
    this.watch('close', tab.close());
  }

  crashTab(tab: Tab): void {
    tab.device.tabs.delete(tab);
    this.#life(tab.name, 'crashed');
    tab.crash();
  }

  say(tab: Tab, person: Person, { conversation, hold, ...parts }: Saying): void {
    const id = this.said.length;
    const text = textOf(`m${id}`, id);
    const said: Said = { id, conversation, text, key: null };
    this.said.push(said);
    const { replyTo, thread } = parts;
    const answering = { ...(replyTo ? { replyTo } : {}), ...(thread ? { thread } : {}) };
    this.recorder.note({ type: 'wrote', who: tab.name, id, conversation, text, ...answering });
    const kept = person.send(conversation, text, { ...parts, ...hold }).then(({ key, isDurable }) => {
      said.key = key;
      this.recorder.note({ type: 'kept', who: tab.name, id, key, isDurable });
    });
    if (hold?.blocksOthers === false) this.changed(tab, said, 'moved');
    this.watch('send', kept);
  }

  /** For the text of an edit: all texts of a run are different. */
  nextEdit(): number {
    this.#edits += 1;
    return this.#edits;
  }

  nextKey(): string {
    return makeId(this.clock.now(), this.random.bytes(10));
  }

  changed(tab: Tab, { id }: Said, how: 'edited' | 'discarded' | 'moved'): void {
    this.recorder.note({ type: 'changed', who: tab.name, id, how });
  }

  async wipe(device: Device): Promise<void> {
    for (const other of [...device.tabs].slice(1)) this.crashTab(other);
    device.isWiped = device.tabs.size > 0;
    this.#life(device.name, 'wiped');
    await device.disk.wipe();
  }

  setOnline(device: Device, isOnline: boolean): void {
    device.isOnline = isOnline;
    this.#life(device.name, isOnline ? 'online' : 'offline');
    for (const tab of device.tabs) {
      if (isOnline) tab.wake();
      else tab.cut();
    }
  }

  /** Another program of the person's says hello to a node, then this. */
  saysElsewhere(device: Device, text: string): void {
    const { cluster, accounts, plan, random } = this;
    const token = accounts.tokenOf(device.owner.id);
    const node = this.someNode();
    if (token === null || node === null) return;
    const principalOf = (given: string) => accounts.principalOf(given);
    const socket = new CoreSocket({ cluster, node, principalOf, maxDelayMs: plan.wireMs, random: random.fork(text) });
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: 'hello', token }));
      socket.send(text);
    };
    this.clock.after(ELSEWHERE_MS, () => socket.cut());
  }

  /** The same message, under the same key, over several connections at once. */
  saysAtOnce(device: Device, conversation: string): void {
    const key = this.nextKey();
    const params = { conversation, key, text: `at once ${this.nextEdit()}` };
    const text = JSON.stringify({ type: 'command', id: 1, name: 'message.send', params });
    for (let count = 0; count < AT_ONCE; count += 1) this.saysElsewhere(device, text);
  }

  /** Access tokens of a person are refused from now on. */
  expire(user: string): void {
    this.#revoke(user, this.accounts.expire(user));
  }

  /** All sessions of a person are ended by the server: whoever is there signs in again. */
  banish(user: string): void {
    this.#revoke(user, this.accounts.endAll(user));
  }

  /** The person signs out on a device, and in again: what was not sent is gone with all the rest. */
  signOut(device: Device): void {
    const [tab, ...others] = device.tabs;
    if (!tab?.person) return;
    for (const other of others) this.crashTab(other);
    this.#life(device.name, 'wiped');
    this.watch('sign out', tab.signOut());
  }

  /** The tab shows that nobody is signed in: somebody opens the app anew, and signs in. */
  signedOut(tab: Tab): void {
    if (!tab.device.tabs.has(tab)) return;
    this.closeTab(tab);
    this.openTab(tab.device);
  }

  #revoke(user: string, sessions: readonly SessionId[]): void {
    for (const session of sessions)
      for (const { core } of this.cluster.nodes) core.revoked(toId<UserId>(user), session);
  }

  takeSnapshot(): void {
    this.store.backUp();
    this.#life('database', 'backed up');
  }

  /** The server comes back from its last backup: another epoch, and what was written since is gone. */
  async restore(): Promise<void> {
    const nodes = [...this.cluster.nodes];
    for (const node of nodes) this.#end(node);
    this.store.restore();
    this.recorder.restored();
    this.takeSnapshot();
    for (const _ of nodes) await this.addNode();
  }

  async addNode(): Promise<void> {
    const { name } = await this.cluster.addNode();
    this.#life(name, 'started');
  }

  async kill(node: ClusterNode): Promise<void> {
    this.#end(node);
    await this.addNode();
  }

  /** A node says when to come back, and goes. */
  async drain(node: ClusterNode): Promise<void> {
    this.#life(node.name, 'drains');
    for (const { sockets } of this.allTabs) {
      for (const socket of sockets) if (socket.isOn(node)) socket.close('draining', DRAIN_MS);
    }
    this.http.drain(node, DRAIN_MS);
    await this.pass(100);
    await this.kill(node);
  }

  setPaused(node: ClusterNode, isPaused: boolean): void {
    this.#life(node.name, isPaused ? 'paused' : 'goes on');
    if (isPaused) node.gate.freeze();
    else node.gate.thaw();
  }

  /** The database's server is away for a while: what it was doing is undone, or was just done. */
  outage(forMs: number): void {
    const { database } = this.cluster;
    if (!database) return;
    database.goAway();
    this.#life('database', 'goes away');
    this.clock.after(forMs, () => this.#mendDatabase());
  }

  /** What comes from a node to the database is lost, and it is told nothing. */
  cutOff(node: ClusterNode, forMs: number): void {
    const { database } = node.log;
    if (!database) return;
    database.cutOff();
    this.#life(node.name, 'loses the database');
    this.clock.after(forMs, () => database.rejoin());
  }

  /** The database's disk is full for a while. */
  fill(forMs: number): void {
    const { database } = this.cluster;
    if (!database) return;
    database.isDiskFull = true;
    this.#life('database', 'has a full disk');
    this.clock.after(forMs, () => this.#mendDatabase());
  }

  #mendDatabase(): void {
    const { database, nodes } = this.cluster;
    if (!database) return;
    database.comeBack();
    database.isDiskFull = false;
    for (const node of nodes) node.log.database?.rejoin();
  }

  /** Everything heals, and nothing goes wrong any more. */
  heal(): void {
    this.isQuiet = true;
    this.cluster.hub.setFaults(this.busFaults);
    this.#setStoreFaults();
    this.#mendDatabase();
    for (const node of this.cluster.nodes) if (node.gate.isShut) this.setPaused(node, false);
    for (const device of this.devices) {
      device.disk.isFull = false;
      device.isOnline = true;
      device.network = OPEN_NETWORK;
      for (const tab of device.tabs) {
        tab.thaw();
        for (const line of tab.lines) line.resume();
        for (const exchange of tab.exchanges) exchange.letThrough();
      }
      if (device.tabs.size === 0) this.openTab(device);
    }
    this.recorder.note({ type: 'quiet', who: 'everybody' });
  }

  /** Closes everything. Nothing that was open may wait on the clock any more. */
  async end(): Promise<void> {
    const tabs = [...this.allTabs];
    for (const tab of tabs) this.closeTab(tab);
    await this.pass(500);
    for (const { name, gate } of tabs)
      if (gate.pending > 0) this.errors.push(`${name}: ${gate.pending} timers wait after the close`);
    const stopping = this.cluster.stop();
    await this.pass(500);
    await stopping;
    for (const { message, error } of this.cluster.reported) {
      this.errors.push(`a node reported: ${message}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #setStoreFaults(): void {
    const { database, index } = this.cluster;
    const { plan, isQuiet } = this;
    index.failing = isQuiet ? 0 : plan.indexFailing;
    if (!database || !plan.database) return;
    const latency = [0, plan.storeMs] as const;
    database.faults = isQuiet ? { ...NO_FAULTS, latency } : { ...plan.database, latency };
  }

  #addDevice(owner: { readonly id: string; readonly name: string }, name: string): void {
    const random = this.random.fork(name);
    const aheadMs = HOUR_MS * (random.below(3) - 1);
    const isHosted = random.chance(0.2);
    this.devices.push(new Device({ owner, name, clock: this.clock, random, aheadMs, isHosted }));
  }

  #end(node: ClusterNode): void {
    this.#life(node.name, 'killed');
    this.cluster.kill(node);
    this.http.gone(node);
    for (const { lines } of this.allTabs) for (const line of lines) if (line.isOn(node)) line.cut();
  }

  #life(who: string, what: string): void {
    this.recorder.note({ type: 'life', who, what });
  }
}
