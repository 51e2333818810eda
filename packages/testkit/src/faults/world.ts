// A world of a fault test: three people on four devices with three conversations, one database that stays, and a server's
// process that comes and goes. Whoever opens a world closes it; then no process and no timer of it is left.
import type { Entry } from '@kith/protocol';
import { SeededRandom } from '../seeded-random.js';
import { Account } from './account.js';
import { Device, type Target } from './device.js';
import type { KillOrder } from './kill-points.js';
import { killEnvironment } from './kill-points.js';
import { Ledger } from './ledger.js';
import { judgeOutput, type Output } from './output.js';
import { TEXT_MARK } from './sending.js';
import { ENTRIES, type Exit, ServerProcess } from './server-process.js';
import { until } from './until.js';
import { judge } from './verdict.js';

export type WorldOptions = {
  readonly seed: number;
  /** DATABASE_URL or DATA_DIR of the server, and what else its environment is to hold. */
  readonly environment: { readonly [name: string]: string };
};

export const PASSWORD = 'correct horse battery staple';
const PEOPLE = ['ada', 'ben', 'cyd'] as const;
/** Sends are answered, once the server and its database are there. */
const ANSWERED_MS = 30_000;
/** A lost publish is repaired within 5 s; the rest is for a busy machine. */
const WHOLE_MS = 15_000;
const PAGE = 200;
/** The first few of what should not have been printed say enough. */
const MOST_OF_OUTPUT = 10;

export class World {
  readonly random: SeededRandom;
  readonly ledger = new Ledger();
  readonly devices: Device[] = [];
  readonly accounts: Account[] = [];
  /** Two groups of everyone, then a direct conversation of the first two. */
  readonly conversations: string[] = [];
  /** Of every server of this world. */
  readonly environment: { readonly [name: string]: string };
  #server: ServerProcess | null = null;
  #target: Target | null = null;
  #runs = 0;
  #isMeddled = false;
  /** Of the shipped processes that have ended. */
  readonly #outputs: Output[] = [];

  private constructor({ seed, environment }: WorldOptions) {
    this.random = new SeededRandom(seed);
    this.environment = environment;
  }

  /** With a server that runs, and every device connected. */
  static async open(options: WorldOptions): Promise<World> {
    const world = new World(options);
    try {
      const server = await world.startServer();
      await world.#populate(server.url);
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  get server(): ServerProcess {
    if (this.#server === null) throw new Error('no server is running');
    return this.#server;
  }

  /** The number of the server's present or last run, from 1. */
  get run(): number {
    return this.#runs;
  }

  /** Starts the shipped process, or one that will kill itself. */
  async startServer(order: KillOrder | null = null): Promise<ServerProcess> {
    const entry = order === null ? ENTRIES.server : ENTRIES.meddled;
    const orders = order === null ? {} : killEnvironment(order);
    const server = await ServerProcess.start({ entry, environment: { ...this.environment, ...orders } });
    this.#runs += 1;
    this.#server = server;
    this.#isMeddled = order !== null;
    this.#target = { url: server.url, run: this.#runs };
    return server;
  }

  /** After the process has gone by itself, or to end it as a crash does. */
  async killServer(): Promise<void> {
    await this.server.kill();
    this.#target = null;
    if (!this.#isMeddled) this.#outputs.push(this.server.output);
  }

  /** Ends the process as an operator does. */
  async endServer(): Promise<Exit> {
    const exit = await this.server.end();
    this.#target = null;
    this.#outputs.push(this.server.output);
    return exit;
  }

  addDevice(name: string, account: Account, target: () => Target | null = () => this.#target): Device {
    const random = new SeededRandom(this.random.below(2 ** 31));
    const device = new Device({ name, account, ledger: this.ledger, random, target });
    this.devices.push(device);
    device.start();
    return device;
  }

  /** Every device keeps `window` messages unanswered, in all of its conversations. */
  talk(window: number): void {
    for (const device of this.devices) device.sending.talk({ conversations: this.conversationsOf(device), window });
  }

  hush(): void {
    for (const device of this.devices) device.sending.hush();
  }

  conversationsOf({ account }: Device): readonly string[] {
    return account.username === 'cyd' ? this.conversations.slice(0, 2) : this.conversations;
  }

  /**
   * Silence, until every key is answered and every device has what was announced to it, up to the heads of the logs. What
   * does not come in time is a breach.
   */
  async settle(): Promise<void> {
    this.hush();
    const breach = (error: Error) => this.ledger.breach(error.message);
    const answered = () => this.devices.every(({ sending }) => sending.unanswered === 0);
    await until('every send is answered', answered, { withinMs: ANSWERED_MS }).catch(breach);
    const logs = await this.logs();
    const isWhole = (device: Device) =>
      device.isSettled &&
      this.conversationsOf(device).every((id) => device.held.get(id)?.whole === logs.get(id)?.length);
    const isEverybodyWhole = () => this.devices.every(isWhole);
    await until('every device has everything', isEverybodyWhole, { withinMs: WHOLE_MS }).catch(breach);
  }

  /** Settles, lets a device that starts with nothing read everything, and judges. */
  async verdict(): Promise<readonly string[]> {
    await this.settle();
    for (const account of this.accounts.slice(0, 2)) this.addDevice(`${account.username} late`, account);
    await this.settle();
    const devices = this.devices.map((device) => [device, this.conversationsOf(device)] as const);
    return [...judge(await this.logs(), this.ledger, devices), ...this.#judgeOutputs()];
  }

  /** The logs as the API gives them now. */
  async logs(url: string = this.server.url): Promise<ReadonlyMap<string, readonly Entry[]>> {
    const logs = new Map<string, readonly Entry[]>();
    for (const conversation of this.conversations) logs.set(conversation, await this.#readLog(url, conversation));
    return logs;
  }

  async close(): Promise<void> {
    this.hush();
    this.#target = null;
    await Promise.all(this.devices.map((device) => device.stop()));
    if (this.#server?.isRunning) await this.#server.kill();
  }

  async #populate(url: string): Promise<void> {
    const credentials = PEOPLE.map((username) => ({ username, password: PASSWORD }));
    for (const one of credentials) this.accounts.push(await Account.signUp(url, one));
    const [ada, ben, cyd] = this.accounts;
    if (!ada || !ben || !cyd) throw new Error('three people are wanted');
    const everyone = [ben.user, cyd.user];
    const made = [
      { kind: 'group', name: 'first', members: everyone },
      { kind: 'group', name: 'second', members: everyone },
      { kind: 'direct', members: [ben.user] },
    ];
    for (const body of made) {
      const { id } = await ada.ask<{ readonly id: string }>(url, { method: 'POST', path: '/v1/conversations', body });
      this.conversations.push(id);
    }
    for (const account of this.accounts) this.addDevice(account.username, account);
    this.addDevice('ada second', ada);
    await until('every device is greeted', () => this.devices.every(({ isGreeted }) => isGreeted), {
      withinMs: 20_000,
    });
  }

  async #readLog(url: string, conversation: string): Promise<readonly Entry[]> {
    const log: Entry[] = [];
    let epoch = '';
    for (;;) {
      const path = `/v1/conversations/${conversation}/entries?after=${log.length}&limit=${PAGE}${epoch}`;
      const [ada] = this.accounts;
      if (!ada) throw new Error('nobody can read the log');
      const page = await ada.ask<{ readonly epoch: number; readonly entries: readonly Entry[] }>(url, {
        method: 'GET',
        path,
      });
      log.push(...page.entries);
      epoch = `&epoch=${page.epoch}`;
      if (page.entries.length < PAGE) return log;
    }
  }

  #judgeOutputs(): readonly string[] {
    const secrets = [TEXT_MARK, PASSWORD, ...this.accounts.flatMap(({ tokens }) => tokens)];
    const outputs = this.#isMeddled ? this.#outputs : [...this.#outputs, this.server.output];
    return outputs.flatMap((output) => judgeOutput(output, secrets)).slice(0, MOST_OF_OUTPUT);
  }
}
