// What the look of a workspace needs of the store. Its numbered rules LOOK1–… are in docs/contracts.md and its contract suite in
// the testkit runs on every adapter.
import type { Look, WorkspaceId } from '@kith/protocol';
import type { NewAuditRecord } from '../audit/audit-store.js';

export interface LookStore {
  /** Those of the workspaces that have set one. At most 1,000. */
  looks(workspaces: readonly WorkspaceId[]): Promise<ReadonlyMap<WorkspaceId, Look>>;
  /** @param audit recorded in the same transaction */
  setLook(workspace: WorkspaceId, look: Look, audit?: NewAuditRecord): Promise<void>;
}
