// The session of a chat in a frame: begun with the page's token, held in memory alone, without cookies, and ended with the
// frame. A frame that is taken out of its page runs nothing any more but what it does at once, so that the token that ends the
// session is at hand then.
import type { Exclusive } from '@kith/sdk';
import { queuedExclusive } from '@kith/sdk/platform/exclusive';

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type FrameSession = {
  /** For the chat's platform. */
  readonly fetch: Fetch;
  /** Within the frame: its session is shared with no tab, and browsers that keep nothing for a frame give it no locks. */
  readonly exclusive: Exclusive;
  /** Ends the session at the server, without waiting for it. */
  readonly revoke: () => void;
};

const OF_TOKENS = /\/v1\/sessions(?:\/refresh)?$/;
const CURRENT = '/v1/sessions/current';

/** @param url of the server */
export function frameSession(url: string, ask: Fetch): FrameSession {
  let token: string | null = null;
  return {
    exclusive: queuedExclusive(),
    async fetch(address, init) {
      const answer = await ask(address, { ...init, credentials: 'omit' });
      if (init.method === 'POST' && answer.ok && OF_TOKENS.test(address)) {
        const { accessToken } = (await answer.clone().json()) as { readonly accessToken?: unknown };
        if (typeof accessToken === 'string') token = accessToken;
      } else if (init.method === 'DELETE' && answer.ok && address.endsWith(CURRENT)) {
        token = null;
      }
      return answer;
    },
    revoke() {
      if (token === null) return;
      const headers = { authorization: `Bearer ${token}` };
      token = null;
      // Nobody is there any more to hear how it went: what was not ended ends with its time.
      void ask(`${url}${CURRENT}`, { method: 'DELETE', headers, credentials: 'omit', keepalive: true }).catch(() => {});
    },
  };
}
