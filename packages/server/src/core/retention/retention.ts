// The policy of a workspace as its people read it, and those set it who care for it. Rules RT1 and RT4 of docs/protocol/v1.md.
import { type ConversationId, LIMITS, type OperationParams, type Retention, toId } from '@kith/protocol';
import { requireInWorkspace } from '../access.js';
import { requireAccount } from '../accounts/profiles.js';
import type { NewAuditRecord } from '../audit/audit-store.js';
import type { People } from '../directory.js';
import type { Principal } from '../principal.js';
import type { RetentionPolicies } from './policies.js';
import type { RetentionPolicy, RetentionStore } from './retention-store.js';

export type RetentionPorts = {
  readonly store: Pick<RetentionStore, 'setPolicy'>;
  readonly policies: RetentionPolicies;
  readonly directory: Pick<People, 'account'>;
};

export class WorkspaceRetention {
  readonly #ports: RetentionPorts;

  constructor(ports: RetentionPorts) {
    this.#ports = ports;
  }

  /** Which conversations are kept, owners and admins alone are told. */
  async read(principal: Principal): Promise<Retention> {
    const { policies, directory } = this.#ports;
    const { role } = await requireAccount(directory, principal);
    const policy = await policies.of(principal.workspace);
    const isStaff = role === 'owner' || role === 'admin';
    return toRetention(isStaff ? policy : { ...policy, kept: [] });
  }

  /** What isn't given stays as it was. @throws forbidden */
  async set(
    principal: Principal,
    { days, longer, kept }: OperationParams<'retention.set'>,
    audit?: NewAuditRecord,
  ): Promise<Retention> {
    const { store, policies, directory } = this.#ports;
    const { workspace } = principal;
    const account = await requireAccount(directory, principal);
    requireInWorkspace(account, 'workspace.retain');
    const before = await policies.of(workspace);
    const wanted = kept === undefined ? before.kept : keptOf(kept);
    // What is held back from every policy is an owner's to say.
    if (!isSame(wanted, before.kept)) requireInWorkspace(account, 'workspace.owner');
    const policy: RetentionPolicy = { days, longer: longer ?? before.longer, kept: wanted };
    await store.setPolicy(workspace, policy, audit);
    policies.forget(workspace);
    return toRetention(policy);
  }
}

function keptOf(ids: readonly string[]): readonly ConversationId[] {
  return [...new Set(ids.map((id) => toId<ConversationId>(id.toLowerCase())))].sort().slice(0, LIMITS.kept);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}

function toRetention({ days, longer, kept }: RetentionPolicy): Retention {
  return { days, longer, kept: [...kept] };
}
