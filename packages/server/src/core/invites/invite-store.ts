// Invitations as the core needs them kept: by the digest of their code, counted as they are used, bounded for each place.
// Rules DIR44–… of docs/contracts.md; part of the directory, since an account that is made by one takes its use with it.
import type { ConversationId, InviteId, Role, UserId, WorkspaceId } from '@kith/protocol';

export type InviteRecord = {
  readonly workspace: WorkspaceId;
  readonly id: InviteId;
  /** The conversation that it leads to; null for the workspace alone. */
  readonly conversation: ConversationId | null;
  /** The role in the conversation. */
  readonly role: Role;
  /** What an account that is made by it is in the workspace; null where none is. */
  readonly signUp: 'member' | 'guest' | null;
  /** How long such an account of a guest lives; null without end. */
  readonly guestForMs: number | null;
  readonly maker: UserId;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** How many people may come by it; null for any number. */
  readonly maxUses: number | null;
  readonly uses: number;
  readonly isRevoked: boolean;
};

export type NewInvite = Omit<InviteRecord, 'uses' | 'isRevoked'> & {
  readonly codeDigest: string;
  /** Of the maker, the place and their key: the same again is the invitation that is there. */
  readonly keyDigest: string;
  readonly contentDigest: string;
  readonly sealedCode: string;
};

export type AddedInvite = {
  readonly invite: InviteRecord;
  readonly contentDigest: string;
  readonly sealedCode: string;
};

/** A place is a conversation, or null for the workspace alone. */
export type InvitePlace = { readonly workspace: WorkspaceId; readonly conversation: ConversationId | null };

export interface InviteStore {
  /**
   * Forgets those of the place that ended more than 30 days ago.
   * @returns the invitation of that key: this one, or the one that was there
   * `too_many`: the place has `most` others that are neither revoked nor past their time
   */
  addInvite(invite: NewInvite, most: number): Promise<AddedInvite | 'too_many'>;
  /** Whatever has become of it. */
  inviteOfCode(workspace: WorkspaceId, codeDigest: string): Promise<InviteRecord | null>;
  /** Newest first, at most 1,000: neither revoked nor past their time at `at`. */
  invites(place: InvitePlace, at: number): Promise<readonly InviteRecord[]>;
  /** True where the place has it, revoked before or not. */
  revokeInvite(place: InvitePlace, invite: InviteId, at: number): Promise<boolean>;
  /** True where the person holds a use: one that they took before and did not come in by, or one that is taken now. */
  takeUse(use: InviteUse, at: number): Promise<boolean>;
  /** The person has come in by the use that they held. */
  spendUse(use: InviteUse): Promise<void>;
}

export type InviteUse = { readonly workspace: WorkspaceId; readonly invite: InviteId; readonly user: UserId };
