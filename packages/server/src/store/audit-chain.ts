// How a record of the audit trail is chained to the one before it, and whether a chain holds: the hash covers the hash before, the
// number, the time and everything that the record says. Who changes, removes or puts in a record has to make all that follow anew,
// and the last hash then differs from the one that somebody noted elsewhere.
import { createHash } from 'node:crypto';
import type { WorkspaceId } from '@kith/protocol';
import { type AuditStore, auditContent, type KeptAuditRecord } from '../core/audit/audit-store.js';

const PAGE = 1_000;

/** 64 hex digits; the hash before the first record is the empty text. PostgreSQL makes the same of the same. */
export function chainedHash(before: string, { number, at, ...record }: Omit<KeptAuditRecord, 'hash'>): string {
  return createHash('sha256')
    .update(`${before} ${number} ${at} ${auditContent(record)}`)
    .digest('hex');
}

export type ChainVerdict =
  | { readonly holds: true; readonly first: number; readonly last: number; readonly hash: string }
  /** `at` is the number of the first record that is not as it was written. */
  | { readonly holds: false; readonly at: number; readonly reason: string };

/** Reads the whole chain of a workspace, by pages. Records that are appended meanwhile are looked at as far as they come. */
export async function verifyChain(
  store: Pick<AuditStore, 'chain' | 'head'>,
  workspace: WorkspaceId,
): Promise<ChainVerdict> {
  const head = await store.head(workspace);
  if (head === null) return { holds: true, first: 1, last: 0, hash: '' };
  let [last, hash] = [head.base, head.baseHash];
  for (;;) {
    const page = await store.chain(workspace, { after: last, limit: PAGE });
    for (const record of page) {
      if (record.number !== last + 1) return broken(last + 1, 'a record is missing');
      if (record.hash !== chainedHash(hash, record)) return broken(record.number, 'it is not what was written');
      if (record.number === head.number && record.hash !== head.hash)
        return broken(record.number, 'the last record is another than the one that was written last');
      [last, hash] = [record.number, record.hash];
    }
    if (page.length < PAGE) break;
  }
  if (last < head.number) return broken(last + 1, 'a record is missing');
  return { holds: true, first: head.base + 1, last, hash };
}

function broken(at: number, reason: string): ChainVerdict {
  return { holds: false, at, reason };
}
