// Which messages have had their time: what the log itself knows of them, kept by memory and PostgreSQL. Its numbered rules
// DUE1–… are in docs/contracts.md and its contract suite in the testkit runs on every adapter.
// There is no list beside the log that could miss one: a message is due from its own entry until that is emptied.
import type { ConversationId, UserId, WorkspaceId } from '@kith/protocol';

export type DueMessage = {
  readonly workspace: WorkspaceId;
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly author: UserId;
  readonly disappearAt: number;
  /** Where it stands among those that are due; for `after` of the same store alone. */
  readonly position: string;
};

export type DueQuery = {
  readonly nowMs: number;
  /** Those that come after it; null for the first ones. */
  readonly after: string | null;
  /** 1 to 1,000. */
  readonly limit: number;
};

export interface DueMessages {
  /**
   * Messages whose time has come and that were not emptied, those that are due for longest first.
   * @throws ChatError `unavailable` where the store is gone
   */
  due(query: DueQuery): Promise<readonly DueMessage[]>;
}
