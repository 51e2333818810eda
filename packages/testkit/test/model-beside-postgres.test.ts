// The model of PostgreSQL beside PostgreSQL: the same random calls of the shipped log, one node on each, under the same
// clock and the same randomness. Every answer is the same, to the number; what names the store itself is left out.
import type { ConversationId, Cursor, Key, UserId, WorkspaceId } from '@kith/protocol';
import { ChatError, makeId } from '@kith/protocol';
import type { ConversationLog, Draft, Write } from '@kith/server/core/log';
import { SILENT } from '@kith/server/core/telemetry';
import { openPostgresLog } from '@kith/server/store/postgres/log';
import { migrate } from '@kith/server/store/postgres/migrate';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, numbersTo, type Place, requireMember } from '../src/contracts/log-world.js';
import { DatabaseModel } from '../src/database-model/database-model.js';
import { FakeClock } from '../src/fake-clock.js';
import { Gate } from '../src/gate.js';
import { availableServers, startPostgres, type TestServer } from '../src/postgres-server.js';
import { SeededRandom } from '../src/seeded-random.js';

const CALLS = 400;
const PEOPLE = 5;
const SEEDS = [1, 2];

/** One of the two logs, and where its readers stand. */
type Side = { readonly log: ConversationLog; cursor: Cursor | null; mark: Cursor | null };
type Call = (side: Side) => Promise<unknown>;

describe.each(availableServers())('on the %s server', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startPostgres(kind);
  });
  afterAll(() => server.stop());

  test.each(SEEDS)('random calls are answered alike: seed %i', async (seed) => {
    const clock = new FakeClock();
    const random = new SeededRandom(seed);
    const database = new PooledDatabase({ address: { url: await server.createDatabase() }, telemetry: SILENT });
    await migrate(database);
    const parts = { clock, telemetry: SILENT };
    const real = await openPostgresLog({ ...parts, database, random: random.fork('node') });
    const modelled = new DatabaseModel({ clock, random }).databaseOf({ gate: new Gate(clock) });
    const model = await openPostgresLog({ ...parts, database: modelled, random: random.fork('node') });
    const sides: readonly Side[] = [real, model].map((log) => ({ log, cursor: null, mark: null }));
    const calls = new Calls(clock, random.fork('calls'));
    try {
      for (const _ of numbersTo(CALLS)) {
        const { name, call } = calls.next();
        const [expected, found] = await Promise.all(sides.map((side) => outcomeOf(call(side))));
        expect({ name, ...found }).toEqual({ name, ...expected });
        clock.advance(random.below(50));
      }
    } finally {
      await real.close();
      await database.close();
    }
  });
});

/** Thinks of calls: of people who write, read and mark in conversations of every kind. */
class Calls {
  readonly #clock: FakeClock;
  readonly #random: SeededRandom;
  readonly #workspace: WorkspaceId;
  readonly #users: readonly UserId[];
  readonly #places: Place[] = [];
  readonly #keys: Key[] = [];
  readonly #ways: ReadonlyMap<string, () => Call>;

  constructor(clock: FakeClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
    this.#workspace = this.#id<WorkspaceId>();
    this.#users = numbersTo(PEOPLE).map(() => this.#id<UserId>());
    this.#ways = new Map([...this.#writes(), ...this.#reads()]);
  }

  next(): { readonly name: string; readonly call: Call } {
    const name = this.#places.length < 2 ? 'create' : this.#pick([...this.#ways.keys()]);
    const call = this.#ways.get(name)?.();
    if (!call) throw new Error(`no way to ${name}`);
    return { name, call };
  }

  #writes(): readonly (readonly [name: string, way: () => Call])[] {
    const appending = (draft: () => Draft) => () => this.#appending([this.#write(draft())]);
    return [
      ['create', () => this.#creating()],
      ['send', appending(() => this.#message())],
      ['send many', () => this.#appending(numbersTo(6).map(() => this.#write(this.#message())))],
      ['send again', () => this.#appending([{ ...this.#write(this.#message()), key: this.#pick(this.#keys) }])],
      ['rename', appending(() => ({ kind: 'conversation.updated', body: { name: `name ${this.#random.below(9)}` } }))],
      ['set', appending(() => this.#update())],
      ['answer', () => this.#appending([this.#answer()])],
      ['answer many', () => this.#appending(numbersTo(4).map(() => this.#answer()))],
      ['follow', () => this.#following()],
      ['advance in threads', () => this.#advancingThreads()],
      ['send slowly', () => this.#appending([this.#paced(), this.#paced()])],
      ['remove', appending(() => ({ kind: 'member.left', body: { users: [this.#user()] } }))],
      ['add', appending(() => ({ kind: 'member.joined', body: { users: [this.#user()] } }))],
      ['mute', appending(() => this.#setting())],
      ['advance', () => this.#advancing()],
    ];
  }

  #reads(): readonly (readonly [name: string, way: () => Call])[] {
    return [
      ['page', () => this.#reading()],
      ['seqAt', () => this.#finding()],
      ['summary', () => this.#asking((log, { conversation }, user) => log.summary(conversation, user))],
      ['heads', () => this.#asking(async (log, _, user) => sorted(await log.conversationsOf(user)))],
      ['memberships', () => this.#asking(async (log, _, user) => (await log.membershipsOf(user)).toSorted())],
      ['marks', () => this.#asking((log, { conversation }) => log.marks(conversation, { after: 0, limit: 3 }))],
      ['settings', () => this.#asking((log, { conversation }) => log.settings(conversation))],
      ['records', () => this.#asking((log, { conversation }) => log.records([conversation]))],
      ['threads', () => this.#threads()],
      ['list', () => this.#listing()],
      ['changes', () => follow],
    ];
  }

  #creating(): Call {
    const kind = this.#pick(['group', 'group', 'direct', 'self'] as const);
    const place = { workspace: this.#workspace, conversation: this.#id<ConversationId>() };
    this.#places.push(place);
    const [first = this.#user(), ...others] = this.#users.toSorted(() => this.#random.below(3) - 1);
    const users = { group: [first], direct: [first, ...others.slice(0, 1)], self: [first] }[kind];
    const created: Draft = { kind: 'conversation.created', body: { kind, users } };
    const joined: Draft = { kind: 'member.joined', body: { users: others } };
    const key = this.#id<Key>();
    const drafts = kind === 'group' ? ([created, joined] as const) : ([created] as const);
    return this.#appending([{ ...place, author: first, key, content: 'create', decide: () => drafts }]);
  }

  #appending(writes: readonly Write[]): Call {
    for (const { key } of writes) this.#keys.push(key);
    return ({ log }) => Promise.all(writes.map((write) => outcomeOf(log.append(write))));
  }

  #write(draft: Draft): Write {
    const author = this.#user();
    const decide: Write['decide'] = (record) => {
      requireMember(record, author);
      return [draft];
    };
    return { ...this.#place(), author, key: this.#id<Key>(), content: JSON.stringify(draft.body), decide };
  }

  #message(): Draft {
    const text = this.#pick(['hello', 'Ünïcödé 🙂', '"quoted" \\ text', '']);
    const mentions = this.#pick([undefined, undefined, { all: true }, { users: [this.#user(), this.#user()] }]);
    return { kind: 'message.sent', body: { text, ...(mentions && { mentions }) } };
  }

  /** Of what is there, whatever it is: the log judges no bodies. */
  #answer(): Write {
    const { kind, body } = this.#message();
    const [thread, count] = [1 + this.#random.below(9), 1 + this.#random.below(3)];
    return { ...this.#write({ kind, body: { ...body, thread, count } }), target: thread };
  }

  #advancingThreads(): Call {
    const advances = numbersTo(4).map(() => ({ ...this.#threadOf(), read: this.#random.below(60) }));
    return async ({ log }) =>
      sorted(
        (await log.advanceThreads(advances)).map((one) => ({
          ...one,
          id: `${one.conversation} ${one.user} ${one.thread}`,
        })),
      );
  }

  #following(): Call {
    const [of, on] = [this.#threadOf(), this.#random.chance(1 / 2)];
    return async ({ log }) => {
      await log.follow(of, on);
      return log.thread(of);
    };
  }

  #threads(): Call {
    const [user, limit] = [this.#user(), 1 + this.#random.below(4)];
    const only = this.#random.chance(0.3) ? { conversation: this.#place().conversation } : {};
    return async ({ log }) => {
      const query = { workspace: this.#workspace, user, limit, ...only };
      const first = await log.threads(query);
      const last = first.threads.at(-1);
      if (!last) return [first];
      const after = { at: last.last.at, conversation: last.conversation, thread: last.thread };
      return [first, await log.threads({ ...query, after })];
    };
  }

  #threadOf() {
    return { conversation: this.#place().conversation, user: this.#user(), thread: 1 + this.#random.below(9) };
  }

  #update(): Draft {
    const history = this.#pick(['open', 'closed'] as const);
    const slowModeMs = this.#pick([0, 100, 60_000]);
    return { kind: 'conversation.updated', body: this.#pick([{ history }, { slowModeMs }, { topic: null, history }]) };
  }

  /** A message of one who may have to wait. */
  #paced(): Write {
    const nowMs = this.#clock.now();
    const plain = this.#write(this.#message());
    const isPaced: Write['isPaced'] = ({ state }) => (state.settings.slowModeMs ?? 0) > 0;
    const decide: Write['decide'] = (record, target, lastAt) => {
      const drafts = plain.decide(record, target, lastAt);
      const waitMs = record?.state.settings.slowModeMs ?? 0;
      if (lastAt !== null && lastAt + waitMs > nowMs) throw new ChatError('rate_limited', 'too soon');
      return drafts;
    };
    return { ...plain, isPaced, decide };
  }

  #setting(): Draft {
    const value = this.#pick([true, false, null, this.#clock.now() + 5_000]);
    return { kind: 'setting.set', body: { name: `mute:${this.#place().conversation}`, value } };
  }

  #advancing(): Call {
    const advances = numbersTo(3).map(() => {
      const { conversation } = this.#place();
      return { conversation, user: this.#user(), delivered: this.#random.below(30), read: this.#random.below(30) };
    });
    return async ({ log }) => sorted((await log.advance(advances)).map((one) => ({ ...one, id: one.conversation })));
  }

  #reading(): Call {
    const ranges = numbersTo(3).map(() => {
      const from = this.#pick(['lower', 'upper'] as const);
      const [after, limit, upTo] = [this.#random.below(20), 1 + this.#random.below(20), this.#random.below(60)];
      const { conversation } = this.#place();
      return { conversation, after, limit, from, ...(this.#random.chance(1 / 2) ? { upTo } : {}) };
    });
    return ({ log }) => log.readMany(ranges);
  }

  #finding(): Call {
    const { conversation } = this.#place();
    const atMs = this.#clock.now() - this.#random.below(4_000);
    return ({ log }) => log.seqAt(conversation, atMs);
  }

  #asking(ask: (log: ConversationLog, place: Place, user: UserId) => Promise<unknown>): Call {
    const [place, user] = [this.#place(), this.#user()];
    return ({ log }) => ask(log, place, user);
  }

  /** Everything, or what has changed since the last time, by pages. */
  #listing(): Call {
    const [user, limit, isFresh] = [this.#user(), 1 + this.#random.below(4), this.#random.chance(0.3)];
    return async (side) => {
      const query = { workspace: this.#workspace, user, limit };
      let page = await side.log.summaries({ ...query, ...(isFresh || !side.cursor ? {} : { since: side.cursor }) });
      const pages = [page];
      while (page.next !== null) {
        page = await side.log.summaries({ ...query, page: page.next });
        pages.push(page);
      }
      side.cursor = page.cursor;
      return pages.map(({ summaries, reset, next }) => ({ summaries, reset, isLast: next === null }));
    };
  }

  /** Now and then one that is not there. */
  #place(): Place {
    if (!this.#random.chance(0.02)) return this.#pick(this.#places);
    return { workspace: this.#workspace, conversation: this.#id<ConversationId>() };
  }

  #user(): UserId {
    return this.#pick(this.#users);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#random.below(values.length)] as T;
  }

  #id<T extends WorkspaceId | UserId | ConversationId | Key>(): T {
    return makeId<T>(this.#clock.now(), this.#random.bytes(10));
  }
}

async function follow(side: Side): Promise<unknown> {
  const { mark, conversations, members, threads, revoked } = await side.log.changes(side.mark);
  side.mark = mark;
  const stood = threads.map((one) => ({ ...one, id: `${one.conversation} ${one.user} ${one.thread}` }));
  const named = members.map(({ conversation, user }) => ({ id: `${conversation} ${user}` }));
  return { conversations: sorted(conversations), members: sorted(named), threads: sorted(stood), revoked };
}

function sorted<T extends { readonly id: string }>(values: readonly T[]): readonly T[] {
  return values.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** What a call gives, or the code of its refusal. */
async function outcomeOf(call: Promise<unknown>): Promise<object> {
  try {
    return { value: await call };
  } catch (error) {
    return { refusal: await codeOf(Promise.reject(error)) };
  }
}
