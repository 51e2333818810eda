// The last keys that this node wrote or found, so that a client that repeats itself costs nothing, and the people who
// have repeated themselves lately, whose next keys are looked up before they can make a whole batch fail.
// Both are bounded: the oldest are forgotten, which costs a look-up or a failed batch and nothing else.
import { hash } from 'node:crypto';
import type { ConversationId, Key, UserId } from '@kith/protocol';
import type { Write } from '../../core/log.js';
import { GenerationMap } from './generation-map.js';

export type RecentWrite = {
  readonly conversation: ConversationId;
  readonly author: UserId;
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
  /** Of its content. */
  readonly digest: string;
};

/** At least half of them are remembered: more would only be more for the garbage collector to carry. */
const KEYS = 20_000;
const REPEATERS = 20_000;
const REPEATER_MS = 10_000;

export class RecentKeys {
  readonly #writes = new GenerationMap<Key, RecentWrite>({ most: KEYS });
  readonly #repeaters = new GenerationMap<UserId, number>({ most: REPEATERS });

  /** The answer to a key of this author in this conversation and epoch, where it is remembered. */
  find(of: Pick<Write, 'conversation' | 'author'>, key: Key, epoch: number): RecentWrite | null {
    const recent = this.#writes.get(key);
    const isSame = recent?.conversation === of.conversation && recent.author === of.author && recent.epoch === epoch;
    return isSame ? recent : null;
  }

  remember(write: Write, answer: { readonly epoch: number; readonly seq: number; readonly at: number }): void {
    const { conversation, author, key, content } = write;
    this.#writes.set(key, { conversation, author, ...answer, digest: digestOf(content) });
  }

  /** A key of this person came again. */
  noteRepeat(user: UserId, nowMs: number): void {
    this.#repeaters.set(user, nowMs + REPEATER_MS);
  }

  isRepeater(user: UserId, nowMs: number): boolean {
    return (this.#repeaters.get(user) ?? 0) > nowMs;
  }
}

/** Whether a write has the content that is remembered. */
export function hasContent(recent: RecentWrite, write: Write): boolean {
  return recent.digest === digestOf(write.content);
}

function digestOf(content: string): string {
  return hash('sha256', content, 'base64');
}
