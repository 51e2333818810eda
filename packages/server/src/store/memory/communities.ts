// Workspaces with their people and sessions in memory: what the directory and the bots of the memory store share, as their
// PostgreSQL twins share tables.
import type { ConversationId, SessionId, User, UserId, WorkspaceId, WorkspaceRole } from '@kith/protocol';
import type { SearchTerm, SessionRecord, WorkspaceKeyRecord } from '../../core/directory.js';

export type Community = {
  readonly id: WorkspaceId;
  readonly name: string;
  codeDigest: string | null;
  isOwned: boolean;
  readonly people: Map<UserId, Person>;
  readonly usernames: Map<string, Person>;
  readonly subjects: Map<string, Person>;
  readonly sessions: Map<SessionId, StoredSession>;
  /** Newest first. */
  keys: readonly WorkspaceKeyRecord[];
  readonly reserved: Map<string, ConversationId>;
};

export type Person = {
  user: User;
  role: WorkspaceRole;
  readonly createdAt: number;
  deactivatedAt: number | null;
  /** When the account of a guest is deactivated by itself. */
  expiresAt: number | null;
  /** Of a bot that was taken out of service. */
  retiredAt: number | null;
  passwordHash: string | null;
  terms: readonly SearchTerm[];
  lastSeenAt: number | null;
  /** When the person last signed in from each. */
  readonly origins: Map<string, number>;
};

export type StoredSession = {
  record: SessionRecord;
  revokedAt: number | null;
  /** Of a bot's token that ends by itself. */
  readonly expiresAt?: number | null;
};

export class Communities {
  readonly #byId = new Map<WorkspaceId, Community>();
  readonly #revoked: (session: SessionId) => void;

  /** @param onRevoked what the change feed of a database says: every session that ends, once */
  constructor(onRevoked: (session: SessionId) => void = () => {}) {
    this.#revoked = onRevoked;
  }

  get all(): Iterable<Community> {
    return this.#byId.values();
  }

  add({ id, name }: { readonly id: WorkspaceId; readonly name: string }): void {
    this.#byId.set(id, {
      id,
      name,
      codeDigest: null,
      isOwned: false,
      people: new Map(),
      usernames: new Map(),
      subjects: new Map(),
      sessions: new Map(),
      keys: [],
      reserved: new Map(),
    });
  }

  get(id: WorkspaceId): Community | undefined {
    return this.#byId.get(id);
  }

  named(name: string): Community | undefined {
    return [...this.#byId.values()].find((community) => community.name === name);
  }

  /** @throws Error where there is none: the database would refuse the row */
  require(id: WorkspaceId): Community {
    const community = this.#byId.get(id);
    if (community === undefined) throw new Error('no such workspace');
    return community;
  }

  session(workspace: WorkspaceId, session: SessionId): StoredSession | undefined {
    return this.#byId.get(workspace)?.sessions.get(session);
  }

  /** Most recently used first. */
  liveSessions(workspace: WorkspaceId, user: UserId): readonly SessionRecord[] {
    return [...(this.#byId.get(workspace)?.sessions.values() ?? [])]
      .map(({ record }) => record)
      .filter((record) => record.user === user && !record.isRevoked)
      .sort((a, b) => b.lastUsedAt - a.lastUsedAt || (a.id < b.id ? 1 : -1));
  }

  /** True where it was live. */
  revoke(workspace: WorkspaceId, session: SessionId, at: number): boolean {
    const stored = this.session(workspace, session);
    if (stored === undefined || stored.record.isRevoked) return false;
    stored.record = { ...stored.record, isRevoked: true };
    stored.revokedAt = at;
    this.#revoked(session);
    return true;
  }
}
