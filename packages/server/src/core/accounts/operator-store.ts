// What whoever runs the server needs of the store beside the directory: people by their username, passwords that are set without
// the one before, and how much there is. PostgreSQL alone keeps it; no request of the API leads here.
import type { SessionId, UserId, WorkspaceId } from '@kith/protocol';
import type { Account } from '../directory.js';

type Person = { readonly workspace: WorkspaceId; readonly user: UserId };

export type WorkspaceCounts = {
  /** Who may sign in, guests among them. */
  readonly people: number;
  readonly guests: number;
  readonly owners: number;
  readonly deactivated: number;
  readonly bots: number;
  readonly liveSessions: number;
  readonly conversations: number;
  /** Deleted ones too. */
  readonly messages: number;
};

export interface OperatorStore {
  accountNamed(workspace: WorkspaceId, usernameKey: string): Promise<Account | null>;
  /** All or nothing: the password is the only one from then on, and no session lives on. @returns those that ended by it */
  setPassword(person: Person & { readonly hash: string; readonly at: number }): Promise<readonly SessionId[]>;
  /** @returns those that ended by it; the change feed tells every node */
  endSessions(person: Person & { readonly at: number }): Promise<readonly SessionId[]>;
  counts(workspace: WorkspaceId): Promise<WorkspaceCounts>;
}
