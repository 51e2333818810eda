// Who asks: what a valid access token says, and nothing else decides workspace, person and session.
import type { SessionId, UserId, WorkspaceId } from '@kith/protocol';

export type Scope = 'chat';

export type Principal = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  readonly session: SessionId;
  readonly scopes: readonly Scope[];
  /** End of the access token in milliseconds. A connection lives as long as its session, not its token. */
  readonly expiresAt: number;
};
