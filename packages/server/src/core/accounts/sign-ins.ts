// Sessions and their pairs of tokens: begun, refreshed, checked, listed, ended. Refresh keeps the rule of the wire
// contract: the old token gets the very same new pair until that pair is first used, at most 60 s; a later use of an old
// token ends the session, since someone has a copy.
import {
  ChatError,
  makeId,
  SCOPES,
  type Scope,
  type Session,
  type SessionId,
  type SignedIn,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import type { Clock, Random } from '../clock.js';
import type { SessionRecord, Sessions } from '../directory.js';
import type { Principal } from '../principal.js';
import { ACCESS_TOKEN_MS, type AccessClaims, type AccessTokens } from './access-token.js';
import { formatRefreshToken, judgeRefresh, parseRefreshToken, type RefreshToken } from './refresh-token.js';
import { type Secrets, toHex } from './secrets.js';
import { SessionCache } from './session-cache.js';

/** The part of an answer to a sign-in that the session gives. */
export type TokenPair = Omit<SignedIn, 'user'>;

export type RevokedSession = { readonly workspace: WorkspaceId; readonly user: UserId; readonly session: SessionId };

export type SignInsOptions = {
  readonly sessions: Sessions;
  readonly tokens: AccessTokens;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every session that this node ends; of the others the change feed tells. */
  readonly onRevoked: (revoked: RevokedSession) => void;
};

/** Live sessions that a person has at most: signing in once more ends the one not used for longest. */
const MOST_SESSIONS = 100;
/** A use is noted in the store at most this often. */
const NOTED_EVERY_MS = 5 * 60_000;
/** Bound of the cache of live sessions, about 200 bytes each. */
const MOST_CACHED = 50_000;
/** How long a session passes for live where the change feed is silent. */
const TRUSTED_MS = 30_000;
/** A refresh that loses this many races against others of the same token gives up. */
const MOST_RACES = 5;

export class SignIns {
  readonly #options: SignInsOptions;
  readonly #cache: SessionCache;

  constructor(options: SignInsOptions) {
    this.#options = options;
    this.#cache = new SessionCache({ clock: options.clock, most: MOST_CACHED, trustedMs: TRUSTED_MS });
  }

  /** Begins a session of someone who has just shown who they are. */
  async begin(who: {
    workspace: WorkspaceId;
    user: UserId;
    device: string | null;
    scopes: readonly Scope[] | null;
    origin: string;
  }): Promise<TokenPair> {
    const { sessions, clock, random } = this.#options;
    const at = clock.now();
    const id = makeId<SessionId>(at, random.bytes(10));
    const token = this.#newToken({ workspace: who.workspace, session: id, family: toHex(random.bytes(16)) });
    const pair = await this.#pair(token, { user: who.user, scopes: who.scopes, generation: 1, at });
    const { familyDigest, refreshDigest } = this.#digests(token, who.scopes);
    const ended = await sessions.createSession({ ...who, id, familyDigest, refreshDigest, at }, MOST_SESSIONS);
    if (ended === null) throw new ChatError('forbidden', 'this account is deactivated');
    for (const session of ended) this.#ended({ workspace: who.workspace, user: who.user, session });
    return pair;
  }

  /** @throws unauthenticated for any token but the present one, or the one before while its answer may be repeated */
  async refresh(refreshToken: string): Promise<{ workspace: WorkspaceId; user: UserId; pair: TokenPair }> {
    const shown = parseRefreshToken(refreshToken);
    if (shown === null) throw refused();
    for (let race = 0; race < MOST_RACES; race += 1) {
      const session = await this.#options.sessions.session(shown.workspace, shown.session);
      if (session === null) throw refused();
      const pair = await this.#refreshOnce(session, shown);
      if (pair !== null) return { workspace: session.workspace, user: session.user, pair };
    }
    throw new ChatError('unavailable', 'too many refreshes of one token at once');
  }

  /**
   * @throws unauthenticated where the token is not valid now, or its session has ended
   * @throws unavailable where the store is gone and this node does not know the session
   */
  async authenticate(accessToken: string): Promise<Principal> {
    const claims = await this.#options.tokens.verify(accessToken);
    if (claims === null) throw new ChatError('unauthenticated', 'the access token is not valid: get a fresh one');
    if (!(await this.#isLive(claims))) throw new ChatError('unauthenticated', 'the session has ended: sign in again');
    const { workspace, user, session, scopes, expiresAt } = claims;
    return { workspace, user, session, scopes, expiresAt };
  }

  /** As far as this node knows: wrong for at most as long as the change feed takes, 5 s. */
  async isSessionLive({ workspace, session }: Pick<Principal, 'workspace' | 'session'>): Promise<boolean> {
    const known = this.#cache.look(session, 0);
    if (known !== 'unknown') return known === 'live';
    const record = await this.#options.sessions.session(workspace, session);
    if (record === null || record.isRevoked) this.#cache.markRevoked(session);
    else this.#cache.markLive(session, 0);
    return this.#cache.look(session, 0) === 'live';
  }

  /** The change feed, or another node, says that the session has ended. Idempotent. */
  forget(session: SessionId): void {
    this.#cache.markRevoked(session);
  }

  async list({ workspace, user, session: current }: Principal): Promise<readonly Session[]> {
    const sessions = await this.#options.sessions.sessionsOf(workspace, user);
    return sessions.map(({ id, device, scopes, createdAt, lastUsedAt }) => {
      return { id, device, createdAt, lastUsedAt, current: id === current, scopes: [...(scopes ?? SCOPES)] };
    });
  }

  /**
   * Ends one of the person's own sessions; one that has ended already stays so.
   * @throws not_found for any other
   */
  async revoke({ workspace, user }: Principal, session: SessionId): Promise<void> {
    const { sessions, clock } = this.#options;
    const record = await sessions.session(workspace, session);
    if (record === null || record.user !== user) throw new ChatError('not_found', 'you have no such session');
    await sessions.revoke(workspace, session, clock.now());
    this.#ended({ workspace, user, session });
  }

  /** Null where another refresh came first and the session must be looked at again. */
  async #refreshOnce(session: SessionRecord, shown: RefreshToken): Promise<TokenPair | null> {
    const { secrets, clock, sessions } = this.#options;
    const verdict = judgeRefresh(session, this.#digests(shown, session.scopes), clock.now());
    switch (verdict.kind) {
      case 'unknown':
        throw refused();
      case 'rotate':
        return await this.#rotate(session, shown);
      case 'repeat':
        return JSON.parse(secrets.open(verdict.sealedPair, sealingSecret(shown))) as TokenPair;
      case 'reused': {
        const { workspace, user, id } = session;
        if (await sessions.revoke(workspace, id, clock.now())) this.#ended({ workspace, user, session: id });
        throw refused();
      }
    }
  }

  async #rotate(session: SessionRecord, shown: RefreshToken): Promise<TokenPair | null> {
    const { secrets, clock, sessions } = this.#options;
    const at = clock.now();
    const generation = session.generation + 1;
    const next = this.#newToken(shown);
    const { user, scopes } = session;
    const pair = await this.#pair(next, { user, scopes, generation, at });
    const isRotated = await sessions.rotate({
      workspace: session.workspace,
      session: session.id,
      from: session.refreshDigest,
      to: this.#digests(next, scopes).refreshDigest,
      generation,
      sealedPair: secrets.seal(JSON.stringify(pair), sealingSecret(shown)),
      at,
    });
    return isRotated ? pair : null;
  }

  async #isLive({ workspace, session, generation }: AccessClaims): Promise<boolean> {
    const known = this.#cache.look(session, generation);
    if (known !== 'unknown') return known === 'live';
    const { sessions, clock } = this.#options;
    const record = await sessions.session(workspace, session);
    if (record === null || record.isRevoked) {
      this.#cache.markRevoked(session);
      return false;
    }
    const now = clock.now();
    const isFirstUse = record.generation === generation && typeof record.previous?.sealedPair === 'string';
    if (isFirstUse || now - record.lastUsedAt >= NOTED_EVERY_MS) {
      await sessions.useSession(workspace, session, { generation, at: now });
    }
    this.#cache.markLive(session, generation);
    return this.#cache.look(session, generation) === 'live';
  }

  #ended(revoked: RevokedSession): void {
    this.#cache.markRevoked(revoked.session);
    this.#options.onRevoked(revoked);
  }

  #newToken({ workspace, session, family }: Omit<RefreshToken, 'secret'>): RefreshToken {
    return { workspace, session, family, secret: toHex(this.#options.random.bytes(32)) };
  }

  /**
   * The family's covers the scopes, too: a build that knows none, beside this one or after a way back, would give a
   * session that may do less all that its person may; so it does not find the token to be one of the session's.
   */
  #digests(
    { family, secret }: RefreshToken,
    scopes: readonly Scope[] | null,
  ): { familyDigest: string; refreshDigest: string } {
    const { secrets } = this.#options;
    const covered = scopes === null ? family : `${family} ${scopes.join(' ')}`;
    return { familyDigest: secrets.digest(covered), refreshDigest: secrets.digest(secret) };
  }

  async #pair(
    token: RefreshToken,
    of: { user: UserId; scopes: readonly Scope[] | null; generation: number; at: number },
  ): Promise<TokenPair> {
    const { workspace, session } = token;
    const scopes = of.scopes ?? SCOPES;
    const expiresAt = of.at + ACCESS_TOKEN_MS;
    const accessToken = await this.#options.tokens.sign({
      workspace,
      session,
      user: of.user,
      scopes,
      generation: of.generation,
      issuedAt: of.at,
      expiresAt,
    });
    return { session, accessToken, refreshToken: formatRefreshToken(token), expiresAt, scopes: [...scopes] };
  }
}

/** The scopes that were asked for, each once and in their order; null where they are all there are. */
export function sessionScopes(asked: readonly Scope[]): readonly Scope[] | null {
  const scopes = SCOPES.filter((scope) => asked.includes(scope));
  return scopes.length === SCOPES.length ? null : scopes;
}

/** The token that gets the pair again is the key to it: the store alone cannot open what it keeps. */
function sealingSecret({ family, secret }: RefreshToken): string {
  return `${family}${secret}`;
}

function refused(): ChatError {
  return new ChatError('unauthenticated', 'the refresh token is not valid: sign in again');
}
