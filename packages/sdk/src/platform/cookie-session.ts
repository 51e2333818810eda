// For the server's own page: the refresh token stays in a cookie that no script can read, the access token in the memory of
// this tab (rule H18). What is kept on the device says who is signed in and holds no token, so that everything opens without
// a network. It comes between the SDK and the platform, and is loaded by those pages alone.
import type { KeyValueStore } from '../ports.js';
import { type Held, readHeld } from '../session/held-tokens.js';
import type { Fetch } from './fetch-http.js';
import { localKeyValues, memoryKeyValues } from './key-values.js';
import type { PlatformOverrides } from './platform.js';

export type CookieSession = {
  /** For `Chat`, as `platform`. */
  readonly platform: PlatformOverrides;
  /** Ends the sessions that were left while the server could not be reached, as far as it can be now. */
  endLeft(): Promise<void>;
};

const SESSION = 'kith.session:';
const LEFT = 'kith.left';
/** Sessions that were left without a network: of more the first are forgotten, and end with their cookies. */
const MOST_LEFT = 5;
/** The requests that carry the cookie, below any address. */
const OF_SESSIONS = /\/v1\/(accounts|sessions(\/refresh|\/current)?)$/;
const TIMEOUT_MS = 20_000;
const FORM = { 'kith-refresh': 'cookie' };

/** Where the browser takes no cookies, tokens are kept for the run alone. */
export function cookieSession(url: string): CookieSession {
  const fetch: Fetch = (address, init) => globalThis.fetch(address, init);
  if (!globalThis.navigator.cookieEnabled)
    return { platform: { keyValues: memoryKeyValues() }, endLeft: async () => {} };
  return makeCookieSession({ url, fetch, keyValues: localKeyValues(() => globalThis.localStorage) });
}

type Parts = { readonly url: string; readonly fetch: Fetch; readonly keyValues: KeyValueStore };

export function makeCookieSession({ url, fetch: given, keyValues: kept }: Parts): CookieSession {
  /** Of this tab, and of this run. */
  let held: Held | null = null;
  /** Whoever signs out is forgotten first, and the server told after that. */
  let leaving: string | null = null;

  const left = async () => readList(await kept.get(LEFT));
  const keepLeft = (sessions: readonly string[]) =>
    sessions.length === 0 ? kept.remove(LEFT) : kept.set(LEFT, JSON.stringify(sessions.slice(-MOST_LEFT)));
  const drop = async (session: string) => {
    const sessions = await left();
    if (sessions.includes(session)) await keepLeft(sessions.filter((other) => other !== session));
  };

  const carried: Fetch = (address, init) => {
    const headers = { ...(init.headers as { readonly [name: string]: string }), ...FORM };
    // Of a page that is closed meanwhile the browser still takes the next token: the one before is used up.
    return given(address, { ...init, headers, credentials: 'same-origin', keepalive: true });
  };

  const fetch: Fetch = async (address, init) => {
    if (init.method === 'GET' || !OF_SESSIONS.test(address))
      return await given(address, { ...init, credentials: 'omit' });
    const answer = await carried(address, init);
    const session = leaving;
    if (init.method === 'DELETE' && answer.ok && session !== null) {
      leaving = null;
      await drop(session);
    }
    return answer;
  };

  const ask = (method: string, path: string, more: RequestInit) =>
    carried(`${url}/v1${path}`, { method, signal: AbortSignal.timeout(TIMEOUT_MS), ...more });

  /** @returns whether there is nothing more to do for it */
  const end = async (session: string): Promise<boolean> => {
    const body = JSON.stringify({ refreshToken: session });
    const answer = await ask('POST', '/sessions/refresh', { headers: { 'content-type': 'application/json' }, body });
    if (!answer.ok) return answer.status === 401;
    const { accessToken } = (await answer.json()) as { readonly accessToken: string };
    return (await ask('DELETE', '/sessions/current', { headers: { authorization: `Bearer ${accessToken}` } })).ok;
  };

  const keyValues: KeyValueStore = {
    async get(name) {
      const text = await kept.get(name);
      if (!name.startsWith(SESSION)) return text;
      const known = readKept(text);
      if (held?.session !== known?.session) held = null;
      if (known === null || held !== null) return held && JSON.stringify(held);
      // It is nobody's yet: the first request gets one.
      return JSON.stringify({ ...known, accessToken: '', keptAt: 0 });
    },
    async set(name, value) {
      const whole = name.startsWith(SESSION) ? readHeld(value) : null;
      if (whole === null) return await kept.set(name, value);
      held = whole;
      const { accessToken: _, ...rest } = whole;
      await kept.set(name, JSON.stringify(rest));
    },
    async remove(name) {
      const known = name.startsWith(SESSION) ? readKept(await kept.get(name)) : null;
      if (known !== null) {
        held = null;
        leaving = known.session;
        await keepLeft([...(await left()), known.session]);
      }
      await kept.remove(name);
    },
  };

  const endLeft = async () => {
    for (const session of await left()) {
      if (await end(session).catch(() => false)) await drop(session);
    }
  };

  return { platform: { fetch, keyValues }, endLeft };
}

/** What is kept of who is signed in; also what an earlier build kept, which had the tokens in it. */
function readKept(text: string | null): Held | null {
  if (text === null) return null;
  try {
    return readHeld(JSON.stringify({ ...JSON.parse(text), accessToken: '' }));
  } catch {
    return null;
  }
}

function readList(text: string | null): readonly string[] {
  try {
    const sessions: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(sessions) ? sessions.filter((session) => typeof session === 'string') : [];
  } catch {
    return [];
  }
}
