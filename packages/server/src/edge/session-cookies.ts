// The refresh token of a page of ours in a cookie that its scripts cannot read (rule H18 of docs/protocol/v1.md). Each
// session has a cookie of its own, named for it: an answer that comes late never takes the place of what a later sign-in
// left, and servers on other ports of one host stay apart. Only the page of this very origin may ask for it: a browser says
// in `Origin` and `Sec-Fetch-Site` who asks, and who says neither is no page.
import { ChatError, parseId, type RequestName, type SessionId, type SignedIn } from '@kith/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Origins } from './origins.js';

const HEADER = 'kith-refresh';
const FORM = 'cookie';
/** The operations whose answer has a refresh token, or ends what one is for. */
const SESSIONS: ReadonlySet<RequestName> = new Set([
  'account.create',
  'session.create',
  'session.refresh',
  'session.end',
]);
/** Browsers keep none for longer. Seconds. */
const LIFE_S = 400 * 86_400;
/** Cookies of sessions that one browser keeps: of more, which nobody signed out of, the oldest go. */
const MOST_COOKIES = 5;

type Through = { readonly name: RequestName; readonly reply: FastifyReply; readonly session: string | undefined };
type Fields = { readonly [field: string]: unknown };

/** @returns null where the token is wanted in the answer, as ever. @throws bad_request; forbidden for any other page */
export function sessionCookiesOf(name: RequestName, request: FastifyRequest, origins: Origins): SessionCookies | null {
  const wanted = request.headers[HEADER];
  if (wanted === undefined || !SESSIONS.has(name)) return null;
  if (wanted !== FORM) throw new ChatError('bad_request', `Kith-Refresh is ${FORM}, or left out`);
  const { origin, host, cookie, 'sec-fetch-site': site } = request.headers;
  const isOwn = origin !== undefined && origins.isOwn(origin, host) && (site === undefined || site === 'same-origin');
  if (!isOwn) throw new ChatError('forbidden', 'a session in a cookie is for the page of this server alone');
  return new SessionCookies(origin.toLowerCase().startsWith('https:'), cookie ?? '');
}

export class SessionCookies {
  readonly #prefix: string;
  readonly #scope: string;
  /** By the name of their session, oldest first, as browsers send them. */
  readonly #shown: ReadonlyMap<string, string>;
  #refreshed: string | null = null;

  /** @param isSecure the page is reached by https */
  constructor(isSecure: boolean, header: string) {
    // `__Host-` stands with Path=/ alone, and no other host of the site can set such a one: that is worth more than a path.
    this.#prefix = isSecure ? '__Host-kith-' : 'kith-';
    this.#scope = `Path=${isSecure ? '/; Secure' : '/v1/sessions'}; HttpOnly; SameSite=Strict`;
    this.#shown = new Map(header.split(';').flatMap((pair) => this.#own(pair.trim())));
  }

  /** Params in which the name of a session stands for the token of its cookie; a token stays one. */
  shown(name: RequestName, params: unknown): unknown {
    if (name !== 'session.refresh') return params;
    const { refreshToken } = params as Fields;
    if (typeof refreshToken !== 'string' || parseId(refreshToken) === null) return params;
    this.#refreshed = refreshToken;
    return { ...(params as Fields), refreshToken: this.#shown.get(refreshToken) ?? refreshToken };
  }

  /**
   * What is answered: without its token, which goes beside it in the cookie. Where the session is over its cookie goes, too.
   * @param session of who asks
   */
  async through(asked: Promise<unknown>, { name, reply, session }: Through): Promise<unknown> {
    try {
      const result = await asked;
      if (name !== 'session.end') return this.#keep(reply, result as SignedIn);
      if (session !== undefined) this.#remove(reply, session);
      return result;
    } catch (error) {
      const isOver = error instanceof ChatError && error.code === 'unauthenticated';
      if (isOver && this.#refreshed !== null) this.#remove(reply, this.#refreshed);
      throw error;
    }
  }

  #keep(reply: FastifyReply, { refreshToken, ...rest }: SignedIn): SignedIn {
    this.#set(reply, rest.session, `${refreshToken}; Max-Age=${LIFE_S}`);
    const others = [...this.#shown.keys()].filter((session) => session !== rest.session);
    for (const session of others.slice(0, Math.max(0, others.length - MOST_COOKIES + 1))) this.#remove(reply, session);
    return { ...rest, refreshToken: rest.session };
  }

  #remove(reply: FastifyReply, session: string): void {
    this.#set(reply, session, '; Max-Age=0');
  }

  #set(reply: FastifyReply, session: string, value: string): void {
    reply.header('set-cookie', `${this.#prefix}${session}=${value}; ${this.#scope}`);
  }

  #own(pair: string): [string, string][] {
    const [name = '', value = ''] = pair.split('=');
    if (!name.startsWith(this.#prefix)) return [];
    const session = parseId<SessionId>(name.slice(this.#prefix.length));
    return session === null ? [] : [[session, value]];
  }
}
