// Rows of the directory's tables, and the one way from them to the core's types.
import { SCOPES, toId, type User, type WorkspaceRole } from '@kith/protocol';
import type { Account, SessionRecord, WorkspaceKeyRecord } from '../../core/directory.js';

export type UserRow = {
  readonly id: string;
  readonly kind: string;
  readonly username: string;
  readonly name: string;
  readonly avatar: string | null;
  readonly version: number;
  readonly deactivated_at: number | null;
};

export type AccountRow = UserRow & {
  readonly role: string;
  readonly created_at: number;
  readonly expires_at: number | null;
};

export type SessionRow = {
  readonly workspace: string;
  readonly account: string;
  readonly id: string;
  readonly device: string | null;
  readonly scopes: readonly string[] | null;
  readonly created_at: number;
  readonly last_used_at: number;
  readonly is_revoked: boolean;
  readonly family_digest: string;
  readonly refresh_digest: string;
  readonly generation: number;
  readonly previous_digest: string | null;
  readonly rotated_at: number | null;
  readonly sealed_pair: string | null;
};

export type WorkspaceKeyRow = {
  readonly workspace: string;
  readonly kid: string;
  readonly name: string;
  readonly public_key: string;
  readonly created_at: number;
};

const KINDS: readonly User['kind'][] = ['person', 'guest', 'bot'];
const ROLES: readonly WorkspaceRole[] = ['owner', 'admin', 'member', 'guest'];

/** @throws Error for a kind that only a newer build knows */
export function parseUser({ id, kind, name, username, avatar, version, deactivated_at }: UserRow): User {
  const known = KINDS.find((candidate) => candidate === kind);
  if (known === undefined) throw new Error('this build knows no such kind of account');
  const user = { id, kind: known, name, username, avatar, version };
  return deactivated_at === null ? user : { ...user, deactivated: true };
}

export function parseAccount(row: AccountRow): Account {
  const { role, created_at: createdAt, deactivated_at: deactivatedAt, expires_at: expiresAt } = row;
  return { user: parseUser(row), role: parseRole(role), createdAt, deactivatedAt, expiresAt };
}

/** @throws Error for a role that only a newer build knows */
function parseRole(role: string): WorkspaceRole {
  const known = ROLES.find((candidate) => candidate === role);
  if (known === undefined) throw new Error('this build knows no such role of a workspace');
  return known;
}

export function parseSession(row: SessionRow): SessionRecord {
  const { scopes, previous_digest: digest, rotated_at: rotatedAt, sealed_pair: sealedPair } = row;
  return {
    workspace: toId(row.workspace),
    user: toId(row.account),
    id: toId(row.id),
    device: row.device,
    scopes: scopes === null ? null : SCOPES.filter((scope) => scopes.includes(scope)),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    isRevoked: row.is_revoked,
    familyDigest: row.family_digest,
    refreshDigest: row.refresh_digest,
    generation: row.generation,
    previous: digest === null || rotatedAt === null ? null : { digest, rotatedAt, sealedPair },
  };
}

export function parseWorkspaceKey(row: WorkspaceKeyRow): WorkspaceKeyRecord {
  const { name, public_key: publicKey, created_at: createdAt } = row;
  return { workspace: toId(row.workspace), kid: toId(row.kid), name, publicKey, createdAt };
}
