// One installation of a client that follows the wire contract, and notes where the server does not: it sends each key until
// it is answered, resumes with its cursor, reads holes that a `gap` or a summary leaves, and checks every number that it is
// shown. What it holds is not lost with its connection.
import type { Entry, ServerFrame, Summary, Welcome, Written } from '@kith/protocol';
import type { FrameWatch } from '../cluster/frame-watch.js';
import type { SeededRandom } from '../seeded-random.js';
import type { Account } from './account.js';
import { Held } from './held.js';
import type { Ledger } from './ledger.js';
import { Sending } from './sending.js';
import { pauseUpTo } from './until.js';
import { Refusal, Wire } from './wire.js';

/** A server to connect to: a run is one life of a process. */
export type Target = { readonly url: string; readonly run: number };

export type DeviceParts = {
  readonly name: string;
  readonly account: Account;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  /** Where the server is now; null while there is none. */
  readonly target: () => Target | null;
  /** Who reads along on the device's connection of this number, from 1. */
  readonly watch?: (connection: number) => FrameWatch;
};

const READ_PAGE = 200;
const READ_AGAIN_MS = 200;

export class Device {
  readonly name: string;
  readonly account: Account;
  readonly held = new Map<string, Held>();
  /** Codes of the close frames that came, in order. */
  readonly closeCodes: number[] = [];
  readonly sending: Sending;
  readonly #parts: DeviceParts;
  /** On the present connection: the number that came last, by conversation. */
  #last = new Map<string, { seq: number; isExact: boolean }>();
  #since: string | null = null;
  #wire: Wire | null = null;
  #isGreeted = false;
  #isStopped = false;
  #connections = 0;
  #running: Promise<void> | null = null;
  /** Connections that were greeted so far. */
  greetings = 0;
  /** The last `bye`, by its code. */
  bye: string | null = null;

  constructor(parts: DeviceParts) {
    this.name = parts.name;
    this.account = parts.account;
    this.#parts = parts;
    this.sending = new Sending(parts);
  }

  get isGreeted(): boolean {
    return this.#isGreeted;
  }

  /** Every key is answered, and nothing that was announced is missing. */
  get isSettled(): boolean {
    if (this.sending.unanswered > 0) return false;
    for (const held of this.held.values()) if (!held.isWhole) return false;
    return true;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wire?.cut();
    await this.#running;
  }

  /** Cuts the connection, as a network does. */
  cut(): void {
    this.#wire?.cut();
  }

  /** Sends a command that is no write of this device's own; the answer of a refused one is an error. */
  ask<T>(name: string, params: { readonly [field: string]: unknown }): Promise<T> {
    const wire = this.#wire;
    return wire === null ? Promise.reject(new Error('not connected')) : wire.ask<T>(name, params);
  }

  signal(signal: { readonly [field: string]: unknown }): void {
    this.#wire?.send({ type: 'signal', ...signal });
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isStopped) {
      const target = this.#parts.target();
      const greetings = this.greetings;
      if (target !== null) await this.#connect(target);
      failures = target !== null && greetings === this.greetings ? failures + 1 : 0;
      if (!this.#isStopped) await pauseUpTo(backoffMs(failures), this.#parts.random);
    }
  }

  /** One connection, from its opening to its end. */
  async #connect(target: Target): Promise<void> {
    const { account, ledger, watch } = this.#parts;
    let token: string;
    try {
      token = await account.token(target.url);
    } catch {
      return;
    }
    this.#connections += 1;
    const notes = { ledger, watch: watch?.(this.#connections) ?? null };
    const wire = new Wire(target, notes, (frame) => this.#take(wire, frame));
    this.#wire = wire;
    this.#last = new Map();
    for (const held of this.held.values()) held.isReading = false;
    const hello = { type: 'hello', token, device: this.name, client: 'faults/1' };
    wire.greet({ ...hello, ...(this.#since === null ? {} : { since: this.#since }) });
    const code = await wire.closed;
    this.closeCodes.push(code);
    this.#isGreeted = false;
    this.#wire = null;
    this.sending.disconnected();
    if (code === 4401) await account.renew(target.url).catch(() => {});
    else if (code >= 4400 && code < 4500) ledger.breach(`${this.name} was closed with ${code}`);
  }

  #take(wire: Wire, frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#welcomed(wire, frame);
        break;
      case 'conversation':
        this.#summarised(frame.summary);
        break;
      case 'entry':
        this.#shown(wire, frame);
        break;
      case 'gap':
        this.#gap(frame);
        break;
      case 'synced':
        this.#since = frame.since;
        break;
      case 'bye':
        this.bye = frame.code;
        break;
      default:
        break;
    }
    for (const held of this.held.values()) if (held.mustRead && !held.isReading) void this.#read(wire, held);
  }

  #welcomed(wire: Wire, welcome: Welcome): void {
    if (welcome.reset) this.#breach('its cursor was refused');
    // Those that are not listed did not change: their head is the one last announced.
    for (const held of this.held.values()) {
      held.readUpTo = held.head;
      this.#last.set(held.conversation, { seq: held.head, isExact: false });
    }
    for (const summary of welcome.conversations) this.#summarised(summary);
    if (welcome.more) this.#breach('more conversations than a page holds, which this test does not make');
    else this.#since = welcome.since;
    this.#isGreeted = true;
    this.greetings += 1;
    this.sending.connected({
      run: wire.target.run,
      send: (wish) => {
        const { conversation, key, text, after } = wish;
        return wire.ask<Written>('message.send', { conversation, key, text, ...(after === null ? {} : { after }) });
      },
    });
  }

  #summarised(summary: Summary): void {
    const held = this.held.get(summary.id) ?? new Held(summary);
    if (held.epoch !== summary.epoch) this.#breach(`the epoch of ${summary.id} changed`);
    this.held.set(summary.id, held);
    if (summary.head < held.head && held.whole > summary.head) {
      this.#breach(`the head of ${summary.id} went back from ${held.head} to ${summary.head}`);
    }
    held.announce(summary.head);
    held.readUpTo = Math.max(held.readUpTo, summary.pushedAfter);
    this.#last.set(summary.id, { seq: summary.pushedAfter, isExact: true });
  }

  #shown(wire: Wire, frame: Entry): void {
    const { conversation, epoch, seq } = frame;
    const held = this.held.get(conversation);
    if (!held || held.epoch !== epoch) {
      this.#breach(`was shown ${seq} of a conversation or epoch that nobody announced`);
      return;
    }
    const last = this.#last.get(conversation);
    const isNext = last === undefined || seq === last.seq + 1 || (!last.isExact && seq <= last.seq);
    if (!isNext) this.#breach(`on one connection ${seq} came after ${last.seq}`);
    this.#last.set(conversation, { seq, isExact: true });
    this.#keep(wire, held, frame);
  }

  #gap({
    conversation,
    after,
    head,
  }: {
    readonly conversation: string;
    readonly after: number;
    readonly head: number;
  }) {
    const last = this.#last.get(conversation);
    if (last?.isExact && after !== last.seq) this.#breach(`a gap after ${after} came after ${last.seq}`);
    this.#last.set(conversation, { seq: head, isExact: true });
    const held = this.held.get(conversation);
    if (!held) return;
    held.announce(head);
    held.readUpTo = Math.max(held.readUpTo, head);
  }

  #keep(wire: Wire, held: Held, entry: Entry): void {
    this.#parts.ledger.see(this.name, { entry, run: wire.target.run });
    held.keep(entry.seq);
  }

  /** Reads what nobody will push, page by page. Ends with its connection; the next one begins anew. */
  async #read(wire: Wire, held: Held): Promise<void> {
    held.isReading = true;
    while (held.mustRead && wire === this.#wire) {
      const { conversation, epoch, whole: after } = held;
      try {
        const params = { conversation, epoch, after, limit: READ_PAGE };
        const { entries } = await wire.ask<{ readonly entries: readonly Entry[] }>('entries.read', params);
        if (entries.length === 0) {
          this.#breach(`nothing can be read after ${after}, but ${held.readUpTo} was announced`);
          return;
        }
        for (const entry of entries) this.#keep(wire, held, entry);
      } catch (error) {
        if (!(error instanceof Refusal)) return;
        if (error.retry !== 'same_key') this.#breach(`reading was refused with ${error.code}`);
        await pauseUpTo(READ_AGAIN_MS, this.#parts.random);
      }
    }
    if (wire === this.#wire) held.isReading = false;
  }

  #breach(text: string): void {
    this.#parts.ledger.breach(`${this.name}: ${text}`);
  }
}

/** Doubling from connection to connection that is not greeted. */
function backoffMs(failures: number): number {
  return Math.min(400, 20 * 2 ** Math.min(failures, 5));
}
