// Which pages may use the server: its own, that of PUBLIC_URL, and those of ALLOWED_ORIGINS. A browser names the page in
// `Origin`; programs send none and are not held up. The API takes a token that no browser sends by itself, so this is the
// second lock; where a session is kept in a cookie it is the first, and the own page alone passes (`session-cookies.ts`).

import type { EdgeConfig } from './edge-config.js';

/** Milliseconds turned to seconds: how long a browser may remember a preflight. */
const PREFLIGHT_S = '600';

const ALLOWED_METHODS = 'GET, POST, PUT, PATCH, DELETE';
const ALLOWED_HEADERS =
  'Authorization, Content-Type, Idempotency-Key, Kith-Connection, Kith-Workspace, Last-Event-ID, X-Request-Id';
const EXPOSED_HEADERS = 'X-Request-Id, Retry-After';

export class Origins {
  readonly #allowed: ReadonlySet<string>;
  readonly #own: string | null;

  /** @param pages URLs of which only the origin counts */
  constructor({ publicUrl, allowedOrigins }: Pick<EdgeConfig, 'publicUrl' | 'allowedOrigins'>) {
    this.#own = publicUrl === null ? null : originOf(publicUrl);
    this.#allowed = new Set(allowedOrigins.map(originOf));
  }

  /** @param host the request's own host, with its port */
  isAllowed(origin: string, host: string | undefined): boolean {
    return this.#allowed.has(origin.toLowerCase()) || this.isOwn(origin, host);
  }

  /** Whether that is the server's own page. @param host the request's own host, with its port */
  isOwn(origin: string, host: string | undefined): boolean {
    if (this.#own === origin.toLowerCase()) return true;
    if (host === undefined || !/^https?:\/\//i.test(origin)) return false;
    return origin.toLowerCase().replace(/^https?:\/\//, '') === host.toLowerCase();
  }
}

/** URL keeps the origin of web addresses only; `capacitor://localhost` is taken as it is. */
function originOf(page: string): string {
  const { origin } = new URL(page);
  return (origin === 'null' ? page.replace(/\/$/, '') : origin).toLowerCase();
}

/** What an allowed page may read of an answer. */
export function corsHeaders(origin: string): { readonly [name: string]: string } {
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED_HEADERS };
}

/** The answer to a browser that asks before it asks. */
export function preflightHeaders(origin: string): { readonly [name: string]: string } {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': ALLOWED_METHODS,
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-max-age': PREFLIGHT_S,
  };
}
