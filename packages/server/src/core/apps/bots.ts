// Bots: people whose words a program writes. Owners of the workspace make, name and retire them and give them tokens; in a
// conversation a bot is a person like any other, judged by the same gate. Rules A1 to A6 of docs/protocol/v1.md.
import {
  type Bot,
  type BotToken,
  ChatError,
  LIMITS,
  makeId,
  type NewBotToken,
  type OperationParams,
  SCOPES,
  type Scope,
  type SessionId,
  toId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import { requireInWorkspace } from '../access.js';
import { searchTerms, usernameKey } from '../accounts/names.js';
import { changeProfile, type ProfilePorts, requireAccount, requireVisible } from '../accounts/profiles.js';
import { type Secrets, toHex } from '../accounts/secrets.js';
import type { Clock, Random } from '../clock.js';
import type { People, Sessions } from '../directory.js';
import type { Principal } from '../principal.js';
import type { BotRecord, BotStore, EndedToken, TokenRecord } from './bot-store.js';
import { formatBotToken } from './bot-token.js';

/** What a token may do for which nothing was asked: not what concerns the account. */
const USUAL_SCOPES: readonly Scope[] = ['read', 'write'];

export type BotsOptions = {
  readonly bots: BotStore;
  readonly directory: Pick<People, 'account' | 'updateProfile'>;
  readonly sessions: Pick<Sessions, 'revoke'>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every token that this node ends; of the others the change feed tells. */
  readonly onRevoked: (ended: EndedToken) => void;
  readonly onProfileChanged: ProfilePorts['onProfileChanged'];
};

export class Bots {
  readonly #options: BotsOptions;

  constructor(options: BotsOptions) {
    this.#options = options;
  }

  /** @throws forbidden for anyone but an owner */
  async list(principal: Principal): Promise<{ items: Bot[] }> {
    await this.#requireOwner(principal);
    return { items: (await this.#options.bots.bots(principal.workspace)).map(toBot) };
  }

  /** @throws forbidden; bad_request for a name that is not taken; conflict */
  async create(principal: Principal, params: OperationParams<'bot.create'>): Promise<Bot> {
    await this.#requireOwner(principal);
    const { bots, clock, random } = this.#options;
    const { username, displayName: name = username, avatar = null } = params;
    requireVisible(name);
    const at = clock.now();
    const { workspace } = principal;
    const id = makeId<UserId>(at, random.bytes(10));
    const terms = searchTerms(username, name);
    const bot = { workspace, id, username, usernameKey: usernameKey(username), name, avatar, terms, at };
    const result = await bots.createBot(bot, LIMITS.bots);
    if (result === 'username_taken') throw new ChatError('conflict', 'this username is taken: choose another');
    if (result === 'too_many') {
      throw new ChatError('conflict', `a workspace has at most ${LIMITS.bots} bots: retire one first`);
    }
    return { id, kind: 'bot', name, username, avatar, version: 1, createdAt: at, retiredAt: null };
  }

  /** @throws forbidden, not_found, bad_request; conflict for one that was retired */
  async update(principal: Principal, { bot, displayName, avatar }: OperationParams<'bot.update'>): Promise<Bot> {
    await this.#requireOwner(principal);
    const record = await this.#requireInService(principal.workspace, bot);
    if (displayName !== undefined) requireVisible(displayName);
    const of = { workspace: principal.workspace, user: toId<UserId>(record.user.id) };
    const { user } = await changeProfile(this.#options, of, { name: displayName, avatar });
    return toBot({ ...record, user });
  }

  /** Its tokens end, what it wrote stays. There is no way back. @throws forbidden, not_found */
  async retire(principal: Principal, { bot }: OperationParams<'bot.retire'>): Promise<null> {
    await this.#requireOwner(principal);
    const { bots, clock } = this.#options;
    const { workspace } = principal;
    const user = toId<UserId>(bot);
    const ended = await bots.retireBot(workspace, user, clock.now());
    if (ended === null) await this.#requireBot(workspace, bot);
    for (const session of ended ?? []) this.#options.onRevoked({ workspace, user, session });
    return null;
  }

  /** @throws forbidden, not_found */
  async listTokens(principal: Principal, { bot }: OperationParams<'botTokens.list'>): Promise<{ items: BotToken[] }> {
    await this.#requireOwner(principal);
    await this.#requireBot(principal.workspace, bot);
    const tokens = await this.#options.bots.tokens(principal.workspace, toId<UserId>(bot));
    return { items: tokens.map(toToken) };
  }

  /** The only answer that has the token itself. @throws forbidden, not_found, bad_request, conflict */
  async createToken(principal: Principal, params: OperationParams<'botToken.create'>): Promise<NewBotToken> {
    await this.#requireOwner(principal);
    const { bots, secrets, clock, random } = this.#options;
    requireVisible(params.name);
    const at = clock.now();
    const { expiresAt = null } = params;
    if (expiresAt !== null && expiresAt <= at) throw new ChatError('bad_request', 'expiresAt: this time is over');
    const scopes = SCOPES.filter((scope) => (params.scopes ?? USUAL_SCOPES).includes(scope));
    const secret = toHex(random.bytes(32));
    const token = {
      workspace: principal.workspace,
      bot: toId<UserId>(params.bot),
      id: makeId<SessionId>(at, random.bytes(10)),
      name: params.name,
      scopes,
      digest: secrets.digest(secret),
      familyDigest: secrets.digest(toHex(random.bytes(32))),
      at,
      expiresAt,
    };
    const result = await bots.addToken(token, LIMITS.botTokens);
    if (result === 'no_bot') await this.#requireInService(principal.workspace, params.bot);
    if (result !== 'added') {
      throw new ChatError('conflict', `a bot has at most ${LIMITS.botTokens} tokens: revoke one first`);
    }
    const text = formatBotToken({ workspace: token.workspace, id: token.id, secret });
    return { ...toToken({ ...token, createdAt: at, lastUsedAt: null, isRevoked: false }), token: text };
  }

  /** Its connections close; one that has ended already stays so. @throws forbidden, not_found */
  async revokeToken(principal: Principal, { bot, token: id }: OperationParams<'botToken.revoke'>): Promise<null> {
    await this.#requireOwner(principal);
    const { bots, sessions, clock } = this.#options;
    const { workspace } = principal;
    const [user, session] = [toId<UserId>(bot), toId<SessionId>(id)];
    const token = await bots.token(workspace, session);
    if (token?.bot !== user) throw new ChatError('not_found', 'the bot has no such token');
    await sessions.revoke(workspace, session, clock.now());
    this.#options.onRevoked({ workspace, user, session });
    return null;
  }

  async #requireOwner(principal: Principal): Promise<void> {
    requireInWorkspace(await requireAccount(this.#options.directory, principal), 'workspace.owner');
  }

  async #requireBot(workspace: WorkspaceId, bot: string): Promise<BotRecord> {
    const record = await this.#options.bots.bot(workspace, toId<UserId>(bot));
    if (record === null) throw new ChatError('not_found', 'the workspace has no such bot');
    return record;
  }

  async #requireInService(workspace: WorkspaceId, bot: string): Promise<BotRecord> {
    const record = await this.#requireBot(workspace, bot);
    if (record.retiredAt !== null) throw new ChatError('conflict', 'this bot was retired');
    return record;
  }
}

function toBot({ user, createdAt, retiredAt }: BotRecord): Bot {
  return { ...user, createdAt, retiredAt };
}

function toToken({ id, name, scopes, createdAt, lastUsedAt, expiresAt }: TokenRecord): BotToken {
  return { id, name, scopes: [...scopes], createdAt, lastUsedAt, expiresAt };
}
