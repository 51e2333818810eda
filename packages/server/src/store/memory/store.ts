// What the memory log remembers: conversations with their entries, keys and marks, and one counter of changes. Several
// MemoryLog objects may share one store, as nodes share a database; throwing a log away is the restart of a node.
// It is bounded by nothing: it is for tests, simulations and a first try, not for service.
import {
  type ConversationId,
  type ConversationState,
  type Entry,
  emptyState,
  type Look,
  makeId,
  type SessionId,
  type WorkspaceId,
} from '@kith/protocol';
import type { Clock, Random } from '../../core/clock.js';
import type { Write } from '../../core/log.js';
import type { ReaderStanding } from '../../core/reading.js';
import type { RetentionPolicy } from '../../core/retention/retention-store.js';
import { MemoryAudit } from './audit.js';

/** An entry, and the value of the change counter that its write made. */
export type StoredEntry = { readonly entry: Entry; readonly change: number };

export type StoredMarks = {
  readonly delivered: number;
  readonly read: number;
  readonly change: number;
  /** The last change that the feed names; 0 where there is none. */
  readonly told: number;
};

/** How somebody stands to a thread; `change` is the last one that the feed names. */
export type StoredFollower = { readonly follows: boolean; readonly read: number; readonly change: number };

/** Who reads without a place in the log, or did; `change` is when that changed. */
export type StoredReader = ReaderStanding & { readonly change: number };

/** What somebody has chosen in a poll, and the entry that says that they did. */
export type StoredVote = { readonly seq: number; readonly at: number; readonly choices: readonly number[] };

/** `content` is null where it was erased. */
export type StoredKey = { readonly seq: number; readonly content: string | null };

export type StoredConversation = {
  readonly id: ConversationId;
  readonly workspace: WorkspaceId;
  state: ConversationState;
  /** Where its log begins. */
  first: number;
  /** No entry from there on is known to be older; null: since it was made. */
  since: number | null;
  /** The change that moved its beginning the last time; 0 where nothing has. */
  trimmed: number;
  /** The entry with seq N is at N - 1. */
  entries: StoredEntry[];
  /** By author and key. */
  readonly keys: Map<string, StoredKey>;
  /** When each person's last paced write was made. */
  readonly paced: Map<string, number>;
  /** By person; who is not in it is at 0. */
  readonly marks: Map<string, StoredMarks>;
  /** By person. */
  readonly readers: Map<string, StoredReader>;
  /** By poll, then by person. */
  readonly votes: Map<number, ReadonlyMap<string, StoredVote>>;
  /** By the first message of a thread, then by person. */
  readonly followers: Map<number, Map<string, StoredFollower>>;
};

type Contents = {
  readonly conversations: Map<ConversationId, StoredConversation>;
  readonly revoked: { readonly session: SessionId; readonly change: number }[];
  readonly policies: Map<WorkspaceId, RetentionPolicy>;
  readonly looks: Map<WorkspaceId, Look>;
  change: number;
};

/** A copy of a store at one moment, for `restore`. */
export type MemorySnapshot = { readonly epoch: number; readonly contents: Contents };

export class MemoryStore {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly audit = new MemoryAudit();
  #contents: Contents = { conversations: new Map(), revoked: [], policies: new Map(), looks: new Map(), change: 0 };
  #id: string;
  #epoch = 1;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
    this.#id = this.#freshId();
  }

  /** The identity that cursors carry; a restored store is another one. */
  get id(): string {
    return this.#id;
  }

  /** The number of changes so far: appends, marks and revocations. */
  get change(): number {
    return this.#contents.change;
  }

  get conversations(): ReadonlyMap<ConversationId, StoredConversation> {
    return this.#contents.conversations;
  }

  get revoked(): readonly { readonly session: SessionId; readonly change: number }[] {
    return this.#contents.revoked;
  }

  get policies(): Map<WorkspaceId, RetentionPolicy> {
    return this.#contents.policies;
  }

  get looks(): Map<WorkspaceId, Look> {
    return this.#contents.looks;
  }

  /** Counts one more change. */
  nextChange(): number {
    this.#contents.change += 1;
    return this.#contents.change;
  }

  /** An empty conversation, which is in the store once it is kept. */
  newConversation({ conversation, workspace }: Pick<Write, 'conversation' | 'workspace'>): StoredConversation {
    return {
      id: conversation,
      workspace,
      state: emptyState(this.#epoch),
      ...{ first: 1, since: null, trimmed: 0 },
      entries: [],
      keys: new Map(),
      marks: new Map(),
      paced: new Map(),
      readers: new Map(),
      votes: new Map(),
      followers: new Map(),
    };
  }

  keep(conversation: StoredConversation): void {
    this.#contents.conversations.set(conversation.id, conversation);
  }

  /** Puts the end of a session into the change feed. */
  recordRevoked(session: SessionId): void {
    this.#contents.revoked.push({ session, change: this.nextChange() });
  }

  snapshot(): MemorySnapshot {
    return { epoch: this.#epoch, contents: structuredClone(this.#contents) };
  }

  /** Goes back to what `snapshot` holds, under another identity and with an epoch that was never used before. */
  restore(snapshot: MemorySnapshot): void {
    this.#contents = structuredClone(snapshot.contents);
    this.#epoch = Math.max(this.#epoch, snapshot.epoch) + 1;
    this.#id = this.#freshId();
    for (const conversation of this.#contents.conversations.values()) {
      conversation.state = { ...conversation.state, epoch: this.#epoch };
      conversation.entries = conversation.entries.map(({ entry, change }) => ({
        entry: { ...entry, epoch: this.#epoch },
        change,
      }));
    }
  }

  #freshId(): string {
    return makeId(this.#clock.now(), this.#random.bytes(10));
  }
}
