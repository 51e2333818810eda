// A server and the people of a test, known by the server's URL alone: they sign up as anyone does, and what they do goes
// over HTTP unless a test connects them. Every connection that is opened here is closed by `leave`.
import { randomUUID } from 'node:crypto';
import type { Entry, SignedIn, Summary, Written } from '@kith/protocol';
import { Client } from './client.js';
import { type Answer, type Asked, ask, type Fields } from './http-client.js';
import type { OpenOptions } from './raw-web-socket.js';

export type Person = {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly session: string;
};

type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

const PASSWORD = 'seven tall herons 41';
/** Sign-ups at a time. */
const ABREAST = 8;
/** People whom tests share; each of the others is met by one test. */
const SHARED = 12;

export class World {
  readonly #url: () => string;
  readonly #everyone: Person[] = [];
  readonly #clients: Client[] = [];
  #next = 0;
  #reserved = 0;

  constructor(url: () => string) {
    this.#url = url;
  }

  get url(): string {
    return this.#url();
  }

  /** Signs up so many people: the first one alone, who is the owner of a new server. */
  async fill(count: number): Promise<void> {
    const isFirst = this.#everyone.length === 0;
    if (isFirst) this.#everyone.push(await this.signUp());
    for (let made = isFirst ? 1 : 0; made < count; made += ABREAST) {
      const people = Array.from({ length: Math.min(ABREAST, count - made) }, () => this.signUp());
      this.#everyone.push(...(await Promise.all(people)));
    }
  }

  async signUp(): Promise<Person> {
    const username = `p${randomUUID().slice(0, 18)}`;
    const { body } = await this.#want<SignedIn>(null, 'POST /v1/accounts', { body: { username, password: PASSWORD } });
    return personOf(username, body);
  }

  /** One more session of a person. */
  async signIn({ username, password }: Person): Promise<Person> {
    const { body } = await this.#want<SignedIn>(null, 'POST /v1/sessions', { body: { username, password } });
    return personOf(username, body);
  }

  /** @throws Error where somebody else was there before */
  async owner(): Promise<Person> {
    const [first] = this.#everyone;
    const role = first && (await this.do<{ workspaceRole: string }>(first, 'GET /v1/me')).workspaceRole;
    if (first && role === 'owner') return first;
    throw new Error('a new server is wanted: its first account, which is the owner, was not made here');
  }

  get everyone(): readonly Person[] {
    return this.#everyone;
  }

  /** So many different people, whom other tests may meet too. */
  people(count: number): Person[] {
    return Array.from({ length: count }, () => {
      const person = this.#everyone[this.#next % SHARED];
      this.#next += 1;
      if (person === undefined) throw new Error('nobody has signed up');
      return person;
    });
  }

  /** Somebody who owns no workspace, whom other tests may meet too. */
  async other(): Promise<Person> {
    const { id } = await this.owner();
    const found = this.people(2).find((person) => person.id !== id);
    if (found === undefined) throw new Error('nobody else has signed up');
    return found;
  }

  /** Two people: most tests want no more. */
  pair(): readonly [Person, Person] {
    const [one, other] = this.people(2);
    if (one === undefined || other === undefined) throw new Error('nobody has signed up');
    return [one, other];
  }

  /** Someone whom no other test meets. */
  alone(): Person {
    this.#reserved += 1;
    const person = this.#everyone[SHARED - 1 + this.#reserved];
    if (person === undefined) throw new Error('too few people have signed up');
    return person;
  }

  /** Asks, and whatever the answer is, that is it: for tests of how often one may ask. */
  askOnce<T = Fields>(person: Person | null, route: string, asked: Asked = {}): Promise<Answer<T>> {
    return ask<T>(this.url, route, { token: person?.token, ...asked });
  }

  /** Asks, and again where it is told to wait: how often the tests before have asked is not what a test is about. */
  async ask<T = Fields>(person: Person | null, route: string, asked: Asked = {}): Promise<Answer<T>> {
    for (;;) {
      const answer = await this.askOnce<T>(person, route, asked);
      if (answer.status !== 429) return answer;
      await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get('retry-after') ?? 1) * 1_000));
    }
  }

  /** Asks, and wants it to succeed. */
  async do<T = Fields>(person: Person, route: string, body?: unknown): Promise<T> {
    return (await this.#want<T>(person, route, { body })).body;
  }

  async #want<T>(person: Person | null, route: string, asked: Asked): Promise<Answer<T>> {
    const answer = await this.ask<T>(person, route, asked);
    if (answer.status < 300) return answer;
    throw new Error(`${route} was answered with ${answer.status}: ${answer.text}`);
  }

  group(owner: Person, others: readonly Person[], name?: string): Promise<Summary> {
    const members = others.map(({ id }) => id);
    return this.do(owner, 'POST /v1/conversations', { key: randomUUID(), kind: 'group', members, name });
  }

  direct(one: Person, other: Person): Promise<Summary> {
    return this.do(one, 'POST /v1/conversations', { kind: 'direct', members: [other.id] });
  }

  send(person: Person, conversation: string, body: string | Fields): Promise<Written> {
    const fields = typeof body === 'string' ? { text: body } : body;
    return this.do(person, `POST /v1/conversations/${conversation}/messages`, { key: randomUUID(), ...fields });
  }

  summary(person: Person, conversation: string): Promise<{ readonly summary: Summary }> {
    return this.do(person, `GET /v1/conversations/${conversation}`);
  }

  async members(person: Person, conversation: string): Promise<{ readonly [user: string]: string }> {
    const { items } = await this.do<Page<{ readonly user: string; readonly role: string }>>(
      person,
      `GET /v1/conversations/${conversation}/members`,
    );
    return Object.fromEntries(items.map(({ user, role }) => [user, role]));
  }

  /** The whole log, as the person may read it. */
  async log(person: Person, conversation: string): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    const route = `GET /v1/conversations/${conversation}/entries?limit=200`;
    for (let from = ''; ; ) {
      const page = await this.do<{ epoch: number; entries: Entry[] }>(person, `${route}${from}`);
      entries.push(...page.entries);
      if (page.entries.length < 200) return entries;
      from = `&epoch=${page.epoch}&after=${entries.at(-1)?.seq}`;
    }
  }

  /** Opens a connection and says hello. */
  async connect(person: Person, hello: Fields = {}): Promise<Client> {
    const client = await this.open();
    await client.hello({ token: person.token, ...hello });
    return client;
  }

  /** Opens a connection that has not said hello. */
  async open(options: OpenOptions = {}): Promise<Client> {
    const client = await Client.open(this.url, options);
    this.#clients.push(client);
    return client;
  }

  /** Closes every connection. */
  async leave(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
  }
}

function personOf(username: string, { user, accessToken, refreshToken, session }: SignedIn): Person {
  return { id: user.id, username, password: PASSWORD, token: accessToken, refreshToken, session };
}

/** What an error of the contract looks like, in a frame or in a problem. */
export function refusal(code: string): Fields {
  return { frame: { code } };
}
