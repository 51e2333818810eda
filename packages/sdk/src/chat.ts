// The SDK's front door: one server, who is signed in on this device, and that person's conversations. One `Chat` for each
// run of an app. Whoever signs in has a replica and an outbox of their own on the device: nobody else's are ever shown.
import type { OperationParams, OperationResult } from '@kith/protocol';
import { type Observable, Value } from './observable.js';
import { Person } from './person.js';
import { PersonClient } from './person-client.js';
import { makeKey } from './platform/make-key.js';
import { choosePlatform, type PlatformOverrides } from './platform/platform.js';
import type { HttpRequest, Platform } from './ports.js';
import type { StorageStatus } from './replica/keeper.js';
import { Session, type SessionState, type TokenProvider } from './session/session.js';
import { type ReplicaStore, type ReplicaStores, refusingStore, StorageError } from './storage/replica-store.js';
import { makeConnection } from './wire/connect.js';
import { type AccessToken, Requests } from './wire/http.js';

/** What a chat is made of; only where the server is and where things are kept has to be said. */
export type ChatOptions = {
  /** Where the server is, such as `https://chat.example`; without a path. */
  readonly url: string;
  /**
   * Where conversations and unsent messages outlive the run: `IndexedDbStores`, `FileStores`, or `MemoryStores` for a run
   * that leaves nothing behind, and loses what was not sent.
   */
  readonly stores: ReplicaStores;
  /** The app's name and version for the server, `name/version`. */
  readonly client?: string;
  /** Where the server has several communities; else its only one. */
  readonly workspace?: string;
  /** What the place lacks, or does otherwise: in Node 20 a WebSocket, in React Native a `keyValues` that lasts. */
  readonly platform?: PlatformOverrides;
};

const DEVICE = 'kith.device';

type Open = { readonly person: Person; readonly client: PersonClient };

/**
 * One server, and whoever is signed in to it on this device. An app makes one for each run, starts it, and closes it in the end.
 * Signing up, signing in and `request` need the server; everything else works without a connection.
 */
export class Chat {
  readonly #options: ChatOptions;
  readonly #platform: Platform;
  readonly #requests: Requests;
  readonly #session: Session;
  readonly #accessToken: AccessToken = (rejected) => this.#session.accessToken(rejected);
  readonly #person = new Value<Person | null>(null);
  readonly #unsubscribe: () => void;
  #open: Open | null = null;
  /** Changes of person, one after another. */
  #changing: Promise<void> = Promise.resolve();
  #isEntering = false;
  #phase: 'new' | 'running' | 'closed' = 'new';

  constructor(options: ChatOptions) {
    const { url, workspace, platform } = options;
    this.#options = options;
    this.#platform = choosePlatform(platform);
    this.#requests = new Requests({ ...this.#platform, url, workspace });
    this.#session = new Session({ ...this.#platform, requests: this.#requests, name: this.#serverName });
    this.#unsubscribe = this.#session.state.subscribe(() => {
      if (this.#phase === 'running' && !this.#isEntering) void this.#follow();
    });
  }

  /** Whether somebody is signed in on this device. */
  get session(): Observable<SessionState> {
    return this.#session.state;
  }

  /** Whoever is signed in, once what is held of theirs can be shown; with or without a connection. */
  get person(): Observable<Person | null> {
    return this.#person;
  }

  /** Goes on with the session that is there, if there is one. @returns whoever is signed in */
  async start(): Promise<Person | null> {
    await this.#session.load();
    return await this.#begin();
  }

  /** Makes an account, and signs in with it. @throws Refusal */
  async signUp(form: OperationParams<'account.create'>): Promise<Person> {
    await this.#session.signUp(form);
    return await this.#signedIn();
  }

  /** @throws Refusal `unauthenticated` where name and password don't belong together */
  async signIn(form: OperationParams<'session.create'>): Promise<Person> {
    await this.#session.signIn(form);
    return await this.#signedIn();
  }

  /**
   * Signs in with tokens that the app's own server signs for its person, now and whenever a session has ended: the `Person`
   * then stays the same, as it does where this is called again for whoever is signed in. After `signed_out` there is another
   * one: what was opened of the one before (timelines, watches) shows nothing new.
   * @param provider asks that server for a fresh one
   * @param person any name that the app has for its person: the session is kept under it for the next run
   * @throws Refusal
   */
  async useToken(provider: TokenProvider, person: string | null = null): Promise<Person> {
    // In between nobody is signed in: it is looked at when it is known who is.
    this.#isEntering = true;
    try {
      this.#session.useToken(provider, person);
      await this.#session.accessToken();
    } finally {
      this.#isEntering = false;
      await this.#begin();
    }
    return await this.#signedIn();
  }

  /**
   * Any operation of the HTTP API as whoever is signed in, such as `GET` `/sessions` or `PATCH` `/me`.
   * @param path below `/v1`, with its query
   * @returns the answer's JSON, null where it has none
   * @throws Refusal
   */
  request(method: HttpRequest['method'], path: string, body?: object): Promise<unknown> {
    return this.#requests.askAs(this.#accessToken, { method, path, ...(body ? { body } : {}) });
  }

  /** Where the code of an invitation leads: nobody need be signed in. @throws Refusal `not_found` where nobody comes in by it */
  async readInvite(code: string): Promise<OperationResult<'invite.read'>> {
    const answer = await this.#requests.ask({ method: 'POST', path: '/invites/read', body: { code } });
    return answer as OperationResult<'invite.read'>;
  }

  /** Ends the session, and removes from this device what was held of the person, what was not sent included. */
  async signOut(): Promise<void> {
    const user = this.#user;
    await this.#session.signOut(async () => {
      await this.#follow();
      if (user !== null) await this.#options.stores.remove(this.#nameOf(user)).catch(() => {});
    });
  }

  /** Ends this run. What is held and what is not sent stays on the device for the next one. */
  async close(): Promise<void> {
    this.#phase = 'closed';
    this.#unsubscribe();
    await this.#change(() => this.#leave());
  }

  get #user(): string | null {
    const state = this.#session.state.getSnapshot();
    return state.kind === 'signed_in' ? state.user.id : null;
  }

  #nameOf(user: string): string {
    return `${this.#serverName} ${user}`;
  }

  get #serverName(): string {
    const { url, workspace } = this.#options;
    return workspace === undefined ? url : `${url} ${workspace}`;
  }

  /** A chat that was closed stays so, whatever was asked before. */
  #begin(): Promise<Person | null> {
    if (this.#phase === 'new') this.#phase = 'running';
    return this.#follow();
  }

  async #signedIn(): Promise<Person> {
    const person = await this.#begin();
    if (!person) throw new Error('nobody is signed in');
    return person;
  }

  /** Opens what belongs to whoever is signed in now. */
  async #follow(): Promise<Person | null> {
    await this.#change(async () => {
      const user = this.#user;
      if (this.#open?.person.id === user) return;
      await this.#leave();
      if (user !== null && this.#phase === 'running') await this.#enter(user);
    });
    return this.#person.getSnapshot();
  }

  #change(work: () => Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(work, work);
    return this.#changing;
  }

  async #leave(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    this.#person.set(null);
    await open?.client.close();
  }

  async #enter(user: string): Promise<void> {
    const name = this.#nameOf(user);
    const { store, status } = await this.#opened(name);
    const device = await this.#device();
    const platform = this.#platform;
    const client = new PersonClient({
      platform,
      user,
      store,
      status,
      share: (parts) => (status.kind === 'durable' && this.#options.stores.share?.(name, parts)) || null,
      connect: (events, since) =>
        makeConnection({
          platform,
          url: this.#options.url,
          requests: this.#requests,
          accessToken: this.#accessToken,
          greeting: () => greetingOf({ device, client: this.#options.client, since: since() }),
          events,
        }),
    });
    const person = new Person(user, client);
    this.#open = { person, client };
    await client.start();
    this.#person.set(person);
  }

  /** Where the platform refuses, the run goes on in memory, and says so. */
  async #opened(name: string): Promise<{ store: ReplicaStore; status: StorageStatus }> {
    const { stores } = this.#options;
    try {
      const status: StorageStatus = stores.isDurable ? { kind: 'durable' } : { kind: 'memory', reason: null };
      return { store: await stores.open(name), status };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return { store: refusingStore(error), status: { kind: 'memory', reason: error.reason } };
    }
  }

  /** The stable name of this installation. */
  async #device(): Promise<string> {
    const { keyValues } = this.#platform;
    const known = await keyValues.get(DEVICE);
    if (known !== null) return known;
    const made = makeKey(this.#platform);
    await keyValues.set(DEVICE, made);
    return made;
  }
}

type Said = { readonly device: string; readonly client: string | undefined; readonly since: string | null };

function greetingOf({ device, client, since }: Said) {
  return { device, ...(client && { client }), ...(since && { since }) };
}
