// Incoming webhooks: addresses at which programs that speak Slack's payload post into one conversation, as a bot and with what
// that may do there. Owners of the workspace make them; whoever has the address may post. Rules A7 to A11 of docs/protocol/v1.md.
import {
  ChatError,
  type CommandName,
  type ConversationId,
  type HookId,
  type IncomingHook,
  LIMITS,
  makeId,
  type NewIncomingHook,
  type OperationParams,
  type Params,
  parseId,
  type Result,
  type Scope,
  toId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import { requireInWorkspace, requireMember } from '../access.js';
import { requireAccount, requireVisible } from '../accounts/profiles.js';
import { type Secrets, toHex } from '../accounts/secrets.js';
import type { Clock, Random } from '../clock.js';
import type { People } from '../directory.js';
import type { ConversationLog } from '../log.js';
import type { Principal } from '../principal.js';
import { recordSeenBy } from '../readers.js';
import type { IncomingHookRecord, IncomingHookStore } from './incoming-store.js';
import { usersNamed } from './slack/mrkdwn.js';
import { messageOf, parsePayload } from './slack/payload.js';

/** Below which the addresses of hooks are, on the server. */
export const HOOK_PATH = '/v1/hooks/in';

const SPEAKING: readonly Scope[] = ['read', 'write'];
/** A use is noted at most this often. */
const NOTED_EVERY_MS = 5 * 60_000;
const SECRET = /^[0-9a-f]{64}$/;
/** Most people whose names are looked up for one payload. */
const MOST_NAMED = 100;

export type IncomingHooksOptions = {
  readonly hooks: IncomingHookStore;
  readonly directory: Pick<People, 'account'>;
  readonly log: Pick<ConversationLog, 'records' | 'readerStandings'>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: Random;
  /** Where a link leads, as it is looked up; null for one that people should not follow. */
  readonly hrefOf: (url: string) => string | null;
  /** Where the server is, without a path. */
  readonly url: () => string;
};

/** The address of a hook, taken apart. */
export type HookAddress = { readonly workspace: string; readonly hook: string; readonly secret: string };

/** How a command is run as somebody, with all that is asked of everybody's. */
export type RunAs = <N extends CommandName>(principal: Principal, name: N, params: Params<N>) => Promise<Result<N>>;

export class IncomingHooks {
  readonly #options: IncomingHooksOptions;

  constructor(options: IncomingHooksOptions) {
    this.#options = options;
  }

  /** @throws forbidden for anyone but an owner */
  async list(principal: Principal): Promise<{ items: IncomingHook[] }> {
    await this.#requireOwner(principal);
    return { items: (await this.#options.hooks.incomingHooks(principal.workspace)).map(toHook) };
  }

  /** The only answer that has the address. @throws forbidden, bad_request, conflict; not_found where the bot is not in it */
  async create(principal: Principal, params: OperationParams<'incomingHook.create'>): Promise<NewIncomingHook> {
    await this.#requireOwner(principal);
    const { hooks, log, secrets, clock, random, url } = this.#options;
    requireVisible(params.name);
    const { workspace } = principal;
    const [bot, conversation] = [toId<UserId>(params.bot), toId<ConversationId>(params.conversation)];
    requireMember(await recordSeenBy(log, bot, conversation), { workspace, user: bot }, 'message.send');
    const at = clock.now();
    const secret = toHex(random.bytes(32));
    const id = makeId<HookId>(at, random.bytes(10));
    const digest = secrets.digest(secret);
    const hook = { workspace, id, bot, conversation, name: params.name, digest, createdAt: at };
    const result = await hooks.addIncomingHook(hook, LIMITS.incomingHooks);
    if (result === 'no_bot') throw new ChatError('not_found', 'the workspace has no such bot in service');
    if (result === 'too_many') {
      throw new ChatError('conflict', `a workspace has at most ${LIMITS.incomingHooks} incoming webhooks`);
    }
    const address = `${url()}${HOOK_PATH}/${workspace}/${id}/${secret}`;
    return { ...toHook({ ...hook, lastUsedAt: null }), url: address };
  }

  /** From now on nobody posts by it. @throws forbidden, not_found */
  async revoke(principal: Principal, { hook }: OperationParams<'incomingHook.revoke'>): Promise<null> {
    await this.#requireOwner(principal);
    const isRemoved = await this.#options.hooks.removeIncomingHook(principal.workspace, toId<HookId>(hook));
    if (!isRemoved) throw new ChatError('not_found', 'the workspace has no such webhook');
    return null;
  }

  /** The hook at that address; null for any that is not whole and right. @throws unavailable */
  async find({ workspace, hook, secret }: HookAddress): Promise<IncomingHookRecord | null> {
    const [inside, id] = [parseId<WorkspaceId>(workspace), parseId<HookId>(hook)];
    if (inside === null || id === null || !SECRET.test(secret)) return null;
    const found = await this.#options.hooks.incomingHook(inside, id);
    return found?.digest === this.#options.secrets.digest(secret) ? found : null;
  }

  /**
   * Posts a payload as the hook's bot. The same key again posts nothing.
   * @throws SlackRefusal for the payload; ChatError as `message.send` does
   */
  async post(
    hook: IncomingHookRecord,
    asked: { readonly payload: string; readonly key: string },
    run: RunAs,
  ): Promise<void> {
    const principal = speakerOf(hook);
    const payload = parsePayload(asked.payload);
    const ids = [...new Set(usersNamed(asked.payload))].slice(0, MOST_NAMED);
    const { users } = ids.length === 0 ? { users: [] } : await run(principal, 'users.read', { ids });
    const names = new Map(users.map(({ id, name }) => [id, name]));
    const {
      text,
      users: named,
      isToAll,
    } = messageOf(payload, {
      nameOf: (id) => names.get(id) ?? null,
      hrefOf: this.#options.hrefOf,
    });
    const message = { conversation: hook.conversation, key: asked.key, text };
    const send = (all: boolean) => {
      const mentions = { ...(named.length > 0 ? { users: [...named] } : {}), ...(all ? { all } : {}) };
      return run(principal, 'message.send', Object.keys(mentions).length > 0 ? { ...message, mentions } : message);
    };
    await send(isToAll).catch((error: unknown) => {
      // Who may not speak to all says the same without that. A repeat finds what was written then.
      if (isToAll && error instanceof ChatError && /^(?:forbidden|key_reused)$/.test(error.code)) return send(false);
      throw error;
    });
    await this.#noteUse(hook);
  }

  async #noteUse({ workspace, id, lastUsedAt }: IncomingHookRecord): Promise<void> {
    const at = this.#options.clock.now();
    if (lastUsedAt === null || at - lastUsedAt >= NOTED_EVERY_MS) {
      await this.#options.hooks.useIncomingHook(workspace, id, at);
    }
  }

  async #requireOwner(principal: Principal): Promise<void> {
    requireInWorkspace(await requireAccount(this.#options.directory, principal), 'workspace.owner');
  }
}

/** A hook has no session: what it may do is said here, and by the roles of its bot. */
function speakerOf({ workspace, bot, id }: IncomingHookRecord): Principal {
  return { workspace, user: bot, session: toId(id), scopes: SPEAKING, expiresAt: Number.MAX_SAFE_INTEGER };
}

function toHook({ id, bot, conversation, name, createdAt, lastUsedAt }: IncomingHookRecord): IncomingHook {
  return { id, bot, conversation, name, createdAt, lastUsedAt };
}
