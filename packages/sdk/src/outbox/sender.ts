// How items get into the log: each is sent over any number of connections until it is answered, always with the same key
// (rules M10 and E3), a bounded number at a time, those of one conversation in order (O2). What is refused for good fails
// and holds up nobody; what may be repeated waits as long as it must (E2).
import type { CommandName, Entry, Params, Written } from '@kith/protocol';
import type { Clock, Random } from '../ports.js';
import { isForNow, Refusal } from '../refusal.js';
import type { Stored } from '../storage/replica-store.js';
import type { Link } from '../wire/link.js';
import type { KeptItems } from './kept-items.js';
import type { Failure, OutboxItem, Place } from './outbox-item.js';
import { Pauses } from './pauses.js';
import { type Going, nextToGo } from './send-order.js';

export type SenderParts = {
  readonly link: Pick<Link, 'command'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Whose writes they are. */
  readonly user: string;
  /** The log of a conversation as the replica knows it, held up to `to`; null where it does not know the conversation. */
  readonly logOf: (conversation: string) => { readonly epoch: number; readonly to: number } | null;
  readonly kept: KeptItems;
  readonly onChange: () => void;
};

/** Of the 64 that the server takes of one connection (`limits.pending`); reads need room too. */
const MOST_IN_FLIGHT = 16;

export class Sender {
  readonly #parts: SenderParts;
  readonly #kept: KeptItems;
  readonly #pauses: Pauses;
  /** On their way over the present connection, or about to be, by key. */
  readonly #flights = new Map<string, Going>();
  #state: 'waiting' | 'open' | 'closed' = 'waiting';
  /** Sends follow each other as their writes did. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#kept = parts.kept;
    this.#pauses = new Pauses(parts.clock, parts.random, () => void this.commit([]));
  }

  connected(): void {
    this.disconnected();
    this.#state = 'open';
    void this.commit(this.#linedUp());
  }

  disconnected(): void {
    this.#state = 'waiting';
    this.#pauses.reconnected();
    for (const key of this.#flights.keys()) this.#kept.patch(key, { status: 'pending' });
    this.#flights.clear();
    this.#parts.onChange();
  }

  close(): void {
    this.disconnected();
    this.#state = 'closed';
    this.#pauses.close();
  }

  took(conversation: string, entries: readonly Entry[]): void {
    const changed: string[] = [];
    for (const { author, key, epoch, seq } of entries) {
      // Anybody may use any key: it is this write only where the author is the same.
      if (author === this.#parts.user && key !== undefined) changed.push(...this.#landed(key, { epoch, seq }));
    }
    const log = this.#parts.logOf(conversation);
    for (const { key, place, conversation: own } of this.#kept.list) {
      if (log === null || place === null || own !== conversation) continue;
      if (place.epoch !== log.epoch) this.#kept.patch(key, { status: 'pending', place: null });
      else if (place.seq <= log.to) changed.push(...this.#landed(key, place));
    }
    void this.commit(changed);
  }

  /**
   * Writes the items of these keys as they are now, then sends what may go. Nothing is sent before its record says that it
   * may have been: after a crash it is known which texts can still be replaced.
   * @returns when the store has answered
   */
  commit(changed: readonly string[]): Promise<void> {
    const keys = new Set(changed);
    const going = this.#next();
    for (const flight of going) {
      const { key, mayBeSent } = flight.item;
      if (!mayBeSent) keys.add(key);
      this.#flights.set(key, flight);
      this.#kept.patch(key, { status: 'sending', mayBeSent: true });
    }
    const kept = this.#kept.keep(keys);
    // Never rejects: `keep` does only where an app's own listener throws, which its caller hears of. What failed is kept, too,
    // before others go that no longer come after it.
    const isKept = kept.catch(() => {});
    this.#line = Promise.all([this.#line, isKept]).then(() => {
      for (const flight of going) void this.#send(flight);
    });
    this.#parts.onChange();
    return kept;
  }

  /** It is not in the log and can't get there as it is: it can be changed and removed as before it was sent. @returns the keys that changed */
  fail(key: string, { code, message, retry }: Failure): readonly string[] {
    const failure = { code, message, retry };
    this.#flights.delete(key);
    this.#kept.patch(key, { status: 'failed', failure, mayBeSent: false, place: null });
    const changed = [key];
    for (const { key: own, command, params } of this.#behind(key)) {
      changed.push(own);
      this.#kept.drop(own);
      const target = this.#kept.get(key);
      if (command === 'message.delete') this.#kept.drop(key);
      else if (target) this.#kept.patch(key, { params: { ...target.params, ...params } });
    }
    return changed;
  }

  /** Sends what came in from the store as well. @returns when the store has answered */
  reloaded(): Promise<void> {
    return this.commit(this.#state === 'open' ? this.#linedUp() : []);
  }

  /**
   * What another tab wrote, and was not known here when later ones were sent, comes behind those: what was sent may arrive at
   * any time, and its order is fixed by what it said it comes after. @returns the keys that changed
   */
  #linedUp(): readonly string[] {
    const last = new Map<string, number>();
    const messages = this.#kept.list.filter(({ command }) => command === 'message.send');
    for (const { conversation, order, mayBeSent } of messages) if (mayBeSent) last.set(conversation, order);
    const changed: string[] = [];
    for (const { key, conversation, order, mayBeSent, failure, held, blocksOthers } of messages) {
      const before = last.get(conversation);
      if (before === undefined || mayBeSent || failure || (held !== null && !blocksOthers)) continue;
      last.set(conversation, Math.max(order, before + 1));
      if (order > before) continue;
      this.#kept.patch(key, { order: before + 1 });
      changed.push(key);
    }
    if (changed.length > 0) this.#kept.sort();
    return changed;
  }

  #next(): readonly Going[] {
    if (this.#state !== 'open') return [];
    const room = MOST_IN_FLIGHT - this.#flights.size;
    return nextToGo(this.#kept.all, { room, isPaused: (conversation) => this.#pauses.has(conversation) });
  }

  async #send(flight: Going): Promise<void> {
    const { key } = flight.item;
    const item = this.#kept.get(key);
    // The connection went while it was being written, or another tab has removed it.
    if (!item || this.#flights.get(key) !== flight) return;
    const after = flight.after === null ? {} : { after: flight.after };
    // What hides a message is kept with the person's own conversation, and names that of the message.
    const params = { conversation: item.conversation, ...item.params, key, ...after };
    // The link refuses what no frame can hold. A command of a later server is sent like any other: this one says
    // `unknown_command`.
    const command = item.command as CommandName;
    await this.#parts.link.command(command, params as unknown as Params<CommandName>).then(
      (answer) => this.#acknowledged(item, (answer ?? {}) as Partial<Written>),
      (error: unknown) => this.#refused(flight, error),
    );
  }

  /** Counts also where it came over a connection that has gone since: it is in the log. */
  async #acknowledged({ key, conversation }: OutboxItem, { epoch, seq }: Partial<Written>): Promise<void> {
    if (this.#state === 'closed') return;
    this.#flights.delete(key);
    this.#pauses.succeeded(conversation);
    const log = this.#parts.logOf(conversation);
    let changed: readonly string[] = [];
    if (typeof epoch !== 'number' || typeof seq !== 'number') {
      // The answer of a command that names no entry of this conversation.
      this.#kept.drop(key);
      changed = [key];
    } else if (log !== null && log.epoch !== epoch) {
      // The log was restored before or after this: the same key again finds out.
      this.#kept.patch(key, { status: 'pending' });
      this.#pauses.begin(conversation, undefined);
    } else if (log !== null && seq <= log.to) {
      changed = this.#landed(key, { epoch, seq });
    } else {
      this.#kept.patch(key, { status: 'sent', place: { epoch, seq }, failure: null });
      changed = this.#aimed(key, { epoch, seq });
    }
    await this.commit(changed);
  }

  async #refused(flight: Going, error: unknown): Promise<void> {
    const { key, conversation } = flight.item;
    // What an earlier connection was refused with says nothing of what is on its way now.
    if (this.#flights.get(key) !== flight) return;
    this.#flights.delete(key);
    if (!isForNow(error)) {
      // `conflict` with a `basis` is the one `new_key` that a machine may repeat by itself: it reads, decides anew and takes
      // another key. Messages have no basis, and what other commands were based on only their owner knows: so it fails too.
      const fault = { code: 'bad_request', message: String(error), retry: 'never' };
      await this.commit(this.fail(key, error instanceof Refusal ? error : fault));
      return;
    }
    this.#kept.patch(key, { status: 'pending' });
    const lead = flight.after === null ? undefined : this.#kept.get(flight.after)?.status;
    const hasLead = lead === 'pending' || lead === 'sending';
    // Refused because of the one before it, which failed or is there by now, it goes again at once, without that. A rate may be
    // that of the conversation: whether others have to wait too, they are told.
    if (error.code !== 'out_of_order' || hasLead) this.#pauses.begin(conversation, error.retryAfterMs);
    await this.commit([]);
  }

  /** Its entry is here. @returns the keys that changed */
  #landed(key: string, place: Place): readonly string[] {
    // Another tab's may be on its way here from the store: it must not come after its entry.
    if (!this.#kept.get(key)) return this.#kept.isReloading ? [key] : [];
    this.#flights.delete(key);
    this.#kept.drop(key);
    return [key, ...this.#aimed(key, place)];
  }

  /** Its place is known: what changes it can go. @returns the keys that changed */
  #aimed(key: string, place: Place): readonly string[] {
    const aimed = this.#behind(key);
    for (const { key: own, params } of aimed) {
      this.#kept.patch(own, { behind: null, params: { ...params, ...targetOf(place) } });
    }
    return aimed.map((item) => item.key);
  }

  #behind(key: string): readonly OutboxItem[] {
    return this.#kept.list.filter(({ behind }) => behind === key);
  }
}

/** How a command names the entry that it changes. */
export function targetOf({ epoch, seq }: Place): Stored {
  return { epoch, target: seq };
}
