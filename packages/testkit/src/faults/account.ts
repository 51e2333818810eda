// A person of a fault test: signed up over HTTP, with an access token that is made fresh before it ends. Requests are
// bounded in time; a server that is away is the caller's to wait for.
import type { SignedIn } from '@kith/protocol';

const REQUEST_MS = 15_000;
/** A token with less left than this is made fresh. */
const MARGIN_MS = 60_000;

export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`answered with ${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

export type Request = {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
};

/** One request of the API. @throws RequestFailure where it is refused, the platform's error where nobody answers */
export async function request<T>(url: string, { method, path, token, body }: Request): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? null : JSON.parse(text);
  if (response.ok) return answer as T;
  const { code } = { code: 'unknown', ...(answer as object) };
  throw new RequestFailure(response.status, String(code));
}

export class Account {
  readonly username: string;
  #signedIn: SignedIn;
  #renewing: Promise<void> | null = null;

  private constructor(username: string, signedIn: SignedIn) {
    this.username = username;
    this.#signedIn = signedIn;
  }

  static async signUp(url: string, { username, password }: { username: string; password: string }): Promise<Account> {
    const body = { username, password, displayName: `Person ${username}` };
    return new Account(username, await request<SignedIn>(url, { method: 'POST', path: '/v1/accounts', body }));
  }

  get user(): string {
    return this.#signedIn.user.id;
  }

  /** Both tokens, for a search that must not find them. */
  get tokens(): readonly string[] {
    return [this.#signedIn.accessToken, this.#signedIn.refreshToken];
  }

  /** The access token, made fresh over `url` where it ends soon. */
  async token(url: string): Promise<string> {
    if (this.#signedIn.expiresAt - Date.now() < MARGIN_MS) await this.renew(url);
    return this.#signedIn.accessToken;
  }

  /** Devices of one person share the pair: they are renewed once. */
  renew(url: string): Promise<void> {
    this.#renewing ??= this.#renew(url).finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #renew(url: string): Promise<void> {
    const body = { refreshToken: this.#signedIn.refreshToken };
    this.#signedIn = await request<SignedIn>(url, { method: 'POST', path: '/v1/sessions/refresh', body });
  }

  async ask<T>(url: string, asked: Omit<Request, 'token'>): Promise<T> {
    return request<T>(url, { ...asked, token: await this.token(url) });
  }
}
