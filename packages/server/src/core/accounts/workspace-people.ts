// What people are in the workspace: listed, given another role, deactivated and let in again by those who care for it (I1 to
// I4 of docs/protocol/v1.md). A change is judged on what both are, and happens only where both still are that.
import {
  ChatError,
  LIMITS,
  type OperationParams,
  type OperationResult,
  parseId,
  type SessionId,
  toId,
  type User,
  type UserId,
  type WorkspaceId,
  type WorkspacePerson,
} from '@kith/protocol';
import { requireInWorkspace, requireMayDeactivate, requireMayRank } from '../access.js';
import { type NewAuditRecord, ofNobody } from '../audit/audit-store.js';
import type { Clock } from '../clock.js';
import type { Account, People, StandingChange, Standings } from '../directory.js';
import type { Principal } from '../principal.js';
import { requireAccount } from './profiles.js';

/** A change that loses this many races against others gives up. */
const MOST_RACES = 10;
/** Accounts whose time is over that are deactivated in one go. */
const MOST_AT_ONCE = 100;

export type WorkspacePeopleOptions = {
  readonly directory: Pick<People, 'account'> & Standings;
  readonly clock: Clock;
  readonly onProfileChanged: (changed: { readonly workspace: WorkspaceId; readonly user: User }) => void;
  /** Told of every session that ends by it, on this node; of the others the change feed tells. */
  readonly onRevoked: (revoked: {
    readonly workspace: WorkspaceId;
    readonly user: UserId;
    readonly session: SessionId;
  }) => void;
};

/** Whom a change is about, and how it is recorded. */
type Asked = { readonly user: string; readonly audit: NewAuditRecord | undefined };
type Wish = Pick<StandingChange, 'role' | 'deactivatedAt' | 'expiresAt'>;
/** What is to become of somebody, or null where they are so already. @throws forbidden */
type Judge = (by: Account, other: Account) => Wish | null;

export class WorkspacePeople {
  readonly #options: WorkspacePeopleOptions;

  constructor(options: WorkspacePeopleOptions) {
    this.#options = options;
  }

  /** @throws forbidden; bad_request for a cursor that is none */
  async listPeople(
    principal: Principal,
    { cursor, limit = LIMITS.readPage }: OperationParams<'workspacePeople.list'>,
  ): Promise<OperationResult<'workspacePeople.list'>> {
    const { directory } = this.#options;
    requireInWorkspace(await requireAccount(directory, principal), 'workspace.people');
    const after = cursor === undefined ? null : parseId<UserId>(cursor);
    if (cursor !== undefined && after === null) throw new ChatError('bad_request', 'cursor: not one of this server');
    const people = await directory.people(principal.workspace, { after, limit: limit + 1 });
    const items = people.slice(0, limit).map(toWorkspacePerson);
    return { items, next: people.length > limit ? (items.at(-1)?.user.id ?? null) : null };
  }

  /** @throws forbidden, not_found; conflict for the last owner; bad_request for a time that is over, or of who is no guest */
  async updatePerson(
    principal: Principal,
    { user, role, expiresAt }: OperationParams<'workspacePerson.update'>,
    audit?: NewAuditRecord,
  ): Promise<WorkspacePerson> {
    if (expiresAt !== undefined && role !== 'guest') {
      throw new ChatError('bad_request', 'expiresAt: the time of a guest alone may end');
    }
    if (expiresAt !== undefined && expiresAt <= this.#options.clock.now()) {
      throw new ChatError('bad_request', 'expiresAt: a time to come is wanted');
    }
    return await this.#change(principal, { user, audit }, (by, other) => {
      requireInWorkspace(by, 'workspace.role');
      requireMayRank(by, other, role);
      const wish = { role, deactivatedAt: other.deactivatedAt, expiresAt: expiresAt ?? null };
      return other.role === role && other.expiresAt === wish.expiresAt ? null : wish;
    });
  }

  /** Ends all sessions; what the person wrote stays, and so does their place in conversations. @throws as `updatePerson` */
  async deactivatePerson(
    principal: Principal,
    { user }: OperationParams<'workspacePerson.deactivate'>,
    audit?: NewAuditRecord,
  ): Promise<WorkspacePerson> {
    return await this.#change(principal, { user, audit }, (by, other) => {
      requireInWorkspace(by, 'workspace.deactivate');
      requireMayDeactivate(by, other);
      if (other.deactivatedAt !== null) return null;
      return { role: other.role, deactivatedAt: this.#options.clock.now(), expiresAt: other.expiresAt };
    });
  }

  /** A guest whose time was over has no end any more. @throws as `updatePerson` */
  async reactivatePerson(
    principal: Principal,
    { user }: OperationParams<'workspacePerson.reactivate'>,
    audit?: NewAuditRecord,
  ): Promise<WorkspacePerson> {
    return await this.#change(principal, { user, audit }, (by, other) => {
      requireInWorkspace(by, 'workspace.deactivate');
      requireMayDeactivate(by, other);
      if (other.deactivatedAt === null) return null;
      const isOver = other.expiresAt !== null && other.expiresAt <= this.#options.clock.now();
      return { role: other.role, deactivatedAt: null, expiresAt: isOver ? null : other.expiresAt };
    });
  }

  /** Deactivates those whose time is over. Any number of nodes may do it at once. @returns how many this call did */
  async deactivateExpired(): Promise<number> {
    const { directory, clock } = this.#options;
    const at = clock.now();
    let count = 0;
    for (const of of await directory.expired(at, MOST_AT_ONCE)) {
      const account = await directory.account(of.workspace, of.user);
      if (account === null || account.expiresAt === null || account.expiresAt > at) continue;
      const wish = { role: account.role, deactivatedAt: at, expiresAt: account.expiresAt };
      if ((await this.#apply(of, { account, by: null, wish, audit: ofServer(of, at) })) !== null) count += 1;
    }
    return count;
  }

  async #change(principal: Principal, { user: id, audit }: Asked, judge: Judge): Promise<WorkspacePerson> {
    const { directory } = this.#options;
    const { workspace } = principal;
    const user = toId<UserId>(id);
    let before: readonly number[] = [];
    for (let race = 0; race < MOST_RACES; race += 1) {
      const [by, other] = await Promise.all([requireAccount(directory, principal), directory.account(workspace, user)]);
      requireInWorkspace(by, 'workspace.people');
      if (other === null) throw new ChatError('not_found', 'there is no such person');
      if (other.user.kind === 'bot')
        throw new ChatError('bad_request', 'user: a bot is taken out of service by bot.retire');
      const wish = judge(by, other);
      if (wish === null) return toWorkspacePerson(other);
      // Nobody has come between, and still it was not done: no owner would be left.
      const versions = [by.user.version, other.user.version];
      if (versions.every((version, index) => version === before[index])) {
        throw new ChatError('conflict', 'a workspace keeps an owner who may sign in: make somebody else owner first');
      }
      before = versions;
      const changed = await this.#apply(
        { workspace, user },
        { account: other, by: { user: principal.user, role: by.role }, wish, audit },
      );
      if (changed !== null) return toWorkspacePerson(changed);
    }
    throw new ChatError('unavailable', 'too many changes of one person at once');
  }

  async #apply(
    { workspace, user }: { readonly workspace: WorkspaceId; readonly user: UserId },
    change: {
      readonly account: Account;
      readonly by: StandingChange['by'];
      readonly wish: Wish;
      readonly audit: NewAuditRecord | undefined;
    },
  ): Promise<Account | null> {
    const { directory, clock, onProfileChanged, onRevoked } = this.#options;
    const { version } = change.account.user;
    const at = clock.now();
    const { by, wish, audit } = change;
    const changed = await directory.changeStanding({ workspace, user, version, by, ...wish, at, audit });
    if (changed === null) return null;
    for (const session of changed.ended) onRevoked({ workspace, user, session });
    onProfileChanged({ workspace, user: changed.account.user });
    return changed.account;
  }
}

/** The end of a guest's time is the server's own act. */
function ofServer(
  { workspace, user }: { readonly workspace: WorkspaceId; readonly user: UserId },
  at: number,
): NewAuditRecord {
  return ofNobody({ workspace, at, act: 'server.deactivate', target: user, detail: {} });
}

function toWorkspacePerson({ user, role, createdAt, deactivatedAt, expiresAt }: Account): WorkspacePerson {
  return { user, role, createdAt, deactivatedAt, expiresAt };
}
