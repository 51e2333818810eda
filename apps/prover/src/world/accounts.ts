// What the HTTP side of a server does for sessions, as far as the SDK's front door needs it: signing in, fresh tokens, the end
// of a session. Tokens mean a principal here; how they are made and checked is another program's to test.
import { makeId, type SessionId } from '@kith/protocol';
import type { HttpAnswer, HttpRequest } from '@kith/sdk';
import type { Principal } from '@kith/server/core/principal';
import type { Cluster } from '@kith/testkit/cluster/cluster';

type Pair = { readonly principal: Principal; readonly accessToken: string; readonly refreshToken: string };

export class Accounts {
  readonly #cluster: Cluster;
  readonly #people = new Map<string, Principal>();
  readonly #byAccess = new Map<string, Principal>();
  /** A refresh token that is used again gives the same answer. */
  readonly #byRefresh = new Map<string, { readonly principal: Principal; next: Pair | null }>();
  #issued = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async add(name: string): Promise<Principal> {
    const person = await this.#cluster.addPerson(name);
    this.#people.set(name, person);
    return person;
  }

  principalOf(accessToken: string): Principal | null {
    return this.#byAccess.get(accessToken) ?? null;
  }

  /** Whether somebody can go on with it. */
  isLive(session: SessionId): boolean {
    return [...this.#byRefresh.values()].some(({ principal }) => principal.session === session);
  }

  /** One that is taken now; null where there is none. */
  tokenOf(user: string): string | null {
    for (const [token, principal] of this.#byAccess) if (principal.user === user) return token;
    return null;
  }

  /** Access tokens of these sessions are refused from now on; what was refreshed goes on. */
  expire(user: string): readonly SessionId[] {
    const ended: SessionId[] = [];
    for (const [token, principal] of this.#byAccess) {
      if (principal.user !== user) continue;
      this.#byAccess.delete(token);
      ended.push(principal.session);
    }
    return ended;
  }

  /** Nobody goes on with a session of this person: they have to sign in again. @returns those that were ended */
  endAll(user: string): readonly SessionId[] {
    for (const [token, { principal }] of this.#byRefresh) if (principal.user === user) this.#byRefresh.delete(token);
    return this.expire(user);
  }

  answer({ method, url, body }: Pick<HttpRequest, 'method' | 'url' | 'body'>): HttpAnswer {
    const path = new URL(url).pathname;
    const params = JSON.parse(body ?? '{}') as { [name in 'username' | 'assertion' | 'refreshToken']?: string };
    if (method === 'POST' && path === '/v1/sessions') return this.#signIn(params.assertion ?? params.username ?? '');
    if (method === 'POST' && path === '/v1/sessions/refresh') return this.#refresh(params.refreshToken ?? '');
    return refusal(404, 'not_found');
  }

  #signIn(name: string): HttpAnswer {
    const person = this.#people.get(name);
    if (!person) return refusal(401, 'unauthenticated');
    const session = makeId<SessionId>(this.#cluster.clock.now(), this.#cluster.random.bytes(10));
    return answerOf(201, this.#issue({ ...person, session }));
  }

  #refresh(token: string): HttpAnswer {
    const held = this.#byRefresh.get(token);
    if (!held) return refusal(401, 'unauthenticated');
    held.next ??= this.#issue(held.principal);
    return answerOf(200, held.next);
  }

  #issue(principal: Principal): Pair {
    this.#issued += 1;
    const pair = { principal, accessToken: `access-${this.#issued}`, refreshToken: `refresh-${this.#issued}` };
    this.#byAccess.set(pair.accessToken, principal);
    this.#byRefresh.set(pair.refreshToken, { principal, next: null });
    return pair;
  }
}

const EXPIRES_AT = Date.UTC(2100, 0, 1);

function answerOf(status: number, { principal, accessToken, refreshToken }: Pair): HttpAnswer {
  const { user: id, session } = principal;
  const user = { id, kind: 'person', name: 'name', username: 'name', avatar: null, version: 1 };
  return whole(status, { user, session, accessToken, refreshToken, expiresAt: EXPIRES_AT });
}

function refusal(status: number, code: string): HttpAnswer {
  return whole(status, { code, detail: 'as the script has it', retry: 'never' });
}

function whole(status: number, value: object): HttpAnswer {
  return { status, text: () => Promise.resolve(JSON.stringify(value)), stream: null };
}
