// The people of an export among those who are here: by what an earlier import remembered, else by username or the e-mail address's
// local part, else as new accounts, which no password opens. Bots become bots, without a token.
import { LIMITS, makeId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import { searchTerms, usernameFrom, usernameKey, withSuffix } from '@kith/server/core/accounts/names';
import { SystemRandom } from '@kith/server/edge/system-clock';
import { PostgresBots } from '@kith/server/store/postgres/bots';
import { PostgresOperatorStore } from '@kith/server/store/postgres/operator';
import type { InProcess } from '../in-process.js';
import { markOf } from './keys.js';
import type { SlackPerson, SlackPost, SlackWorkspace } from './workspace.js';

export type Person = { readonly user: UserId; readonly name: string; readonly isBot: boolean };

type Named = { readonly id: string; readonly name: string };

export type PeopleOptions = {
  readonly core: InProcess;
  readonly workspace: WorkspaceId;
  readonly slack: SlackWorkspace;
  /** Whether people who are here already may be those of the export. */
  readonly mayMatch: boolean;
  /** Milliseconds since the Unix epoch: when accounts are made. */
  readonly at: number;
};

const USERNAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,30}[a-zA-Z0-9])?$/;
const INVISIBLE = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

export class People {
  readonly #options: PeopleOptions;
  readonly #random = new SystemRandom();
  readonly #bots: PostgresBots;
  readonly #store: PostgresOperatorStore;
  readonly #bySlackId = new Map<string, Person>();
  readonly #byBotName = new Map<string, Person>();
  readonly names = new Map<string, string>();
  /** Those whom the export calls deleted, or does not list, and since when nobody signs in as them; null: it is still to be so. */
  readonly #gone = new Map<UserId, number | null>();
  readonly #letIn = new Set<UserId>();
  made = 0;
  /** Usernames of those who were here. */
  readonly matched: string[] = [];

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.#bots = new PostgresBots(options.core.database);
    this.#store = new PostgresOperatorStore(options.core.database);
  }

  get known(): ReadonlyMap<string, Person> {
    return this.#bySlackId;
  }

  /** Those who are remembered first, so that nobody is taken for one of them. */
  async makeAll(): Promise<void> {
    const { slack } = this.#options;
    for (const person of slack.people) {
      const remembered = person.isBot ? null : await this.#remembered(person);
      if (remembered !== null) this.#keep(person, remembered);
    }
    for (const person of slack.people) if (!this.#bySlackId.has(person.id)) await this.#personOf(person);
  }

  /** Who is not in the list of the export gets an account that nobody signs in to. */
  async author(author: SlackPost['author']): Promise<Person> {
    if ('bot' in author) return this.#byBotName.get(author.bot) ?? (await this.#makeNamedBot(author.bot));
    return this.bySlackId(author.user);
  }

  async bySlackId(id: string): Promise<Person> {
    const known = this.#bySlackId.get(id);
    if (known !== undefined) return known;
    const stranger = {
      id,
      handle: id.toLowerCase(),
      name: id,
      email: null,
      isBot: id.startsWith('B'),
      isDeleted: true,
    };
    return this.#personOf(stranger);
  }

  /** Whoever had left is let in for as long as the import takes, where they are to be put into a room. */
  async letIn(user: UserId): Promise<void> {
    if (!this.#gone.has(user) || this.#letIn.has(user)) return;
    await this.#setDeactivated(user, null);
    this.#letIn.add(user);
  }

  /** Once all is said: nobody signs in as those who had left. */
  async closeGone(): Promise<void> {
    const { at } = this.#options;
    for (const [user, since] of this.#gone) {
      if (since === null || this.#letIn.has(user)) await this.#setDeactivated(user, since ?? at);
    }
  }

  async #personOf(person: SlackPerson): Promise<Person> {
    if (person.isBot) return this.#keep(person, await this.#makeBot(person.name, person.id));
    const remembered = await this.#remembered(person);
    const matched = remembered === null ? await this.#match(person) : null;
    return this.#keep(person, remembered ?? matched ?? (await this.#make(person)));
  }

  #keep({ id, isBot }: Pick<SlackPerson, 'id' | 'isBot'>, found: Named): Person {
    const one = { user: toId<UserId>(found.id), name: found.name, isBot };
    this.#bySlackId.set(id, one);
    this.names.set(one.user, one.name);
    return one;
  }

  /** The account that an earlier import made. */
  async #remembered(person: SlackPerson): Promise<Named | null> {
    const { core, workspace } = this.#options;
    const account = await core.directory.accountOfSubject(workspace, this.#subjectOf(person));
    if (account === null) return null;
    if (person.isDeleted) this.#gone.set(toId<UserId>(account.user.id), account.deactivatedAt);
    return account.user;
  }

  #subjectOf({ id }: SlackPerson): string {
    return `slack:${this.#options.slack.team}:${id}`;
  }

  async #match({ handle, email, isDeleted }: SlackPerson): Promise<Named | null> {
    if (!this.#options.mayMatch || isDeleted) return null;
    for (const name of [email?.split('@')[0], handle]) {
      if (name === undefined || !USERNAME.test(name)) continue;
      const account = await this.#store.accountNamed(this.#options.workspace, usernameKey(name));
      if (account === null || account.user.kind === 'bot' || account.deactivatedAt !== null) continue;
      if (this.names.has(account.user.id)) continue;
      this.matched.push(account.user.username);
      return account.user;
    }
    return null;
  }

  async #make(person: SlackPerson): Promise<Named> {
    const { core, workspace, at } = this.#options;
    const subject = this.#subjectOf(person);
    const name = shownName(person.name);
    const wanted = USERNAME.test(person.handle) ? person.handle : usernameFrom(name);
    for (const username of [wanted, withSuffix(wanted, markOf(subject))]) {
      const id = makeId<UserId>(at, this.#random.bytes(10));
      const names = { username, usernameKey: usernameKey(username), name, terms: searchTerms(username, name) };
      const made = await core.directory.createAccount({ workspace, id, ...names, passwordHash: null, at, subject });
      if (made !== 'created') continue;
      this.made += 1;
      if (person.isDeleted) this.#gone.set(id, null);
      return { id, name };
    }
    throw new Error(`no username was free for ${person.handle}`);
  }

  async #makeNamedBot(name: string): Promise<Person> {
    const one = this.#keep({ id: `name:${name}`, isBot: true }, await this.#makeBot(name, `name:${name}`));
    this.#byBotName.set(name, one);
    return one;
  }

  /** Bots have no id of another product: their username says which one it is. Those over the bound speak as one. */
  async #makeBot(given: string, id: string): Promise<Named> {
    const { workspace, slack, at } = this.#options;
    const name = shownName(given);
    const username = withSuffix(usernameFrom(name), markOf('slack', slack.team, id));
    const there = await this.#store.accountNamed(workspace, usernameKey(username));
    if (there !== null) return there.user;
    const bot = makeId<UserId>(at, this.#random.bytes(10));
    const names = { username, usernameKey: usernameKey(username), name, avatar: null };
    const made = await this.#bots.createBot(
      { workspace, id: bot, ...names, terms: searchTerms(username, name), at },
      LIMITS.bots - 1,
    );
    if (made === 'created') {
      this.made += 1;
      return { id: bot, name };
    }
    return this.#makeRest();
  }

  async #makeRest(): Promise<Named> {
    const { workspace, slack, at } = this.#options;
    const [name, username] = ['Slack bots', withSuffix('slack-bots', markOf('slack', slack.team, 'rest'))];
    const there = await this.#store.accountNamed(workspace, usernameKey(username));
    if (there !== null) return there.user;
    const id = makeId<UserId>(at, this.#random.bytes(10));
    const names = { username, usernameKey: usernameKey(username), name, avatar: null };
    await this.#bots.createBot({ workspace, id, ...names, terms: searchTerms(username, name), at }, LIMITS.bots);
    this.made += 1;
    return { id, name };
  }

  async #setDeactivated(user: UserId, deactivatedAt: number | null): Promise<void> {
    const { core, workspace, at } = this.#options;
    const account = await core.directory.account(workspace, user);
    if (account === null || (account.deactivatedAt === null) === (deactivatedAt === null)) return;
    const { role, expiresAt } = account;
    const of = { workspace, user, version: account.user.version, by: null };
    await core.directory.changeStanding({ ...of, role, deactivatedAt, expiresAt, at });
  }
}

function shownName(given: string): string {
  const name = given.replace(INVISIBLE, '').trim().slice(0, LIMITS.name);
  return name === '' ? 'Somebody' : name;
}
