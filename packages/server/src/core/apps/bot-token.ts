// The form of a bot's token, and what one that comes in says. It begins with a word of its own, so that scanners find one that
// was published by mistake, and names its session, so that it is found by key. What was verified once is remembered, a bounded
// number; whether the token has ended since is asked of the sessions, as with every access token.
import { parseId, SCOPES, type SessionId, type WorkspaceId } from '@kith/protocol';
import type { AccessClaims, AccessTokens } from '../accounts/access-token.js';
import type { Secrets } from '../accounts/secrets.js';
import type { Clock } from '../clock.js';
import type { BotStore, TokenRecord } from './bot-store.js';

const PREFIX = 'kithbot_';
const FORM = /^kithbot_[0-9a-f]{128}$/;
/** Bound of the tokens remembered, about 400 bytes each. */
const MOST_REMEMBERED = 5_000;

export type BotToken = {
  readonly workspace: WorkspaceId;
  readonly id: SessionId;
  /** 64 hex digits. */
  readonly secret: string;
};

export function formatBotToken({ workspace, id, secret }: BotToken): string {
  return `${PREFIX}${workspace.replaceAll('-', '')}${id.replaceAll('-', '')}${secret}`;
}

/** Whether it claims to be one, good or not. */
export function isBotToken(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Null where the text has not the form of a bot's token. */
export function parseBotToken(text: string): BotToken | null {
  if (!FORM.test(text)) return null;
  const hex = text.slice(PREFIX.length);
  const workspace = parseId<WorkspaceId>(withHyphens(hex.slice(0, 32)));
  const id = parseId<SessionId>(withHyphens(hex.slice(32, 64)));
  return workspace === null || id === null ? null : { workspace, id, secret: hex.slice(64) };
}

function withHyphens(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export type AllTokensOptions = {
  /** Those of people. */
  readonly tokens: AccessTokens;
  readonly bots: Pick<BotStore, 'token'>;
  readonly secrets: Secrets;
  readonly clock: Clock;
};

/** Access tokens of people and tokens of bots behind one door. */
export class AllTokens implements AccessTokens {
  readonly #options: AllTokensOptions;
  /** By the digest of the whole token. */
  readonly #remembered = new Map<string, AccessClaims>();

  constructor(options: AllTokensOptions) {
    this.#options = options;
  }

  sign(claims: AccessClaims): Promise<string> {
    return this.#options.tokens.sign(claims);
  }

  async verify(token: string): Promise<AccessClaims | null> {
    if (!isBotToken(token)) return await this.#options.tokens.verify(token);
    const { secrets, clock } = this.#options;
    const digest = secrets.digest(token);
    const claims = this.#remembered.get(digest) ?? (await this.#verifyAnew(token));
    if (claims === null) return null;
    if (claims.expiresAt <= clock.now()) {
      this.#remembered.delete(digest);
      return null;
    }
    this.#remember(digest, claims);
    return claims;
  }

  async #verifyAnew(text: string): Promise<AccessClaims | null> {
    const { bots, secrets } = this.#options;
    const shown = parseBotToken(text);
    if (shown === null) return null;
    const record = await bots.token(shown.workspace, shown.id);
    if (record === null || record.isRevoked || record.digest !== secrets.digest(shown.secret)) return null;
    return claimsOf(record);
  }

  #remember(digest: string, claims: AccessClaims): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(digest, claims);
  }
}

function claimsOf({ workspace, bot, id, scopes, createdAt, expiresAt }: TokenRecord): AccessClaims {
  return {
    workspace,
    user: bot,
    session: id,
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    generation: 1,
    issuedAt: createdAt,
    expiresAt: expiresAt ?? Number.MAX_SAFE_INTEGER,
  };
}
