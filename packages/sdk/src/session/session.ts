// Who is signed in here: a pair of tokens, shared by all tabs through the platform's store, renewed by one of them at a time.
// No time of the server is ever compared with this device's clock, which may be hours wrong: a token's age is measured from
// when it came, and where that is in doubt the token is tried and renewed when it is refused (rule H9).
import type { OperationParams, SignedIn, User } from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import { memoryKeyValues } from '../platform/key-values.js';
import type { Clock, Exclusive, KeyValueStore } from '../ports.js';
import { isForNow, Refusal, unavailable } from '../refusal.js';
import type { Requests } from '../wire/http.js';
import { type Held, readHeld, readSignedIn } from './held-tokens.js';

/** `loading` until it is known whether somebody is signed in here; it is known without a connection. */
export type SessionState =
  | { readonly kind: 'loading' }
  /** `isEnded`: there was a session, and the server has ended it; where the app gives tokens, it took no further one. */
  | { readonly kind: 'signed_out'; readonly isEnded: boolean }
  | { readonly kind: 'signed_in'; readonly user: User; readonly session: string };

/** Gives a fresh token that the app's own server has signed for the person. */
export type TokenProvider = () => Promise<string>;

export type SessionParts = {
  readonly requests: Requests;
  readonly keyValues: KeyValueStore;
  readonly clock: Clock;
  readonly exclusive: Exclusive;
  /** Tells sessions on other servers apart: the server's address, and the workspace where there are several. */
  readonly name: string;
};

/** Of the 15 minutes of an access token: one is for a pair that was given again, one for the way. */
const FRESH_MS = 13 * 60_000;
const PROVIDER_MS = 30_000;
const LOADING: SessionState = { kind: 'loading' };

export class Session {
  readonly #parts: SessionParts;
  readonly #name: string;
  readonly #state = new Value<SessionState>(LOADING);
  #store: KeyValueStore;
  #provider: TokenProvider | null = null;
  #person: string | null = null;
  /** The token that came in this run, and when on the monotonic clock. */
  #came: { readonly token: string; readonly atMs: number } | null = null;
  #renewing: Promise<string> | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#store = parts.keyValues;
    this.#name = `kith.session:${parts.name}`;
  }

  get state(): Observable<SessionState> {
    return this.#state;
  }

  /** Finds out who is signed in, without asking the server. */
  async load(): Promise<SessionState> {
    await this.#held();
    return this.#state.getSnapshot();
  }

  /** @throws Refusal */
  async signUp(form: OperationParams<'account.create'>): Promise<void> {
    await this.#enter('/accounts', form);
  }

  /** @throws Refusal */
  async signIn(form: OperationParams<'session.create'>): Promise<void> {
    await this.#enter('/sessions', form);
  }

  /**
   * Signs in with tokens of the app's own server instead of a password, now and whenever a session has ended.
   * @param person any name that the app has for its person: the session is kept under it for the next run, and another
   * person's is never used. Without it, a session lasts for the run.
   */
  useToken(provider: TokenProvider, person: string | null = null): void {
    this.#provider = provider;
    this.#person = person;
    this.#store = person === null ? memoryKeyValues() : this.#parts.keyValues;
  }

  /**
   * Forgets the tokens at once, then ends the session at the server, if that can be reached.
   * @param forget whatever else is to be forgotten, which waits for no server
   */
  async signOut(forget?: () => Promise<void>): Promise<void> {
    const held = await this.#held();
    this.#provider = null;
    await this.#forget(false);
    await forget?.();
    if (held === null) return;
    const end = (token: string) => this.#parts.requests.ask({ method: 'DELETE', path: '/sessions/current', token });
    try {
      await end(held.accessToken).catch(async (error: unknown) => {
        if (!isEnded(error)) throw error;
        await end((await this.#pairFor(held.refreshToken)).accessToken);
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /**
   * A token that the server should take.
   * @param rejected one that it has just refused, if any
   * @throws Refusal `unauthenticated` where the session has ended: sign in again
   */
  async accessToken(rejected?: string): Promise<string> {
    const held = await this.#held();
    if (held !== null && this.#isUsable(held, rejected)) return held.accessToken;
    this.#renewing ??= this.#parts
      .exclusive(`${this.#name}.renew`, () => this.#renew(rejected))
      .finally(() => {
        this.#renewing = null;
      });
    return await this.#renewing;
  }

  #isUsable({ accessToken, keptAt }: Held, rejected: string | undefined): boolean {
    if (accessToken === rejected) return false;
    const { clock } = this.#parts;
    const ageMs = accessToken === this.#came?.token ? clock.monotonic() - this.#came.atMs : clock.now() - keptAt;
    return ageMs < FRESH_MS;
  }

  async #renew(rejected: string | undefined): Promise<string> {
    const held = await this.#held();
    // Another tab was first.
    if (held !== null && this.#isUsable(held, rejected)) return held.accessToken;
    try {
      if (held !== null) return await this.#refresh(held);
    } catch (error) {
      if (!isEnded(error) || this.#provider === null) throw error;
    }
    if (this.#provider === null) throw signedOut();
    try {
      return await this.#exchange(this.#provider);
    } catch (error) {
      if (held !== null && isEnded(error)) await this.#forget(true);
      throw error;
    }
  }

  /** Where nobody answers, the next call repeats it with the same token, which the server allows. */
  async #refresh({ refreshToken }: Held): Promise<string> {
    const pair = await this.#pairFor(refreshToken).catch((error: unknown) => {
      if (!isEnded(error)) throw error;
      return null;
    });
    const present = await this.#held();
    // Someone signed out, or in, meanwhile.
    if (present?.refreshToken !== refreshToken) {
      if (present === null) throw signedOut();
      return present.accessToken;
    }
    if (pair !== null) return await this.#keep(pair);
    // Where the app gives tokens, its person stays signed in until the server takes none.
    if (this.#provider === null) await this.#forget(true);
    throw signedOut();
  }

  async #pairFor(refreshToken: string): Promise<SignedIn> {
    return await this.#ask('/sessions/refresh', { refreshToken });
  }

  async #exchange(provider: TokenProvider): Promise<string> {
    const { clock } = this.#parts;
    const assertion = await new Promise<string>((resolve, reject) => {
      const fail = (cause: unknown) => reject(unavailable('the app gave no token', { cause }));
      const cancel = clock.after(PROVIDER_MS, () => fail('it took too long'));
      void Promise.resolve().then(provider).then(resolve, fail).finally(cancel);
    });
    return await this.#keep(await this.#ask('/sessions', { assertion }));
  }

  async #enter(path: string, form: object): Promise<void> {
    const pair = await this.#ask(path, form);
    this.#provider = null;
    this.#person = null;
    this.#store = this.#parts.keyValues;
    await this.#keep(pair);
  }

  async #ask(path: string, body: object): Promise<SignedIn> {
    const answer = readSignedIn(await this.#parts.requests.ask({ method: 'POST', path, body }));
    if (answer === null) throw unavailable();
    return answer;
  }

  async #keep(pair: SignedIn): Promise<string> {
    const { clock } = this.#parts;
    this.#came = { token: pair.accessToken, atMs: clock.monotonic() };
    const held: Held = { ...pair, keptAt: clock.now(), person: this.#person };
    await this.#store.set(this.#name, JSON.stringify(held));
    this.#see(held);
    return pair.accessToken;
  }

  async #held(): Promise<Held | null> {
    const held = readHeld(await this.#store.get(this.#name));
    const own = held?.person === this.#person ? held : null;
    if (own !== null) this.#see(own);
    else if (this.#state.getSnapshot().kind !== 'signed_out') this.#state.set({ kind: 'signed_out', isEnded: false });
    return own;
  }

  async #forget(isByServer: boolean): Promise<void> {
    await this.#store.remove(this.#name);
    this.#state.set({ kind: 'signed_out', isEnded: isByServer });
  }

  #see({ user, session }: Held): void {
    const state = this.#state.getSnapshot();
    if (state.kind === 'signed_in' && state.session === session) return;
    this.#state.set({ kind: 'signed_in', user, session });
  }
}

/** Only a session that is gone is told so; what may pass is no reason to forget it. */
function isEnded(error: unknown): boolean {
  return error instanceof Refusal && (error.code === 'unauthenticated' || !isForNow(error));
}

function signedOut(): Refusal {
  return new Refusal({ code: 'unauthenticated', message: 'nobody is signed in', retry: 'never' });
}
