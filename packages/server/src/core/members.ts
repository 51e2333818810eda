// Members of a group: adding, removing, leaving, roles. Every change is an entry, decided at the exact head, so
// that limits and ranks hold however many act at once; of readers of a channel alone there is none. A group with members is never
// without an owner.
import {
  ChatError,
  type ConversationId,
  type ConversationState,
  type FoldedMember,
  type Key,
  LIMITS,
  type Params,
  RANKS,
  type Role,
  toId,
  type UserId,
  type Written,
} from '@kith/protocol';
import { type Membership, requireAbove, requireBasis, requireGivable, requireMember } from './access.js';
import type { ConversationRecord, Decision, Draft } from './log.js';
import type { Principal } from './principal.js';
import { arrive, depart, isReading, readerIn, seatOf } from './readers.js';
import type { Wish, Writer } from './writer.js';

type Changing<N extends 'member.add' | 'member.remove' | 'member.role'> = {
  readonly params: Params<N>;
  readonly key: Key;
  readonly nowMs: number;
};

type Change = { readonly conversation: string; readonly basis?: number };

function wish(change: Change, key: Key, what: { readonly content: unknown; readonly decide: Wish['decide'] }): Wish {
  return {
    conversation: toId<ConversationId>(change.conversation),
    key,
    content: JSON.stringify(what.content),
    decide: what.decide,
  };
}

/** Adds a person whom the caller has found to exist in the workspace. */
export function addMember(
  writer: Writer,
  principal: Principal,
  { params, key, nowMs }: Changing<'member.add'>,
): Promise<Written> {
  const user = toId<UserId>(params.user);
  const role = params.role ?? 'member';
  return writer.write(principal, {
    reaches: [user],
    about: user,
    ...wish(params, key, {
      content: ['member.add', user, role],
      decide: (record): Decision => {
        const membership = requireMember(record, principal, 'member.add');
        requireBasis(membership.record, params.basis);
        if (isPresent(membership.record, user)) throw new ChatError('conflict', 'this person is a member already');
        requireGivable(membership, role);
        if (role === 'reader') return arrive(membership.record, { user, nowMs });
        if (role !== 'member') requireMember(record, principal, 'member.role');
        if (isReading(membership.record, user)) {
          throw new ChatError('conflict', 'this person reads the channel already: change their role');
        }
        return joinAs(membership, user, role);
      },
    }),
  });
}

/** Removes another, or lets oneself leave; the last owner who leaves hands the group on in the same write. */
export function removeMember(
  writer: Writer,
  principal: Principal,
  { params, key, nowMs }: Changing<'member.remove'>,
): Promise<Written> {
  const user = toId<UserId>(params.user);
  const isLeaving = user === principal.user;
  return writer.write(principal, {
    about: user,
    ...wish(params, key, {
      content: ['member.remove', user],
      decide: (record): Decision => {
        const asReader = record && readerIn(record, user);
        // Who has left as a reader left no entry that would answer.
        if (isLeaving && asReader && record.workspace === principal.workspace) return depart(record, { user, nowMs });
        const membership = requireMember(record, principal, isLeaving ? 'member.leave' : 'member.remove');
        requireBasis(membership.record, params.basis);
        if (asReader) {
          requireAbove(membership, 'reader');
          return depart(membership.record, { user, nowMs });
        }
        if (!isLeaving) requireAbove(membership, requirePresent(membership, user).role);
        const left: Draft = { kind: 'member.left', body: { users: [user] } };
        const heir = heirOf(membership.record.state, user);
        return heir === null ? [left] : [{ kind: 'member.role', body: { user: heir, role: 'owner' } }, left];
      },
    }),
  });
}

export function changeRole(
  writer: Writer,
  principal: Principal,
  { params, key, nowMs }: Changing<'member.role'>,
): Promise<Written> {
  const user = toId<UserId>(params.user);
  const { role } = params;
  return writer.write(principal, {
    about: user,
    ...wish(params, key, {
      content: ['member.role', user, role],
      decide: (record): Decision => {
        const membership = requireMember(record, principal, 'member.role');
        requireBasis(membership.record, params.basis);
        const isReader = isReading(membership.record, user);
        const before = isReader ? 'reader' : requirePresent(membership, user).role;
        requireGivable(membership, role);
        // Owners are equals: one owner may lower another, so that a group can always be handed on.
        if (user !== principal.user && membership.role !== 'owner') requireAbove(membership, before);
        if (before === 'owner' && role !== 'owner' && !hasOtherOwner(membership.record.state, user)) {
          throw new ChatError('conflict', 'a group keeps at least one owner: make somebody else owner first');
        }
        if (role === 'reader') return isReader ? arrive(membership.record, { user, nowMs }) : readOn(membership, user);
        return isReader ? joinAs(membership, user, role) : [{ kind: 'member.role', body: { user, role } }];
      },
    }),
  });
}

/** Somebody becomes a member. @throws conflict where there is no room */
function joinAs({ record }: Membership, user: UserId, role: Role): [Draft, ...Draft[]] {
  if (record.state.size >= LIMITS.members) {
    throw new ChatError('conflict', `a group has at most ${LIMITS.members} members`);
  }
  const joined: Draft = { kind: 'member.joined', body: { users: [user] } };
  return role === 'member' ? [joined] : [joined, { kind: 'member.role', body: { user, role } }];
}

/** A member goes on as a reader: that they are no member any more is an entry, the rest is none. */
function readOn({ record }: Membership, user: UserId): Decision {
  return { drafts: [{ kind: 'member.left', body: { users: [user], reading: true } }], reader: seatOf(record, user) };
}

function isPresent(record: ConversationRecord, user: UserId): boolean {
  return record.state.members.get(user)?.left === null;
}

function requirePresent(membership: Membership, user: UserId): FoldedMember {
  const member = membership.record.state.members.get(user);
  if (!member || member.left !== null) throw new ChatError('not_found', 'this person is no member');
  return member;
}

function hasOtherOwner(state: ConversationState, user: string): boolean {
  for (const [other, member] of state.members) if (other !== user && member.role === 'owner') return true;
  return false;
}

/** Who becomes owner when `leaving` goes: null where another owner stays or nobody does. Rank first, then longest. */
function heirOf(state: ConversationState, leaving: string): string | null {
  if (state.members.get(leaving)?.role !== 'owner') return null;
  let heir: { readonly user: string; readonly role: Role; readonly joined: number } | null = null;
  for (const [user, member] of state.members) {
    if (user === leaving || member.left !== null) continue;
    if (member.role === 'owner') return null;
    const isBetter =
      heir === null ||
      RANKS[member.role] > RANKS[heir.role] ||
      (member.role === heir.role && member.joined < heir.joined);
    if (isBetter) heir = { user, role: member.role, joined: member.joined };
  }
  return heir?.user ?? null;
}
