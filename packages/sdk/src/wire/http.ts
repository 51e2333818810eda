// Requests over HTTP below `/v1`. Whatever fails is a `Refusal`: with the server's own code where the server answered, and
// `unavailable` where nothing came back in time, or only the page of a proxy (rules H1, H2, E4).
import type { Clock, Http, HttpAnswer, HttpRequest } from '../ports.js';
import { Refusal, refusalOf, unavailable } from '../refusal.js';

const TIMEOUT_MS = 20_000;

export type Ask = {
  readonly method: HttpRequest['method'];
  /** Below `/v1`, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  /** Of `welcome`: ties the request to a stream (H7). */
  readonly connection?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export type RequestsParts = {
  readonly http: Http;
  readonly clock: Clock;
  /** Where the server is, such as `https://chat.example`. */
  readonly url: string;
  /** Named where there is no token yet to say it (H8). */
  readonly workspace?: string;
};

/** Gives a token that the server should take. @param rejected one that it has just refused */
export type AccessToken = (rejected?: string) => Promise<string>;

export class Requests {
  readonly #parts: RequestsParts;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** @returns the answer's JSON, null where it has none. @throws Refusal */
  async ask(ask: Ask): Promise<unknown> {
    const { http, clock } = this.#parts;
    const aborter = new AbortController();
    const abort = () => aborter.abort();
    const cancel = clock.after(ask.timeoutMs ?? TIMEOUT_MS, abort);
    ask.signal?.addEventListener('abort', abort);
    if (ask.signal?.aborted) abort();
    // Not every platform ends a request when it is told to.
    const aborted = new Promise<never>((_, reject) => {
      const refuse = () => reject(unavailable('the server does not answer'));
      if (aborter.signal.aborted) refuse();
      else aborter.signal.addEventListener('abort', refuse);
    });
    try {
      return await Promise.race([this.#answerOf(() => http(this.#requestOf(ask, aborter.signal))), aborted]);
    } finally {
      cancel();
      ask.signal?.removeEventListener('abort', abort);
    }
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

  /** The body as it comes, without an end of its own. @throws Refusal, also while it is read */
  async *stream(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const request = this.#requestOf({ method: 'GET', path }, signal);
    try {
      const answer = await this.#parts.http({ ...request, isStream: true });
      if (answer.status !== 200) throw await refusalOfAnswer(answer);
      if (!answer.stream) throw unavailable('this platform gives no streams');
      yield* answer.stream;
    } catch (cause) {
      throw cause instanceof Refusal ? cause : unavailable('the stream was cut', { cause });
    }
  }

  async #answerOf(send: () => Promise<HttpAnswer>): Promise<unknown> {
    try {
      const answer = await send();
      if (answer.status < 200 || answer.status > 299) throw await refusalOfAnswer(answer);
      const text = await answer.text();
      return text === '' ? null : JSON.parse(text);
    } catch (cause) {
      throw cause instanceof Refusal ? cause : unavailable('the server does not answer', { cause });
    }
  }

  #requestOf({ method, path, body, token, connection }: Ask, signal: AbortSignal): HttpRequest {
    const { url, workspace } = this.#parts;
    return {
      method,
      url: `${url}/v1${path}`,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(connection === undefined ? {} : { 'kith-connection': connection }),
        ...(workspace === undefined ? {} : { 'kith-workspace': workspace }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    };
  }
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
