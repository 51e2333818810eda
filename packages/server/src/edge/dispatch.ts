// From a parsed request to its answer, for the socket and for HTTP alike: takes a token from the bucket of the request's
// class, asks for the scope that the registry names, runs it, and measures. Nothing else asks for scopes (H13). Messages are
// refused while there are too many (E6). What is no `ChatError` is a bug: it ends the request with `unavailable`, goes to the
// log with the request's id, and the process lives.
import {
  ChatError,
  type CommandName,
  type OperationName,
  type OperationParams,
  type OperationResult,
  type Params,
  type RateClass,
  REGISTRY,
  type RequestName,
  type Scope,
  SIGNAL_SCOPE,
  STREAM_SCOPE,
} from '@kith/protocol';
import type { NewAuditRecord } from '../core/audit/audit-store.js';
import type { Caller, ChatService } from '../core/chat.js';
import type { Principal } from '../core/principal.js';
import type { AccessLog } from './access-log.js';
import { type Act, type Auditing, isAudited } from './auditing.js';
import { Overload } from './overload.js';
import type {
  Accounts,
  AuditReader,
  Bots,
  IncomingHooks,
  Invites,
  OutgoingHooks,
  Room,
  SlashCommands,
  Throttle,
  Visitor,
  WorkspaceKeys,
  WorkspaceLooks,
  WorkspacePeople,
  WorkspaceRetention,
} from './ports.js';
import type { EdgeTelemetry } from './telemetry.js';
import type { Tickets } from './tickets.js';
import { type Traced, traceOf } from './trace.js';

/** Who asks over HTTP: someone with a token, or a visitor for what is public. */
export type Requester = { readonly visitor: Visitor; readonly principal: Principal | null };

export type DispatchParts = {
  readonly chat: ChatService;
  readonly accounts: Accounts;
  readonly workspaceKeys: WorkspaceKeys;
  readonly bots: Bots;
  readonly slashCommands: SlashCommands;
  readonly incomingHooks: IncomingHooks;
  readonly outgoingHooks: OutgoingHooks;
  readonly workspacePeople: WorkspacePeople;
  readonly retention: WorkspaceRetention;
  readonly looks: WorkspaceLooks;
  readonly invites: Invites;
  readonly audit: AuditReader;
  readonly auditing: Pick<Auditing, 'through'>;
  readonly throttle: Throttle;
  readonly room: Room;
  readonly telemetry: EdgeTelemetry;
  /** Null where none is wanted. */
  readonly accessLog: Pick<AccessLog, 'overSocket'> | null;
  readonly tickets: Tickets;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
};

/** For the log and for traces beside its name: by which request it came. */
export type Work = Traced & {
  readonly name: RequestName;
  readonly address: string | null;
  /** Whose command came over a stream, for the access log; what comes over HTTP is there with its route. */
  readonly streamOf?: Principal;
};

type Run = (audit?: NewAuditRecord) => Promise<unknown>;

type Operations = {
  readonly [N in OperationName]: (
    requester: Requester,
    params: OperationParams<N>,
    audit: NewAuditRecord | undefined,
  ) => Promise<OperationResult<N>>;
};

export class Dispatch {
  readonly #parts: DispatchParts;
  readonly #operations: Operations;
  readonly #overload = new Overload();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#operations = operationsOf(parts);
  }

  /** Takes a token of the request's class; where there is none, or where there is too much to do, what to answer. */
  refusalByRate(key: string, name: RequestName): ChatError | null {
    return this.refusalByLoad(name) ?? this.#refusal(key, REGISTRY[name].rate);
  }

  /** The second alone, which asks for nothing but the name. */
  readonly refusalByLoad = (name: RequestName): ChatError | null => {
    const refusal = REGISTRY[name].rate === 'message' ? this.#overload.refusal() : null;
    if (refusal !== null) this.#parts.telemetry.count('kith_overload_refusals_total');
    return refusal;
  };

  /** The same for a signal, and whether the session may send any. */
  signalRefusal({ user, scopes }: Principal): ChatError | null {
    return this.#refusal(user, 'signal') ?? scopeRefusal(scopes, SIGNAL_SCOPE);
  }

  /** Whether the session may open a stream; where not, why. */
  streamRefusal({ scopes }: Principal): ChatError | null {
    return scopeRefusal(scopes, STREAM_SCOPE);
  }

  /** Runs a command for which a token was taken. @throws ChatError and nothing else */
  async command<N extends CommandName>(
    work: Work & { readonly name: N },
    caller: Caller,
    params: Params<N>,
  ): Promise<unknown> {
    const { principal } = caller;
    const run = () => {
      requireScope(principal, work.name);
      this.#requireRoom(work.name);
      return this.#parts.chat.execute(caller, work.name, params);
    };
    if (!isAudited(work.name)) return this.#measured(work, run);
    const { workspace } = principal;
    return this.#audited({ work, workspace, principal, address: work.address, params }, run);
  }

  /** Runs an operation for which a token was taken. @throws ChatError and nothing else */
  async operation<N extends OperationName>(
    work: Work & { readonly name: N },
    requester: Requester,
    params: OperationParams<N>,
  ): Promise<unknown> {
    const { principal, visitor } = requester;
    const run = (audit?: NewAuditRecord) => {
      if (principal !== null) requireScope(principal, work.name);
      this.#requireRoom(work.name);
      return this.#operations[work.name](requester, params, audit);
    };
    if (!isAudited(work.name)) return this.#measured(work, run);
    return this.#audited({ work, workspace: visitor.workspace, principal, address: visitor.address, params }, run);
  }

  #audited(act: Act & { readonly work: Work }, run: Run): Promise<unknown> {
    // A refusal may come at once, as `run` is no async function.
    return this.#measured(act.work, () => this.#parts.auditing.through(act, async (audit) => run(audit)));
  }

  async #measured(work: Work, run: () => Promise<unknown>): Promise<unknown> {
    const startedMs = this.#parts.monotonic();
    const overload = REGISTRY[work.name].rate === 'message' ? this.#overload : null;
    overload?.begun();
    let code = 'ok';
    try {
      return await run();
    } catch (error) {
      const refusal = this.refusalOf(error, work);
      code = refusal.code;
      throw refusal;
    } finally {
      const nowMs = this.#parts.monotonic();
      const ms = nowMs - startedMs;
      overload?.ended(ms, nowMs);
      this.#parts.telemetry.requestDone(work, code, ms / 1000);
      const { streamOf: principal } = work;
      if (principal !== undefined) this.#parts.accessLog?.overSocket({ work, principal, code, ms });
    }
  }

  /** @throws unavailable */
  #requireRoom(name: RequestName): void {
    const refusal = this.#parts.room.refusal(name);
    if (refusal !== null) throw refusal;
  }

  #refusal(key: string, rate: RateClass): ChatError | null {
    const taken = this.#parts.throttle.take(key, rate);
    if (taken.ok) return null;
    return new ChatError('rate_limited', `too many requests of the class ${rate}`, {
      retryAfterMs: taken.retryAfterMs,
    });
  }

  /** An expected refusal as it is; anything else as `unavailable`, after it was logged. */
  refusalOf(error: unknown, work: Traced & { readonly name: string }): ChatError {
    if (error instanceof ChatError) return error;
    this.#parts.telemetry.error('request failed', error, {
      request: work.requestId,
      trace: traceOf(work).id,
      name: work.name,
    });
    return new ChatError('unavailable', 'an error of the server; the same key may be sent again', { cause: error });
  }
}

function operationsOf(parts: DispatchParts): Operations {
  const { accounts, chat, tickets, workspaceKeys } = parts;
  return {
    'account.create': ({ visitor }, params) => accounts.createAccount(visitor, params),
    'session.create': ({ visitor }, params) => accounts.createSession(visitor, params),
    'session.refresh': (_, params) => accounts.refresh(params),
    'retention.read': async (requester) => parts.retention.read(requirePrincipal(requester)),
    'retention.set': async (requester, params, audit) =>
      parts.retention.set(requirePrincipal(requester), params, audit),
    'look.read': async (requester) => parts.looks.read(requirePrincipal(requester)),
    'look.set': async (requester, params, audit) => parts.looks.set(requirePrincipal(requester), params, audit),
    'sessions.list': async (requester) => accounts.listSessions(requirePrincipal(requester)),
    'session.revoke': async (requester, params) => accounts.revokeSession(requirePrincipal(requester), params),
    'session.end': async (requester) => accounts.endSession(requirePrincipal(requester)),
    'me.read': async (requester) => accounts.readMe(requirePrincipal(requester)),
    'me.update': async (requester, params) => accounts.updateMe(requirePrincipal(requester), params),
    'user.read': async (requester, { user }) => {
      const caller = { principal: requirePrincipal(requester), stream: null };
      const [found] = (await chat.execute(caller, 'users.read', { ids: [user] })).users;
      if (found === undefined) throw new ChatError('not_found', 'there is no such person');
      return found;
    },
    'audit.list': async (requester, params) => parts.audit.list(requirePrincipal(requester), params),
    'ticket.create': async (requester) => ({ ticket: tickets.issue(requirePrincipal(requester)) }),
    'marks.set': async (requester, params) =>
      chat.setMarks({ principal: requirePrincipal(requester), stream: null }, params),
    'reaction.clear': async (requester, params) => {
      const caller = { principal: requirePrincipal(requester), stream: null };
      return chat.execute(caller, 'reaction.set', { ...params, on: false });
    },
    'message.unpin': async (requester, params) => {
      const caller = { principal: requirePrincipal(requester), stream: null };
      return chat.execute(caller, 'message.pin', { ...params, on: false });
    },
    'workspaceKeys.list': async (requester) => workspaceKeys.listKeys(requirePrincipal(requester)),
    'workspaceKey.add': async (requester, params) => workspaceKeys.addKey(requirePrincipal(requester), params),
    'workspaceKey.revoke': async (requester, params) => workspaceKeys.revokeKey(requirePrincipal(requester), params),
    ...operationsOfWorkspace(parts),
    ...operationsOfBots(parts),
    ...operationsOfHooks(parts),
  };
}

type WorkspaceOperation = Extract<
  OperationName,
  `invite.${string}` | `workspaceInvite${string}` | `workspacePe${string}`
>;

function operationsOfWorkspace({
  invites,
  workspacePeople: people,
}: Pick<DispatchParts, 'invites' | 'workspacePeople'>): Pick<Operations, WorkspaceOperation> {
  return {
    'invite.read': ({ visitor }, params) => invites.read(visitor.workspace, params),
    'workspaceInvite.create': async (requester, params) =>
      invites.createForWorkspace(requirePrincipal(requester), params),
    'workspaceInvites.list': async (requester) => invites.listForWorkspace(requirePrincipal(requester)),
    'workspaceInvite.revoke': async (requester, params) =>
      invites.revokeForWorkspace(requirePrincipal(requester), params),
    'workspacePeople.list': async (requester, params) => people.listPeople(requirePrincipal(requester), params),
    'workspacePerson.update': async (requester, params, audit) =>
      people.updatePerson(requirePrincipal(requester), params, audit),
    'workspacePerson.deactivate': async (requester, params, audit) =>
      people.deactivatePerson(requirePrincipal(requester), params, audit),
    'workspacePerson.reactivate': async (requester, params, audit) =>
      people.reactivatePerson(requirePrincipal(requester), params, audit),
  };
}

type HookOperation = Extract<OperationName, `${string}Hook${string}` | `job${string}`>;

function operationsOfHooks({
  incomingHooks: incoming,
  outgoingHooks: outgoing,
}: Pick<DispatchParts, 'incomingHooks' | 'outgoingHooks'>): Pick<Operations, HookOperation> {
  return {
    'incomingHooks.list': async (requester) => incoming.list(requirePrincipal(requester)),
    'incomingHook.create': async (requester, params) => incoming.create(requirePrincipal(requester), params),
    'incomingHook.revoke': async (requester, params) => incoming.revoke(requirePrincipal(requester), params),
    'outgoingHooks.list': async (requester) => outgoing.list(requirePrincipal(requester)),
    'outgoingHook.create': async (requester, params) => outgoing.create(requirePrincipal(requester), params),
    'outgoingHook.update': async (requester, params) => outgoing.update(requirePrincipal(requester), params),
    'outgoingHook.remove': async (requester, params) => outgoing.remove(requirePrincipal(requester), params),
    'jobs.list': async (requester, params) => outgoing.listJobs(requirePrincipal(requester), params),
    'job.retry': async (requester, params) => outgoing.retryJob(requirePrincipal(requester), params),
  };
}

type BotOperation = Extract<OperationName, `bot${string}`>;

function operationsOfBots({
  bots,
  slashCommands: slash,
}: Pick<DispatchParts, 'bots' | 'slashCommands'>): Pick<Operations, BotOperation> {
  return {
    'bots.list': async (requester) => bots.list(requirePrincipal(requester)),
    'bot.create': async (requester, params) => bots.create(requirePrincipal(requester), params),
    'bot.update': async (requester, params) => bots.update(requirePrincipal(requester), params),
    'bot.retire': async (requester, params) => bots.retire(requirePrincipal(requester), params),
    'botTokens.list': async (requester, params) => bots.listTokens(requirePrincipal(requester), params),
    'botToken.create': async (requester, params) => bots.createToken(requirePrincipal(requester), params),
    'botToken.revoke': async (requester, params) => bots.revokeToken(requirePrincipal(requester), params),
    'botCommands.list': async (requester, params) => slash.ofBot(requirePrincipal(requester), params),
    'botCommand.set': async (requester, params) => slash.set(requirePrincipal(requester), params),
    'botCommand.remove': async (requester, params) => slash.remove(requirePrincipal(requester), params),
  };
}

/** @throws forbidden */
function requireScope({ scopes }: Principal, name: RequestName): void {
  const refusal = scopeRefusal(scopes, REGISTRY[name].scope);
  if (refusal !== null) throw refusal;
}

function scopeRefusal(scopes: readonly Scope[], wanted: Scope | null): ChatError | null {
  if (wanted === null || scopes.includes(wanted)) return null;
  return new ChatError('forbidden', `the scope ${wanted} is missing: this session has ${scopes.join(', ')}`);
}

function requirePrincipal({ principal }: Requester): Principal {
  if (principal === null) throw new ChatError('unauthenticated', 'an access token is wanted');
  return principal;
}
