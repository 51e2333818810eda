// Who is signed in here: the pair of tokens in localStorage, shared by all tabs of this browser.
// An access token is renewed by one tab at a time; the others find the new pair in the store. A refresh that nobody
// answered is repeated with the same token, which the server allows until the new pair is used.
import type { SignedIn } from '@kith/protocol';
import { Refusal, request } from './api.js';

const STORE_KEY = 'kith.session';
/** An access token that ends sooner than this is renewed first. */
const MARGIN_MS = 60_000;

export type SignUpForm = {
  readonly username: string;
  readonly password: string;
  readonly displayName?: string;
  readonly setupCode?: string;
};

export class Session {
  readonly #storage: Storage;
  #renewing: Promise<string> | null = null;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Null where nobody is signed in. */
  get current(): SignedIn | null {
    const text = this.#storage.getItem(STORE_KEY);
    return text === null ? null : (JSON.parse(text) as SignedIn);
  }

  /** @throws Refusal */
  async signUp(form: SignUpForm): Promise<void> {
    this.#keep((await request({ method: 'POST', path: '/accounts', body: form })) as SignedIn);
  }

  /** @throws Refusal */
  async signIn(form: { readonly username: string; readonly password: string }): Promise<void> {
    this.#keep((await request({ method: 'POST', path: '/sessions', body: form })) as SignedIn);
  }

  /** Forgets the tokens here even where the server can't be told. */
  async signOut(): Promise<void> {
    const token = this.current?.accessToken;
    this.forget();
    if (token === undefined) return;
    await request({ method: 'DELETE', path: '/sessions/current', token }).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
  }

  forget(): void {
    this.#storage.removeItem(STORE_KEY);
  }

  /**
   * A token that the server should take.
   * @param rejected one that it has just refused, if any
   * @throws Refusal `unauthenticated` where the session has ended: sign in again
   */
  async accessToken(rejected?: string): Promise<string> {
    const usable = this.#usable(rejected);
    if (usable !== null) return usable;
    this.#renewing ??= this.#alone(() => this.#renew(rejected)).finally(() => {
      this.#renewing = null;
    });
    return await this.#renewing;
  }

  #usable(rejected: string | undefined): string | null {
    const held = this.current;
    if (held === null || held.accessToken === rejected) return null;
    return held.expiresAt - Date.now() > MARGIN_MS ? held.accessToken : null;
  }

  async #renew(rejected: string | undefined): Promise<string> {
    const renewedElsewhere = this.#usable(rejected);
    if (renewedElsewhere !== null) return renewedElsewhere;
    const held = this.current;
    if (held === null) throw signedOut();
    try {
      const body = { refreshToken: held.refreshToken };
      const pair = (await request({ method: 'POST', path: '/sessions/refresh', body })) as SignedIn;
      if (this.current?.refreshToken === held.refreshToken) this.#keep(pair);
      return pair.accessToken;
    } catch (error) {
      const isEnded = error instanceof Refusal && error.code === 'unauthenticated';
      if (isEnded && this.current?.refreshToken === held.refreshToken) this.forget();
      throw error;
    }
  }

  /** Web Locks need a secure context; without them, tabs that collide get the same pair from the server. */
  #alone(work: () => Promise<string>): Promise<string> {
    const locks = globalThis.navigator?.locks as LockManager | undefined;
    return locks ? locks.request('kith.session.renew', work) : work();
  }

  #keep(pair: SignedIn): void {
    this.#storage.setItem(STORE_KEY, JSON.stringify(pair));
  }
}

function signedOut(): Refusal {
  return new Refusal({ code: 'unauthenticated', message: 'nobody is signed in', retry: 'never' });
}
