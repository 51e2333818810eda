// What the edge needs from its surroundings beside the core's `ChatService`: who someone is, how often they may ask, and
// whether the node can serve. The composition root passes these in.
import type { ChatError, OperationParams, OperationResult, RateClass, RequestName, WorkspaceId } from '@kith/protocol';
import type { IncomingHooks as HooksOfCore } from '../core/apps/incoming-hooks.js';
import type { Invocations as InvocationsOfCore } from '../core/apps/slash-commands/invocations.js';
import type { NewAuditRecord } from '../core/audit/audit-store.js';
import type { Principal } from '../core/principal.js';
import type { Taken } from '../core/throttle.js';

/** Where a request without a token comes from: the core's `Origin`, which here would read as the header of that name. */
export type Visitor = {
  readonly workspace: WorkspaceId;
  /** The client's address as one key for limits: IPv4, or an IPv6 /64 network. */
  readonly address: string;
};

export interface Accounts {
  /** @throws unauthenticated, unavailable */
  authenticate(accessToken: string): Promise<Principal>;
  /** False once the session was revoked or has ended. @throws unavailable */
  isSessionLive(principal: Pick<Principal, 'workspace' | 'session'>): Promise<boolean>;
  createAccount(
    visitor: Visitor,
    params: OperationParams<'account.create'>,
  ): Promise<OperationResult<'account.create'>>;
  createSession(
    visitor: Visitor,
    params: OperationParams<'session.create'>,
  ): Promise<OperationResult<'session.create'>>;
  refresh(params: OperationParams<'session.refresh'>): Promise<OperationResult<'session.refresh'>>;
  listSessions(principal: Principal): Promise<OperationResult<'sessions.list'>>;
  revokeSession(principal: Principal, params: OperationParams<'session.revoke'>): Promise<null>;
  endSession(principal: Principal): Promise<null>;
  readMe(principal: Principal): Promise<OperationResult<'me.read'>>;
  updateMe(principal: Principal, params: OperationParams<'me.update'>): Promise<OperationResult<'me.update'>>;
}

/** What people are in the workspace, for those who care for it. */
export interface WorkspacePeople {
  listPeople(
    principal: Principal,
    params: OperationParams<'workspacePeople.list'>,
  ): Promise<OperationResult<'workspacePeople.list'>>;
  updatePerson(
    principal: Principal,
    params: OperationParams<'workspacePerson.update'>,
    audit?: NewAuditRecord,
  ): Promise<OperationResult<'workspacePerson.update'>>;
  deactivatePerson(
    principal: Principal,
    params: OperationParams<'workspacePerson.deactivate'>,
    audit?: NewAuditRecord,
  ): Promise<OperationResult<'workspacePerson.deactivate'>>;
  reactivatePerson(
    principal: Principal,
    params: OperationParams<'workspacePerson.reactivate'>,
    audit?: NewAuditRecord,
  ): Promise<OperationResult<'workspacePerson.reactivate'>>;
}

/** How long messages are kept in the workspace. */
export interface WorkspaceRetention {
  read(principal: Principal): Promise<OperationResult<'retention.read'>>;
  set(
    principal: Principal,
    params: OperationParams<'retention.set'>,
    audit?: NewAuditRecord,
  ): Promise<OperationResult<'retention.set'>>;
}

/** How the workspace looks. */
export interface WorkspaceLooks {
  read(principal: Principal): Promise<OperationResult<'look.read'>>;
  set(
    principal: Principal,
    params: OperationParams<'look.set'>,
    audit?: NewAuditRecord,
  ): Promise<OperationResult<'look.set'>>;
}

/** Invitations, but for those to a conversation, which the core's commands make. */
export interface Invites {
  read(workspace: WorkspaceId, params: OperationParams<'invite.read'>): Promise<OperationResult<'invite.read'>>;
  createForWorkspace(
    principal: Principal,
    params: OperationParams<'workspaceInvite.create'>,
  ): Promise<OperationResult<'workspaceInvite.create'>>;
  listForWorkspace(principal: Principal): Promise<OperationResult<'workspaceInvites.list'>>;
  revokeForWorkspace(
    principal: Principal,
    params: OperationParams<'workspaceInvite.revoke'>,
  ): Promise<OperationResult<'workspaceInvite.revoke'>>;
}

/** The keys with which people of a product are signed in. */
export interface WorkspaceKeys {
  listKeys(principal: Principal): Promise<OperationResult<'workspaceKeys.list'>>;
  addKey(
    principal: Principal,
    params: OperationParams<'workspaceKey.add'>,
  ): Promise<OperationResult<'workspaceKey.add'>>;
  revokeKey(principal: Principal, params: OperationParams<'workspaceKey.revoke'>): Promise<null>;
}

/** Who did what, for those who care for the workspace. */
export interface AuditReader {
  list(principal: Principal, params: OperationParams<'audit.list'>): Promise<OperationResult<'audit.list'>>;
}

/** What owners of a workspace do with its bots. */
export interface Bots {
  list(principal: Principal): Promise<OperationResult<'bots.list'>>;
  create(principal: Principal, params: OperationParams<'bot.create'>): Promise<OperationResult<'bot.create'>>;
  update(principal: Principal, params: OperationParams<'bot.update'>): Promise<OperationResult<'bot.update'>>;
  retire(principal: Principal, params: OperationParams<'bot.retire'>): Promise<null>;
  listTokens(
    principal: Principal,
    params: OperationParams<'botTokens.list'>,
  ): Promise<OperationResult<'botTokens.list'>>;
  createToken(
    principal: Principal,
    params: OperationParams<'botToken.create'>,
  ): Promise<OperationResult<'botToken.create'>>;
  revokeToken(principal: Principal, params: OperationParams<'botToken.revoke'>): Promise<null>;
}

/** The slash commands of bots. */
export interface SlashCommands {
  ofBot(
    principal: Principal,
    params: OperationParams<'botCommands.list'>,
  ): Promise<OperationResult<'botCommands.list'>>;
  set(principal: Principal, params: OperationParams<'botCommand.set'>): Promise<OperationResult<'botCommand.set'>>;
  remove(principal: Principal, params: OperationParams<'botCommand.remove'>): Promise<null>;
}

/** What was asked by them, as it is found and answered at an address. */
export type Invocations = Pick<InvocationsOfCore, 'find' | 'post'>;

/** What owners of a workspace do with its incoming webhooks, and what these do. */
export interface IncomingHooks extends Pick<HooksOfCore, 'find' | 'post'> {
  list(principal: Principal): Promise<OperationResult<'incomingHooks.list'>>;
  create(
    principal: Principal,
    params: OperationParams<'incomingHook.create'>,
  ): Promise<OperationResult<'incomingHook.create'>>;
  revoke(principal: Principal, params: OperationParams<'incomingHook.revoke'>): Promise<null>;
}

/** What owners of a workspace do with its outgoing webhooks, and with what waits for them. */
export interface OutgoingHooks {
  list(principal: Principal): Promise<OperationResult<'outgoingHooks.list'>>;
  create(
    principal: Principal,
    params: OperationParams<'outgoingHook.create'>,
  ): Promise<OperationResult<'outgoingHook.create'>>;
  update(
    principal: Principal,
    params: OperationParams<'outgoingHook.update'>,
  ): Promise<OperationResult<'outgoingHook.update'>>;
  remove(principal: Principal, params: OperationParams<'outgoingHook.remove'>): Promise<null>;
  listJobs(principal: Principal, params: OperationParams<'jobs.list'>): Promise<OperationResult<'jobs.list'>>;
  retryJob(principal: Principal, params: OperationParams<'job.retry'>): Promise<null>;
}

/** Token buckets, by person or address and class. */
export interface Throttle {
  take(key: string, rate: RateClass): Taken;
}

/** `warnings`: what an operator should see to although work is taken. */
export type Readiness = {
  readonly ready: boolean;
  readonly reason: string;
  readonly warnings?: readonly string[];
};

/** Whether there is room for what a request would write; where not, what to answer. */
export interface Room {
  refusal(name: RequestName): ChatError | null;
}

/** How a request without a token names its workspace. */
export type WorkspaceHint = {
  /** The `Kith-Workspace` header, if it was sent. */
  readonly name: string | null;
  /** The host name of the request, without its port. */
  readonly host: string;
};

/** Null where there is no such workspace. @throws unavailable */
export type WorkspaceOf = (hint: WorkspaceHint) => Promise<WorkspaceId | null>;
