// Where bots and their tokens are kept: the interface that the core needs, by memory and PostgreSQL. Its numbered rules
// BOT1–… are in docs/contracts.md and its contract suite in the testkit runs on every adapter. A token is a session of the
// directory that nobody refreshes: it ends as every session does, and the change feed names it.
import type { Scope, SessionId, User, UserId, WorkspaceId } from '@kith/protocol';
import type { NewAccount } from '../directory.js';

export type BotRecord = {
  readonly user: User;
  readonly createdAt: number;
  /** Null while it is in service. */
  readonly retiredAt: number | null;
};

export type NewBot = Pick<
  NewAccount,
  'workspace' | 'id' | 'username' | 'usernameKey' | 'name' | 'avatar' | 'terms' | 'at'
>;

export type NewToken = {
  readonly workspace: WorkspaceId;
  readonly bot: UserId;
  readonly id: SessionId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Of its secret, 64 hex digits. */
  readonly digest: string;
  /** Of something that nobody knows, so that no refresh token fits. */
  readonly familyDigest: string;
  readonly at: number;
  readonly expiresAt: number | null;
};

export type TokenRecord = Omit<NewToken, 'familyDigest' | 'at'> & {
  readonly createdAt: number;
  /** Null where no use was noted yet. */
  readonly lastUsedAt: number | null;
  readonly isRevoked: boolean;
};

export type EndedToken = { readonly workspace: WorkspaceId; readonly user: UserId; readonly session: SessionId };

export interface BotStore {
  /** All or nothing. `too_many`: the workspace has `most` bots in service. */
  createBot(bot: NewBot, most: number): Promise<'created' | 'username_taken' | 'too_many'>;
  bot(workspace: WorkspaceId, bot: UserId): Promise<BotRecord | null>;
  /** Newest first, at most 1,000, those that were retired too. */
  bots(workspace: WorkspaceId): Promise<readonly BotRecord[]>;
  /**
   * Takes a bot out of service: its tokens end and it is found by no search any more.
   * @returns the tokens that have ended; null where there is no such bot in service
   */
  retireBot(workspace: WorkspaceId, bot: UserId, at: number): Promise<readonly SessionId[] | null>;
  /** `no_bot`: there is none in service of that id. */
  addToken(token: NewToken, most: number): Promise<'added' | 'too_many' | 'no_bot'>;
  /** Revoked ones too, for a day. */
  token(workspace: WorkspaceId, token: SessionId): Promise<TokenRecord | null>;
  /** Those that live, newest first. */
  tokens(workspace: WorkspaceId, bot: UserId): Promise<readonly TokenRecord[]>;
  /** Ends tokens whose time has come, at most 100 at once, each by one of many at the same time. */
  endExpired(at: number): Promise<readonly EndedToken[]>;
}
