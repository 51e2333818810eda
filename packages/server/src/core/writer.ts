// Writing to the log on behalf of a person: append, then announce. What `write` resolves to is durable; what it
// announces may be lost on the way and is repaired from the log.
import type { ConversationId, Entry, Key, Written } from '@kith/protocol';
import type { ConversationLog, Write } from './log.js';
import type { Principal } from './principal.js';

export type Wish = Pick<Write, 'content' | 'decide' | 'after' | 'target' | 'isPaced'> & {
  readonly conversation: ConversationId;
  readonly key: Key;
};

export class Writer {
  readonly #log: ConversationLog;
  readonly #announce: (entries: readonly Entry[]) => void;

  constructor(log: ConversationLog, announce: (entries: readonly Entry[]) => void) {
    this.#log = log;
    this.#announce = announce;
  }

  /** @throws ChatError as `ConversationLog.append` does */
  async write(principal: Pick<Principal, 'workspace' | 'user'>, wish: Wish): Promise<Written> {
    const appended = await this.#log.append({ workspace: principal.workspace, author: principal.user, ...wish });
    if (appended.entries.length > 0) this.#announce(appended.entries);
    const { conversation, epoch, seq, at, duplicate } = appended;
    return { conversation, epoch, seq, at, duplicate };
  }
}
