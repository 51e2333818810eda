// What a replica tells those who look: timelines, the outbox, whoever reads what is missing. Events announce what happened;
// whoever hears one finds the replica as it is after it.
import type { Entry, ServerFrame, TimelineItem } from '@kith/protocol';
import { Value } from '../observable.js';
import type { Cancel } from '../ports.js';
import type { Conversation } from './conversation.js';
import type { Counts } from './unread.js';

/** What was said once and is held nowhere here: for whoever listens. */
type OtherSignal = Exclude<Extract<ServerFrame, { readonly type: 'signal' }>, { readonly name: 'user' | 'marks' }>;

export type ReplicaEvent =
  /** These follow what was held before, in order; one event for each turn. */
  | { readonly type: 'held'; readonly conversation: Conversation; readonly entries: readonly TimelineItem[] }
  /** An entry that changes an earlier one, or one that was erased. */
  | { readonly type: 'changed'; readonly conversation: Conversation; readonly entry: Entry }
  /** What is held of it went on otherwise than entry by entry. */
  | { readonly type: 'moved'; readonly conversation: Conversation }
  /** Its log was restored: nothing of before counts any more (M6). */
  | { readonly type: 'restored'; readonly conversation: Conversation }
  /** It is not there any more, or never was this person's. */
  | { readonly type: 'gone'; readonly id: string }
  /** Such as: this person stands otherwise to a thread than before; a bot was asked something; the workspace looks otherwise. */
  | { readonly type: 'signal'; readonly signal: OtherSignal }
  /** A `welcome` was taken. */
  | { readonly type: 'connected' }
  /** Something is missing. */
  | { readonly type: 'missing' }
  /** The server counts otherwise than what is held says; the server's counts are taken (N5). */
  | { readonly type: 'mismatch'; readonly conversation: Conversation; readonly own: Counts; readonly told: Counts };

/** Gathers the events of a turn, and tells them when it is over. */
export class ReplicaEvents {
  readonly #listeners = new Set<(event: ReplicaEvent) => void>();
  /** Mismatches so far. */
  readonly mismatches = new Value(0);
  #waiting: ReplicaEvent[] = [];

  subscribe(listener: (event: ReplicaEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  say(event: ReplicaEvent): void {
    if (event.type === 'mismatch') this.mismatches.set(this.mismatches.getSnapshot() + 1);
    this.#waiting.push(event);
  }

  /** What came of one conversation in a row is one event. */
  sayHeld(conversation: Conversation, entries: readonly TimelineItem[]): void {
    const last = this.#waiting.at(-1);
    if (entries.length === 0) return;
    if (last?.type !== 'held' || last.conversation !== conversation) this.say({ type: 'held', conversation, entries });
    else this.#waiting.splice(-1, 1, { ...last, entries: [...last.entries, ...entries] });
  }

  flush(): void {
    const events = this.#waiting;
    this.#waiting = [];
    for (const event of events) for (const listener of [...this.#listeners]) listener(event);
  }
}
