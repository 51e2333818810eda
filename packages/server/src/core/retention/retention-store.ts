// What retention needs of the store: the policy of a workspace, which conversations have entries older than a policy may allow,
// and the one step that moves the start of a log. Its numbered rules RET1–… are in docs/contracts.md and its contract suite in
// the testkit runs on every adapter.
import type { ConversationId, WorkspaceId } from '@kith/protocol';
import type { NewAuditRecord } from '../audit/audit-store.js';

export type RetentionPolicy = {
  /** How many days messages are kept; null for ever. */
  readonly days: number | null;
  /** Whether a conversation may keep its messages for longer. */
  readonly longer: boolean;
  /** Conversations of which everything is kept, whatever else is set. */
  readonly kept: readonly ConversationId[];
};

/** A conversation whose oldest entry may have had its time. */
export type AgedConversation = {
  readonly workspace: WorkspaceId;
  readonly conversation: ConversationId;
  readonly epoch: number;
  /** Where its log begins now. */
  readonly first: number;
  /** Nothing in it is known to be older. */
  readonly since: number;
  /** Its own setting. */
  readonly retentionDays: number | null;
};

export type AgedQuery = {
  readonly nowMs: number;
  /** Of workspaces that have set none. */
  readonly standardDays: number | null;
  /** `next` of the page before; null for the first one. */
  readonly after: string | null;
  /** At most so many conversations are looked at. 1 to 1,000. */
  readonly limit: number;
};

export type AgedPage = { readonly conversations: readonly AgedConversation[]; readonly next: string | null };

/** The log of a conversation begins with `to`, where it began with `first`; both may be the same, and then only `since` changes. */
export type Trim = Pick<AgedConversation, 'conversation' | 'epoch' | 'first' | 'since'> & { readonly to: number };

export interface RetentionStore {
  /** Null where the workspace has set none. */
  policy(workspace: WorkspaceId): Promise<RetentionPolicy | null>;
  /** @param audit recorded in the same transaction */
  setPolicy(workspace: WorkspaceId, policy: RetentionPolicy, audit?: NewAuditRecord): Promise<void>;
  /** May name some that have nothing to lose, never leaves one out; people's own conversations are not in it. */
  aged(query: AgedQuery): Promise<AgedPage>;
  /**
   * One transaction: what was said below `to` is emptied, and the log begins there. At most 1,000 entries.
   * @returns false where it does not begin with `first` any more, is of another epoch, or is being written by another: nothing happened
   */
  trim(trim: Trim): Promise<boolean>;
}
