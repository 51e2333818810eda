// The directory: who there is. Workspaces, people, credentials, sessions, signing keys and reserved names, as the core
// needs them, kept by memory and PostgreSQL. Its numbered rules DIR1–… are in docs/contracts.md, and its contract suite
// in the testkit runs on every adapter. It never says who may read a conversation: the log alone does.
// Every method may throw ChatError `unavailable` where the store is gone.
import type {
  ConversationId,
  InviteId,
  Scope,
  SessionId,
  User,
  UserId,
  WorkspaceId,
  WorkspaceKeyId,
  WorkspaceRole,
} from '@kith/protocol';
import type { NewAuditRecord } from './audit/audit-store.js';
import type { InviteStore } from './invites/invite-store.js';

export type Workspace = {
  readonly id: WorkspaceId;
  /** Lower case, as in a host name or `Kith-Workspace`. */
  readonly name: string;
  /** True from the first account on. */
  readonly isOwned: boolean;
};

export interface Workspaces {
  /** The workspace of that name; made with the given id where there is none. Of two at once, the first one's id wins. */
  openWorkspace(wanted: { readonly id: WorkspaceId; readonly name: string; readonly at: number }): Promise<Workspace>;
  workspaceNamed(name: string): Promise<Workspace | null>;
  workspace(id: WorkspaceId): Promise<Workspace | null>;
  /** Replaces the digest of the set-up code; false, and nothing done, where the workspace has an owner. */
  setSetupCode(id: WorkspaceId, digest: string): Promise<boolean>;
}

export type Account = {
  readonly user: User;
  readonly role: WorkspaceRole;
  readonly createdAt: number;
  /** Since when nobody signs in to it; null where its person may. */
  readonly deactivatedAt: number | null;
  /** When it is deactivated by itself; null for never. */
  readonly expiresAt: number | null;
};

/** A term under which a person is found: the beginning of a whole name, or of a word within one. */
export type SearchTerm = { readonly text: string; readonly isWhole: boolean };

export type NewAccount = {
  readonly workspace: WorkspaceId;
  readonly id: UserId;
  readonly username: string;
  /** What tells usernames apart (`usernameKey`). */
  readonly usernameKey: string;
  readonly name: string;
  /** Absent: none. */
  readonly avatar?: string | null;
  readonly terms: readonly SearchTerm[];
  /** Null for an account that no password opens. */
  readonly passwordHash: string | null;
  readonly at: number;
  /** A product's own id of the person, if one of its people this is: at most 200 characters, one account for each. */
  readonly subject?: string;
  /**
   * Given: the account claims the workspace as its owner, with the digest of the set-up code, or null where none is
   * needed. Absent: an ordinary member.
   */
  readonly claim?: { readonly codeDigest: string | null };
  /** An invitation that lets accounts be made: one of its uses is taken, and it says what the account is. */
  readonly invite?: InviteId;
};

export type ProfileChange = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  /** The version that was changed: the change happens only where it is still the present one. */
  readonly version: number;
  readonly name: string;
  readonly avatar: string | null;
  readonly terms: readonly SearchTerm[];
};

export type Seen = { readonly user: UserId; readonly at: number };

export type AccountCreation = 'created' | 'username_taken' | 'subject_taken' | 'claim_refused' | 'invite_refused';

export interface People {
  /**
   * All or nothing, credential and search terms included.
   * `claim_refused`: the workspace has an owner already, or its set-up code is another one.
   * `invite_refused`: the invitation lets no account be made (any more). Where it leads to a conversation, the use that was
   * taken is held for the person.
   */
  createAccount(account: NewAccount): Promise<AccountCreation>;
  account(workspace: WorkspaceId, user: UserId): Promise<Account | null>;
  accountOfSubject(workspace: WorkspaceId, subject: string): Promise<Account | null>;
  /** Those that exist in this workspace, each once, in any order. One query, whatever their number. */
  users(workspace: WorkspaceId, ids: readonly UserId[]): Promise<readonly User[]>;
  /**
   * People one of whose terms begins with the `searchKey` of `query`: a whole name or username that equals it first,
   * then one that begins with it, then words; by username within each. Ranked among the first 1,000 matching terms.
   * Nobody for a query of white space, and nobody who is deactivated.
   */
  search(workspace: WorkspaceId, query: string, limit: number): Promise<readonly User[]>;
  /** The new profile, its version one higher; null where that version is not the present one, or nobody is there. */
  updateProfile(change: ProfileChange): Promise<User | null>;
  /** Remembers when people were last there; an earlier time than the known one changes nothing. */
  seen(workspace: WorkspaceId, people: readonly Seen[]): Promise<void>;
  /** Of those who were ever seen. */
  lastSeen(workspace: WorkspaceId, ids: readonly UserId[]): Promise<readonly Seen[]>;
}

export type StandingChange = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  /** The version that was judged: the change happens only where it is still the present one. */
  readonly version: number;
  /** Whose leave it is by: only where they still have that role, and are not deactivated. Null for the server's own. */
  readonly by: { readonly user: UserId; readonly role: WorkspaceRole } | null;
  readonly role: WorkspaceRole;
  readonly deactivatedAt: number | null;
  readonly expiresAt: number | null;
  readonly at: number;
  /** Recorded in the same transaction, where the change happens. */
  readonly audit?: NewAuditRecord | undefined;
};

export interface Standings {
  /** By rising ids, which is the order in which they came; those above `after`. */
  people(
    workspace: WorkspaceId,
    page: { readonly after: UserId | null; readonly limit: number },
  ): Promise<readonly Account[]>;
  /**
   * Makes the version one higher, and with the role `guest` the account one of the kind `guest`, else of a person. Where it is
   * deactivated then, all its sessions end in the same transaction, and from then on none begins.
   * Null, and nothing done, where what was judged has changed, or no owner who may sign in would be left.
   */
  changeStanding(
    change: StandingChange,
  ): Promise<{ readonly account: Account; readonly ended: readonly SessionId[] } | null>;
  /** Accounts whose time is over at `at` and that are not deactivated, at most `limit`, in any workspace. */
  expired(at: number, limit: number): Promise<readonly { readonly workspace: WorkspaceId; readonly user: UserId }[]>;
}

export type Credential = {
  readonly account: Account;
  readonly passwordHash: string;
  /** Whether the person has signed in from this origin within the last 90 days. */
  readonly isKnownOrigin: boolean;
};

export interface Credentials {
  credential(workspace: WorkspaceId, usernameKey: string, origin: string): Promise<Credential | null>;
  /** Only where the hash is still `from`: a password that changed meanwhile stays. */
  replacePasswordHash(workspace: WorkspaceId, user: UserId, hash: { from: string; to: string }): Promise<void>;
}

export type NewSession = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  readonly id: SessionId;
  readonly device: string | null;
  /** Null for all, those to come included. */
  readonly scopes: readonly Scope[] | null;
  /** Digest of username and address, 64 hex digits. */
  readonly origin: string;
  readonly familyDigest: string;
  readonly refreshDigest: string;
  readonly at: number;
};

export type SessionRecord = {
  readonly workspace: WorkspaceId;
  readonly user: UserId;
  readonly id: SessionId;
  readonly device: string | null;
  /** In the order of `SCOPES`; null for all of them. */
  readonly scopes: readonly Scope[] | null;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly isRevoked: boolean;
  /** Of the part of a refresh token that all of a session's share, and of the session's scopes. */
  readonly familyDigest: string;
  /** Of the part that changes; the present token's. */
  readonly refreshDigest: string;
  /** 1 for the first pair, one more with every refresh. */
  readonly generation: number;
  /** The token before the present one; null in the first generation. */
  readonly previous: PreviousToken | null;
};

export type PreviousToken = {
  readonly digest: string;
  readonly rotatedAt: number;
  /** The present pair, sealed with the previous token; null once the present pair has been used. */
  readonly sealedPair: string | null;
};

export type Rotation = {
  readonly workspace: WorkspaceId;
  readonly session: SessionId;
  /** The rotation happens only where this is still the present digest. */
  readonly from: string;
  readonly to: string;
  readonly generation: number;
  readonly sealedPair: string;
  readonly at: number;
};

export interface Sessions {
  /**
   * Remembers its origin, too. Sessions revoked more than a day ago are forgotten on the way.
   * @returns the least recently used sessions of the person, revoked so that at most `most` are live; null, and nothing done,
   * where the account is deactivated
   */
  createSession(session: NewSession, most: number): Promise<readonly SessionId[] | null>;
  session(workspace: WorkspaceId, session: SessionId): Promise<SessionRecord | null>;
  /** The live ones, most recently used first. */
  sessionsOf(workspace: WorkspaceId, user: UserId): Promise<readonly SessionRecord[]>;
  /** False, and nothing done, where the digest is another one or the session is revoked. */
  rotate(rotation: Rotation): Promise<boolean>;
  /** Notes a use: the sealed pair is dropped where `generation` is the present one, `lastUsedAt` never goes back. */
  useSession(
    workspace: WorkspaceId,
    session: SessionId,
    use: { readonly generation: number; readonly at: number },
  ): Promise<void>;
  /** True where it was live. A revoked session stays revoked. */
  revoke(workspace: WorkspaceId, session: SessionId, at: number): Promise<boolean>;
}

/** A secret that signs access tokens. Keys belong to the server, not to a workspace. */
export type SigningKey = {
  readonly kid: string;
  readonly secret: Uint8Array;
  readonly createdAt: number;
  /** From then on nothing signed with it is accepted; null for a key that is not superseded. */
  readonly retiresAt: number | null;
};

export interface SigningKeys {
  /** Keys not retired at `at`, newest first. */
  signingKeys(at: number): Promise<readonly SigningKey[]>;
  /** Adds a key; those not superseded so far retire at `othersRetireAt`. */
  addSigningKey(key: { kid: string; secret: Uint8Array; at: number; othersRetireAt: number }): Promise<void>;
}

/** A key that signs people of a product in. It belongs to a workspace, and only its public half is known. */
export type WorkspaceKeyRecord = {
  readonly workspace: WorkspaceId;
  readonly kid: WorkspaceKeyId;
  readonly name: string;
  /** PEM; the same key is the same text. */
  readonly publicKey: string;
  readonly createdAt: number;
};

export interface WorkspaceKeys {
  /**
   * @returns the key of that public half: this one, or the one that was there
   * `too_many`: the workspace has `most` others
   */
  addWorkspaceKey(key: WorkspaceKeyRecord, most: number): Promise<WorkspaceKeyRecord | 'too_many'>;
  workspaceKey(workspace: WorkspaceId, kid: WorkspaceKeyId): Promise<WorkspaceKeyRecord | null>;
  /** Newest first; at most 100. */
  workspaceKeys(workspace: WorkspaceId): Promise<readonly WorkspaceKeyRecord[]>;
  /** True where it was there. */
  removeWorkspaceKey(workspace: WorkspaceId, kid: WorkspaceKeyId): Promise<boolean>;
}

export interface Reservations {
  /** The id first reserved under that name: the given one, or an earlier one. A name has at most 200 characters. */
  reserve(workspace: WorkspaceId, name: string, conversation: ConversationId): Promise<ConversationId>;
}

export interface Directory
  extends Workspaces,
    People,
    Standings,
    Credentials,
    Sessions,
    SigningKeys,
    WorkspaceKeys,
    Reservations {
  readonly invites: InviteStore;
}
