// The one gate: every read and write of a conversation passes through here, judged on the record as of its head, and so does
// what concerns the workspace.
// The permission matrix is data in the protocol package; no other file asks for a role.
import {
  type Action,
  ChatError,
  type FoldedMember,
  isAllowed,
  isAllowedInWorkspace,
  type PlaceKind,
  placeKind,
  RANKS,
  type Role,
  type User,
  type UserId,
  WORKSPACE_RANKS,
  type WorkspaceAction,
  type WorkspaceId,
  type WorkspaceRole,
} from '@kith/protocol';
import type { Account } from './directory.js';
import type { ConversationRecord } from './log.js';
import type { Principal } from './principal.js';

/** A person's standing in a conversation as of the head of `record`. */
export type Membership = {
  readonly record: ConversationRecord;
  readonly user: UserId;
  readonly role: Role;
  /** The lowest seq that the person may read. */
  readonly first: number;
  /** The highest seq that the person may read, or null for no bound: a member. */
  readonly last: number | null;
};

type Asker = Pick<Principal, 'workspace' | 'user'>;

/**
 * @throws not_found for a stranger (who is not told whether it exists), forbidden where the role does not allow it
 */
export function requireMember(record: ConversationRecord | null, asker: Asker, action: Action): Membership {
  const membership = requireReader(record, asker);
  if (membership.last !== null) throw new ChatError('forbidden', 'you are no member of this conversation any more');
  const kind = kindOf(membership);
  if (!isAllowed(action, kind, membership.role)) {
    throw new ChatError('forbidden', `a ${membership.role} may not do ${action} in a conversation of the kind ${kind}`);
  }
  return membership;
}

/** Members, and those who were: what they could read stays readable to them. @throws not_found */
export function requireReader(record: ConversationRecord | null, asker: Asker): Membership {
  if (record?.workspace !== asker.workspace) throw new ChatError('not_found', 'no such conversation');
  const member = record.state.members.get(asker.user);
  const standing = member?.left === null ? member : (readingIn(record, asker.user) ?? member);
  if (!standing) throw new ChatError('not_found', 'no such conversation');
  const first = Math.max(standing.first ?? 1, record.first ?? 1);
  return { record, user: asker.user, role: standing.role, first, last: standing.left };
}

/** How somebody reads, or did, who is no member now. */
function readingIn(
  { readers }: ConversationRecord,
  user: UserId,
): Pick<FoldedMember, 'role' | 'first' | 'left'> | null {
  const reader = readers?.get(user);
  return reader ? { ...reader, role: reader.left === null ? 'reader' : 'none' } : null;
}

function kindOf({ record }: Membership): PlaceKind {
  return placeKind(record.state.kind, record.state.settings);
}

/** What somebody said is theirs alone to change. @throws forbidden */
export function requireAuthor(membership: Membership, author: string | undefined): void {
  if (author !== membership.user) throw new ChatError('forbidden', 'this is the message of another');
}

/** Deleting what another said takes more than deleting what one said oneself. @throws forbidden */
export function requireMayDelete(membership: Membership, author: string | undefined): void {
  const kind = kindOf(membership);
  if (author === membership.user || isAllowed('message.moderate', kind, membership.role)) return;
  throw new ChatError('forbidden', `a ${membership.role} may not delete the messages of others in a ${kind}`);
}

/** What concerns the workspace as a whole. @throws forbidden */
export function requireInWorkspace({ role, deactivatedAt }: Account, action: WorkspaceAction): void {
  if (deactivatedAt === null && isAllowedInWorkspace(action, role)) return;
  throw new ChatError('forbidden', `a ${role} of the workspace may not do ${action}`);
}

/** The same where only the user is known: a guest, or somebody with the rights of a member at least. */
export function mayInWorkspace({ kind }: Pick<User, 'kind'>, action: 'workspace.gather' | 'workspace.find'): boolean {
  return isAllowedInWorkspace(action, kind === 'guest' ? 'guest' : 'member');
}

/** @throws forbidden */
export function requireMayGather(user: Pick<User, 'kind'>): void {
  if (mayInWorkspace(user, 'workspace.gather')) return;
  throw new ChatError(
    'forbidden',
    'a guest of the workspace makes no groups and channels, and adds and invites nobody',
  );
}

/**
 * Whoever changes what another is in the workspace stands above them, or is an owner; oneself one may lower, and nobody gives
 * a role that is not below their own, but owners. @throws forbidden
 */
export function requireMayRank(by: Account, other: Account, role: WorkspaceRole): void {
  if (by.role === 'owner') return;
  const own = WORKSPACE_RANKS[by.role];
  const isAbove = own > WORKSPACE_RANKS[other.role] || by.user.id === other.user.id;
  if (isAbove && own > WORKSPACE_RANKS[role]) return;
  throw new ChatError('forbidden', `a ${by.role} of the workspace may not make a ${other.role} a ${role}`);
}

/** Who ends or begins another's account stands above them, or is an owner. @throws forbidden */
export function requireMayDeactivate(by: Account, other: Account): void {
  if (by.role === 'owner' || WORKSPACE_RANKS[by.role] > WORKSPACE_RANKS[other.role]) return;
  throw new ChatError('forbidden', `a ${by.role} of the workspace does not stand above a ${other.role}`);
}

/** Whoever removes or re-ranks another stands above them. @throws forbidden */
export function requireAbove(membership: Membership, other: Role): void {
  if (RANKS[membership.role] <= RANKS[other]) {
    throw new ChatError('forbidden', `a ${membership.role} does not stand above a ${other}`);
  }
}

/** Nobody gives a role above their own; `none` is not given, and `reader` in channels alone. @throws forbidden, bad_request */
export function requireGivable(membership: Membership, role: Role): void {
  const isGiven = role !== 'none' && (role !== 'reader' || membership.record.state.kind === 'channel');
  if (!isGiven) throw new ChatError('bad_request', `the role ${role} is not given here`);
  const isBelow = RANKS[role] < RANKS[membership.role] || membership.role === 'owner';
  if (!isBelow && !isOrdinary(role)) {
    throw new ChatError('forbidden', `a ${membership.role} may not make anyone ${role}`);
  }
}

/** Whoever may bring somebody in gives these; another role takes the right to change roles. */
export function isOrdinary(role: Role): boolean {
  return role === 'member' || role === 'reader';
}

/** Whether who made an invitation may still invite, and give the role that it gives. */
export function isInvitation(
  record: ConversationRecord,
  { workspace, maker, role }: { readonly workspace: WorkspaceId; readonly maker: UserId; readonly role: Role },
): boolean {
  try {
    const membership = requireMember(record, { workspace, user: maker }, 'invite.create');
    requireGivable(membership, role);
    if (!isOrdinary(role)) requireMember(record, { workspace, user: maker }, 'member.role');
    return true;
  } catch (error) {
    if (error instanceof ChatError) return false;
    throw error;
  }
}

/** @throws epoch_changed where a command names a seq of another epoch */
export function requireEpoch(record: ConversationRecord, epoch: number | undefined): void {
  if (epoch !== undefined && epoch !== record.state.epoch) {
    throw new ChatError('epoch_changed', 'the conversation was restored: discard what you hold of it and read again');
  }
}

/** @throws conflict where members, roles or name changed after `basis` */
export function requireBasis(record: ConversationRecord, basis: number | undefined): void {
  if (basis !== undefined && record.state.structure > basis) {
    throw new ChatError('conflict', 'members or settings of the conversation changed after `basis`');
  }
}
