// What this node remembers of conversations, so that a send needs one query. Bounded: the least recently used are
// forgotten, and read again when they are wanted.
// Two things are kept apart. `record` is the newest state that was seen, from whatever connection. `exact` is the head
// that the next number follows: known from a commit or a read of one connection, and worthless when that is lost. What another
// node says that it has written there since is followed as well, and is to be found true by the write that follows it.
import { type ConversationId, type ConversationState, type Entry, fold, toId } from '@kith/protocol';
import type { ConversationRecord } from '../../core/log.js';
import { GenerationMap } from './generation-map.js';
import type { Connection } from './pool.js';

export type KnownConversation = {
  readonly no: number;
  record: ConversationRecord;
  /** Heads below this one are known to be old. */
  announced: number;
  /** The store has another identity since: its heads and these are of two different pasts. */
  isDistrusted: boolean;
  exact: Exact | null;
  /** What was last written there by another node was heard of before a number was refused. */
  isHeard: boolean;
  /** The state after `record` and all that was heard since without a hole, where none of it is of the record. */
  heard: ConversationState | null;
};

/** @property isUnseen its head was told by another node, and is to be looked up with what follows it */
type Exact = { readonly connection: Connection; readonly state: ConversationState; readonly isUnseen: boolean };

/** What the next number of a conversation follows. */
export type Base = { readonly no: number; readonly record: ConversationRecord; readonly isUnseen: boolean };

/** What a read must not fall behind: a lower head of the same epoch is a tail that was lost. */
export type Seen = { readonly epoch: number; readonly head: number };

/** The most conversations, and the most members of all of them together. */
const MOST_CONVERSATIONS = 100_000;
const MOST_MEMBERS = 1_000_000;

export class ConversationCache {
  readonly #known = new GenerationMap<ConversationId, KnownConversation>({
    most: MOST_CONVERSATIONS,
    weight: { of: ({ record }) => record.state.members.size, most: MOST_MEMBERS },
  });

  get(id: ConversationId): KnownConversation | undefined {
    return this.#known.get(id);
  }

  /** What was seen of a conversation so far; asked before a read is sent, compared when it is back. */
  seen(id: ConversationId): Seen | null {
    const known = this.#known.get(id);
    if (!known) return null;
    const { epoch, head } = known.record.state;
    return { epoch, head: known.isDistrusted ? Number.POSITIVE_INFINITY : head };
  }

  /** Takes what was read or written. What is older than the present knowledge changes nothing. */
  note(no: number, record: ConversationRecord): KnownConversation {
    const known = this.get(record.id);
    if (!known || known.no !== no || known.record.state.epoch < record.state.epoch) {
      const fresh = { no, record, announced: 0, isDistrusted: false, exact: null, isHeard: false, heard: null };
      this.#known.set(record.id, fresh);
      return fresh;
    }
    if (known.record.state.epoch === record.state.epoch && known.record.state.head <= record.state.head) {
      known.record = record;
    }
    return known;
  }

  /** The same, and the next number of this conversation follows it on `connection`. */
  noteExact(no: number, record: ConversationRecord, connection: Connection): void {
    const known = this.note(no, record);
    known.exact = { connection, state: record.state, isUnseen: false };
  }

  /** The record that the next number follows, with its short number; null where it must be read first. */
  exact(id: ConversationId, connection: Connection): Base | null {
    const known = this.#known.get(id);
    if (!known || known.exact?.connection !== connection) return null;
    const { no, record, exact } = known;
    const { state, isUnseen } = exact;
    if (record.state === state) return { no, record, isUnseen };
    // Somebody else has written since, and a read has shown it.
    if (record.state.epoch !== state.epoch || record.state.head > state.head) return null;
    return { no, record: { ...record, state }, isUnseen };
  }

  forgetExact(id: ConversationId): void {
    const known = this.#known.get(id);
    if (known) known.exact = null;
  }

  /** A write did not find the log as it was remembered. */
  mistook(id: ConversationId): void {
    const known = this.#known.get(id);
    if (!known) return;
    known.exact = null;
    known.isHeard = false;
  }

  /** Whether what another node writes there is heard of in time. */
  isHeard(id: ConversationId): boolean {
    return this.#known.get(id)?.isHeard === true;
  }

  /** Another node has written this. What changes members or settings is read, before a record is served or a number given. */
  hear(entry: Entry): void {
    const { epoch, seq, kind } = entry;
    const id = toId<ConversationId>(entry.conversation);
    const mustRead = isOfRecord(kind);
    if (mustRead) this.announce(id, { epoch, head: seq });
    const known = this.#known.get(id);
    if (!known) return;
    const newest = newestOf(known);
    const next = mustRead ? null : after(newest, entry);
    known.heard = mustRead ? null : (next ?? known.heard);
    if (!known.exact || known.exact.state.epoch !== epoch || seq <= known.exact.state.head) return;
    const { connection, state } = known.exact;
    const followed = mustRead || state === newest ? next : after(state, entry);
    known.isHeard = followed !== null;
    known.exact = followed && { connection, state: followed, isUnseen: true };
  }

  /** The change feed names a head or an epoch: what is remembered from before must be read again. */
  announce(id: ConversationId, { epoch, head }: Seen): void {
    const known = this.#known.get(id);
    if (!known || epoch < known.record.state.epoch) return;
    const isSameEpoch = epoch === known.record.state.epoch;
    known.announced = Math.max(known.announced, isSameEpoch ? head : Number.POSITIVE_INFINITY);
  }

  /** The change feed names people whose membership changed: whatever was heard, the record is read again where a head was named. */
  unhear(id: ConversationId): void {
    const known = this.#known.get(id);
    if (known) known.heard = null;
  }

  /** The record, unless it is known to be old: other entries were named than this node wrote, read or heard of. */
  fresh(id: ConversationId): ConversationRecord | null {
    const known = this.get(id);
    if (!known || known.isDistrusted) return null;
    const { record, announced } = known;
    if (announced <= record.state.head) return record;
    const state = newestOf(known);
    return announced <= state.head ? { ...record, state } : null;
  }

  /** The store turned out to be another one: every conversation is read again, and gets an epoch that is new. */
  distrustAll(): void {
    for (const known of this.#known.values()) {
      known.isDistrusted = true;
      known.exact = null;
    }
  }
}

/** A state with the entry that stands right behind it; null for any other entry. */
function after(state: ConversationState, entry: Entry): ConversationState | null {
  return state.epoch === entry.epoch && entry.seq === state.head + 1 ? fold(state, entry) : null;
}

/** What is remembered with what was heard since. */
function newestOf({ record, heard }: KnownConversation): ConversationState {
  const { state } = record;
  return heard !== null && heard.epoch === state.epoch && heard.head > state.head ? heard : state;
}

/** What a node remembers of a conversation is another after such an entry: who is in it, as what, and how it is set. */
function isOfRecord(kind: Entry['kind']): boolean {
  return kind.startsWith('member.') || kind.startsWith('conversation.');
}
