// The directory in PostgreSQL. Every method is one statement, so that each is all or nothing, and any number of nodes may
// work on one database. Where the database is gone it throws `unavailable`, never that someone does not exist.
import {
  type ConversationId,
  type SessionId,
  toId,
  type User,
  type UserId,
  type WorkspaceId,
  type WorkspaceKeyId,
} from '@kith/protocol';
import { searchKey } from '../../core/accounts/names.js';
import type {
  Account,
  AccountCreation,
  Credential,
  Directory,
  NewAccount,
  NewSession,
  ProfileChange,
  Rotation,
  Seen,
  SessionRecord,
  SigningKey,
  StandingChange,
  Workspace,
  WorkspaceKeyRecord,
} from '../../core/directory.js';
import { GATHERED, Gathered } from '../../core/gathered.js';
import { appendAudit } from './audit.js';
import {
  type AccountRow,
  parseAccount,
  parseSession,
  parseUser,
  parseWorkspaceKey,
  type SessionRow,
  type UserRow,
  type WorkspaceKeyRow,
} from './directory-rows.js';
import { DIRECTORY_SQL, type DirectoryStatement } from './directory-sql.js';
import { PostgresInvites } from './invites.js';
import type { Database } from './pool.js';
import { isTaken, storeError } from './store-error.js';
import { Users } from './users.js';

const DAY_MS = 24 * 60 * 60_000;
const REMEMBER_REVOKED_MS = DAY_MS;
const REMEMBER_ORIGIN_MS = 90 * DAY_MS;
/** Above every text that begins with what stands before it. */
const LAST_CHARACTER = '\u{10FFFF}';

/** Below every id. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

type WorkspaceRow = { readonly id: string; readonly name: string; readonly is_owned: boolean };
type SessionAsk = { readonly workspace: WorkspaceId; readonly session: SessionId };
type SeenRow = { readonly account: string; readonly seen_at: number };
type KeyRow = {
  readonly kid: string;
  readonly secret: Uint8Array;
  readonly created_at: number;
  readonly retires_at: number | null;
};

export class PostgresDirectory implements Directory {
  readonly #database: Pick<Database, 'query' | 'transaction'>;
  readonly #users: Users;
  readonly #sessions: Gathered<SessionAsk, SessionRecord | null>;
  readonly invites: PostgresInvites;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
    this.#users = new Users((workspace, ids) => this.#query<UserRow>('users', [workspace, ids]));
    this.#sessions = new Gathered({ ...GATHERED, ask: (asks) => this.#sessionsAsked(asks) });
    this.invites = new PostgresInvites(database);
  }

  async openWorkspace(wanted: { id: WorkspaceId; name: string; at: number }): Promise<Workspace> {
    const known = await this.workspaceNamed(wanted.name);
    if (known !== null) return known;
    await this.#query('addWorkspace', [wanted.id, wanted.name, wanted.at]);
    const opened = await this.workspaceNamed(wanted.name);
    if (opened === null) throw new Error('the workspace that was just made is not there');
    return opened;
  }

  async workspaceNamed(name: string): Promise<Workspace | null> {
    const [row] = await this.#query<WorkspaceRow>('workspaceNamed', [name]);
    return row === undefined ? null : { id: toId(row.id), name: row.name, isOwned: row.is_owned };
  }

  async workspace(id: WorkspaceId): Promise<Workspace | null> {
    const [row] = await this.#query<WorkspaceRow>('workspace', [id]);
    return row === undefined ? null : { id: toId(row.id), name: row.name, isOwned: row.is_owned };
  }

  async setSetupCode(id: WorkspaceId, digest: string): Promise<boolean> {
    const rows = await this.#query('setSetupCode', [id, bytes(digest)]);
    return rows.length > 0;
  }

  async createAccount(account: NewAccount): Promise<AccountCreation> {
    const { workspace, id, username, usernameKey, name, passwordHash, at, claim, avatar, subject, invite } = account;
    const codeDigest = claim?.codeDigest ?? null;
    const values = [
      ...[workspace, id, username, usernameKey, name],
      ...termColumns(account),
      ...[at, passwordHash, claim !== undefined, codeDigest === null ? null : bytes(codeDigest)],
      ...[avatar ?? null, subject ?? null, invite ?? null],
    ];
    try {
      const rows = await this.#query('createAccount', values);
      if (rows.length > 0) return 'created';
      return claim === undefined ? 'invite_refused' : 'claim_refused';
    } catch (error) {
      if (isTaken(error, 'account_username')) return 'username_taken';
      if (isTaken(error, 'host_subject_pkey')) return 'subject_taken';
      throw error;
    }
  }

  async account(workspace: WorkspaceId, user: UserId): Promise<Account | null> {
    const [row] = await this.#query<AccountRow>('account', [workspace, user]);
    return row === undefined ? null : parseAccount(row);
  }

  async accountOfSubject(workspace: WorkspaceId, subject: string): Promise<Account | null> {
    const [row] = await this.#query<AccountRow>('accountOfSubject', [workspace, subject]);
    return row === undefined ? null : parseAccount(row);
  }

  async users(workspace: WorkspaceId, ids: readonly UserId[]): Promise<readonly User[]> {
    return this.#users.of(workspace, ids);
  }

  async search(workspace: WorkspaceId, text: string, limit: number): Promise<readonly User[]> {
    const query = searchKey(text);
    if (query === '') return [];
    const rows = await this.#query<UserRow>('search', [workspace, query, query + LAST_CHARACTER, limit]);
    return rows.map(parseUser);
  }

  async updateProfile(change: ProfileChange): Promise<User | null> {
    const { workspace, user, version, name, avatar } = change;
    const values = [workspace, user, name, avatar, ...termColumns(change), version];
    const [row] = await this.#query<UserRow>('updateProfile', values);
    return row === undefined ? null : parseUser(row);
  }

  async seen(workspace: WorkspaceId, people: readonly Seen[]): Promise<void> {
    if (people.length === 0) return;
    await this.#query('seen', [workspace, people.map(({ user }) => user), people.map(({ at }) => at)]);
  }

  async lastSeen(workspace: WorkspaceId, ids: readonly UserId[]): Promise<readonly Seen[]> {
    if (ids.length === 0) return [];
    const rows = await this.#query<SeenRow>('lastSeen', [workspace, [...new Set(ids)]]);
    return rows.map((row) => ({ user: toId(row.account), at: row.seen_at }));
  }

  async people(
    workspace: WorkspaceId,
    { after, limit }: { readonly after: UserId | null; readonly limit: number },
  ): Promise<readonly Account[]> {
    const rows = await this.#query<AccountRow>('people', [workspace, after ?? BEFORE_ALL, limit]);
    return rows.map(parseAccount);
  }

  async changeStanding(
    change: StandingChange,
  ): Promise<{ readonly account: Account; readonly ended: readonly SessionId[] } | null> {
    const { workspace, user, version, by, role, deactivatedAt, expiresAt, at, audit } = change;
    const values = [workspace, user, version, by?.user ?? null, by?.role ?? null, role, deactivatedAt, expiresAt];
    try {
      return await this.#database.transaction(async (transaction) => {
        const [, [row], ended] = await Promise.all([
          transaction.query(named('lockWorkspace'), [workspace]),
          transaction.query<AccountRow>(named('changeStanding'), values),
          transaction.query<{ id: string }>(named('endSessions'), [workspace, user, at]),
        ]);
        if (row === undefined) return null;
        if (audit !== undefined) await appendAudit(transaction, audit);
        return { account: parseAccount(row), ended: ended.map(({ id }) => toId(id)) };
      });
    } catch (error) {
      throw storeError(error);
    }
  }

  async expired(at: number, limit: number): Promise<readonly { workspace: WorkspaceId; user: UserId }[]> {
    const rows = await this.#query<{ workspace: string; id: string }>('expired', [at, limit]);
    return rows.map(({ workspace, id }) => ({ workspace: toId(workspace), user: toId(id) }));
  }

  async credential(workspace: WorkspaceId, usernameKey: string, origin: string): Promise<Credential | null> {
    const values = [workspace, usernameKey, bytes(origin)];
    const [row] = await this.#query<AccountRow & { password_hash: string; is_known_origin: boolean }>(
      'credential',
      values,
    );
    if (row === undefined) return null;
    return { account: parseAccount(row), passwordHash: row.password_hash, isKnownOrigin: row.is_known_origin };
  }

  async replacePasswordHash(
    workspace: WorkspaceId,
    user: UserId,
    { from, to }: { from: string; to: string },
  ): Promise<void> {
    await this.#query('replacePasswordHash', [workspace, user, from, to]);
  }

  async createSession(session: NewSession, most: number): Promise<readonly SessionId[] | null> {
    const { workspace, user, id, device, scopes, origin, familyDigest, refreshDigest, at } = session;
    const rows = await this.#query<{ id: string; is_made: boolean }>('createSession', [
      ...[workspace, user, id, device, bytes(origin), bytes(familyDigest), bytes(refreshDigest), at],
      ...[most - 1, at - REMEMBER_REVOKED_MS, at - REMEMBER_ORIGIN_MS, scopes],
    ]);
    const ended = rows.filter((row) => !row.is_made);
    return ended.length === rows.length ? null : ended.map((row) => toId(row.id));
  }

  session(workspace: WorkspaceId, session: SessionId): Promise<SessionRecord | null> {
    return this.#sessions.ask({ workspace, session });
  }

  async #sessionsAsked(asks: readonly SessionAsk[]): Promise<readonly (SessionRecord | null)[]> {
    const ids = [asks.map(({ workspace }) => workspace), asks.map(({ session }) => session)];
    const found = new Map<number, SessionRecord>();
    for (const row of await this.#query<SessionRow & { readonly place: number }>('session', ids))
      found.set(row.place, parseSession(row));
    return asks.map((_, index) => found.get(index + 1) ?? null);
  }

  async sessionsOf(workspace: WorkspaceId, user: UserId): Promise<readonly SessionRecord[]> {
    const rows = await this.#query<SessionRow>('sessionsOf', [workspace, user]);
    return rows.map(parseSession);
  }

  async rotate({ workspace, session, from, to, generation, sealedPair, at }: Rotation): Promise<boolean> {
    const values = [workspace, session, bytes(from), bytes(to), generation, sealedPair, at];
    const rows = await this.#query('rotate', values);
    return rows.length > 0;
  }

  async useSession(
    workspace: WorkspaceId,
    session: SessionId,
    { generation, at }: { generation: number; at: number },
  ): Promise<void> {
    await this.#query('useSession', [workspace, session, generation, at]);
  }

  async revoke(workspace: WorkspaceId, session: SessionId, at: number): Promise<boolean> {
    const rows = await this.#query('revoke', [workspace, session, at]);
    return rows.length > 0;
  }

  async signingKeys(at: number): Promise<readonly SigningKey[]> {
    const rows = await this.#query<KeyRow>('signingKeys', [at]);
    return rows.map((row) => {
      return { kid: row.kid, secret: row.secret, createdAt: row.created_at, retiresAt: row.retires_at };
    });
  }

  async addSigningKey(key: { kid: string; secret: Uint8Array; at: number; othersRetireAt: number }): Promise<void> {
    await this.#query('addSigningKey', [key.kid, Buffer.from(key.secret), key.at, key.othersRetireAt]);
  }

  async addWorkspaceKey(key: WorkspaceKeyRecord, most: number): Promise<WorkspaceKeyRecord | 'too_many'> {
    const { workspace, kid, name, publicKey, createdAt } = key;
    const known = await this.#keyOnce(workspace, publicKey);
    if (known !== null) return known;
    await this.#inTurn(workspace, 'addWorkspaceKey', [workspace, kid, name, publicKey, createdAt, most]);
    // Not in the same statement: it would not see the row of another node that it waited for.
    return (await this.#keyOnce(workspace, publicKey)) ?? 'too_many';
  }

  async workspaceKey(workspace: WorkspaceId, kid: WorkspaceKeyId): Promise<WorkspaceKeyRecord | null> {
    const [row] = await this.#query<WorkspaceKeyRow>('workspaceKey', [workspace, kid]);
    return row === undefined ? null : parseWorkspaceKey(row);
  }

  async workspaceKeys(workspace: WorkspaceId): Promise<readonly WorkspaceKeyRecord[]> {
    const rows = await this.#query<WorkspaceKeyRow>('workspaceKeys', [workspace]);
    return rows.map(parseWorkspaceKey);
  }

  async removeWorkspaceKey(workspace: WorkspaceId, kid: WorkspaceKeyId): Promise<boolean> {
    const rows = await this.#query('removeWorkspaceKey', [workspace, kid]);
    return rows.length > 0;
  }

  async #keyOnce(workspace: WorkspaceId, publicKey: string): Promise<WorkspaceKeyRecord | null> {
    const [row] = await this.#query<WorkspaceKeyRow>('workspaceKeyOnce', [workspace, publicKey]);
    return row === undefined ? null : parseWorkspaceKey(row);
  }

  async reserve(workspace: WorkspaceId, name: string, conversation: ConversationId): Promise<ConversationId> {
    const known = await this.#reserved(workspace, name);
    if (known !== null) return known;
    await this.#query('reserve', [workspace, name, conversation]);
    // Not in the same statement: it would not see the row of another node that it waited for.
    const first = await this.#reserved(workspace, name);
    if (first === null) throw new Error('the name that was just reserved is not there');
    return first;
  }

  async #reserved(workspace: WorkspaceId, name: string): Promise<ConversationId | null> {
    const [row] = await this.#query<{ conversation: string }>('reserved', [workspace, name]);
    return row === undefined ? null : toId(row.conversation);
  }

  async #query<Row extends object>(statement: DirectoryStatement, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(named(statement), values);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** One after the other within a workspace, on whatever node: each counts what those before it wrote. */
  async #inTurn(workspace: WorkspaceId, statement: DirectoryStatement, values: readonly unknown[]): Promise<void> {
    try {
      await this.#database.transaction((transaction) =>
        Promise.all([
          transaction.query(named('lockWorkspace'), [workspace]),
          transaction.query(named(statement), values),
        ]),
      );
    } catch (error) {
      throw storeError(error);
    }
  }
}

function named(statement: DirectoryStatement) {
  return { name: `directory.${statement}`, text: DIRECTORY_SQL[statement] };
}

/** Terms as two arrays, which `unnest` makes rows of. */
function termColumns({ terms }: Pick<NewAccount, 'terms'>): readonly [readonly string[], readonly boolean[]] {
  return [terms.map(({ text }) => text), terms.map(({ isWhole }) => isWhole)];
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
