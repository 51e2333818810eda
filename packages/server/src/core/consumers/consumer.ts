// A consumer of the log: it takes every entry of every conversation, at least once and in order within a conversation, off
// the path of a send and in its own time, and goes on where it was after a restart. The change feed says which
// conversations have grown, the log is read from where the consumer is in each of them, and how far it has got is kept
// beside the log.
// Every node runs one, and one of them at a time takes what there is; the others stand beside it until it ends, or has nothing
// to take for a while. What another has taken is seen by the positions and not read again; where two do the same at once, as
// one is slow, that must be harmless to whoever takes.
// Bounded: a turn reads so many pages of so many entries, and what is known to be behind is a number per conversation,
// of those that changed since the last turn and of one page of the listing.
import type { ConversationId, Cursor } from '@kith/protocol';
import { type Clock, delay } from '../clock.js';
import type { ConversationLog, ConversationRecord, LogPage } from '../log.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import { Turns } from '../turns.js';
import type { ConsumerStore, Position } from './consumer-store.js';

/** The turn in which something is taken. */
export interface Turn {
  /** The node ends: what takes long breaks off, by throwing. */
  readonly isEnding: boolean;
  /** Leaves the machine to the senders for as long as was taken since the turn began or last rested. */
  rest(): Promise<void>;
}

/** What is done with the entries. */
export interface Taker {
  /** Its position is kept under this name. */
  readonly name: string;
  /** Entries in order, of several conversations. What throws comes again. Idempotent, on several nodes too. */
  take(pages: readonly LogPage[], turn: Turn): Promise<void>;
  /** The conversation begins anew in another epoch: all that was taken in earlier ones may be otherwise now. */
  restart(conversation: ConversationId, epoch: number): Promise<void>;
  /** Given: whether entries that come now concern anybody; what comes while they don't is never taken. */
  isWanted?(): Promise<boolean>;
  /**
   * Given: what was before the consumer began concerns nobody. The seq after which it begins in a conversation of which it
   * has taken nothing, or nothing of this epoch.
   */
  beginAfter?(record: ConversationRecord): Promise<number>;
}

export type ConsumerPorts = {
  readonly log: ConversationLog;
  readonly store: ConsumerStore;
  readonly taker: Taker;
  /** The name of this node, which no other has. */
  readonly node: string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

const POLL_MS = 1_000;
/** For how long a node has the others stand beside it, and how much of that is left when it says so again. */
const HOLD_MS = 5_000;
const RENEW_MS = 2_500;
/** From one turn to the next while something is behind: as long as the turn took, and this at least. The rest is the senders'. */
const PAUSE_MS = 20;
/** Of a rest within a turn, at least. */
const REST_MS = 5;
/** Per turn: of those that have just changed, and of those that were left behind. */
const LIVE_CONVERSATIONS = 50;
const LATE_CONVERSATIONS = 20;
/** Entries that a read brings at most, of all its conversations together. */
const ENTRIES = 200;
const LISTED = 200;
/** A mark that nothing has happened since is kept now and then all the same, so that it stays one the feed goes back to. */
const SAVE_MS = 600_000;

export class Consumer {
  readonly #ports: ConsumerPorts;
  readonly #turns: Turns<void>;
  /** Heads of conversations that have changed since the last turn, and of those that are far behind. */
  readonly #live = new Map<ConversationId, number>();
  readonly #late = new Map<ConversationId, number>();
  /** By the monotonic clock. */
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  /** Another node takes what there is: nothing is known of what is behind. */
  #isBeside = false;
  /** Where the feed goes on; null before the first turn that came through. */
  #mark: Cursor | null = null;
  /** When it was kept last, by the monotonic clock; null where it is to be kept as soon as nothing is behind. */
  #savedAtMs: number | null = null;
  /** Where the listing of all conversations goes on, which a consumer begins with that knows no mark; null once it ended. */
  #listing: { readonly after: string | null } | null = null;

  constructor(ports: ConsumerPorts) {
    this.#ports = ports;
    const { clock, telemetry, taker } = ports;
    this.#turns = new Turns({
      clock,
      take: () => this.#takeTurn(),
      waitMs: (_done, tookMs) => (this.isUpToDate ? POLL_MS : Math.max(PAUSE_MS, tookMs)),
      failed: (error) => {
        reportFailure(telemetry, `${taker.name} could not go on, and will`, error);
        // Another may be able to.
        void this.#letGo();
        return POLL_MS;
      },
    });
  }

  /** Begins to follow the log. Where the store is away it goes on once that is back. */
  start(): void {
    this.#turns.start();
  }

  /** Takes a turn now, or waits for the one under way. @throws what the log, the store or the taker throws */
  poll(): Promise<void> {
    return this.#turns.poll();
  }

  /** Nothing is known to be behind. */
  get isUpToDate(): boolean {
    return this.#mark !== null && this.#listing === null && this.#live.size === 0 && this.#late.size === 0;
  }

  /** Waits for the turn under way, which comes again after the next start where it fails. Another node may go on at once. */
  async stop(): Promise<void> {
    await this.#turns.stop();
    await this.#letGo();
  }

  async #takeTurn(): Promise<void> {
    const { log, telemetry, taker } = this.#ports;
    if (this.#isBeside) {
      if (!(await this.#holds())) return;
      // From where the others have got to.
      [this.#isBeside, this.#mark] = [false, null];
    }
    const changes = await log.changes(this.#mark ?? (await this.#begin()));
    for (const { id, head } of changes.conversations) {
      const behind = this.#late.has(id) ? this.#late : this.#live;
      behind.set(id, Math.max(head, behind.get(id) ?? 0));
    }
    this.#mark = changes.mark;
    if (changes.conversations.length > 0) this.#savedAtMs = null;
    if (this.#live.size + this.#late.size > 0 && (await taker.isWanted?.()) === false) {
      this.#live.clear();
      this.#late.clear();
    }
    if (!this.isUpToDate && !(await this.#holds())) this.#standBeside();
    await this.#follow(this.#live, LIVE_CONVERSATIONS);
    await this.#follow(this.#late, LATE_CONVERSATIONS);
    if (this.#late.size === 0) await this.#list();
    const waiting = this.#live.size + this.#late.size;
    // What follows a colon tells one index from another, and is no part of the metric's name.
    const [metric = ''] = taker.name.split(':');
    telemetry.gauge(`kith_${metric}_conversations_behind`, waiting);
    telemetry.gauge(`kith_${metric}_catching_up`, this.#listing === null ? 0 : 1);
    if (this.isUpToDate && !this.#isBeside) await this.#save(changes.mark);
  }

  /** Whether it is this node that takes what there is. */
  async #holds(): Promise<boolean> {
    const { store, taker, node, clock } = this.#ports;
    const nowMs = clock.monotonic();
    if (this.#heldUntilMs - nowMs > RENEW_MS) return true;
    const isHeld = await store.hold(taker.name, node, HOLD_MS);
    this.#heldUntilMs = isHeld ? nowMs + HOLD_MS : Number.NEGATIVE_INFINITY;
    return isHeld;
  }

  /** Has another take what there is, if one wants to. Where the store is away, that is so in a while. */
  async #letGo(): Promise<void> {
    const { store, taker, node, clock } = this.#ports;
    if (this.#heldUntilMs < clock.monotonic()) return;
    this.#heldUntilMs = Number.NEGATIVE_INFINITY;
    await store.hold(taker.name, node, 0).catch(() => {});
  }

  #standBeside(): void {
    this.#isBeside = true;
    this.#live.clear();
    this.#late.clear();
    this.#listing = null;
  }

  /** The mark to begin with: the one that is kept; else now, and everything from before is listed. */
  async #begin(): Promise<Cursor> {
    const { log, store, taker } = this.#ports;
    const kept = await store.mark(taker.name);
    if (kept !== null) return kept;
    if (taker.beginAfter === undefined) this.#listing = { after: null };
    return (await log.changes(null)).mark;
  }

  /** One more page of all conversations, where they are being listed. */
  async #list(): Promise<void> {
    if (this.#listing === null) return;
    const page = await this.#ports.store.conversations({ after: this.#listing.after, limit: LISTED });
    for (const { id, head } of page.items) if (!this.#live.has(id)) this.#late.set(id, head);
    this.#listing = page.next === null ? null : { after: page.next };
  }

  async #save(mark: Cursor): Promise<void> {
    const { store, taker, clock } = this.#ports;
    const nowMs = clock.monotonic();
    if (this.#savedAtMs !== null && nowMs - this.#savedAtMs < SAVE_MS) return;
    await store.saveMark(taker.name, mark);
    this.#savedAtMs = nowMs;
  }

  #turnFrom(beganMs: number): Turn {
    const [clock, turns] = [this.#ports.clock, this.#turns];
    let sinceMs = beganMs;
    return {
      get isEnding() {
        return turns.isStopped;
      },
      async rest() {
        await delay(clock, Math.max(REST_MS, clock.monotonic() - sinceMs));
        sinceMs = clock.monotonic();
      },
    };
  }

  /** Takes the next page of the first so many; who then has more to come waits behind the others. */
  async #follow(behind: Map<ConversationId, number>, most: number): Promise<void> {
    const heads = new Map([...behind].slice(0, most));
    if (heads.size === 0) return;
    const { log, store, taker, clock } = this.#ports;
    const beganMs = clock.monotonic();
    const ids = [...heads.keys()];
    const positions = new Map(await store.positions(taker.name, ids));
    const records = await log.records(ids);
    for (const [id, record] of records) {
      const { state } = record;
      const position = positions.get(id);
      if (position?.epoch === state.epoch) continue;
      if (position) await taker.restart(id, state.epoch);
      positions.set(id, { epoch: state.epoch, seq: (await taker.beginAfter?.(record)) ?? 0 });
    }
    const wanted = ids.filter((id) => (positions.get(id)?.seq ?? 0) < (heads.get(id) ?? 0));
    const limit = Math.floor(ENTRIES / Math.max(1, wanted.length));
    const pages = await log.readMany(
      wanted.map((id) => ({ conversation: id, after: positions.get(id)?.seq ?? 0, limit, from: 'lower' })),
    );
    // One whose epoch has changed since its record was read is read from its beginning the next time.
    const whole = pages.filter(({ record }) => positions.get(record.id)?.epoch === record.state.epoch);
    await taker.take(whole, this.#turnFrom(beganMs));
    await store.raise(taker.name, whole.flatMap(positionAfter));
    const ended = new Set(whole.filter(isLast).map(({ record }) => record.id));
    for (const [id, head] of heads) {
      behind.delete(id);
      const isThere = records.has(id) && wanted.includes(id);
      if (isThere && !ended.has(id)) this.#late.set(id, head);
    }
  }
}

function positionAfter({
  record,
  entries,
}: LogPage): readonly (Position & { readonly conversation: ConversationId })[] {
  const last = entries.at(-1);
  return last ? [{ conversation: record.id, epoch: record.state.epoch, seq: last.seq }] : [];
}

/** Nothing of the conversation is behind this page. */
function isLast({ record, entries }: LogPage): boolean {
  return entries.length === 0 || entries.at(-1)?.seq === record.state.head;
}
