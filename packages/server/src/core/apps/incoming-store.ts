// Where incoming webhooks are kept: the interface that the core needs, by memory and PostgreSQL. Its numbered rules HOOK1–… are
// in docs/contracts.md and its contract suite in the testkit runs on every adapter. Those of a bot that was retired are not there.
import type { ConversationId, HookId, UserId, WorkspaceId } from '@kith/protocol';

export type IncomingHookRecord = {
  readonly workspace: WorkspaceId;
  readonly id: HookId;
  /** Who speaks. */
  readonly bot: UserId;
  readonly conversation: ConversationId;
  readonly name: string;
  /** Of its secret, 64 hex digits. */
  readonly digest: string;
  readonly createdAt: number;
  /** Null where no use was noted yet. */
  readonly lastUsedAt: number | null;
};

export interface IncomingHookStore {
  /** `no_bot`: there is none in service of that id. */
  addIncomingHook(hook: Omit<IncomingHookRecord, 'lastUsedAt'>, most: number): Promise<'added' | 'too_many' | 'no_bot'>;
  incomingHook(workspace: WorkspaceId, hook: HookId): Promise<IncomingHookRecord | null>;
  /** Newest first; at most 1,000. */
  incomingHooks(workspace: WorkspaceId): Promise<readonly IncomingHookRecord[]>;
  /** Notes a use; an earlier time than the known one changes nothing. */
  useIncomingHook(workspace: WorkspaceId, hook: HookId, at: number): Promise<void>;
  /** True where it was there. */
  removeIncomingHook(workspace: WorkspaceId, hook: HookId): Promise<boolean>;
}
