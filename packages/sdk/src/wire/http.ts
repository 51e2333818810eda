// Requests over HTTP below `/v1`. Whatever fails is a `Refusal`: with the server's own code where the server answered, and
// `unavailable` where nothing came back in time, or only the page of a proxy (rules H1, H2, E4).
import type { Clock, Http, HttpAnswer, HttpRequest } from '../ports.js';
import { Refusal, refusalOf, unavailable } from '../refusal.js';

const TIMEOUT_MS = 20_000;

export type Ask = {
  readonly method: HttpRequest['method'];
  /** Below `/v1`, with its query. */
  readonly path: string;
  readonly body?: object;
  readonly token?: string;
  /** Of `welcome`: ties the request to a stream (H7). */
  readonly connection?: string | null;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The body is wanted as it comes. */
  readonly isStream?: boolean;
};

/** A ticket for a stream. */
export const TICKET = { method: 'POST', path: '/tickets' } as const;

export type RequestsParts = {
  readonly http: Http;
  readonly clock: Clock;
  /** Where the server is, such as `https://chat.example`. */
  readonly url: string;
  /** Named where there is no token yet to say it (H8). */
  readonly workspace?: string | undefined;
};

/** Gives a token that the server should take. @param rejected one that it has just refused */
export type AccessToken = (rejected?: string) => Promise<string>;

export class Requests {
  readonly #parts: RequestsParts;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** @returns the answer's JSON, null where it has none. @throws Refusal */
  ask(ask: Ask): Promise<unknown> {
    const { clock } = this.#parts;
    const { timeoutMs = TIMEOUT_MS, signal } = ask;
    return new Promise((resolve, reject) => {
      const aborter = new AbortController();
      // Not every platform ends a request when it is told to.
      const giveUp = () => {
        aborter.abort();
        finish();
        reject(unavailable());
      };
      const cancel = clock.after(timeoutMs, giveUp);
      const finish = () => {
        cancel();
        signal?.removeEventListener('abort', giveUp);
      };
      signal?.addEventListener('abort', giveUp);
      if (signal?.aborted) giveUp();
      else
        void this.open(ask, aborter.signal)
          .then((answer) => answer.text())
          .then((text) => (text === '' ? null : JSON.parse(text)))
          .catch(refuse)
          .then(resolve, reject)
          .finally(finish);
    });
  }

  /** The same with a token, and once more with a fresh one where it is refused. @throws Refusal */
  async askAs(accessToken: AccessToken, ask: Ask): Promise<unknown> {
    const token = await accessToken();
    try {
      return await this.ask({ ...ask, token });
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'unauthenticated') throw error;
      return await this.ask({ ...ask, token: await accessToken(token) });
    }
  }

  /** An answer that is no refusal, whose body is still to come. @throws Refusal, or whatever `refuse` makes one of */
  async open({ method, path, body, token, connection, isStream }: Ask, signal: AbortSignal): Promise<HttpAnswer> {
    const { http, url, workspace } = this.#parts;
    const headers: { [name: string]: string } = {};
    if (body) headers['content-type'] = 'application/json';
    if (token) headers.authorization = `Bearer ${token}`;
    if (connection) headers['kith-connection'] = connection;
    if (workspace) headers['kith-workspace'] = workspace;
    const request = { method, url: `${url}/v1${path}`, headers, signal, isStream: isStream === true };
    const answer = await http(body ? { ...request, body: JSON.stringify(body) } : request);
    if (answer.status < 200 || answer.status > 299) throw await refusalOfAnswer(answer);
    return answer;
  }
}

/** @throws Refusal whatever it was that went wrong */
export function refuse(cause: unknown): never {
  throw cause instanceof Refusal ? cause : unavailable(undefined, { cause });
}

async function refusalOfAnswer(answer: HttpAnswer): Promise<Refusal> {
  const fallback = `the server answered with ${answer.status}`;
  try {
    return refusalOf(JSON.parse(await answer.text()), fallback);
  } catch {
    // A proxy's own page has no fields of ours.
    return unavailable(fallback);
  }
}
