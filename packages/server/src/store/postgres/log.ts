// The log in PostgreSQL: wires its parts together and keeps the rules LOG1–… of docs/contracts.md.
// Appends go over connections of their own; everything else is one statement on the general pool.
import type { ConversationId, Cursor, Entry, Marks, UserId, WorkspaceId } from '@kith/protocol';
import type { Clock, Random } from '../../core/clock.js';
import { GATHERED, Gathered } from '../../core/gathered.js';
import type { Choices } from '../../core/grounds.js';
import type { HiddenMessage, HiddenQuery, HideOf, Hiding } from '../../core/hides/hidden-log.js';
import type {
  Advance,
  Advanced,
  Appended,
  Changes,
  ChannelQuery,
  ConversationHead,
  ConversationLog,
  ConversationRecord,
  EditedPage,
  EditedRange,
  EditedRanges,
  LogPage,
  LogSummary,
  Pins,
  PublicChannel,
  Reactors,
  ReactorsRange,
  ReadRange,
  SummaryPage,
  SummaryQuery,
  ThreadMark,
  ThreadOf,
  ThreadPage,
  ThreadQuery,
  Write,
} from '../../core/log.js';
import type { Reader, ReadersQuery } from '../../core/reading.js';
import type { Talk } from '../../core/talks.js';
import type { Telemetry } from '../../core/telemetry.js';
import type { Voters, VotersRange } from '../../core/vote-log.js';
import { readAmendments, readHistory } from './amendments.js';
import { AppendLane } from './append-lane.js';
import { Appender } from './appender.js';
import { readChanges } from './changes.js';
import { listChannels } from './channels.js';
import { readChoices } from './choices.js';
import { ConversationCache } from './conversation-cache.js';
import { FeedPruner } from './feed.js';
import { advanceThreads, follow, listThreads, readFollower } from './followers.js';
import { readHidden, readHidingOf, readHidings } from './hides.js';
import { LaneConnection } from './lane-connection.js';
import { advance, readMarks } from './marks.js';
import { findByTime, readEdited, readPages, readSettings } from './pages.js';
import { readPins } from './pins.js';
import type { Database } from './pool.js';
import { readReactors } from './reactions.js';
import { listReaders, readStandings } from './readers.js';
import { RecentKeys } from './recent-keys.js';
import { Records } from './records.js';
import { storeError } from './store-error.js';
import { readStore, type StoreRow } from './store-identity.js';
import { conversationsOf, type Listing, listingOf, listSummaries, MEMBERSHIPS_OF, readSummary } from './summaries.js';
import { readTalks } from './talks.js';
import { readThread } from './threads.js';
import { readVoters } from './votes.js';

export type PostgresLogParts = {
  /** Migrated. The log does not close it. */
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** Connections that append. */
  readonly lanes?: number;
};

const LANES = 3;
/** More than a conversation may have, should that bound be lowered one day. */
const MOST_PINS = 1_000;

/** @throws DatabaseError, or the driver's error, where the database can't be used */
export async function openPostgresLog(parts: PostgresLogParts): Promise<PostgresLog> {
  return new PostgresLog(parts, await readStore(parts.database));
}

export class PostgresLog implements ConversationLog {
  /** The identity of the store, as it was when the log was opened. */
  readonly storeId: string;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #cache = new ConversationCache();
  readonly #records: Records;
  readonly #conversationsOf: Gathered<UserId, readonly ConversationHead[]>;
  readonly #summaries: Gathered<Listing, SummaryPage>;
  readonly #appender: Appender;
  readonly #pruner: FeedPruner;

  constructor(parts: PostgresLogParts, store: StoreRow) {
    const { database, clock, telemetry } = parts;
    this.storeId = store.id;
    this.#database = database;
    this.#clock = clock;
    this.#records = new Records({ cache: this.#cache, clock, telemetry });
    this.#conversationsOf = new Gathered({
      ...GATHERED,
      ask: (people) => this.#ask(() => conversationsOf(database, people)),
    });
    this.#summaries = new Gathered({
      ...GATHERED,
      ask: (listings) => this.#ask(() => listSummaries(database, listings, clock.now())),
    });
    this.#appender = new Appender({ lanes: makeLanes(parts, store, this.#cache), clock, telemetry });
    this.#pruner = new FeedPruner({ database, clock, telemetry });
  }

  append(write: Write): Promise<Appended> {
    return this.#appender.append(write);
  }

  told(entry: Entry): void {
    this.#cache.hear(entry);
  }

  async records(conversations: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, ConversationRecord>> {
    const found = new Map<ConversationId, ConversationRecord>();
    const missing: ConversationId[] = [];
    for (const id of new Set(conversations)) {
      const record = this.#cache.fresh(id);
      if (record) found.set(id, record);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    const read = await this.#ask(() => this.#records.read(this.#database, missing));
    for (const [id, { record }] of read) found.set(id, record);
    return found;
  }

  async read(range: ReadRange): Promise<LogPage | null> {
    const [page] = await this.readMany([range]);
    return page ?? null;
  }

  readEdited({ reader, upToChange, thread, ...range }: EditedRange): Promise<EditedPage | null> {
    const bound = upToChange === undefined ? {} : { upToChange };
    if (thread !== undefined) {
      return this.#ask(() => readThread(this.#database, this.#records, { ...range, ...bound, reader, thread }));
    }
    return this.readManyEdited({ ranges: [range], reader, ...bound }).then(([page]) => page ?? null);
  }

  readManyEdited(query: EditedRanges): Promise<readonly EditedPage[]> {
    return this.#ask(() => readEdited(this.#database, this.#records, query));
  }

  reactors(range: ReactorsRange): Promise<Reactors | null> {
    return this.#ask(() => readReactors(this.#database, this.#records, range));
  }

  votes(range: VotersRange): Promise<Voters | null> {
    return this.#ask(() => readVoters(this.#database, this.#records, range));
  }

  pins(conversation: ConversationId): Promise<Pins | null> {
    return this.#ask(() => readPins(this.#database, this.#records, { conversation, limit: MOST_PINS }));
  }

  readChanges(range: Pick<ReadRange, 'conversation' | 'after' | 'limit'>): Promise<LogPage | null> {
    return this.#ask(() => readAmendments(this.#database, this.#records, range));
  }

  history(conversation: ConversationId, seq: number): Promise<LogPage | null> {
    return this.#ask(() => readHistory(this.#database, this.#records, { conversation, seq }));
  }

  readMany(ranges: readonly ReadRange[]): Promise<readonly LogPage[]> {
    return this.#ask(() => readPages(this.#database, this.#records, ranges));
  }

  seqAt(conversation: ConversationId, at: number): Promise<number> {
    return this.#ask(() => findByTime(this.#database, conversation, at));
  }

  conversationsOf(user: UserId): Promise<readonly ConversationHead[]> {
    return this.#conversationsOf.ask(user);
  }

  async membershipsOf(user: UserId): Promise<readonly ConversationId[]> {
    const rows = await this.#ask(() => this.#database.query<{ id: ConversationId }>(MEMBERSHIPS_OF, [user]));
    return rows.map(({ id }) => id);
  }

  readerStandings(conversations: readonly ConversationId[], user: UserId) {
    return this.#ask(() => readStandings(this.#database, conversations, user));
  }

  readers(query: ReadersQuery): Promise<readonly Reader[]> {
    return this.#ask(() => listReaders(this.#database, query));
  }

  async summaries(query: SummaryQuery): Promise<SummaryPage> {
    return this.#summaries.ask(listingOf(query));
  }

  channels(query: ChannelQuery): Promise<readonly PublicChannel[]> {
    return this.#ask(() => listChannels(this.#database, query));
  }

  summary(conversation: ConversationId, user: UserId): Promise<LogSummary | null> {
    return this.#ask(() => readSummary(this.#database, { conversation, user }, this.#clock.now()));
  }

  advance(advances: readonly Advance[]): Promise<readonly Advanced[]> {
    return this.#ask(() => advance(this.#database, advances));
  }

  marks(
    conversation: ConversationId,
    page: { readonly after: number; readonly limit: number; readonly reached?: number },
  ): Promise<readonly (Marks & { readonly ordinal: number })[]> {
    return this.#ask(() => readMarks(this.#database, conversation, page));
  }

  threads(query: ThreadQuery): Promise<ThreadPage> {
    return this.#ask(() => listThreads(this.#database, query));
  }

  thread(of: ThreadOf): Promise<ThreadMark | null> {
    return this.#ask(() => readFollower(this.#database, of));
  }

  follow(of: ThreadOf, on: boolean): Promise<void> {
    return this.#ask(() => follow(this.#database, of, on));
  }

  advanceThreads(advances: readonly (ThreadOf & { readonly read: number })[]): Promise<readonly ThreadMark[]> {
    return this.#ask(() => advanceThreads(this.#database, advances));
  }

  settings(conversation: ConversationId): Promise<LogPage | null> {
    return this.#ask(() => readSettings(this.#database, this.#records, conversation));
  }

  choices(users: readonly UserId[]): Promise<readonly Choices[]> {
    return this.#ask(() => readChoices(this.#database, users));
  }

  hidden(query: HiddenQuery): Promise<readonly HiddenMessage[]> {
    return this.#ask(() => readHidden(this.#database, query));
  }

  hidingOf(of: HideOf): Promise<Hiding> {
    return this.#ask(() => readHidingOf(this.#database, of));
  }

  hidings(range: Pick<ReadRange, 'conversation' | 'after' | 'limit'>): Promise<LogPage | null> {
    return this.#ask(() => readHidings(this.#database, this.#records, range));
  }

  talks(person: { readonly workspace: WorkspaceId; readonly user: UserId }): Promise<readonly Talk[]> {
    return this.#ask(() => readTalks(this.#database, person));
  }

  changes(mark: Cursor | null): Promise<Changes> {
    return this.#ask(() => readChanges(this.#database, this.#cache, mark));
  }

  /** Writes under way are answered; those that wait are `unavailable`. */
  async close(): Promise<void> {
    await this.#pruner.close();
    await this.#appender.close();
  }

  /** @throws unavailable where the database can't be reached */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeError(error);
    }
  }
}

function makeLanes(parts: PostgresLogParts, opened: StoreRow, cache: ConversationCache): readonly AppendLane[] {
  const { database, clock, random, telemetry } = parts;
  let store = opened;
  const onStore = (found: StoreRow) => {
    if (found.id !== store.id) {
      telemetry.error('the database is another store than before', null, { before: store.id, now: found.id });
      cache.distrustAll();
    }
    store = found;
  };
  const shared = {
    database,
    cache,
    clock,
    random,
    telemetry,
    recent: new RecentKeys(),
    records: new Records({ cache, clock, telemetry }),
    secret: () => store.secret,
  };
  return Array.from(
    { length: parts.lanes ?? LANES },
    () => new AppendLane({ ...shared, connection: new LaneConnection(database, onStore) }),
  );
}
