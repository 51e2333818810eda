// How workspaces look, in memory. Keeps the rules LOOK1–… of docs/contracts.md.
import type { Look, WorkspaceId } from '@kith/protocol';
import type { NewAuditRecord } from '../../core/audit/audit-store.js';
import type { LookStore } from '../../core/look/look-store.js';
import type { MemoryStore } from './store.js';

export class MemoryLooks implements LookStore {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  looks(workspaces: readonly WorkspaceId[]): Promise<ReadonlyMap<WorkspaceId, Look>> {
    const found = new Map<WorkspaceId, Look>();
    for (const workspace of workspaces) {
      const look = this.#store.looks.get(workspace);
      if (look) found.set(workspace, look);
    }
    return Promise.resolve(found);
  }

  async setLook(workspace: WorkspaceId, look: Look, audit?: NewAuditRecord): Promise<void> {
    this.#store.looks.set(workspace, look);
    if (audit !== undefined) await this.#store.audit.append(audit);
  }
}
