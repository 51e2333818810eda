// What the audit trail needs of the store: records that are appended, chained and never changed, read by pages, and forgotten from
// their beginning on where a retention says so. Its numbered rules AUD1–… are in docs/contracts.md, and its contract suite in the
// testkit runs on every adapter.
import type { WorkspaceId } from '@kith/protocol';

/** No text and no secret is ever among them: ids, roles, numbers, names of things. */
export type AuditDetail = { readonly [name: string]: string | number | boolean | null };

export type NewAuditRecord = {
  readonly workspace: WorkspaceId;
  readonly at: number;
  /** The name of a request of the registry, or `server.…`, or `kith.…`. */
  readonly act: string;
  /** `done`, or the code with which it was refused. */
  readonly outcome: string;
  /** Null where nobody is known, for the server's own and for the operator. */
  readonly actor: string | null;
  readonly session: string | null;
  readonly target: string | null;
  readonly conversation: string | null;
  /** As a key for limits: IPv4, or the /64 network of IPv6. */
  readonly address: string | null;
  readonly request: string | null;
  readonly trace: string | null;
  readonly detail: AuditDetail;
};

/** The record of an act of the server's own, or of the operator's: nobody of the workspace did it. */
export function ofNobody(of: Pick<NewAuditRecord, 'workspace' | 'at' | 'act' | 'target' | 'detail'>): NewAuditRecord {
  const nobody = { actor: null, session: null, conversation: null, address: null, request: null, trace: null };
  return { ...of, ...nobody, outcome: 'done' };
}

/** As it was kept: with its place in the chain. `at` is never before that of the record before. */
export type KeptAuditRecord = NewAuditRecord & { readonly number: number; readonly hash: string };

export type AuditQuery = {
  readonly workspace: WorkspaceId;
  readonly actor: string | null;
  readonly target: string | null;
  readonly act: string | null;
  /** Both inclusive. */
  readonly since: number | null;
  readonly until: number | null;
  /** Those with lower numbers alone; null for the newest. */
  readonly before: number | null;
  /** 1 to 1,000. */
  readonly limit: number;
};

/** Where the chain ends, and where what is kept of it begins: the record `base` is the last one that was forgotten. */
export type AuditHead = {
  readonly number: number;
  readonly hash: string;
  readonly base: number;
  readonly baseHash: string;
};

export interface AuditStore {
  /** @returns the number: one more than that of the record before, without a hole, in the order of the commits */
  append(record: NewAuditRecord): Promise<number>;
  /** The last first. */
  page(query: AuditQuery): Promise<readonly KeptAuditRecord[]>;
  /** In the order of the chain, those after the number; for whoever looks whether it holds. At most 1,000. */
  chain(
    workspace: WorkspaceId,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly KeptAuditRecord[]>;
  /** Null where nothing was ever recorded. */
  head(workspace: WorkspaceId): Promise<AuditHead | null>;
  /** Workspaces of which something is recorded. */
  workspaces(): Promise<readonly WorkspaceId[]>;
  /** Forgets the oldest that are older than `before`, at most `limit`. @returns how many */
  prune(workspace: WorkspaceId, page: { readonly before: number; readonly limit: number }): Promise<number>;
}

/** What of a record is hashed beside the hash before, the number and the time, as one text: the same for the same record. */
export function auditContent(record: Omit<NewAuditRecord, 'workspace' | 'at'>): string {
  const { act, outcome, actor, session, target, conversation, address, request, trace, detail } = record;
  const names = Object.keys(detail).sort();
  const details = names.map((name) => [name, detail[name]]);
  return JSON.stringify([act, outcome, actor, session, target, conversation, address, request, trace, details]);
}
