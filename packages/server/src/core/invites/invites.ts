// Invitations: made, listed, revoked, shown to whom a link leads there, and accepted. I5 to I9 of docs/protocol/v1.md.
// Whoever made one answers for it: where they may no longer invite, nobody comes in by it. Who joins is decided at the head,
// as always; the use that it takes is counted in the directory before.
import {
  ChatError,
  type ConversationId,
  type Invite,
  type InviteId,
  type Key,
  LIMITS,
  makeId,
  type OperationParams,
  type OperationResult,
  type Params,
  type Result,
  type Role,
  TIMES,
  toId,
  type WorkspaceId,
  type Written,
} from '@kith/protocol';
import { isInvitation, isOrdinary, requireGivable, requireInWorkspace, requireMember } from '../access.js';
import { requireAccount } from '../accounts/profiles.js';
import type { Secrets } from '../accounts/secrets.js';
import { canonicalSetUpCode, makeSetUpCode } from '../accounts/set-up-code.js';
import type { Clock, Random } from '../clock.js';
import type { Account, People } from '../directory.js';
import type { ConversationLog, ConversationRecord, Decision, Draft } from '../log.js';
import { readUsers, type UsersById } from '../people.js';
import type { Principal } from '../principal.js';
import { type Arrival, arrive, isReading, seenBy } from '../readers.js';
import type { Writer } from '../writer.js';
import type { InvitePlace, InviteRecord, InviteStore, NewInvite } from './invite-store.js';

export type InvitesPorts = {
  readonly log: ConversationLog;
  readonly writer: Writer;
  readonly directory: InviteDirectory;
  readonly secrets: Pick<Secrets, 'digest' | 'seal' | 'open'>;
  readonly clock: Clock;
  readonly random: Random;
};

/** What invitations need of the directory. */
export type InviteDirectory = Pick<People, 'account' | 'users' | 'search'> & {
  readonly invites: InviteStore;
  workspace(id: WorkspaceId): Promise<{ readonly name: string } | null>;
};

type Wanted = {
  readonly key: string | undefined;
  readonly expiresInMs: number | undefined;
  readonly maxUses: number | undefined;
  readonly role: Role;
  readonly signUp: 'member' | 'guest' | null;
  readonly guestForMs: number | null;
};

type Listed = { readonly items: Invite[]; readonly users: UsersById };

export class Invites {
  readonly #ports: InvitesPorts;

  constructor(ports: InvitesPorts) {
    this.#ports = ports;
  }

  /** @throws not_found, forbidden, bad_request, conflict (too many), key_reused */
  async create(principal: Principal, params: Params<'invite.create'>): Promise<Result<'invite.create'>> {
    const { conversation, key, expiresInMs, maxUses, role = 'member', signUp = null, guestForMs = null } = params;
    const record = await this.#recordOf(toId(conversation), principal);
    const membership = requireMember(record, principal, 'invite.create');
    requireGivable(membership, role);
    if (!isOrdinary(role)) requireMember(record, principal, 'member.role');
    const account = await requireAccount(this.#ports.directory, principal);
    requireInWorkspace(account, 'workspace.gather');
    if (signUp !== null) requireInWorkspace(account, 'workspace.invite');
    if (guestForMs !== null && signUp !== 'guest') {
      throw new ChatError('bad_request', 'guestForMs: the time of a guest alone may end');
    }
    const place = { workspace: principal.workspace, conversation: membership.record.id };
    return await this.#add(principal, place, { key, expiresInMs, maxUses, role, signUp, guestForMs });
  }

  /** @throws forbidden, conflict (too many), key_reused */
  async createForWorkspace(
    principal: Principal,
    { key, expiresInMs, maxUses }: OperationParams<'workspaceInvite.create'>,
  ): Promise<OperationResult<'workspaceInvite.create'>> {
    await this.#requireInviter(principal);
    const place = { workspace: principal.workspace, conversation: null };
    const wanted = { key, expiresInMs, maxUses, role: 'member', signUp: 'member', guestForMs: null } as const;
    return await this.#add(principal, place, wanted);
  }

  async list(principal: Principal, params: Params<'invites.list'>): Promise<Result<'invites.list'>> {
    return await this.#listOf(await this.#placeOf(principal, params.conversation));
  }

  async listForWorkspace(principal: Principal): Promise<OperationResult<'workspaceInvites.list'>> {
    await this.#requireInviter(principal);
    return await this.#listOf({ workspace: principal.workspace, conversation: null });
  }

  async revoke(
    principal: Principal,
    { conversation, invite }: Params<'invite.revoke'>,
  ): Promise<Result<'invite.revoke'>> {
    await this.#revokeIn(await this.#placeOf(principal, conversation), invite);
    return {};
  }

  async revokeForWorkspace(
    principal: Principal,
    { invite }: OperationParams<'workspaceInvite.revoke'>,
  ): Promise<OperationResult<'workspaceInvite.revoke'>> {
    await this.#requireInviter(principal);
    await this.#revokeIn({ workspace: principal.workspace, conversation: null }, invite);
    return null;
  }

  /** What a link leads to. @throws not_found, the same for every code by which nobody comes in */
  async read(
    workspace: WorkspaceId,
    { code }: OperationParams<'invite.read'>,
  ): Promise<OperationResult<'invite.read'>> {
    const { directory } = this.#ports;
    const invite = await this.#ofCode(workspace, code);
    if (invite === null || !this.#isLive(invite)) throw noSuchInvite();
    if (invite.maxUses !== null && invite.uses >= invite.maxUses) throw noSuchInvite();
    const maker = await this.#makerOf(invite);
    if (maker === null) throw noSuchInvite();
    const inviter = { name: maker.user.name, avatar: maker.user.avatar };
    const signUp = invite.signUp !== null;
    if (invite.conversation === null) {
      const name = (await directory.workspace(workspace))?.name ?? null;
      return { kind: 'workspace', name, avatar: null, inviter, signUp };
    }
    const record = await this.#recordOf(invite.conversation);
    if (record === null || !isInvitation(record, invite)) throw noSuchInvite();
    const { kind, name, settings } = record.state;
    if (kind !== 'group' && kind !== 'channel') throw noSuchInvite();
    return { kind, name, avatar: settings.avatar ?? null, inviter, signUp };
  }

  /**
   * Joins the conversation that it leads to. A use is taken before the entry is written, and kept for this person where that
   * fails, so that no more people come in than it has uses, and nobody loses theirs.
   * @throws not_found for a code by which nobody comes in (any more); conflict
   */
  async accept(principal: Principal, { code, key }: { readonly code: string; readonly key: Key }): Promise<Written> {
    const { directory } = this.#ports;
    const invite = await this.#ofCode(principal.workspace, code);
    if (invite === null) throw noSuchInvite();
    const { conversation, id } = invite;
    const isVoid = !this.#isLive(invite) || (await this.#makerOf(invite)) === null;
    if (conversation === null) {
      if (isVoid) throw noSuchInvite();
      throw new ChatError('conflict', 'this invitation is to the workspace, and you are in it');
    }
    const join = { invite, conversation, key, isVoid };
    const known = await this.#join(principal, { ...join, hasUse: false });
    if (known !== 'wants_use') return known;
    const use = { workspace: principal.workspace, invite: id, user: principal.user };
    if (!(await directory.invites.takeUse(use, this.#ports.clock.now()))) throw noSuchInvite();
    const written = await this.#join(principal, { ...join, hasUse: true });
    if (written === 'wants_use') throw new Error('who has a use wants none');
    await directory.invites.spendUse(use);
    return written;
  }

  /** By which an account may be made now, or null. */
  async forSignUp(workspace: WorkspaceId, code: string): Promise<InviteRecord | null> {
    const invite = await this.#ofCode(workspace, code);
    if (invite === null || !this.#isLive(invite) || (await this.#makerOf(invite)) === null) return null;
    return invite;
  }

  /** Writes the entry; `wants_use` where all is well but for a use, and nothing was written. */
  async #join(
    principal: Principal,
    join: {
      readonly invite: InviteRecord;
      readonly conversation: ConversationId;
      readonly key: Key;
      readonly isVoid: boolean;
      readonly hasUse: boolean;
    },
  ): Promise<Written | 'wants_use'> {
    const { invite, conversation, key, isVoid, hasUse } = join;
    const { user } = principal;
    const { clock } = this.#ports;
    let wantsUse = false;
    try {
      return await this.#ports.writer.write(principal, {
        conversation,
        key,
        content: JSON.stringify(['invite.accept', invite.id]),
        decide(record): Decision {
          wantsUse = false;
          if (isVoid || record === null || !isInvitation(record, invite)) throw noSuchInvite();
          const seat = seatIn(record, invite.role, { user, nowMs: clock.now() });
          // Whoever reads already takes no use of it.
          if (seat !== null && 'settledBy' in seat) return seat;
          if (!hasUse) {
            wantsUse = true;
            throw new ChatError('conflict', 'a use of the invitation is wanted');
          }
          if (seat !== null) return seat;
          const joined: Draft = { kind: 'member.joined', body: { users: [user], invitedBy: invite.maker } };
          if (invite.role === 'member') return [joined];
          return [joined, { kind: 'member.role', body: { user, role: invite.role } }];
        },
      });
    } catch (error) {
      if (wantsUse && error instanceof ChatError && error.code === 'conflict') return 'wants_use';
      throw error;
    }
  }

  async #add(principal: Principal, place: InvitePlace, wanted: Wanted): Promise<Result<'invite.create'>> {
    const { directory, secrets, clock, random } = this.#ports;
    const { key: given, expiresInMs = TIMES.inviteMs, maxUses = null, ...content } = wanted;
    const at = clock.now();
    const key = given === undefined ? makeId<Key>(at, random.bytes(10)) : toId<Key>(given);
    const code = makeSetUpCode(random);
    const invite: NewInvite = {
      ...place,
      ...content,
      id: makeId<InviteId>(at, random.bytes(10)),
      maker: principal.user,
      createdAt: at,
      expiresAt: at + expiresInMs,
      maxUses,
      codeDigest: secrets.digest(canonicalSetUpCode(code)),
      keyDigest: secrets.digest(`${principal.user} ${place.conversation ?? ''} ${key}`),
      contentDigest: secrets.digest(JSON.stringify([content, expiresInMs, maxUses])),
      sealedCode: secrets.seal(code, key),
    };
    const added = await directory.invites.addInvite(invite, LIMITS.invites);
    if (added === 'too_many') {
      throw new ChatError('conflict', `there are at most ${LIMITS.invites} invitations to a place: revoke one first`);
    }
    if (added.contentDigest !== invite.contentDigest) {
      throw new ChatError('key_reused', 'the key belongs to another invitation');
    }
    const duplicate = added.invite.id !== invite.id;
    return { invite: toInvite(added.invite), code: secrets.open(added.sealedCode, key), duplicate };
  }

  async #listOf(place: InvitePlace): Promise<Listed> {
    const { directory, clock } = this.#ports;
    const invites = await directory.invites.invites(place, clock.now());
    const users = await readUsers(
      directory,
      place.workspace,
      invites.map(({ maker }) => maker),
    );
    return { items: invites.map(toInvite), users };
  }

  async #revokeIn(place: InvitePlace, invite: string): Promise<void> {
    const { directory, clock } = this.#ports;
    const isThere = await directory.invites.revokeInvite(place, toId<InviteId>(invite), clock.now());
    if (!isThere) throw new ChatError('not_found', 'there is no such invitation here');
  }

  /** The conversation, for those who may invite to it. @throws not_found, forbidden */
  async #placeOf(principal: Principal, conversation: string): Promise<InvitePlace> {
    const { record } = requireMember(await this.#recordOf(toId(conversation), principal), principal, 'invite.create');
    return { workspace: principal.workspace, conversation: record.id };
  }

  async #requireInviter(principal: Principal): Promise<void> {
    requireInWorkspace(await requireAccount(this.#ports.directory, principal), 'workspace.invite');
  }

  async #recordOf(conversation: ConversationId, by?: Principal): Promise<ConversationRecord | null> {
    const { log } = this.#ports;
    return (await (by ? seenBy(log, by) : log).records([conversation])).get(conversation) ?? null;
  }

  #ofCode(workspace: WorkspaceId, code: string): Promise<InviteRecord | null> {
    const { directory, secrets } = this.#ports;
    return directory.invites.inviteOfCode(workspace, secrets.digest(canonicalSetUpCode(code)));
  }

  #isLive({ isRevoked, expiresAt }: InviteRecord): boolean {
    return !isRevoked && expiresAt > this.#ports.clock.now();
  }

  /** Who made it, where they may still do so in the workspace; null where they may not. */
  async #makerOf({ workspace, maker, signUp }: InviteRecord): Promise<Account | null> {
    const account = await this.#ports.directory.account(workspace, maker);
    if (account === null) return null;
    try {
      requireInWorkspace(account, signUp === null ? 'workspace.gather' : 'workspace.invite');
      return account;
    } catch (error) {
      if (error instanceof ChatError) return null;
      throw error;
    }
  }
}

/** The same for a code that never was, was revoked, or whose time or uses are over. */
export function noSuchInvite(): ChatError {
  return new ChatError('not_found', 'there is no such invitation, or it is over');
}

/** As who joins a public channel: null for a member, the seat of a reader. @throws conflict */
function seatIn(record: ConversationRecord, role: Role, arrival: Arrival): Decision | null {
  const { state } = record;
  if (state.members.get(arrival.user)?.left === null) throw new ChatError('conflict', 'you are a member already');
  if (state.settings.archived) throw new ChatError('conflict', 'this conversation is archived');
  if (role === 'reader') return arrive(record, arrival);
  if (isReading(record, arrival.user)) throw new ChatError('conflict', 'you read this channel already');
  if (state.size >= LIMITS.members) {
    throw new ChatError('conflict', `a conversation has at most ${LIMITS.members} members`);
  }
  return null;
}

function toInvite(record: InviteRecord): Invite {
  const { id, conversation, role, signUp, guestForMs, maker, createdAt, expiresAt, maxUses, uses } = record;
  return {
    id,
    ...(conversation === null ? {} : { conversation, role }),
    ...(signUp === null ? {} : { signUp }),
    ...(guestForMs === null ? {} : { guestForMs }),
    maker,
    createdAt,
    expiresAt,
    ...(maxUses === null ? {} : { maxUses }),
    uses,
  };
}
