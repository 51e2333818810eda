// What whoever runs the server does about people, by right of the machine and not of a role: makes accounts, owners among them,
// gives new passwords, lets nobody sign in to an account or lets them again, ends sessions. Nodes that serve meanwhile hear of
// ended sessions from the change feed, within some seconds.
import { ChatError, makeId, parseParams, type SessionId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { AuditDetail, AuditStore, NewAuditRecord } from '../audit/audit-store.js';
import type { Clock, Random } from '../clock.js';
import type {
  Account,
  NewAccount,
  People,
  SessionRecord,
  Sessions,
  Standings,
  Workspace,
  Workspaces,
} from '../directory.js';
import { searchTerms, usernameKey } from './names.js';
import type { OperatorStore, WorkspaceCounts } from './operator-store.js';
import type { PasswordHasher } from './password-hasher.js';
import { canonicalPassword, requireGoodPassword } from './password-policy.js';
import { requireVisible } from './profiles.js';
import { makeSetUpCode } from './set-up-code.js';

/** A change that loses this many races against others gives up. */
const MOST_RACES = 10;
const PAGE = 500;

export type OperatorOptions = {
  readonly directory: Workspaces & People & Standings & Sessions;
  readonly store: OperatorStore;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Pick<AuditStore, 'append'>;
  /** How an act of the operator's is recorded. */
  readonly recordOf: (of: OperatorRecord) => NewAuditRecord;
};

export type OperatorRecord = {
  readonly workspace: WorkspaceId;
  readonly act: string;
  readonly target: string;
  readonly detail?: AuditDetail;
};

type Change = Pick<OperatorRecord, 'act' | 'detail'> & { readonly wish: (of: Account) => Account };

export type PersonWanted = {
  readonly username: string;
  readonly name: string | null;
  readonly password: string;
  readonly isOwner: boolean;
};

export class Operator {
  readonly #options: OperatorOptions;
  readonly #workspace: Workspace;

  constructor(options: OperatorOptions, workspace: Workspace) {
    this.#options = options;
    this.#workspace = workspace;
  }

  /** @throws bad_request for a username, name or password that is not taken; conflict for a username that is */
  async create({ username, name, password, isOwner }: PersonWanted): Promise<Account> {
    const { directory, clock, random } = this.#options;
    const displayName = name ?? username;
    parseParams('account.create', { username, password, displayName });
    requireVisible(displayName);
    const passwordHash = await this.#hash(password, username);
    const at = clock.now();
    const account: NewAccount = {
      workspace: this.#workspace.id,
      id: makeId<UserId>(at, random.bytes(10)),
      username,
      usernameKey: usernameKey(username),
      name: displayName,
      terms: searchTerms(username, displayName),
      passwordHash,
      at,
    };
    const claims = isOwner && !this.#workspace.isOwned;
    let result = await directory.createAccount(claims ? { ...account, claim: { codeDigest: null } } : account);
    // Somebody else became the owner meanwhile: then there are two.
    if (result === 'claim_refused') result = await directory.createAccount(account);
    if (result === 'username_taken')
      throw new ChatError('conflict', `the username ${username} is taken: choose another`);
    if (result !== 'created') throw new Error(`an account was not made: ${result}`);
    const made = await this.account(username);
    await this.#record({ act: 'kith.user.create', target: made.user.id, detail: { role: made.role } });
    if (!isOwner || made.role === 'owner') return made;
    const wish = (of: Account): Account => ({ ...of, role: 'owner' });
    return this.#change(made, { act: 'kith.user.role', detail: { role: 'owner' }, wish });
  }

  /** A password that the policy takes: twenty signs. */
  newPassword(): string {
    return `${makeSetUpCode(this.#options.random)}-${makeSetUpCode(this.#options.random).slice(0, 4)}`;
  }

  /** Ends all sessions too: whoever knew the old password is out. @returns how many ended */
  async resetPassword(username: string, password: string): Promise<number> {
    const account = await this.#personNamed(username);
    parseParams('account.create', { username: account.user.username, password });
    const hash = await this.#hash(password, account.user.username);
    const ended = await this.#options.store.setPassword({ ...this.#of(account), hash, at: this.#options.clock.now() });
    await this.#record({ act: 'kith.user.reset-password', target: account.user.id, detail: { ended: ended.length } });
    return ended.length;
  }

  /** Nobody signs in to it from then on, and its sessions have ended. Idempotent. @throws conflict for the last owner */
  async disable(username: string): Promise<Account> {
    const account = await this.#personNamed(username);
    if (account.deactivatedAt !== null) return account;
    const wish = (of: Account): Account => ({ ...of, deactivatedAt: this.#options.clock.now() });
    return this.#change(account, { act: 'kith.user.disable', wish });
  }

  /** A guest whose time was over has no end any more. Idempotent. */
  async enable(username: string): Promise<Account> {
    const account = await this.#personNamed(username);
    if (account.deactivatedAt === null) return account;
    const isOver = account.expiresAt !== null && account.expiresAt <= this.#options.clock.now();
    const wish = (of: Account): Account => ({ ...of, deactivatedAt: null, expiresAt: isOver ? null : of.expiresAt });
    return this.#change(account, { act: 'kith.user.enable', wish });
  }

  /** The live ones, most recently used first. */
  async sessions(username: string): Promise<readonly SessionRecord[]> {
    const account = await this.account(username);
    return this.#options.directory.sessionsOf(this.#workspace.id, toId<UserId>(account.user.id));
  }

  /** @param session one of theirs, or null for all. @returns how many ended. @throws not_found */
  async endSessions(username: string, session: string | null): Promise<number> {
    const account = await this.account(username);
    const ended = await this.#endSessions(account, session);
    await this.#record({ act: 'kith.user.sessions', target: account.user.id, detail: { ended, session } });
    return ended;
  }

  async #endSessions(account: Account, session: string | null): Promise<number> {
    const { directory, store, clock } = this.#options;
    const at = clock.now();
    if (session === null) return (await store.endSessions({ ...this.#of(account), at })).length;
    const { username } = account.user;
    const live = await this.sessions(username);
    const found = live.find(({ id }) => id === session);
    if (found === undefined) throw new ChatError('not_found', `${username} has no live session ${session}`);
    return (await directory.revoke(this.#workspace.id, toId<SessionId>(found.id), at)) ? 1 : 0;
  }

  /** Everyone, bots too, in the order in which they came. */
  async *everyone(): AsyncGenerator<Account> {
    for (let after: UserId | null = null; ; ) {
      const page = await this.#options.directory.people(this.#workspace.id, { after, limit: PAGE });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = toId<UserId>(last.user.id);
    }
  }

  counts(): Promise<WorkspaceCounts> {
    return this.#options.store.counts(this.#workspace.id);
  }

  /** @throws not_found */
  async account(username: string): Promise<Account> {
    const account = await this.#options.store.accountNamed(this.#workspace.id, usernameKey(username));
    if (account !== null) return account;
    throw new ChatError('not_found', `nobody has the username ${username} in the workspace ${this.#workspace.name}`);
  }

  async #personNamed(username: string): Promise<Account> {
    const account = await this.account(username);
    if (account.user.kind !== 'bot') return account;
    throw new ChatError(
      'bad_request',
      `${username} is a bot: an owner retires it, or takes its tokens, in the workspace`,
    );
  }

  #record(of: Omit<OperatorRecord, 'workspace'>): Promise<number> {
    return this.#options.audit.append(this.#options.recordOf({ ...of, workspace: this.#workspace.id }));
  }

  /** Recorded in the same transaction. */
  async #change(given: Account, { wish, ...recorded }: Change): Promise<Account> {
    const { directory, clock, recordOf } = this.#options;
    const audit = recordOf({ ...recorded, workspace: this.#workspace.id, target: given.user.id });
    const of = this.#of(given);
    let account = given;
    for (let race = 0; race < MOST_RACES; race += 1) {
      const { role, deactivatedAt, expiresAt } = wish(account);
      const { version } = account.user;
      const standing = { role, deactivatedAt, expiresAt, at: clock.now() };
      const changed = await directory.changeStanding({ ...of, ...standing, version, by: null, audit });
      if (changed !== null) return changed.account;
      const now = await this.account(account.user.username);
      if (now.user.version === version) {
        throw new ChatError('conflict', 'a workspace keeps an owner who may sign in: make somebody else owner first');
      }
      account = now;
    }
    throw new ChatError('unavailable', 'too many changes of one person at once');
  }

  async #hash(password: string, username: string): Promise<string> {
    const canonical = canonicalPassword(password);
    requireGoodPassword(canonical, username);
    return this.#options.hasher.hash(canonical);
  }

  #of({ user }: Account): { readonly workspace: WorkspaceId; readonly user: UserId } {
    return { workspace: this.#workspace.id, user: toId<UserId>(user.id) };
  }
}
