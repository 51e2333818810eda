// Invitations in PostgreSQL. What is counted is counted while it is held, so that of many at once no more come in than there
// are uses, and no more are made than a place may have, on whatever node.
import { type InviteId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type {
  AddedInvite,
  InvitePlace,
  InviteRecord,
  InviteStore,
  InviteUse,
  NewInvite,
} from '../../core/invites/invite-store.js';
import { DIRECTORY_SQL } from './directory-sql.js';
import { INVITE_SQL, type InviteStatement } from './invite-sql.js';
import type { Database } from './pool.js';
import { storeError } from './store-error.js';

const REMEMBER_MS = 30 * 24 * 60 * 60_000;

type InviteRow = {
  readonly workspace: string;
  readonly id: string;
  readonly place: string;
  readonly role: string;
  readonly sign_up: string | null;
  readonly guest_for_ms: number | null;
  readonly maker: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly max_uses: number | null;
  readonly uses: number;
  readonly revoked_at: number | null;
};

type KeptRow = InviteRow & { readonly content_digest: string; readonly sealed_code: string };

export class PostgresInvites implements InviteStore {
  readonly #database: Pick<Database, 'query' | 'transaction'>;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
  }

  async addInvite(invite: NewInvite, most: number): Promise<AddedInvite | 'too_many'> {
    const { workspace, keyDigest, createdAt: at } = invite;
    const known = await this.#ofKey(workspace, keyDigest);
    if (known !== null) return known;
    const values = [
      ...[workspace, invite.id, placeOf(invite), invite.role, invite.signUp, invite.guestForMs, invite.maker],
      ...[bytes(invite.codeDigest), bytes(keyDigest), bytes(invite.contentDigest), invite.sealedCode],
      ...[at, invite.expiresAt, invite.maxUses, most],
    ];
    await this.#held(
      'lockWorkspace',
      [workspace],
      [
        ['forgetInvites', [workspace, placeOf(invite), at - REMEMBER_MS]],
        ['addInvite', values],
      ],
    );
    // Not in the same statement: it would not see the row of another node that it waited for.
    return (await this.#ofKey(workspace, keyDigest)) ?? 'too_many';
  }

  async inviteOfCode(workspace: WorkspaceId, codeDigest: string): Promise<InviteRecord | null> {
    const [row] = await this.#query<InviteRow>('inviteOfCode', [workspace, bytes(codeDigest)]);
    return row === undefined ? null : parseInvite(row);
  }

  async invites(place: InvitePlace, at: number): Promise<readonly InviteRecord[]> {
    const rows = await this.#query<InviteRow>('invites', [place.workspace, placeOf(place), at]);
    return rows.map(parseInvite);
  }

  async revokeInvite(place: InvitePlace, invite: InviteId, at: number): Promise<boolean> {
    const rows = await this.#query('revokeInvite', [place.workspace, placeOf(place), invite, at]);
    return rows.length > 0;
  }

  async takeUse({ workspace, invite, user }: InviteUse, at: number): Promise<boolean> {
    const [, rows = []] = await this.#held(
      'lockInvite',
      [workspace, invite],
      [['takeUse', [workspace, invite, user, at]]],
    );
    return rows.length > 0;
  }

  async spendUse({ workspace, invite, user }: InviteUse): Promise<void> {
    await this.#query('spendUse', [workspace, invite, user]);
  }

  async #ofKey(workspace: WorkspaceId, keyDigest: string): Promise<AddedInvite | null> {
    const [row] = await this.#query<KeptRow>('inviteOfKey', [workspace, bytes(keyDigest)]);
    if (row === undefined) return null;
    return { invite: parseInvite(row), contentDigest: row.content_digest, sealedCode: row.sealed_code };
  }

  async #query<Row extends object>(statement: InviteStatement, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(named(statement), values);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** One after the other among those who hold the same, on whatever node: each counts what those before it wrote. */
  async #held(
    lock: 'lockWorkspace' | 'lockInvite',
    held: readonly unknown[],
    statements: readonly (readonly [InviteStatement, readonly unknown[]])[],
  ): Promise<readonly (readonly object[])[]> {
    try {
      return await this.#database.transaction((transaction) =>
        Promise.all([
          transaction.query(named(lock), held),
          ...statements.map(([statement, values]) => transaction.query(named(statement), values)),
        ]),
      );
    } catch (error) {
      throw storeError(error);
    }
  }
}

function named(statement: InviteStatement | 'lockWorkspace') {
  return statement === 'lockWorkspace'
    ? { name: 'directory.lockWorkspace', text: DIRECTORY_SQL.lockWorkspace }
    : { name: `invites.${statement}`, text: INVITE_SQL[statement] };
}

/** A workspace itself is the place of what leads to it alone. */
function placeOf({ workspace, conversation }: InvitePlace): string {
  return conversation ?? workspace;
}

const ROLES = ['owner', 'admin', 'moderator', 'member', 'reader'] as const;

/** @throws Error for a role that only a newer build knows */
function parseInvite(row: InviteRow): InviteRecord {
  const role = ROLES.find((each) => each === row.role);
  if (role === undefined) throw new Error('this build knows no such role of a conversation');
  if (row.sign_up !== null && row.sign_up !== 'member' && row.sign_up !== 'guest') {
    throw new Error('this build knows no such role of a workspace');
  }
  return {
    workspace: toId(row.workspace),
    id: toId(row.id),
    conversation: row.place === row.workspace ? null : toId(row.place),
    role,
    signUp: row.sign_up,
    guestForMs: row.guest_for_ms,
    maker: toId<UserId>(row.maker),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    maxUses: row.max_uses,
    uses: row.uses,
    isRevoked: row.revoked_at !== null,
  };
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
