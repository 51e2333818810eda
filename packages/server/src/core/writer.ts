// Writing to the log on behalf of a person: append, then announce. What `write` resolves to is durable; what it
// announces may be lost on the way and is repaired from the log.
import type { ConversationId, Entry, Key, UserId, Written } from '@kith/protocol';
import type { ConversationLog, Write } from './log.js';
import type { Principal } from './principal.js';
import type { Reach } from './reach.js';

export type Wish = Pick<Write, 'content' | 'decide' | 'after' | 'target' | 'about' | 'isPaced'> & {
  readonly conversation: ConversationId;
  readonly key: Key;
  /** Refused where one of these people blocks the author, or the author them: whom it adds, or the other one of a direct
   * conversation. Absent: it reaches nobody anew. */
  readonly reaches?: readonly UserId[] | 'members';
};

/** Who is told of what was written. */
export type Told = {
  readonly announce: (entries: readonly Entry[]) => void;
  /** Somebody reads a channel from now on, or no more; where they became one by an entry, after that. */
  readonly seated: (user: UserId, conversation: ConversationId) => void;
};

export class Writer {
  readonly #log: ConversationLog;
  readonly #reach: Reach;
  readonly #told: Told;

  constructor(log: ConversationLog, reach: Reach, told: Told) {
    this.#log = log;
    this.#reach = reach;
    this.#told = told;
  }

  /** @throws ChatError as `ConversationLog.append` does */
  async write(principal: Pick<Principal, 'workspace' | 'user'>, { reaches, decide, ...wish }: Wish): Promise<Written> {
    const people = reaches === 'members' ? undefined : reaches;
    // Asked for every write, so that those of a conversation stay in the order in which they came.
    const judged = await this.#reach.judge(principal.user, wish.conversation, people);
    let { refusal } = judged;
    const again = async () => {
      refusal = await this.#reach.refusal(principal.user, wish.conversation, people);
    };
    const appending = this.#log.append({
      workspace: principal.workspace,
      author: principal.user,
      ...wish,
      ...(reaches === undefined || judged.heads.length === 0 ? {} : { restsOn: { heads: judged.heads, again } }),
      // Not for a key that is in the log: that gets its first answer.
      decide(record, target, lastAt) {
        const decision = decide(record, target, lastAt);
        if (refusal && reaches !== undefined && !('settledBy' in decision)) throw refusal;
        return decision;
      },
    });
    judged.placed();
    const appended = await appending;
    if (appended.entries.length > 0) this.#told.announce(appended.entries);
    const { conversation, epoch, seq, at, duplicate, reader } = appended;
    if (reader !== undefined) this.#told.seated(reader, conversation);
    return { conversation, epoch, seq, at, duplicate };
  }
}
