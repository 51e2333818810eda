// The people of a live run: their accounts, devices on real sockets, and conversations; and the talk between them, at a pace
// that the checkers can follow. Every message is sent until it is answered. Whoever opens a world closes it.
import { Account } from '@kith/testkit/faults/account';
import { Device } from '@kith/testkit/faults/device';
import { TEXT_MARK } from '@kith/testkit/faults/sending';
import { until } from '@kith/testkit/faults/until';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { LiveLedger, tabOf } from './live-ledger.js';
import type { LiveRecorder } from './live-recorder.js';

export type LivePlan = {
  readonly seed: number;
  readonly seconds: number;
  readonly people: number;
};

const NAMES = ['ann', 'ben', 'cyd', 'dan', 'eva', 'fay', 'gus', 'hal'] as const;
const PER_SECOND = 20;
/** The checkers look at every log again for every entry of it: with more in one they take long. */
const MOST_IN_CONVERSATION = 300;
const MOST_MESSAGES = 20_000;
/** Messages of a device without an answer; above that it says nothing more. */
const MOST_UNANSWERED = 20;
const RECEIPTS = 0.3;
const TICK_MS = 10;
const GREETED_MS = 30_000;
const TRIPLE_MS = 60_000;

export class LiveWorld {
  readonly random: SeededRandom;
  readonly ledger: LiveLedger;
  readonly devices: Device[] = [];
  readonly accounts: Account[] = [];
  readonly people: { readonly id: string; readonly name: string }[] = [];
  readonly password: string;
  /** Of each account, in the same order: the conversations that it talks in. */
  readonly #rooms = new Map<Account, string[]>();
  readonly #recorder: LiveRecorder;
  readonly #line: string;
  #talking: NodeJS.Timeout | null = null;
  #triples = 0;

  private constructor(line: string, { seed }: LivePlan, recorder: LiveRecorder) {
    this.random = new SeededRandom(seed).fork('people');
    this.password = `prove ${Buffer.from(this.random.bytes(9)).toString('hex')}`;
    this.ledger = new LiveLedger(recorder);
    this.#recorder = recorder;
    this.#line = line;
  }

  /** @param line where devices connect. @param direct where accounts and conversations are made */
  static async open(
    { line, direct }: { readonly line: string; readonly direct: string },
    plan: LivePlan,
    recorder: LiveRecorder,
  ): Promise<LiveWorld> {
    const world = new LiveWorld(line, plan, recorder);
    try {
      await world.#populate(direct, plan);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  /** Texts, passwords and tokens that no server may print. */
  get secrets(): readonly string[] {
    return [TEXT_MARK, this.password, ...this.accounts.flatMap(({ tokens }) => tokens)];
  }

  get unanswered(): number {
    return this.devices.reduce((sum, { sending }) => sum + sending.unanswered, 0);
  }

  get greetings(): number {
    return this.devices.reduce((sum, device) => sum + device.greetings, 0);
  }

  roomsOf({ account }: Device): readonly string[] {
    return this.#rooms.get(account) ?? [];
  }

  /** So many messages a second, by anybody, anywhere; some say how far they have read. */
  talk({ seconds }: LivePlan): void {
    const perMs = Math.min(PER_SECOND, MOST_MESSAGES / seconds) / 1_000;
    let lastMs = performance.now();
    let due = 0;
    this.#talking = setInterval(() => {
      const nowMs = performance.now();
      due = Math.min(PER_SECOND, due + (nowMs - lastMs) * perMs);
      lastMs = nowMs;
      for (; due >= 1; due -= 1) this.#sayAny();
    }, TICK_MS);
  }

  hush(): void {
    if (this.#talking !== null) clearInterval(this.#talking);
    this.#talking = null;
  }

  /** Whether every message is answered, and every device has all that was announced to it, over a connection that is open. */
  get isSettled(): boolean {
    return this.devices.every((device) => device.isGreeted && device.isSettled);
  }

  /**
   * One message, sent three times over two connections under one key, until one of them is confirmed; each confirmation is in
   * the history.
   */
  async triple(): Promise<void> {
    const [first, second] = this.#pair();
    const rooms = this.roomsOf(first);
    const conversation = rooms[this.random.below(rooms.length)] ?? '';
    const key = keyOf(this.random);
    this.#triples += 1;
    const text = `${TEXT_MARK}three times, ${this.#triples}`;
    // A lane of its own: it waits for none of the device's other messages.
    this.ledger.write(`${first.name}.3`, { conversation, text, key });
    const params = { conversation, key, text };
    const isConfirmed = async () => {
      const asked = [first, second, first].map((device) => device.ask('message.send', params));
      const answers = await Promise.allSettled(asked);
      return answers.some(({ status }) => status === 'fulfilled');
    };
    await until('a message that was sent three times is confirmed', isConfirmed, { withinMs: TRIPLE_MS });
    this.ledger.ackedBeside += 1;
  }

  async close(): Promise<void> {
    this.hush();
    await Promise.all(this.devices.map((device) => device.stop()));
  }

  #sayAny(): void {
    const device = this.devices[this.random.below(this.devices.length)];
    const rooms = device ? this.roomsOf(device) : [];
    const room = rooms[this.random.below(rooms.length)];
    if (!device || room === undefined) return;
    if (this.random.chance(RECEIPTS)) this.#mark(device, room);
    if (device.sending.unanswered < MOST_UNANSWERED) device.sending.say(room);
  }

  #mark(device: Device, conversation: string): void {
    const held = device.held.get(conversation);
    if (!held || held.whole === 0) return;
    const marks = { epoch: held.epoch, delivered: held.whole, read: held.whole };
    device.signal({ name: 'marks', conversation, ...marks });
  }

  /** Two devices of one person. */
  #pair(): readonly [Device, Device] {
    for (const [index, device] of this.devices.entries()) {
      const other = this.devices[index + 1];
      if (other?.account === device.account && this.random.chance(0.5)) return [device, other];
    }
    const [first, second] = this.devices;
    if (!first || !second) throw new Error('two devices are wanted');
    return [first, second];
  }

  async #populate(url: string, { people, seconds }: LivePlan): Promise<void> {
    const suffix = Buffer.from(this.random.bytes(4)).toString('hex');
    for (let index = 0; index < people; index += 1) {
      const name = NAMES[index] ?? `p${index + 1}`;
      const account = await Account.signUp(url, { username: `${name}-${suffix}`, password: this.password });
      this.accounts.push(account);
      this.people.push({ id: account.user, name });
      this.#rooms.set(account, []);
    }
    await this.#makeRooms(url, seconds);
    for (const [index, account] of this.accounts.entries()) {
      const devices = index % 2 === 0 ? 2 : 1;
      for (let number = 1; number <= devices; number += 1)
        this.#addDevice(`${this.people[index]?.name}/${number}`, account);
    }
    const isEverybodyThere = () => this.devices.every(({ isGreeted }) => isGreeted);
    await until('every device is greeted', isEverybodyThere, { withinMs: GREETED_MS });
  }

  /** One of everybody, then smaller ones and pairs, as many as the messages need. */
  async #makeRooms(url: string, seconds: number): Promise<void> {
    const messages = Math.min(MOST_MESSAGES, PER_SECOND * seconds);
    const count = Math.max(3, Math.ceil(messages / MOST_IN_CONVERSATION));
    const pairs = new Set<string>();
    for (let room = 0; room < count; room += 1) {
      const members = room === 0 ? this.accounts : this.#some(room % 3 === 2 ? 2 : 3);
      const [owner, ...others] = members;
      if (!owner) throw new Error('nobody is there');
      const pair = members
        .map(({ user }) => user)
        .sort()
        .join();
      const isDirect = members.length === 2 && !pairs.has(pair);
      pairs.add(pair);
      const how = isDirect ? { kind: 'direct' } : { kind: 'group', name: `room ${room + 1}` };
      const body = { ...how, members: others.map(({ user }) => user) };
      const { id } = await owner.ask<{ readonly id: string }>(url, { method: 'POST', path: '/v1/conversations', body });
      for (const member of members) this.#rooms.get(member)?.push(id);
    }
  }

  #some(count: number): readonly Account[] {
    const left = [...this.accounts];
    return Array.from({ length: Math.min(count, left.length) }, () =>
      left.splice(this.random.below(left.length), 1),
    ).flat();
  }

  #addDevice(name: string, account: Account): void {
    const random = new SeededRandom(this.random.below(2 ** 31));
    const watch = (connection: number) =>
      this.#recorder.watch({
        tab: tabOf(name),
        user: account.user,
        node: 'server',
        connection: `${name}#${connection}`,
      });
    const target = () => ({ url: this.#line, run: 1 });
    const device = new Device({ name, account, ledger: this.ledger, random, target, watch });
    this.devices.push(device);
    device.start();
  }
}

/** A UUID of version 4. */
function keyOf(random: SeededRandom): string {
  const hex = Buffer.from(random.bytes(16)).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
