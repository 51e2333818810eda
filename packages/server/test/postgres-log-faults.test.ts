// The log in PostgreSQL when things go wrong: connections that are cut, a server that crashes, nodes in each other's way,
// rows that can't be written, a tail that is lost. What was acknowledged is there once and in order; the only error that
// anyone meets is `unavailable`.
import { type ConversationId, type Cursor, type Key, LIMITS, type UserId } from '@kith/protocol';
import type { Appended, ConversationLog, Write } from '@kith/server/core/log';
import { SILENT } from '@kith/server/core/telemetry';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import {
  codeOf,
  freshId,
  LogWorld,
  message,
  numbersTo,
  type Place,
  people,
  sent,
  write,
} from '@kith/testkit/contracts/log-world';
import { serversToTest, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type PostgresNode, PostgresNodes } from './fixtures/postgres-nodes.js';
import { SilentRelay } from './fixtures/silent-relay.js';

const servers = serversToTest();

for (const kind of servers) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    let nodes: PostgresNodes;
    let node: PostgresNode;
    let other: PostgresNode;
    let world: LogWorld;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      nodes = new PostgresNodes(await server.createDatabase());
      node = await nodes.open();
      other = await nodes.open();
      world = worldOf(node, other);
      await world.open();
      return () => nodes.close();
    });

    const query = (text: string) => server.query(text, nodes.url);
    const cutAll = () =>
      query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
      );

    test('idle connections that the network has lost cost the time of one', { timeout: 60_000 }, async () => {
      const { relay, url } = await SilentRelay.to(nodes.url);
      const database = new PooledDatabase({ address: { url }, telemetry: SILENT });
      try {
        const ask = () => database.query<{ one: number }>({ text: 'SELECT 1 AS one' });
        await Promise.all(numbersTo(6).map(ask));
        expect(relay.count).toBe(12);
        relay.fallSilent();
        await expect(ask()).rejects.toThrow('the database gave no answer within 11000 ms');
        const startedMs = performance.now();
        for (const _ of numbersTo(6)) expect(await ask()).toEqual([{ one: 1 }]);
        expect(performance.now() - startedMs).toBeLessThan(5_000);
      } finally {
        await relay.close();
        await database.close();
      }
    });

    test('two nodes that write many conversations at once leave no gap, and each key once', async () => {
      const users = people(4);
      const places = await Promise.all(numbersTo(6).map(() => world.create('group', users)));
      const sends = numbersTo(600).map((count) => {
        const place = places[count % places.length] ?? { ...places[0], ...world };
        const { log } = count % 2 === 0 ? node : other;
        return log.append(message(place as Place, users[count % 4] ?? users[0], `${count}`));
      });
      const answers = await Promise.all(sends);
      expect(answers.every(({ duplicate }) => !duplicate)).toBe(true);
      for (const place of places) await expectSound(world, place, 2 + 100);
    });

    test('connections that are cut under load lose and double nothing', async () => {
      const users = people(3);
      const places = await Promise.all(numbersTo(5).map(() => world.create('group', users)));
      const load = new Load([node.log, other.log], places, users);
      for (const round of numbersTo(8)) {
        await load.untilAcknowledged(round * 60);
        await cutAll();
      }
      await load.untilAcknowledged(600);
      await load.stop();
      await load.expectKept(world);
      expect(load.refusals.filter((code) => code !== 'unavailable')).toEqual([]);
    });

    test('a server that crashes under load loses and doubles nothing, and writing goes on by itself', async () => {
      const users = people(3);
      const places = await Promise.all(numbersTo(5).map(() => world.create('group', users)));
      const load = new Load([node.log, other.log], places, users);
      for (const round of numbersTo(3)) {
        await load.untilAcknowledged(round * 200);
        await server.crash();
      }
      await load.untilAcknowledged(800);
      await load.stop();
      await load.expectKept(world);
      expect(load.refusals.filter((code) => code !== 'unavailable')).toEqual([]);
    });

    test('a server process that hangs is left, and what it still does later doubles nothing', async () => {
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      await world.send(place, owner);
      const hanging = await query(`SELECT pid FROM pg_stat_activity WHERE application_name = 'kith'`);
      const signal = (name: NodeJS.Signals) => {
        for (const { pid } of hanging) process.kill(Number(pid), name);
      };
      signal('SIGSTOP');
      const one = message(place, owner, 'once');
      const load = new Load([node.log], [place], [owner]);
      let answer: Appended | undefined;
      try {
        answer = await load.untilAnswered(node.log, one);
      } finally {
        signal('SIGCONT');
      }
      await load.untilAcknowledged(60);
      await load.stop();
      const entries = await world.entries(place);
      expect(entries[answer.seq - 1]?.key).toBe(one.key);
      await expectSound(world, place, entries.length);
      expect(load.refusals.filter((code) => code !== 'unavailable')).toEqual([]);
    });

    test('a batch with a key that another node wrote answers it and writes the rest', async () => {
      const [owner, member = owner] = people(2);
      const place = await world.create('group', [owner, member]);
      const known = message(place, owner, 'known');
      const first = await other.log.append(known);
      await node.log.read({ conversation: place.conversation, after: 0, limit: 1, from: 'lower' });
      const writes = numbersTo(40).map((count) => message(place, member, `${count}`));
      const batch = [...writes.slice(0, 20), { ...known }, ...writes.slice(20)];
      const answers = await Promise.all(batch.map((one) => node.log.append(one)));
      expect(answers[20]).toEqual({ ...first, duplicate: true, entries: [] });
      expect(answers.filter(({ duplicate }) => duplicate)).toHaveLength(1);
      await expectSound(world, place, 3 + 40);
      // For a while this author's keys are looked up before they can make a batch fail.
      const failures = node.counts.get('append_key_known') ?? 0;
      const again = message(place, owner, 'again');
      await other.log.append(again);
      const reused = { ...message(place, owner, 'another content'), key: again.key };
      expect(await codeOf(node.log.append(reused))).toBe('key_reused');
      expect(node.counts.get('append_key_known') ?? 0).toBe(failures);
    });

    test('[LOG3] writes of one conversation keep the order of the calls, whichever way each of them goes', async () => {
      const [owner, repeater = owner] = people(2);
      const place = await world.create('group', [owner, repeater]);
      const known = message(place, repeater, 'known');
      await other.log.append(known);
      await node.log.append({ ...known });
      // Now and for a while the keys of one of the two are looked up first; new names are written alone.
      const renaming = (name: string) =>
        write(place, owner, { drafts: [{ kind: 'conversation.updated', body: { name } }] });
      const writes = numbersTo(60).map((count) => {
        if (count % 7 === 0) return renaming(`name ${count}`);
        return message(place, count % 3 === 0 ? repeater : owner, `${count}`);
      });
      const answers = await Promise.all(writes.map((one) => node.log.append(one)));
      expect(answers.map(({ seq }) => seq)).toEqual(numbersTo(60).map((count) => count + 3));
    });

    test('a write that the server refuses fails alone', async () => {
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      const bad = { ...message(place, owner, 'bad'), key: 'no uuid' as Key };
      const good = numbersTo(20).map((count) => message(place, owner, `${count}`));
      const results = await Promise.allSettled(
        [...good.slice(0, 10), bad, ...good.slice(10)].map((one) => node.log.append(one)),
      );
      expect(results.map(({ status }) => status)).toEqual(
        numbersTo(21).map((n) => (n === 11 ? 'rejected' : 'fulfilled')),
      );
      const badDrafts = {
        ...write(place, owner, { drafts: [{ kind: 'setting.set', body: { name: 'x' } }] }),
        key: 'neither' as Key,
      };
      await expect(node.log.append(badDrafts)).rejects.toThrow(/uuid/);
      await expectSound(world, place, 1 + 20);
    });

    test('a conversation that loses its tail gets another epoch before it is served, and cursors are reset', async () => {
      const [owner, member = owner] = people(2);
      const place = await world.create('group', [owner, member]);
      await Promise.all(numbersTo(10).map((count) => world.send(place, owner, `${count}`)));
      await node.log.advance([{ conversation: place.conversation, user: member, delivered: 12, read: 12 }]);
      const before = await world.entries(place);
      const cursor = await world.cursor(place, member);
      const { mark } = await other.log.changes(null);
      await query('DELETE FROM entry WHERE seq > 9');
      // As after a restore: the server was down meanwhile, and every node has noticed.
      await server.crash();
      const lost = before.slice(9).find(({ key }) => key !== undefined);
      const answer = await node.log.append({ ...message(place, owner, 'after'), key: (lost?.key ?? '') as Key });
      expect(answer).toMatchObject({ seq: 10, duplicate: false });
      expect(answer.epoch).toBeGreaterThan(before[0]?.epoch ?? 0);
      const page = await other.log.read({ conversation: place.conversation, after: 0, limit: 100, from: 'lower' });
      expect(page?.entries.map(({ seq }) => seq)).toEqual(numbersTo(10));
      expect(page?.record.state.epoch).toBe(answer.epoch);
      const summary = await node.log.summary(place.conversation, member);
      expect(summary).toMatchObject({ epoch: answer.epoch, head: 10, delivered: 9, read: 9, unread: 1 });
      const resumed = await node.log.summaries({ workspace: place.workspace, user: member, limit: 10, since: cursor });
      expect(resumed.reset).toBe(true);
      expect((await other.log.changes(mark)).conversations).toContainEqual({ id: place.conversation, head: 10 });
      // Once is enough: the next reads find nothing lost.
      await expectSound(world, place, 10);
      expect((await world.send(place, owner)).epoch).toBe(answer.epoch);
    });

    test('a read that finds a tail lost raises the epoch too', async () => {
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      await Promise.all(numbersTo(5).map((count) => world.send(place, owner, `${count}`)));
      const { epoch } = await world.send(place, owner);
      await query('DELETE FROM entry WHERE seq > 3');
      const page = await node.log.read({ conversation: place.conversation, after: 0, limit: 100, from: 'lower' });
      expect(page?.record.state.head).toBe(3);
      expect(page?.record.state.epoch).toBeGreaterThan(epoch);
      expect(new Set(page?.entries.map((entry) => entry.epoch))).toEqual(new Set([page?.record.state.epoch]));
      // The other node learns it from the feed.
      const records = await other.log.records([place.conversation]);
      expect(records.get(place.conversation)?.state.epoch).toBe(page?.record.state.epoch);
    });

    test('another store in place of the first gives every known conversation another epoch', async () => {
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      const { epoch } = await world.send(place, owner);
      const cursor = await world.cursor(place, owner);
      await query('UPDATE store SET id = gen_random_uuid()');
      await cutAll();
      const answer = await world.send(place, owner);
      expect(answer.epoch).toBeGreaterThan(epoch);
      expect((await world.send(place, owner)).epoch).toBe(answer.epoch);
      const page = await node.log.summaries({ workspace: place.workspace, user: owner, limit: 10, since: cursor });
      expect(page.reset).toBe(true);
    });

    test('a mark from before the feed was pruned names what changed since, and a strange one everything', async () => {
      const [owner, guest = owner] = people(2);
      const early = await world.create('group', [owner]);
      const { mark } = await node.log.changes(null);
      const late = await world.create('group', [owner, guest]);
      await world.send(early, owner);
      await query('WITH gone AS (DELETE FROM feed) UPDATE store SET feed_from = pg_current_xact_id()');
      for (const since of [mark, 'strange' as Cursor]) {
        const changes = await other.log.changes(since);
        expect(changes.conversations).toContainEqual({ id: early.conversation, head: 2 });
        expect(changes.conversations).toContainEqual({ id: late.conversation, head: 2 });
        expect(changes.members).toContainEqual({ conversation: late.conversation, user: guest });
      }
      const { mark: now } = await other.log.changes(mark);
      await vi.waitFor(async () => expect((await other.log.changes(now)).conversations).toEqual([]));
    });

    test('a listing that began before a cursor became too old starts again with reset', async () => {
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      await world.create('group', [owner], place.workspace);
      const first = await node.log.summaries({ workspace: place.workspace, user: owner, limit: 1 });
      await query('UPDATE store SET line = line + 1');
      const again = { workspace: place.workspace, user: owner, limit: 1, page: first.next ?? '' };
      const page = await node.log.summaries(again);
      expect(page).toMatchObject({ reset: true, summaries: [expect.anything()] });
      expect(page.cursor).not.toBe(first.cursor);
      expect(await codeOf(node.log.summaries({ ...again, page: 'nonsense' }))).toBe('bad_request');
    });

    test('far behind, seenHead says no more than that', async () => {
      const [owner, member = owner] = people(2);
      const place = await world.create('group', [owner, member]);
      const since = await world.cursor(place, member);
      const drafts = numbersTo(400).map((count) => sent(`${count}`));
      const [first = sent('first')] = drafts;
      for (const _ of numbersTo(3)) await node.log.append(write(place, owner, { drafts: [first, ...drafts.slice(1)] }));
      const [summary] = await world.list(place, member, since);
      expect(summary?.head).toBe(2 + 1_200);
      expect(summary?.seenHead).toBeLessThan(2 + 1_200 - LIMITS.catchUpEntries);
    });
  });
}

const [own] = servers;

describe('while the database is away', () => {
  test('a write waits, then it is unavailable; when the database is back writing goes on, and the key counts once', async () => {
    if (!own) return;
    const server = await startPostgres(own);
    const nodes = new PostgresNodes(await server.createDatabase());
    try {
      const node = await nodes.open();
      const world = worldOf(node, node);
      await world.open();
      const [owner] = people(1);
      const place = await world.create('group', [owner]);
      await world.send(place, owner);
      await server.halt();
      const one = message(place, owner, 'patient');
      expect(await codeOf(node.log.append(one))).toBe('unavailable');
      expect(await codeOf(node.log.records([freshId<ConversationId>()]))).toBe('unavailable');
      await server.start();
      expect(await node.log.append({ ...one })).toMatchObject({ seq: 3, duplicate: false });
      await expectSound(world, place, 3);
    } finally {
      await nodes.close();
      await server.stop();
    }
  });
});

function worldOf(node: PostgresNode, other: PostgresNode): LogWorld {
  const { log } = node;
  const ways = { jump: () => {}, another: async () => other.log, reopen: async () => log, close: async () => {} };
  return new LogWorld(() => Promise.resolve({ log, ...ways }));
}

/** Every number from 1 to `head` is there, on both nodes, and no key twice. */
async function expectSound(world: LogWorld, place: Place, head: number): Promise<void> {
  const entries = await world.entries(place);
  expect(entries.map(({ seq }) => seq)).toEqual(numbersTo(head));
  const keys = entries.flatMap(({ author, key }) => (key === undefined ? [] : [`${author} ${key}`]));
  expect(new Set(keys).size).toBe(keys.length);
  expect(await world.entries(place, world.other)).toEqual(entries);
}

/** Writers that never give up: each sends its next message when the last one is answered, the same key until it is. */
class Load {
  readonly refusals: string[] = [];
  readonly #acknowledged: { readonly write: Write; readonly answer: Appended }[] = [];
  readonly #writers: Promise<void>[];
  #isStopped = false;

  constructor(logs: readonly ConversationLog[], places: readonly Place[], users: readonly UserId[]) {
    this.#writers = numbersTo(30).map((number) => {
      const log = logs[number % logs.length];
      const place = places[number % places.length];
      const user = users[number % users.length];
      if (!log || !place || !user) throw new Error('a load needs logs, places and users');
      return this.#write(log, place, user);
    });
  }

  async untilAcknowledged(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.#acknowledged.length).toBeGreaterThanOrEqual(count), { timeout: 30_000 });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#writers);
  }

  /** All that was acknowledged is where the answer said; nothing is there that was not sent, or twice. */
  async expectKept(world: LogWorld): Promise<void> {
    const places = new Map(
      this.#acknowledged.map(({ write: { workspace, conversation } }) => [conversation, workspace]),
    );
    for (const [conversation, workspace] of places) {
      const place = { workspace, conversation };
      const record = (await world.log.read({ conversation, after: 0, limit: 1, from: 'upper' }))?.record;
      await expectSound(world, place, record?.state.head ?? 0);
      const entries = await world.entries(place);
      const mine = this.#acknowledged.filter(({ write: one }) => one.conversation === conversation);
      for (const { write: one, answer } of mine) expect(entries[answer.seq - 1]?.key).toBe(one.key);
      expect(entries.filter(({ kind }) => kind === 'message.sent')).toHaveLength(mine.length);
    }
  }

  async #write(log: ConversationLog, place: Place, user: UserId): Promise<void> {
    for (let count = 1; !this.#isStopped; count += 1) {
      const one = message(place, user, `${count}`);
      this.#acknowledged.push({ write: one, answer: await this.untilAnswered(log, one) });
    }
  }

  /** Sends one write until it is answered. */
  async untilAnswered(log: ConversationLog, one: Write): Promise<Appended> {
    for (;;) {
      let answer: Appended | undefined;
      const code = await codeOf(
        log.append({ ...one }).then((appended) => {
          answer = appended;
        }),
      );
      if (answer) return answer;
      this.refusals.push(code ?? 'none');
    }
  }
}
