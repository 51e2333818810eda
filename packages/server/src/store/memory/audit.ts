// The audit trail in memory: the reference model of AUD1–… and the store of tests.
import type { WorkspaceId } from '@kith/protocol';
import type {
  AuditHead,
  AuditQuery,
  AuditStore,
  KeptAuditRecord,
  NewAuditRecord,
} from '../../core/audit/audit-store.js';
import { chainedHash } from '../audit-chain.js';

type Trail = { readonly records: KeptAuditRecord[]; base: number; baseHash: string };

export class MemoryAudit implements AuditStore {
  readonly #trails = new Map<WorkspaceId, Trail>();

  append(record: NewAuditRecord): Promise<number> {
    const trail = this.#trails.get(record.workspace) ?? { records: [], base: 0, baseHash: '' };
    this.#trails.set(record.workspace, trail);
    const last = trail.records.at(-1);
    const number = trail.base + trail.records.length + 1;
    const placed = { ...record, number, at: Math.max(record.at, last?.at ?? 0) };
    trail.records.push({ ...placed, hash: chainedHash(last?.hash ?? trail.baseHash, placed) });
    return Promise.resolve(number);
  }

  page({
    workspace,
    actor,
    target,
    act,
    since,
    until,
    before,
    limit,
  }: AuditQuery): Promise<readonly KeptAuditRecord[]> {
    const found = (this.#trails.get(workspace)?.records ?? []).filter(
      (record) =>
        (actor === null || record.actor === actor) &&
        (target === null || record.target === target) &&
        (act === null || record.act === act) &&
        (since === null || record.at >= since) &&
        (until === null || record.at <= until) &&
        (before === null || record.number < before),
    );
    return Promise.resolve(found.reverse().slice(0, limit));
  }

  chain(
    workspace: WorkspaceId,
    { after, limit }: { after: number; limit: number },
  ): Promise<readonly KeptAuditRecord[]> {
    const found = (this.#trails.get(workspace)?.records ?? []).filter(({ number }) => number > after);
    return Promise.resolve(found.slice(0, limit));
  }

  head(workspace: WorkspaceId): Promise<AuditHead | null> {
    const trail = this.#trails.get(workspace);
    if (trail === undefined) return Promise.resolve(null);
    const { base, baseHash, records } = trail;
    return Promise.resolve({ number: base + records.length, hash: records.at(-1)?.hash ?? baseHash, base, baseHash });
  }

  workspaces(): Promise<readonly WorkspaceId[]> {
    return Promise.resolve([...this.#trails.keys()]);
  }

  prune(workspace: WorkspaceId, { before, limit }: { before: number; limit: number }): Promise<number> {
    const trail = this.#trails.get(workspace);
    if (trail === undefined) return Promise.resolve(0);
    const young = trail.records.findIndex(({ at }) => at >= before);
    const gone = trail.records.splice(0, Math.min(limit, young < 0 ? trail.records.length : young));
    trail.base = gone.at(-1)?.number ?? trail.base;
    trail.baseHash = gone.at(-1)?.hash ?? trail.baseHash;
    return Promise.resolve(gone.length);
  }
}
