// What the contract suite of the directory works with: two nodes on one store, and short ways to make workspaces, people
// and sessions. Every test makes its own, so that all of them share one store.
import { createHash, randomBytes } from 'node:crypto';
import {
  type ConversationId,
  type HookId,
  type InviteId,
  type InvocationId,
  type Key,
  makeId,
  type SessionId,
  type UserId,
  type WorkspaceId,
  type WorkspaceKeyId,
} from '@kith/protocol';
import { searchTerms, usernameKey } from '@kith/server/core/accounts/names';
import type { Directory, NewAccount, NewSession, SessionRecord, WorkspaceKeyRecord } from '@kith/server/core/directory';

import type { NewInvite } from '@kith/server/core/invites/invite-store';

export type DirectorySetup = {
  readonly directory: Directory;
  /** A second node on the same store. */
  readonly other: Directory;
  /** Every session that the change feed would name as ended, in any order. */
  revoked(): Promise<readonly SessionId[]>;
  close(): Promise<void>;
};

export type MakeDirectory = () => Promise<DirectorySetup>;

export const AT = Date.UTC(2026, 0, 1);
export const DAY_MS = 86_400_000;
/** What an account is beside its user when `newAccount` has just been made. */
export const NEWCOMER = { role: 'member', createdAt: AT, deactivatedAt: null, expiresAt: null } as const;

export class DirectoryWorld {
  readonly #make: MakeDirectory;
  #setup: DirectorySetup | null = null;

  constructor(make: MakeDirectory) {
    this.#make = make;
  }

  async open(): Promise<void> {
    this.#setup = await this.#make();
  }

  async close(): Promise<void> {
    await this.#setup?.close();
  }

  get setup(): DirectorySetup {
    if (this.#setup === null) throw new Error('the directory is not open');
    return this.#setup;
  }

  get directory(): Directory {
    return this.setup.directory;
  }

  get other(): Directory {
    return this.setup.other;
  }

  /** Calls both nodes in turn, all at once. */
  async race<T>(times: number, call: (node: Directory, index: number) => Promise<T>): Promise<readonly T[]> {
    const calls = Array.from({ length: times }, (_, index) => call(index % 2 ? this.other : this.directory, index));
    return await Promise.all(calls);
  }

  async workspace(): Promise<WorkspaceId> {
    const { id } = await this.directory.openWorkspace({ id: newId(), name: newName(), at: AT });
    return id;
  }

  async person(workspace: WorkspaceId, given: Partial<NewAccount> = {}): Promise<NewAccount> {
    const account = newAccount(workspace, given);
    const result = await this.directory.createAccount(account);
    if (result !== 'created') throw new Error(`the account was not made: ${result}`);
    return account;
  }

  /** Someone in a workspace of their own. */
  async someone(given: Partial<NewAccount> = {}): Promise<NewAccount> {
    return await this.person(await this.workspace(), given);
  }

  async session(of: NewAccount, given: Partial<NewSession> = {}): Promise<NewSession> {
    const session = newSession(of, given);
    await this.directory.createSession(session, 100);
    return session;
  }

  async record({ workspace, id }: NewSession): Promise<SessionRecord> {
    const record = await this.other.session(workspace, id);
    if (record === null) throw new Error('there is no such session');
    return record;
  }
}

type AnyId =
  | UserId
  | WorkspaceId
  | SessionId
  | ConversationId
  | WorkspaceKeyId
  | HookId
  | InviteId
  | InvocationId
  | Key;

export function newId<T extends AnyId>(): T {
  return makeId<T>(Date.now(), randomBytes(10));
}

export function newName(): string {
  return `n${randomBytes(6).toString('hex')}`;
}

export function newDigest(): string {
  return createHash('sha256').update(randomBytes(16)).digest('hex');
}

export function newAccount(workspace: WorkspaceId, given: Partial<NewAccount> = {}): NewAccount {
  const username = given.username ?? newName();
  const name = given.name ?? 'Someone';
  return {
    workspace,
    id: newId(),
    username,
    usernameKey: usernameKey(username),
    name,
    terms: searchTerms(username, name),
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
    at: AT,
    ...given,
  };
}

export function newWorkspaceKey(workspace: WorkspaceId, given: Partial<WorkspaceKeyRecord> = {}): WorkspaceKeyRecord {
  const publicKey = `-----BEGIN PUBLIC KEY-----\n${newDigest()}\n-----END PUBLIC KEY-----\n`;
  return { workspace, kid: newId(), name: 'A product', publicKey, createdAt: AT, ...given };
}

export function newInvite(maker: NewAccount, given: Partial<NewInvite> = {}): NewInvite {
  return {
    workspace: maker.workspace,
    id: newId(),
    conversation: newId(),
    role: 'member',
    signUp: null,
    guestForMs: null,
    maker: maker.id,
    createdAt: AT,
    expiresAt: AT + DAY_MS,
    maxUses: null,
    codeDigest: newDigest(),
    keyDigest: newDigest(),
    contentDigest: newDigest(),
    sealedCode: newName(),
    ...given,
  };
}

export function newSession(of: NewAccount, given: Partial<NewSession> = {}): NewSession {
  return {
    workspace: of.workspace,
    user: of.id,
    id: newId(),
    device: null,
    scopes: null,
    origin: newDigest(),
    familyDigest: newDigest(),
    refreshDigest: newDigest(),
    at: AT,
    ...given,
  };
}
