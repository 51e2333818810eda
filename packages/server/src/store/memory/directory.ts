// The directory in memory: the reference model of DIR1–… and the store of tests. Nothing survives the process.
import type { ConversationId, SessionId, User, UserId, WorkspaceId, WorkspaceKeyId } from '@kith/protocol';
import { searchKey } from '../../core/accounts/names.js';
import type {
  Account,
  AccountCreation,
  Credential,
  Directory,
  NewAccount,
  NewSession,
  PreviousToken,
  ProfileChange,
  Rotation,
  SearchTerm,
  Seen,
  SessionRecord,
  SigningKey,
  StandingChange,
  Workspace,
  WorkspaceKeyRecord,
} from '../../core/directory.js';
import { MemoryAudit } from './audit.js';
import { Communities, type Person } from './communities.js';
import { MemoryInvites } from './invites.js';

const DAY_MS = 24 * 60 * 60_000;
const LONGEST_NAME = 200;

export class MemoryDirectory implements Directory {
  /** What the bots beside it share. */
  readonly communities: Communities;
  readonly invites = new MemoryInvites();
  readonly audit = new MemoryAudit();
  #keys: readonly SigningKey[] = [];

  /** @param onRevoked what the change feed of a database says: every session that ends, once */
  constructor(onRevoked: (session: SessionId) => void = () => {}) {
    this.communities = new Communities(onRevoked);
  }

  async openWorkspace({ id, name }: { id: WorkspaceId; name: string; at: number }): Promise<Workspace> {
    const known = this.communities.named(name);
    if (known !== undefined) return { id: known.id, name, isOwned: known.isOwned };
    this.communities.add({ id, name });
    return { id, name, isOwned: false };
  }

  async workspaceNamed(name: string): Promise<Workspace | null> {
    const known = this.communities.named(name);
    return known === undefined ? null : { id: known.id, name, isOwned: known.isOwned };
  }

  async workspace(id: WorkspaceId): Promise<Workspace | null> {
    const community = this.communities.get(id);
    return community === undefined ? null : { id, name: community.name, isOwned: community.isOwned };
  }

  async setSetupCode(id: WorkspaceId, digest: string): Promise<boolean> {
    const community = this.communities.get(id);
    if (community === undefined || community.isOwned) return false;
    community.codeDigest = digest;
    return true;
  }

  async createAccount(account: NewAccount): Promise<AccountCreation> {
    const community = this.communities.require(account.workspace);
    const { claim, subject } = account;
    if (claim !== undefined) {
      const isRightCode = claim.codeDigest === null || claim.codeDigest === community.codeDigest;
      if (community.isOwned || !isRightCode) return 'claim_refused';
    }
    if (community.usernames.has(account.usernameKey)) return 'username_taken';
    if (subject !== undefined && community.subjects.has(subject)) return 'subject_taken';
    const { id, username, name, terms, passwordHash, avatar = null, at, invite } = account;
    const use = { workspace: community.id, user: id };
    const invited = invite === undefined ? undefined : this.invites.signUp({ ...use, invite }, at);
    if (invited === null) return 'invite_refused';
    const { signUp = null, guestForMs = null } = invited ?? {};
    const person: Person = {
      user: { id, kind: signUp === 'guest' ? 'guest' : 'person', name, username, avatar, version: 1 },
      role: claim === undefined ? (signUp ?? 'member') : 'owner',
      createdAt: at,
      deactivatedAt: null,
      expiresAt: guestForMs === null ? null : at + guestForMs,
      retiredAt: null,
      passwordHash,
      terms,
      lastSeenAt: null,
      origins: new Map(),
    };
    community.people.set(id, person);
    community.usernames.set(account.usernameKey, person);
    if (subject !== undefined) community.subjects.set(subject, person);
    if (claim !== undefined) {
      community.isOwned = true;
      community.codeDigest = null;
    }
    return 'created';
  }

  async account(workspace: WorkspaceId, user: UserId): Promise<Account | null> {
    const person = this.communities.get(workspace)?.people.get(user);
    return person === undefined ? null : accountOf(person);
  }

  async accountOfSubject(workspace: WorkspaceId, subject: string): Promise<Account | null> {
    const person = this.communities.get(workspace)?.subjects.get(subject);
    return person === undefined ? null : accountOf(person);
  }

  async users(workspace: WorkspaceId, ids: readonly UserId[]): Promise<readonly User[]> {
    const people = this.communities.get(workspace)?.people;
    return [...new Set(ids)].flatMap((id) => people?.get(id)?.user ?? []);
  }

  async search(workspace: WorkspaceId, text: string, limit: number): Promise<readonly User[]> {
    const query = searchKey(text);
    if (query === '') return [];
    const ranked = [...(this.communities.get(workspace)?.people.values() ?? [])].flatMap(({ user, terms }) => {
      if (user.deactivated) return [];
      const ranks = terms.filter(({ text }) => text.startsWith(query)).map((term) => rankOf(term, query));
      return ranks.length === 0 ? [] : [{ user, rank: Math.min(...ranks) }];
    });
    ranked.sort((a, b) => a.rank - b.rank || byUsername(a.user, b.user));
    return ranked.slice(0, limit).map(({ user }) => user);
  }

  async updateProfile({ workspace, user, version, name, avatar, terms }: ProfileChange): Promise<User | null> {
    const person = this.communities.get(workspace)?.people.get(user);
    if (person?.user.version !== version) return null;
    person.user = { ...person.user, name, avatar, version: version + 1 };
    person.terms = terms;
    return person.user;
  }

  async seen(workspace: WorkspaceId, people: readonly Seen[]): Promise<void> {
    for (const { user, at } of people) {
      const person = this.communities.get(workspace)?.people.get(user);
      if (person !== undefined) person.lastSeenAt = Math.max(person.lastSeenAt ?? 0, at);
    }
  }

  async lastSeen(workspace: WorkspaceId, ids: readonly UserId[]): Promise<readonly Seen[]> {
    const people = this.communities.get(workspace)?.people;
    return [...new Set(ids)].flatMap((user) => {
      const at = people?.get(user)?.lastSeenAt ?? null;
      return at === null ? [] : [{ user, at }];
    });
  }

  async people(
    workspace: WorkspaceId,
    { after, limit }: { readonly after: UserId | null; readonly limit: number },
  ): Promise<readonly Account[]> {
    const accounts = [...(this.communities.get(workspace)?.people.values() ?? [])].map(accountOf);
    accounts.sort((a, b) => (a.user.id < b.user.id ? -1 : 1));
    return accounts.filter(({ user }) => after === null || user.id > after).slice(0, limit);
  }

  async changeStanding(
    change: StandingChange,
  ): Promise<{ readonly account: Account; readonly ended: readonly SessionId[] } | null> {
    const { workspace, user, version, by, role, deactivatedAt, expiresAt, at, audit } = change;
    const people = this.communities.get(workspace)?.people;
    const person = people?.get(user);
    const judge = by === null ? null : people?.get(by.user);
    if (people === undefined || person?.user.version !== version) return null;
    if (judge === undefined || (judge && (judge.role !== by?.role || judge.deactivatedAt !== null))) return null;
    const keepsOwner = [...people].some(([id, other]) => {
      return id !== user && other.role === 'owner' && other.deactivatedAt === null;
    });
    if (!keepsOwner && (role !== 'owner' || deactivatedAt !== null)) return null;
    const { deactivated: _, kind, ...profile } = person.user;
    const kindNow = role === 'guest' ? 'guest' : 'person';
    person.user = {
      ...profile,
      kind: kind === 'bot' ? kind : kindNow,
      version: version + 1,
      ...(deactivatedAt === null ? {} : { deactivated: true }),
    };
    Object.assign(person, { role, deactivatedAt, expiresAt });
    const sessions = deactivatedAt === null ? [] : this.communities.liveSessions(workspace, user);
    for (const { id } of sessions) this.communities.revoke(workspace, id, at);
    if (audit !== undefined) await this.audit.append(audit);
    return { account: accountOf(person), ended: sessions.map(({ id }) => id) };
  }

  async expired(at: number, limit: number): Promise<readonly { workspace: WorkspaceId; user: UserId }[]> {
    const found: { workspace: WorkspaceId; user: UserId }[] = [];
    for (const { id: workspace, people } of this.communities.all) {
      for (const [user, { expiresAt, deactivatedAt }] of people) {
        if (expiresAt !== null && expiresAt <= at && deactivatedAt === null) found.push({ workspace, user });
      }
    }
    return found.slice(0, limit);
  }

  async credential(workspace: WorkspaceId, usernameKey: string, origin: string): Promise<Credential | null> {
    const person = this.communities.get(workspace)?.usernames.get(usernameKey);
    if (person === undefined || person.passwordHash === null) return null;
    const { passwordHash, origins } = person;
    return { account: accountOf(person), passwordHash, isKnownOrigin: origins.has(origin) };
  }

  async replacePasswordHash(
    workspace: WorkspaceId,
    user: UserId,
    { from, to }: { from: string; to: string },
  ): Promise<void> {
    const person = this.communities.get(workspace)?.people.get(user);
    if (person?.passwordHash === from) person.passwordHash = to;
  }

  async createSession(session: NewSession, most: number): Promise<readonly SessionId[] | null> {
    const { workspace, user, id, device, scopes, origin, familyDigest, refreshDigest, at } = session;
    const { sessions, people } = this.communities.require(workspace);
    const person = people.get(user);
    if (person === undefined || person.deactivatedAt !== null) return null;
    const { origins } = person;
    origins.set(origin, at);
    for (const [known, seenAt] of origins) if (seenAt < at - 90 * DAY_MS) origins.delete(known);
    for (const [known, { record, revokedAt }] of sessions) {
      if (record.user === user && revokedAt !== null && revokedAt < at - DAY_MS) sessions.delete(known);
    }
    const surplus = this.communities.liveSessions(workspace, user).slice(most - 1);
    for (const { id: ended } of surplus) this.communities.revoke(workspace, ended, at);
    const times = { createdAt: at, lastUsedAt: at };
    const token = { familyDigest, refreshDigest, generation: 1, previous: null };
    const record = { workspace, user, id, device, scopes, ...times, isRevoked: false, ...token };
    sessions.set(id, { record, revokedAt: null });
    return surplus.map((ended) => ended.id);
  }

  async session(workspace: WorkspaceId, session: SessionId): Promise<SessionRecord | null> {
    return this.communities.session(workspace, session)?.record ?? null;
  }

  async sessionsOf(workspace: WorkspaceId, user: UserId): Promise<readonly SessionRecord[]> {
    return this.communities.liveSessions(workspace, user);
  }

  async rotate({ workspace, session, from, to, generation, sealedPair, at }: Rotation): Promise<boolean> {
    const stored = this.communities.session(workspace, session);
    if (stored === undefined || stored.record.isRevoked || stored.record.refreshDigest !== from) return false;
    const previous: PreviousToken = { digest: from, rotatedAt: at, sealedPair };
    const lastUsedAt = Math.max(at, stored.record.lastUsedAt);
    stored.record = { ...stored.record, refreshDigest: to, generation, previous, lastUsedAt };
    return true;
  }

  async useSession(
    workspace: WorkspaceId,
    session: SessionId,
    { generation, at }: { generation: number; at: number },
  ): Promise<void> {
    const stored = this.communities.session(workspace, session);
    if (stored === undefined) return;
    const { record } = stored;
    const isPresent = record.generation === generation;
    const previous = record.previous !== null && isPresent ? { ...record.previous, sealedPair: null } : record.previous;
    stored.record = { ...record, previous, lastUsedAt: Math.max(at, record.lastUsedAt) };
  }

  async revoke(workspace: WorkspaceId, session: SessionId, at: number): Promise<boolean> {
    return this.communities.revoke(workspace, session, at);
  }

  async signingKeys(at: number): Promise<readonly SigningKey[]> {
    return this.#keys.filter(({ retiresAt }) => retiresAt === null || retiresAt > at);
  }

  async addSigningKey(key: { kid: string; secret: Uint8Array; at: number; othersRetireAt: number }): Promise<void> {
    const { kid, secret, at, othersRetireAt } = key;
    const others = this.#keys.map((other) => ({ ...other, retiresAt: other.retiresAt ?? othersRetireAt }));
    this.#keys = [{ kid, secret, createdAt: at, retiresAt: null }, ...others];
  }

  async addWorkspaceKey(key: WorkspaceKeyRecord, most: number): Promise<WorkspaceKeyRecord | 'too_many'> {
    const community = this.communities.require(key.workspace);
    const known = community.keys.find(({ publicKey }) => publicKey === key.publicKey);
    if (known !== undefined) return known;
    if (community.keys.length >= most) return 'too_many';
    community.keys = [key, ...community.keys];
    return key;
  }

  async workspaceKey(workspace: WorkspaceId, kid: WorkspaceKeyId): Promise<WorkspaceKeyRecord | null> {
    return this.communities.get(workspace)?.keys.find((key) => key.kid === kid) ?? null;
  }

  async workspaceKeys(workspace: WorkspaceId): Promise<readonly WorkspaceKeyRecord[]> {
    return this.communities.get(workspace)?.keys ?? [];
  }

  async removeWorkspaceKey(workspace: WorkspaceId, kid: WorkspaceKeyId): Promise<boolean> {
    const community = this.communities.get(workspace);
    const left = community?.keys.filter((key) => key.kid !== kid) ?? [];
    if (community === undefined || left.length === community.keys.length) return false;
    community.keys = left;
    return true;
  }

  async reserve(workspace: WorkspaceId, name: string, conversation: ConversationId): Promise<ConversationId> {
    if (name.length > LONGEST_NAME) throw new Error(`a reserved name has at most ${LONGEST_NAME} characters`);
    const { reserved } = this.communities.require(workspace);
    const first = reserved.get(name) ?? conversation;
    reserved.set(name, first);
    return first;
  }
}

function accountOf({ user, role, createdAt, deactivatedAt, expiresAt }: Person): Account {
  return { user, role, createdAt, deactivatedAt, expiresAt };
}

function rankOf({ text, isWhole }: SearchTerm, query: string): number {
  if (!isWhole) return 2;
  return text === query ? 0 : 1;
}

function byUsername(a: User, b: User): number {
  return a.username.toLowerCase() < b.username.toLowerCase() ? -1 : 1;
}
