// Accounts on a directory in memory, with everything real but time and randomness: what tests of sign-up, sign-in,
// sessions and profiles stand on. Argon2 runs with its smallest parameters.
import {
  type ConversationId,
  type OperationParams,
  type SessionId,
  type SignedIn,
  toId,
  type User,
  type WorkspaceId,
} from '@kith/protocol';
import { Accounts, type AccountsOptions } from '@kith/server/core/accounts/accounts';
import { HandIns } from '@kith/server/core/accounts/hand-ins';
import { SignInGuard } from '@kith/server/core/accounts/sign-in-guard';
import { JwtAssertions } from '@kith/server/edge/assertions';
import { Argon2Hasher } from '@kith/server/edge/password-hasher';
import { NODE_SECRETS } from '@kith/server/edge/secrets';
import { JwtTokens } from '@kith/server/edge/tokens';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { FakeClock } from './fake-clock.js';
import { SeededRandom } from './seeded-random.js';

export const FAST_ARGON2 = { memoryKib: 8, passes: 1, lanes: 1 };
export const GOOD_PASSWORD = 'correct horse 77';
const WORKSPACE = toId<WorkspaceId>('01900000-0000-7000-8000-000000000001');

export class AccountsWorld {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(7);
  readonly revoked: SessionId[] = [];
  readonly profiles: User[] = [];
  readonly directory = new MemoryDirectory();
  readonly tokens = this.newTokens();
  readonly visitor = { workspace: WORKSPACE, address: '192.0.2.1' };
  readonly handIns = new HandIns({
    directory: this.directory,
    assertions: new JwtAssertions(this.clock),
    clock: this.clock,
    random: this.random,
    onProfileChanged: ({ user }) => this.profiles.push(user),
  });
  readonly accounts: Accounts;

  private constructor(given: Partial<AccountsOptions>) {
    this.accounts = this.node(given);
  }

  static async open(given: Partial<AccountsOptions> = {}): Promise<AccountsWorld> {
    const world = new AccountsWorld(given);
    await world.directory.openWorkspace({ id: WORKSPACE, name: 'default', at: world.clock.now() });
    return world;
  }

  /** One more node on the same directory, which hears nothing of the others. */
  node(given: Partial<AccountsOptions> = {}): Accounts {
    return new Accounts({
      directory: this.directory,
      handIns: this.handIns,
      sessions: this.directory,
      tokens: this.tokens,
      secrets: NODE_SECRETS,
      clock: this.clock,
      random: this.random,
      hasher: new Argon2Hasher({ cores: 1, parameters: FAST_ARGON2 }),
      guard: new SignInGuard(this.clock),
      invitations: { forSignUp: async () => null },
      signUp: 'open',
      isExposed: false,
      selfOf: ({ workspace, user }) => this.directory.reserve(workspace, `self:${user}`, toId<ConversationId>(user)),
      onRevoked: ({ session }) => this.revoked.push(session),
      onProfileChanged: ({ user }) => this.profiles.push(user),
      ...given,
    });
  }

  newTokens(): JwtTokens {
    return new JwtTokens({ keys: this.directory, clock: this.clock, random: this.random, issuer: 'kith' });
  }

  from(address: string): { readonly workspace: WorkspaceId; readonly address: string } {
    return { ...this.visitor, address };
  }

  signUp(username: string, more: Partial<OperationParams<'account.create'>> = {}): Promise<SignedIn> {
    return this.accounts.createAccount(this.visitor, { username, password: GOOD_PASSWORD, ...more });
  }

  signIn(username: string, password: string = GOOD_PASSWORD, address = this.visitor.address): Promise<SignedIn> {
    return this.accounts.createSession(this.from(address), { username, password });
  }

  refresh({ refreshToken }: Pick<SignedIn, 'refreshToken'>): Promise<SignedIn> {
    return this.accounts.refresh({ refreshToken });
  }
}
