// People whom a product's own server vouches for: its keys, and who is admitted on their word (H14 to H17 of
// docs/protocol/v1.md). A subject is one account of the workspace, made when it is first seen, without a password; an
// account that was made in another way is never found by an assertion, whatever it says of username or name.
import {
  type AssertionClaims,
  ChatError,
  LIMITS,
  makeId,
  SCOPES,
  type Scope,
  toId,
  type UserId,
  type WorkspaceId,
  type WorkspaceKey,
  type WorkspaceKeyId,
} from '@kith/protocol';
import { requireInWorkspace } from '../access.js';
import type { Clock, Random } from '../clock.js';
import type { Account, NewAccount, People, WorkspaceKeyRecord, WorkspaceKeys } from '../directory.js';
import type { Principal } from '../principal.js';
import type { Assertions } from './assertion.js';
import { searchTerms, usernameFrom, usernameKey, withSuffix } from './names.js';
import { changeProfile, isAsWished, type ProfilePorts, requireAccount, requireVisible } from './profiles.js';
import { toHex } from './secrets.js';

/** Usernames that are tried for one person. All but the first are random: a second one is hardly ever taken. */
const MOST_TRIES = 8;

export type HandInsOptions = {
  readonly directory: People & WorkspaceKeys;
  readonly assertions: Assertions;
  readonly clock: Clock;
  readonly random: Random;
  readonly onProfileChanged: ProfilePorts['onProfileChanged'];
};

/** Who was vouched for, and the scopes that a session of theirs has at most. */
export type Admitted = { readonly account: Account; readonly scopes: readonly Scope[] };

export class HandIns {
  readonly #options: HandInsOptions;

  constructor(options: HandInsOptions) {
    this.#options = options;
  }

  /** @throws unauthenticated, bad_request, too_large */
  async admit(workspace: WorkspaceId, assertion: string): Promise<Admitted> {
    const { directory, assertions } = this.#options;
    const claims = await assertions.verify(assertion, {
      audience: audienceOf(workspace),
      keyOf: async (kid) => (await directory.workspaceKey(workspace, kid))?.publicKey ?? null,
    });
    if (claims.name !== undefined) requireVisible(claims.name);
    const scopes = scopesOf(claims);
    const known = await directory.accountOfSubject(workspace, claims.sub);
    const account = known ?? (await this.#firstSight(workspace, claims));
    if (isAsWished(account.user, claims)) return { account, scopes };
    const of = { workspace, user: toId<UserId>(account.user.id) };
    return { account: await changeProfile(this.#options, of, claims), scopes };
  }

  /** @throws forbidden for anyone but an owner */
  async listKeys(principal: Principal): Promise<{ items: WorkspaceKey[] }> {
    await this.#requireOwner(principal);
    const keys = await this.#options.directory.workspaceKeys(principal.workspace);
    return { items: keys.map(toWorkspaceKey) };
  }

  /** The same key again is the one that is there. @throws forbidden; bad_request for what is no such key; conflict */
  async addKey(principal: Principal, { name, publicKey }: { name: string; publicKey: string }): Promise<WorkspaceKey> {
    await this.#requireOwner(principal);
    requireVisible(name);
    const { directory, assertions, clock, random } = this.#options;
    const at = clock.now();
    const key = {
      workspace: principal.workspace,
      kid: makeId<WorkspaceKeyId>(at, random.bytes(10)),
      name,
      publicKey: assertions.readPublicKey(publicKey),
      createdAt: at,
    };
    const added = await directory.addWorkspaceKey(key, LIMITS.workspaceKeys);
    if (added !== 'too_many') return toWorkspaceKey(added);
    throw new ChatError('conflict', `a workspace has at most ${LIMITS.workspaceKeys} keys: revoke one first`);
  }

  /** From now on nobody is signed in with it; who is, stays so. @throws forbidden, not_found */
  async revokeKey(principal: Principal, { kid }: { kid: string }): Promise<null> {
    await this.#requireOwner(principal);
    const isRemoved = await this.#options.directory.removeWorkspaceKey(principal.workspace, toId<WorkspaceKeyId>(kid));
    if (!isRemoved) throw new ChatError('not_found', 'the workspace has no such key');
    return null;
  }

  async #requireOwner(principal: Principal): Promise<void> {
    requireInWorkspace(await requireAccount(this.#options.directory, principal), 'workspace.owner');
  }

  /** Makes the account, or finds the one that was made meanwhile. */
  async #firstSight(workspace: WorkspaceId, claims: AssertionClaims): Promise<Account> {
    const { directory, random } = this.#options;
    const wanted = claims.username ?? usernameFrom(claims.name ?? '');
    for (let tried = 0; tried < MOST_TRIES; tried += 1) {
      const username = tried === 0 ? wanted : withSuffix(wanted, toHex(random.bytes(3)));
      const account = this.#newAccount(workspace, claims, username);
      const result = await directory.createAccount(account);
      if (result === 'created') return await requireAccount(directory, { workspace, user: account.id });
      const other = await directory.accountOfSubject(workspace, claims.sub);
      if (other !== null) return other;
    }
    throw new ChatError('unavailable', 'no free username was found');
  }

  #newAccount(workspace: WorkspaceId, claims: AssertionClaims, username: string): NewAccount {
    const { clock, random } = this.#options;
    const at = clock.now();
    const name = claims.name ?? username;
    return {
      workspace,
      id: makeId<UserId>(at, random.bytes(10)),
      username,
      usernameKey: usernameKey(username),
      name,
      avatar: claims.avatar ?? null,
      terms: searchTerms(username, name),
      passwordHash: null,
      subject: claims.sub,
      at,
    };
  }
}

/** The scopes that were asked for, of those that the word of the product allows. @throws forbidden where none is left */
export function narrowed(allowed: readonly Scope[], asked: readonly Scope[] | undefined): readonly Scope[] {
  const scopes = asked === undefined ? allowed : allowed.filter((scope) => asked.includes(scope));
  if (scopes.length > 0) return scopes;
  throw new ChatError('forbidden', `the assertion allows no more than ${allowed.join(', ')}`);
}

/** @throws bad_request for a claim that names none which this build knows */
function scopesOf({ scope }: AssertionClaims): readonly Scope[] {
  if (scope === undefined) return SCOPES;
  const words = scope.split(' ');
  const scopes = SCOPES.filter((each) => words.includes(each));
  if (scopes.length > 0) return scopes;
  throw new ChatError('bad_request', 'the claim scope names none of the scopes there are');
}

/** A key signs for its workspace alone, so the workspace is who an assertion is meant for. */
function audienceOf(workspace: WorkspaceId): string {
  return workspace;
}

function toWorkspaceKey({ workspace, kid, name, publicKey, createdAt }: WorkspaceKeyRecord): WorkspaceKey {
  return { kid, name, audience: audienceOf(workspace), publicKey, createdAt };
}
