// Accounts: one method per operation of the wire contract about who someone is (marks.set is not among them). Params
// have passed their schema. Every refusal is a ChatError. Nothing here puts a name, a token or a password in a message.
import {
  ChatError,
  type ConversationId,
  type Me,
  makeId,
  type OperationParams,
  type OperationResult,
  type Scope,
  type SessionId,
  type SignedIn,
  toId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import { isBotToken } from '../apps/bot-token.js';
import type { Account, Credential, Credentials, NewAccount, People, Workspaces } from '../directory.js';
import { type Invites, noSuchInvite } from '../invites/invites.js';
import type { Principal } from '../principal.js';
import { addressKey } from './address.js';
import { type HandIns, narrowed } from './hand-ins.js';
import { searchTerms, usernameKey } from './names.js';
import type { PasswordHasher } from './password-hasher.js';
import { canonicalPassword, requireGoodPassword } from './password-policy.js';
import { changeProfile, type ProfilePorts, requireAccount, requireVisible } from './profiles.js';
import { canonicalSetUpCode, makeSetUpCode } from './set-up-code.js';
import type { SignInGuard } from './sign-in-guard.js';
import { SignIns, type SignInsOptions, sessionScopes } from './sign-ins.js';

export type SignUpMode = 'open' | 'invite' | 'closed';

/** Where someone without a token comes from. */
export type Visitor = { readonly workspace: WorkspaceId; readonly address: string };

export type AccountsOptions = SignInsOptions & {
  readonly directory: Workspaces & People & Credentials;
  readonly hasher: PasswordHasher;
  readonly guard: SignInGuard;
  readonly signUp: SignUpMode;
  /** Whether strangers can reach the server before its owner has signed up: true where HOST is not loopback. */
  readonly isExposed: boolean;
  /** The person's own conversation. */
  readonly selfOf: (principal: Principal) => Promise<ConversationId>;
  readonly onProfileChanged: ProfilePorts['onProfileChanged'];
  readonly handIns: HandIns;
  readonly invitations: Pick<Invites, 'forSignUp'>;
};

export class Accounts {
  readonly #options: AccountsOptions;
  readonly #signIns: SignIns;

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#signIns = new SignIns(options);
  }

  /**
   * A new set-up code to print, or null where none is needed (any more). The code printed before is void, so call it
   * once per start.
   */
  async newSetUpCode(workspace: WorkspaceId): Promise<string | null> {
    if (!this.#needsSetUpCode()) return null;
    const code = makeSetUpCode(this.#options.random);
    const isSet = await this.#options.directory.setSetupCode(workspace, this.#codeDigest(code));
    return isSet ? code : null;
  }

  /** @throws bad_request for a password or name that is not taken; conflict, forbidden, rate_limited */
  async createAccount(visitor: Visitor, params: OperationParams<'account.create'>): Promise<SignedIn> {
    const name = params.displayName ?? params.username;
    requireVisible(name);
    const password = canonicalPassword(params.password);
    requireGoodPassword(password, params.username);
    this.#options.guard.signUp(visitor.address);
    const account = await this.#admit(visitor, params);
    const passwordHash = await this.#options.hasher.hash(password);
    await this.#create({ ...account, name, passwordHash, terms: searchTerms(account.username, name) });
    return await this.#begin(
      visitor,
      await requireAccount(this.#options.directory, { workspace: visitor.workspace, user: account.id }),
      params,
    );
  }

  /** @throws unauthenticated for a password or an assertion that is not taken; rate_limited */
  async createSession(visitor: Visitor, params: OperationParams<'session.create'>): Promise<SignedIn> {
    const { username, password, assertion } = params;
    if (assertion !== undefined && isBotToken(assertion)) return await this.#byBotToken(assertion, params);
    if (assertion !== undefined) return await this.#byAssertion(visitor, assertion, params);
    if (username !== undefined && password !== undefined) {
      return await this.#begin(visitor, await this.#byPassword(visitor, username, password), params);
    }
    throw new ChatError('bad_request', 'username and password are wanted, or an assertion');
  }

  /**
   * The token alone says whose it is, in whichever workspace.
   * @throws unauthenticated for any token but the present one, or the one before while its answer may be repeated
   */
  async refresh(params: OperationParams<'session.refresh'>): Promise<SignedIn> {
    if (isBotToken(params.refreshToken)) return await this.#byBotToken(params.refreshToken, {});
    const { workspace, user, pair } = await this.#signIns.refresh(params.refreshToken);
    const account = await requireAccount(this.#options.directory, { workspace, user });
    return { user: account.user, ...pair };
  }

  /** Who holds the access token. @throws unauthenticated, unavailable */
  authenticate(accessToken: string): Promise<Principal> {
    return this.#signIns.authenticate(accessToken);
  }

  /** Look again after a connection is registered: a session may end between `authenticate` and that. */
  isSessionLive(principal: Pick<Principal, 'workspace' | 'session'>): Promise<boolean> {
    return this.#signIns.isSessionLive(principal);
  }

  /** The change feed says that a session has ended, on whichever node. */
  forgetSession(session: SessionId): void {
    this.#signIns.forget(session);
  }

  async listSessions(principal: Principal): Promise<OperationResult<'sessions.list'>> {
    return { items: [...(await this.#signIns.list(principal))] };
  }

  async revokeSession(principal: Principal, params: OperationParams<'session.revoke'>): Promise<null> {
    await this.#signIns.revoke(principal, toId<SessionId>(params.session));
    return null;
  }

  async endSession(principal: Principal): Promise<null> {
    await this.#signIns.revoke(principal, principal.session);
    return null;
  }

  async readMe(principal: Principal): Promise<Me> {
    return await this.#me(principal, await requireAccount(this.#options.directory, principal));
  }

  async updateMe(principal: Principal, { displayName, avatar }: OperationParams<'me.update'>): Promise<Me> {
    if (displayName !== undefined) requireVisible(displayName);
    return await this.#me(principal, await changeProfile(this.#options, principal, { name: displayName, avatar }));
  }

  /** @throws unauthenticated, the same and after the same time for a wrong password and an unknown name; rate_limited */
  async #byPassword(visitor: Visitor, username: string, typed: string): Promise<Account> {
    const { directory, hasher, guard } = this.#options;
    const { workspace, address } = visitor;
    const key = usernameKey(username);
    const found = await directory.credential(workspace, key, this.#originDigest(visitor, key));
    const isKnownOrigin = found?.isKnownOrigin ?? false;
    const giveBack = guard.enter({ account: `${workspace} ${key}`, address, isKnownOrigin });
    const password = canonicalPassword(typed);
    const verdict = await hasher.verify(password, found?.passwordHash ?? null).catch((error: unknown) => {
      giveBack();
      throw error;
    });
    if (found === null || !verdict.isRight) throw new ChatError('unauthenticated', 'username or password is wrong');
    giveBack();
    if (verdict.needsRehash) await this.#rehash(workspace, found, password);
    return found.account;
  }

  /** The token is its session already: it stands in the place of both of a pair, and ends when it ends. */
  async #byBotToken(
    token: string,
    { scopes: asked }: { readonly scopes?: readonly Scope[] | undefined },
  ): Promise<SignedIn> {
    if (asked !== undefined) throw new ChatError('bad_request', 'scopes: the token of a bot has its own');
    const principal = await this.authenticate(token);
    const { user } = await requireAccount(this.#options.directory, principal);
    const { session, scopes, expiresAt } = principal;
    return { user, session, accessToken: token, refreshToken: token, expiresAt, scopes: [...scopes] };
  }

  async #byAssertion(
    visitor: Visitor,
    assertion: string,
    { device, scopes: asked }: OperationParams<'session.create'>,
  ): Promise<SignedIn> {
    const { account, scopes } = await this.#options.handIns.admit(visitor.workspace, assertion);
    return await this.#begin(visitor, account, { device, scopes: narrowed(scopes, asked) });
  }

  /** An account that may be made, as far as can be seen before the costly hash. */
  async #admit(
    visitor: Visitor,
    params: OperationParams<'account.create'>,
  ): Promise<Omit<NewAccount, 'name' | 'passwordHash' | 'terms'>> {
    const { directory, clock, random } = this.#options;
    const key = usernameKey(params.username);
    const [workspace, taken] = await Promise.all([
      directory.workspace(visitor.workspace),
      directory.credential(visitor.workspace, key, ''),
    ]);
    if (workspace === null) throw new ChatError('not_found', 'there is no such workspace');
    const { setupCode } = params;
    const invite = workspace.isOwned ? await this.#admission(workspace.id, params.invite) : {};
    if (!workspace.isOwned && this.#needsSetUpCode() && setupCode === undefined) {
      throw new ChatError('forbidden', 'the first account needs the set-up code that the server has printed');
    }
    if (taken !== null) throw usernameTaken();
    const at = clock.now();
    const account = {
      workspace: workspace.id,
      id: makeId<UserId>(at, random.bytes(10)),
      username: params.username,
      usernameKey: key,
      at,
      ...invite,
    };
    if (workspace.isOwned) return account;
    const codeDigest = this.#needsSetUpCode() ? this.#codeDigest(setupCode ?? '') : null;
    return { ...account, claim: { codeDigest } };
  }

  async #create(account: NewAccount): Promise<void> {
    const result = await this.#options.directory.createAccount(account);
    switch (result) {
      case 'created':
        return;
      case 'username_taken':
        throw usernameTaken();
      case 'subject_taken':
        throw new Error('an account that nobody vouched for has no subject');
      case 'invite_refused':
        throw noSuchInvite();
      case 'claim_refused': {
        // Someone else became the owner meanwhile, or the code is wrong: then one is a member, or refused.
        const workspace = await this.#options.directory.workspace(account.workspace);
        if (workspace?.isOwned !== true) throw new ChatError('forbidden', 'the set-up code is not the right one');
        this.#requireOpenSignUp();
        const { claim: _, ...member } = account;
        return await this.#create(member);
      }
    }
  }

  /** The invitation whose use the account takes, if it takes one. @throws forbidden, not_found */
  async #admission(workspace: WorkspaceId, code: string | undefined): Promise<Pick<NewAccount, 'invite'>> {
    const { signUp, invitations } = this.#options;
    if (code === undefined || signUp === 'closed') {
      this.#requireOpenSignUp();
      return {};
    }
    const invite = await invitations.forSignUp(workspace, code);
    // One that only leads to a conversation makes no account, and none is needed where everyone may make one.
    if (invite === null || (invite.signUp === null && signUp !== 'open')) throw noSuchInvite();
    return invite.signUp === null ? {} : { invite: invite.id };
  }

  #requireOpenSignUp(): void {
    if (this.#options.signUp === 'open') return;
    throw new ChatError('forbidden', 'this workspace takes no new accounts without an invitation');
  }

  #needsSetUpCode(): boolean {
    return this.#options.isExposed || this.#options.signUp !== 'open';
  }

  #codeDigest(code: string): string {
    return this.#options.secrets.digest(canonicalSetUpCode(code));
  }

  #originDigest({ workspace, address }: Visitor, key: string): string {
    return this.#options.secrets.digest(`${workspace} ${key} ${addressKey(address)}`);
  }

  async #begin(
    visitor: Visitor,
    { user, expiresAt }: Account,
    { device, scopes }: { readonly device?: string | undefined; readonly scopes?: readonly Scope[] | undefined },
  ): Promise<SignedIn> {
    if (expiresAt !== null && expiresAt <= this.#options.clock.now()) {
      throw new ChatError('forbidden', 'the time of this guest is over');
    }
    const pair = await this.#signIns.begin({
      workspace: visitor.workspace,
      user: toId<UserId>(user.id),
      device: device ?? null,
      scopes: scopes === undefined ? null : sessionScopes(scopes),
      origin: this.#originDigest(visitor, usernameKey(user.username)),
    });
    return { user, ...pair };
  }

  /** Where the queue is full, the next sign-in does it. */
  async #rehash(workspace: WorkspaceId, { account, passwordHash: from }: Credential, password: string): Promise<void> {
    try {
      const to = await this.#options.hasher.hash(password);
      await this.#options.directory.replacePasswordHash(workspace, toId<UserId>(account.user.id), { from, to });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
    }
  }

  async #me(principal: Principal, { user, role }: Account): Promise<Me> {
    return { ...user, self: await this.#options.selfOf(principal), workspaceRole: role };
  }
}

function usernameTaken(): ChatError {
  return new ChatError('conflict', 'this username is taken: choose another');
}
