// Outgoing webhooks as owners of the workspace see to them: subscriptions of a bot, and what waits for them or was given up.
// Rules A12 to A16 of docs/protocol/v1.md.
import {
  ChatError,
  type HookId,
  type InvocationId,
  type Job,
  LIMITS,
  makeId,
  type NewOutgoingHook,
  type OperationParams,
  type OutgoingHook,
  TIMES,
  toId,
  type UserId,
} from '@kith/protocol';
import { requireInWorkspace } from '../access.js';
import { requireAccount, requireVisible } from '../accounts/profiles.js';
import type { Clock, Random } from '../clock.js';
import type { People } from '../directory.js';
import type { Principal } from '../principal.js';
import type { Outbound } from './outbound.js';
import type { JobRecord, OutgoingHookRecord, OutgoingHookStore } from './outgoing-store.js';
import type { InvocationRecord, SlashStore } from './slash-commands/slash-store.js';

const SECRET_BYTES = 32;
const USUAL_JOBS = 50;

export type OutgoingHooksOptions = {
  readonly hooks: OutgoingHookStore;
  /** What was asked by slash commands and a webhook did not take. */
  readonly slash: Pick<SlashStore, 'stuck' | 'revive'>;
  readonly directory: Pick<People, 'account'>;
  readonly outbound: Pick<Outbound, 'refusalOf'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly toBase64: (bytes: Uint8Array) => string;
  /** Something waits now. */
  readonly onQueued: () => void;
};

export class OutgoingHooks {
  readonly #options: OutgoingHooksOptions;

  constructor(options: OutgoingHooksOptions) {
    this.#options = options;
  }

  /** @throws forbidden for anyone but an owner */
  async list(principal: Principal): Promise<{ items: OutgoingHook[] }> {
    await this.#requireOwner(principal);
    return { items: (await this.#options.hooks.outgoingHooks(principal.workspace)).map(toHook) };
  }

  /** The only answer that has the secret. @throws forbidden, not_found, bad_request, conflict */
  async create(principal: Principal, params: OperationParams<'outgoingHook.create'>): Promise<NewOutgoingHook> {
    await this.#requireOwner(principal);
    const { hooks, outbound, clock, random, toBase64 } = this.#options;
    requireVisible(params.name);
    const refusal = outbound.refusalOf(params.url);
    if (refusal !== null) throw new ChatError('bad_request', `url: ${refusal}`);
    const at = clock.now();
    const hook: OutgoingHookRecord = {
      workspace: principal.workspace,
      id: makeId<HookId>(at, random.bytes(10)),
      bot: toId<UserId>(params.bot),
      name: params.name,
      url: params.url,
      events: [...new Set(params.events)],
      secret: random.bytes(SECRET_BYTES),
      createdAt: at,
      disabled: null,
    };
    const result = await hooks.addOutgoingHook(hook, LIMITS.outgoingHooks);
    if (result === 'no_bot') throw new ChatError('not_found', 'the workspace has no such bot in service');
    if (result === 'too_many') {
      throw new ChatError('conflict', `a workspace has at most ${LIMITS.outgoingHooks} outgoing webhooks`);
    }
    return { ...toHook(hook), secret: `whsec_${toBase64(hook.secret)}` };
  }

  /** @throws forbidden, not_found */
  async update(principal: Principal, { hook, enabled }: OperationParams<'outgoingHook.update'>): Promise<OutgoingHook> {
    await this.#requireOwner(principal);
    const { hooks, clock, onQueued } = this.#options;
    const { workspace } = principal;
    const id = toId<HookId>(hook);
    const at = clock.now();
    await hooks.disableHook({ workspace, hook: id }, enabled ? null : { at, why: 'by an owner of the workspace' }, at);
    const found = (await hooks.outgoingHooks(workspace)).find((each) => each.id === id);
    if (found === undefined) throw noHook();
    if (enabled) onQueued();
    return toHook(found);
  }

  /** With all that waits for it. @throws forbidden, not_found */
  async remove(principal: Principal, { hook }: OperationParams<'outgoingHook.remove'>): Promise<null> {
    await this.#requireOwner(principal);
    const isRemoved = await this.#options.hooks.removeOutgoingHook(principal.workspace, toId<HookId>(hook));
    if (!isRemoved) throw noHook();
    return null;
  }

  /** @throws forbidden */
  async listJobs(principal: Principal, { state, limit }: OperationParams<'jobs.list'>): Promise<{ items: Job[] }> {
    await this.#requireOwner(principal);
    const query = { state: state ?? null, limit: limit ?? USUAL_JOBS };
    const { hooks, slash } = this.#options;
    const { workspace } = principal;
    const [jobs, stuck] = await Promise.all([hooks.jobs(workspace, query), slash.stuck(workspace, query)]);
    const all = [...jobs.map(toJob), ...stuck.flatMap(jobOfInvocation)];
    const items = all.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)).slice(0, query.limit);
    return { items };
  }

  /** Tries it now; one that was given up, from its first attempt on. @throws forbidden, not_found */
  async retryJob(principal: Principal, { job }: OperationParams<'job.retry'>): Promise<null> {
    await this.#requireOwner(principal);
    const { hooks, slash, clock, onQueued } = this.#options;
    const { workspace } = principal;
    const at = clock.now();
    const invocation = { workspace, id: toId<InvocationId>(job) };
    const isThere =
      (await hooks.revive(workspace, job, at)) || (await slash.revive(invocation, at, at + TIMES.answersMs));
    if (!isThere) throw new ChatError('not_found', 'the workspace has no such job');
    onQueued();
    return null;
  }

  async #requireOwner(principal: Principal): Promise<void> {
    requireInWorkspace(await requireAccount(this.#options.directory, principal), 'workspace.owner');
  }
}

function noHook(): ChatError {
  return new ChatError('not_found', 'the workspace has no such webhook');
}

function toHook({ id, bot, name, url, events, createdAt, disabled }: OutgoingHookRecord): OutgoingHook {
  return { id, bot, name, url, events: [...events] as OutgoingHook['events'], createdAt, disabled };
}

function toJob(job: JobRecord): Job {
  const { id, hook, conversation, epoch, seq, event, attempts, createdAt, deadAt, nextAt, lastStatus, lastError } = job;
  const state = deadAt === null ? 'waiting' : 'dead';
  return {
    id,
    kind: 'webhook',
    state,
    hook,
    conversation,
    epoch,
    seq,
    event,
    attempts,
    createdAt,
    nextAt,
    lastStatus,
    lastError,
  };
}

/** It stands in no log. */
function jobOfInvocation(invocation: InvocationRecord): readonly Job[] {
  const { id, hook, conversation, attempts, at: createdAt, deadAt, dueAt, lastStatus, lastError } = invocation;
  if (hook === null) return [];
  const state = deadAt === null ? 'waiting' : 'dead';
  const place = { conversation, epoch: 0, seq: 0, event: 'command.invoked' };
  const times = { attempts, createdAt, nextAt: deadAt === null ? dueAt : null };
  return [{ id, kind: 'webhook', state, hook, ...place, ...times, lastStatus, lastError }];
}
