// Kith's own store, opened beside the server by the server's own code: people and conversations are made here, because
// signing thousands up would take minutes of hashing passwords. Nothing that is measured goes through it, save reads of
// pages at the level of the store.
import { randomBytes } from 'node:crypto';
import { type Key, makeId, SCOPES, type SessionId, type UserId, type WorkspaceId } from '@kith/protocol';
import { Conversations } from '@kith/server/core/conversations';
import { KnownChoices } from '@kith/server/core/live/choices';
import type { ConversationLog } from '@kith/server/core/log';
import type { Principal } from '@kith/server/core/principal';
import { Reach } from '@kith/server/core/reach';
import type { SearchIndex } from '@kith/server/core/search/search-index';
import { SILENT } from '@kith/server/core/telemetry';
import { Writer } from '@kith/server/core/writer';
import { SystemRandom, systemClock } from '@kith/server/edge/system-clock';
import { JwtTokens } from '@kith/server/edge/tokens';
import { PostgresDirectory } from '@kith/server/store/postgres/directory';
import { openPostgresLog } from '@kith/server/store/postgres/log';
import { migrate } from '@kith/server/store/postgres/migrate';
import { type Database, PooledDatabase } from '@kith/server/store/postgres/pool';
import { PostgresSearch } from '@kith/server/store/postgres/search';
import { inParallel } from '../world/in-parallel.js';

export type Person = { readonly principal: Principal; readonly token: string };

const TOKEN_MS = 6 * 3_600_000;
/** Requests of this process that are under way at once. */
const PARALLEL = 12;
/** Tables that grow while people talk. */
const WRITTEN = ['entry', 'member', 'conversation', 'feed', 'search_document', 'consumer_position'];
/** No password has it. */
const NO_HASH = '!';

export class KithStore {
  readonly log: ConversationLog;
  readonly search: SearchIndex;
  readonly #database: Database;
  readonly #directory: PostgresDirectory;
  readonly #tokens: JwtTokens;
  readonly #conversations: Conversations;
  readonly #workspace: WorkspaceId;
  readonly #closeLog: () => Promise<void>;
  #people = 0;

  private constructor(parts: {
    database: Database;
    directory: PostgresDirectory;
    log: ConversationLog & { close(): Promise<void> };
    workspace: WorkspaceId;
  }) {
    const { database, directory, log, workspace } = parts;
    const clock = systemClock(SILENT);
    const random = new SystemRandom();
    this.log = log;
    this.search = new PostgresSearch({ database, clock });
    this.#database = database;
    this.#directory = directory;
    this.#workspace = workspace;
    this.#tokens = new JwtTokens({ keys: directory, clock, random, issuer: 'kith' });
    const writer = new Writer(log, new Reach(log, new KnownChoices({ log, telemetry: SILENT })), {
      announce: () => {},
      seated: () => {},
    });
    this.#conversations = new Conversations({ log, writer, reservations: directory, clock, random });
    this.#closeLog = () => log.close();
  }

  /** Migrates the database at `url` and opens it. */
  static async open(url: string): Promise<KithStore> {
    const database = new PooledDatabase({ address: { url }, telemetry: SILENT, poolSize: PARALLEL });
    await migrate(database);
    const directory = new PostgresDirectory(database);
    const log = await openPostgresLog({
      database,
      clock: systemClock(SILENT),
      random: new SystemRandom(),
      telemetry: SILENT,
    });
    const at = Date.now();
    const { id } = await directory.openWorkspace({ id: makeId<WorkspaceId>(at, randomBytes(10)), name: 'default', at });
    return new KithStore({ database, directory, log, workspace: id });
  }

  /** What autovacuum would begin with what was written, perhaps while something is measured. */
  async vacuum(): Promise<void> {
    for (const table of WRITTEN) await this.#database.query({ text: `VACUUM (ANALYZE, PARALLEL 0) ${table}` });
  }

  people(count: number): Promise<readonly Person[]> {
    return inParallel(PARALLEL, Array.from({ length: count }), () => this.#person());
  }

  /** A group of these people, or a direct conversation where they are two. @returns its id */
  async conversation(people: readonly Person[]): Promise<string> {
    const [first, ...others] = people;
    if (first === undefined) throw new Error('a conversation of nobody');
    const { conversation } = await this.#conversations.create(first.principal, {
      kind: others.length === 1 ? 'direct' : 'group',
      key: makeId<Key>(Date.now(), randomBytes(10)),
      members: others.map(({ principal }) => principal.user),
    });
    return conversation;
  }

  conversations(groups: readonly (readonly Person[])[]): Promise<readonly string[]> {
    return inParallel(PARALLEL, groups, (people) => this.conversation(people));
  }

  async close(): Promise<void> {
    await this.#closeLog();
    await this.#database.close();
  }

  /** With a session, a token and a `self` conversation, as after a first visit. */
  async #person(): Promise<Person> {
    this.#people += 1;
    const at = Date.now();
    const [workspace, user, session] = [
      this.#workspace,
      makeId<UserId>(at, randomBytes(10)),
      makeId<SessionId>(at, randomBytes(10)),
    ];
    const username = `person${this.#people}`;
    const made = await this.#directory.createAccount({
      ...{ workspace, id: user, username, usernameKey: username, name: username, at },
      terms: [{ text: username, isWhole: true }],
      passwordHash: NO_HASH,
    });
    if (made !== 'created') throw new Error(`an account was not made: ${made}`);
    const digests = { origin: digest(), familyDigest: digest(), refreshDigest: digest() };
    await this.#directory.createSession(
      { workspace, user, id: session, device: null, scopes: null, ...digests, at },
      100,
    );
    const principal: Principal = { workspace, user, session, scopes: SCOPES, expiresAt: at + TOKEN_MS };
    await this.#conversations.self(principal);
    return { principal, token: await this.#tokens.sign({ ...principal, generation: 1, issuedAt: at }) };
  }
}

function digest(): string {
  return randomBytes(32).toString('hex');
}
