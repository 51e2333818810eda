// One dedicated connection and the writes that go over it, in turns: while one turn commits, the next one gathers. There
// is no timer while all is well, so a write that finds the lane idle goes at once.
// Each conversation belongs to one lane. A failed turn loses nothing: its writes come back to the front, their keys are
// looked up where it is not known what happened, and they go on until they are answered or their time is up.
import { ChatError, type ConversationId, type UserId } from '@kith/protocol';
import { type Clock, delay, type Random } from '../../core/clock.js';
import type { Telemetry } from '../../core/telemetry.js';
import type { AloneOutcome } from './alone-decisions.js';
import { writeAlone } from './append-alone.js';
import { appendStatement, type BatchedWrite } from './append-batch.js';
import { appendFailure } from './append-failure.js';
import { Contention } from './contention.js';
import type { ConversationCache } from './conversation-cache.js';
import type { NumberedWrite } from './entry-rows.js';
import { lookUpKeys } from './key-lookup.js';
import type { LaneConnection } from './lane-connection.js';
import type { PendingWrite } from './pending-write.js';
import type { Connection, Database } from './pool.js';
import type { RecentKeys, RecentWrite } from './recent-keys.js';
import type { Records } from './records.js';
import { planTurn, type TurnPlan } from './turn-plan.js';
import { keyReused, type Verdict } from './verdict.js';

export type LaneParts = {
  readonly database: Database;
  readonly connection: LaneConnection;
  readonly cache: ConversationCache;
  readonly records: Records;
  readonly recent: RecentKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly secret: () => Buffer;
};

type Judged = { readonly pending: PendingWrite; readonly verdict: Verdict };

/** Transactions of their own that a lane has under way at once; each takes a connection of the general pool. */
const ROOM_ALONE = 1;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

export class AppendLane {
  readonly #parts: LaneParts;
  readonly #busy = new Set<ConversationId>();
  readonly #contention: Contention;
  #queue: readonly PendingWrite[] = [];
  #arrivals: PendingWrite[] = [];
  #absent: ReadonlySet<ConversationId> = new Set();
  #alone: Promise<void>[] = [];
  #running: Promise<void> | null = null;
  /** Something has happened since the running turn looked at what there is to do. */
  #isWanted = false;
  #failures = 0;
  #isClosed = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#contention = new Contention(parts.clock);
  }

  add(pending: PendingWrite): void {
    this.#arrivals.push(pending);
    this.#start();
  }

  /** Lets go of writes that were answered while they waited. */
  sweep(): void {
    this.#queue = this.#queue.filter(({ isSettled }) => !isSettled);
    this.#arrivals = this.#arrivals.filter(({ isSettled }) => !isSettled);
  }

  /** Ends after what is on its way; what still waits is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    await Promise.all(this.#alone);
    this.#rejectAll(new ChatError('unavailable', 'the server is going down'));
    await this.#parts.connection.close();
  }

  #start(): void {
    this.#isWanted = true;
    if (this.#running || this.#isClosed) return;
    // What arrives in the same step of the program goes together.
    this.#running = Promise.resolve()
      .then(() => this.#run())
      .catch((error: unknown) => this.#rejectAll(error))
      .finally(() => {
        this.#running = null;
        if (this.#isWanted) this.#start();
      });
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#isWanted = false;
      this.#queue = [...this.#queue, ...this.#arrivals];
      this.#arrivals = [];
      if (this.#queue.length === 0) return;
      const connection = await this.#connect();
      if (!connection) continue;
      const plan = this.#plan(connection);
      this.#queue = plan.waiting;
      this.#judge(plan.judged);
      for (const group of plan.alone) this.#beginAlone(group);
      // What is left waits for something that is being written alone, and its end starts the next turn.
      if (plan.batch.rows === 0 && plan.lookUps.length === 0 && plan.loads.length === 0) return;
      await this.#send(connection, plan);
    }
  }

  /** Null after a pause: the server can't be reached. */
  async #connect(): Promise<Connection | null> {
    try {
      return await this.#parts.connection.get();
    } catch (error) {
      // Once, and not for each try: it may go on for long.
      if (this.#failures === 0) this.#parts.telemetry.warn('no database to write to', { reason: String(error) });
      await this.#pause();
      this.sweep();
      return null;
    }
  }

  #plan(connection: Connection): TurnPlan {
    const { cache, recent, random, clock } = this.#parts;
    const absent = this.#absent;
    this.#absent = new Set();
    return planTurn(this.#queue, {
      connection,
      cache,
      recent,
      random,
      secret: this.#parts.secret(),
      nowMs: clock.now(),
      monotonicMs: clock.monotonic(),
      busy: this.#busy,
      isContended: (conversation) => this.#contention.isContended(conversation),
      absent,
      roomAlone: ROOM_ALONE - this.#alone.length,
    });
  }

  /** One turn: all three statements are sent at once, and each succeeds or fails by itself. */
  async #send(connection: Connection, plan: TurnPlan): Promise<void> {
    const results = await Promise.allSettled([
      this.#load(connection, plan.loads),
      this.#lookUp(connection, plan.lookUps),
      this.#append(connection, plan),
    ]);
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) {
      this.#failures = 0;
      return;
    }
    this.#parts.telemetry.count('kith_append_failed_turns_total');
    this.#parts.telemetry.warn('a turn of appends failed', { reason: String(failed.reason) });
    // Nobody can say what this connection would do next; heads that were read on it go with it.
    this.#parts.connection.drop();
    await this.#pause();
  }

  async #load(connection: Connection, ids: readonly ConversationId[]): Promise<void> {
    if (ids.length === 0) return;
    const found = await this.#parts.records.read(connection, ids);
    for (const { no, record } of found.values()) {
      this.#parts.cache.noteExact(no, record, connection);
      this.#contention.noteHead(record.id, record.state.head);
    }
    this.#absent = new Set(ids.filter((id) => !found.has(id)));
  }

  async #lookUp(connection: Connection, pendings: readonly PendingWrite[]): Promise<void> {
    if (pendings.length === 0) return;
    const answers = await lookUpKeys(connection, pendings, this.#parts.secret());
    for (const [index, pending] of pendings.entries()) {
      const { first, isAfterFound = false } = answers[index] ?? {};
      pending.isLookedUp = true;
      pending.isAfterFound = isAfterFound;
      if (!first) continue;
      if (!pending.isOutcomeUnknown) this.#parts.recent.noteRepeat(pending.write.author, this.#parts.clock.monotonic());
      if (!first.isSame) pending.reject(keyReused());
      else this.#answerDuplicate(pending, first);
    }
  }

  async #append(connection: Connection, { batch }: TurnPlan): Promise<void> {
    if (batch.rows === 0) return;
    const { clock, telemetry, cache } = this.#parts;
    const startedMs = clock.monotonic();
    try {
      await connection.query(appendStatement(batch.rows), batch.values());
    } catch (error) {
      await this.#appendFailed(batch.writes, error);
      return;
    }
    telemetry.count('kith_append_batches_total');
    telemetry.count('kith_append_entries_total', batch.rows);
    telemetry.observe('kith_append_seconds', (clock.monotonic() - startedMs) / 1_000);
    for (const { no, record, numbered } of batch.latest()) {
      cache.noteExact(no, { ...record, state: numbered.state }, connection);
      if (!this.#contention.isShared(record.id)) continue;
      // Another node may have written by the time of the next, and nobody tells.
      if (!cache.isHeard(record.id)) cache.forgetExact(record.id);
      this.#contention.wrote(record.id, numbered.state.head);
    }
    for (const { pending, numbered } of batch.writes) this.#answer(pending, numbered);
  }

  /** @throws the error where the connection is of no more use */
  async #appendFailed(writes: readonly BatchedWrite[], error: unknown): Promise<void> {
    const failure = appendFailure(error);
    this.#parts.telemetry.count(`kith_append_${failure}_total`);
    for (const { record, isUnseen } of writes) {
      if (failure !== 'number_taken' && !(failure === 'ground_moved' && isUnseen)) continue;
      this.#contention.expect(record.id, record.state.head);
      this.#parts.cache.mistook(record.id);
    }
    const pendings = writes.map(({ pending }) => pending);
    this.#comeBack(failure === 'ground_moved' ? await this.#judgeAgain(pendings) : pendings, error);
    if (failure === 'unknown') throw error;
  }

  /** What rests on something is judged on what that is now. @returns those that may be written still */
  async #judgeAgain(pendings: readonly PendingWrite[]): Promise<readonly PendingWrite[]> {
    const judged = await Promise.allSettled(pendings.map((pending) => pending.judgeAgain()));
    return pendings.filter((pending, index) => {
      const one = judged[index];
      if (one?.status === 'rejected') pending.reject(one.reason);
      return one?.status === 'fulfilled';
    });
  }

  /** Sends writes that were not answered round again, or refuses them where that would not help. */
  #comeBack(pendings: readonly PendingWrite[], error: unknown): void {
    const failure = appendFailure(error);
    const again: PendingWrite[] = [];
    for (const pending of pendings) {
      if (failure === 'disk_full') pending.reject(diskFull(error));
      else if (failure === 'refused' && (pendings.length === 1 || pending.isSuspect)) pending.reject(error);
      else again.push(pending);
      if (failure === 'refused') pending.isSuspect = true;
      if (failure === 'key_known' || failure === 'unknown') pending.lookUpAgain();
      if (failure === 'unknown') pending.isOutcomeUnknown = true;
    }
    this.#queue = [...again, ...this.#queue];
  }

  #beginAlone(group: readonly PendingWrite[]): void {
    const [first] = group;
    if (!first) return;
    const id = first.conversation;
    this.#busy.add(id);
    const task = this.#writeAlone(group).finally(() => {
      this.#busy.delete(id);
      this.#alone = this.#alone.filter((other) => other !== task);
      this.#start();
    });
    this.#alone.push(task);
  }

  async #writeAlone(group: readonly PendingWrite[]): Promise<void> {
    const { database, records, recent, clock, random } = this.#parts;
    try {
      const parts = { database, records, recent, clock, random, secret: this.#parts.secret() };
      const judged = await this.#judgeAgain(group);
      if (judged.length > 0) this.#aloneDone(await writeAlone(parts, judged));
    } catch (error) {
      const failure = appendFailure(error);
      this.#parts.telemetry.count(`kith_append_${failure}_total`);
      this.#comeBack(group, error);
      if (failure === 'unknown') await this.#pause();
    }
  }

  #aloneDone({ written, seated, judged, rest, after }: AloneOutcome): void {
    if (after) {
      this.#parts.cache.note(after.no, after.record);
      // It was another connection's transaction: the lane reads the head itself before it gives the next number.
      this.#parts.cache.forgetExact(after.record.id);
    }
    for (const { pending, numbered, reader } of written) this.#answer(pending, numbered, reader);
    for (const { pending, answer } of seated) pending.resolve(answer);
    this.#judge(judged);
    const [next] = rest;
    if (next) next.mustLookUp = true;
    this.#queue = [...rest, ...this.#queue];
  }

  #judge(judged: readonly Judged[]): void {
    for (const { pending, verdict } of judged) {
      if (verdict.type === 'answered') this.#answerDuplicate(pending, verdict.first);
      else if (verdict.type === 'settled') this.#answerSettled(pending, verdict);
      else if (verdict.type === 'refused') pending.reject(verdict.error);
    }
  }

  #answer(pending: PendingWrite, { entries }: NumberedWrite, reader?: UserId): void {
    const [{ epoch, seq, at }] = entries;
    this.#parts.recent.remember(pending.write, { epoch, seq, at });
    const answer = { conversation: pending.conversation, epoch, seq, at, duplicate: false, entries };
    pending.resolve(reader === undefined ? answer : { ...answer, reader });
  }

  #answerDuplicate(pending: PendingWrite, first: Pick<RecentWrite, 'epoch' | 'seq' | 'at'>): void {
    const { epoch, seq, at } = first;
    // What was written by an attempt of this very call is its own first answer, but its entries are told by the feed.
    this.#parts.recent.remember(pending.write, { epoch, seq, at });
    pending.resolve({ conversation: pending.conversation, epoch, seq, at, duplicate: true, entries: [] });
  }

  /** Nothing was written under its key, so nothing is remembered of it. */
  #answerSettled(pending: PendingWrite, { epoch, by }: Extract<Verdict, { readonly type: 'settled' }>): void {
    pending.resolve({ conversation: pending.conversation, epoch, ...by, duplicate: true, entries: [] });
  }

  async #pause(): Promise<void> {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    const [share = 0] = this.#parts.random.bytes(1);
    await delay(this.#parts.clock, (longest * (128 + share / 2)) / 256);
  }

  #rejectAll(error: unknown): void {
    for (const pending of [...this.#queue, ...this.#arrivals]) pending.reject(error);
    this.#queue = [];
    this.#arrivals = [];
  }
}

function diskFull(cause: unknown): ChatError {
  return new ChatError('unavailable', 'the database has no room left', { cause });
}
