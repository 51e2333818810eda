// Who asks: what a valid access token says, and nothing else decides workspace, person, session and scopes.
import type { Scope, SessionId, UserId, WorkspaceId } from '@kith/protocol';

export type Principal = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  readonly session: SessionId;
  /** What the session may do at all, whatever the roles of its person. The edge's dispatch asks for them. */
  readonly scopes: readonly Scope[];
  /** End of the access token in milliseconds. A connection lives as long as its session, not its token. */
  readonly expiresAt: number;
};

/** Whose work it is, where no session is there to ask: what is done later, for example. */
export type Author = Pick<Principal, 'workspace' | 'user'>;
