// Bots and their tokens in memory: the reference model of BOT1–… and the store of tests.
import type { SessionId, UserId, WorkspaceId } from '@kith/protocol';
import type { BotRecord, BotStore, EndedToken, NewBot, NewToken, TokenRecord } from '../../core/apps/bot-store.js';
import type { Communities, Person, StoredSession } from './communities.js';

const DAY_MS = 24 * 60 * 60_000;
const MOST_LISTED = 1_000;
const MOST_ENDED = 100;

export class MemoryBots implements BotStore {
  readonly #communities: Communities;

  constructor(communities: Communities) {
    this.#communities = communities;
  }

  async createBot(bot: NewBot, most: number): Promise<'created' | 'username_taken' | 'too_many'> {
    const community = this.#communities.require(bot.workspace);
    const inService = this.#bots(bot.workspace).filter(({ retiredAt }) => retiredAt === null);
    if (inService.length >= most) return 'too_many';
    if (community.usernames.has(bot.usernameKey)) return 'username_taken';
    const { id, username, name, avatar = null, terms, at } = bot;
    const person: Person = {
      user: { id, kind: 'bot', name, username, avatar, version: 1 },
      role: 'member',
      createdAt: at,
      deactivatedAt: null,
      expiresAt: null,
      retiredAt: null,
      passwordHash: null,
      terms,
      lastSeenAt: null,
      origins: new Map(),
    };
    community.people.set(id, person);
    community.usernames.set(bot.usernameKey, person);
    return 'created';
  }

  async bot(workspace: WorkspaceId, bot: UserId): Promise<BotRecord | null> {
    const person = this.#bot(workspace, bot);
    return person === undefined ? null : toRecord(person);
  }

  async bots(workspace: WorkspaceId): Promise<readonly BotRecord[]> {
    const bots = this.#bots(workspace).toSorted(
      (a, b) => b.createdAt - a.createdAt || (a.user.id < b.user.id ? 1 : -1),
    );
    return bots.slice(0, MOST_LISTED).map(toRecord);
  }

  async retireBot(workspace: WorkspaceId, bot: UserId, at: number): Promise<readonly SessionId[] | null> {
    const person = this.#bot(workspace, bot);
    if (person === undefined || person.retiredAt !== null) return null;
    person.retiredAt = at;
    person.terms = [];
    const live = this.#communities.liveSessions(workspace, bot);
    for (const { id } of live) this.#communities.revoke(workspace, id, at);
    return live.map(({ id }) => id);
  }

  async addToken(token: NewToken, most: number): Promise<'added' | 'too_many' | 'no_bot'> {
    const { workspace, bot, id, name, scopes, digest, familyDigest, at, expiresAt } = token;
    const person = this.#bot(workspace, bot);
    if (person === undefined || person.retiredAt !== null) return 'no_bot';
    if (this.#communities.liveSessions(workspace, bot).length >= most) return 'too_many';
    const { sessions } = this.#communities.require(workspace);
    for (const [known, { record, revokedAt }] of sessions) {
      if (record.user === bot && revokedAt !== null && revokedAt < at - DAY_MS) sessions.delete(known);
    }
    const times = { createdAt: at, lastUsedAt: 0 };
    const secrets = { familyDigest, refreshDigest: digest, generation: 1, previous: null };
    const record = { workspace, user: bot, id, device: name, scopes, ...times, isRevoked: false, ...secrets };
    sessions.set(id, { record, revokedAt: null, expiresAt });
    return 'added';
  }

  async token(workspace: WorkspaceId, token: SessionId): Promise<TokenRecord | null> {
    const stored = this.#communities.session(workspace, token);
    if (stored === undefined || this.#bot(workspace, stored.record.user) === undefined) return null;
    return toToken(stored);
  }

  async tokens(workspace: WorkspaceId, bot: UserId): Promise<readonly TokenRecord[]> {
    if (this.#bot(workspace, bot) === undefined) return [];
    const live = this.#communities.liveSessions(workspace, bot);
    const newest = live.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
    return newest.flatMap(({ id }) => {
      const stored = this.#communities.session(workspace, id);
      return stored === undefined ? [] : [toToken(stored)];
    });
  }

  async endExpired(at: number): Promise<readonly EndedToken[]> {
    const due = [...this.#communities.all]
      .flatMap(({ sessions }) => [...sessions.values()])
      .filter(({ record, expiresAt }) => !record.isRevoked && typeof expiresAt === 'number' && expiresAt <= at)
      .toSorted((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0))
      .slice(0, MOST_ENDED);
    return due.map(({ record: { workspace, user, id: session } }) => {
      this.#communities.revoke(workspace, session, at);
      return { workspace, user, session };
    });
  }

  #bot(workspace: WorkspaceId, bot: UserId): Person | undefined {
    const person = this.#communities.get(workspace)?.people.get(bot);
    return person?.user.kind === 'bot' ? person : undefined;
  }

  #bots(workspace: WorkspaceId): readonly Person[] {
    const people = [...(this.#communities.get(workspace)?.people.values() ?? [])];
    return people.filter(({ user }) => user.kind === 'bot');
  }
}

function toRecord({ user, createdAt, retiredAt }: Person): BotRecord {
  return { user, createdAt, retiredAt };
}

function toToken({ record, expiresAt = null }: StoredSession): TokenRecord {
  const { workspace, user: bot, id, device, scopes, refreshDigest: digest, createdAt, lastUsedAt, isRevoked } = record;
  return {
    ...{ workspace, bot, id, name: device ?? '', scopes: scopes ?? [], digest, createdAt },
    ...{ lastUsedAt: lastUsedAt === 0 ? null : lastUsedAt, expiresAt, isRevoked },
  };
}
