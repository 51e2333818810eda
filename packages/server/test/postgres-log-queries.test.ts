// What the log asks of PostgreSQL: how many queries an action costs, and that each is served by an index.
import { LIMITS } from '@kith/protocol';
import { ERASE, READ_AMENDMENTS, READ_HISTORY, READ_TARGET } from '@kith/server/store/postgres/amendments';
import { CREATE_CONVERSATION, LOCK_CONVERSATION, WRITE_ALONE } from '@kith/server/store/postgres/append-alone';
import { appendStatement } from '@kith/server/store/postgres/append-batch';
import { READ_ALL_CHANGES, READ_CHANGES, READ_MOMENT } from '@kith/server/store/postgres/changes';
import { LIST_CHANNELS } from '@kith/server/store/postgres/channels';
import { READ_CHOICES } from '@kith/server/store/postgres/choices';
import { RAISE_EPOCH } from '@kith/server/store/postgres/epochs';
import { PRUNE_FEED } from '@kith/server/store/postgres/feed';
import {
  ADVANCE_THREADS,
  FOLLOW,
  LIST_THREADS,
  NOTE_FOLLOWERS,
  READ_FOLLOWER,
} from '@kith/server/store/postgres/followers';
import { READ_HIDDEN, READ_HIDING_OF, READ_HIDINGS } from '@kith/server/store/postgres/hides';
import { LOOK_UP_KEYS } from '@kith/server/store/postgres/key-lookup';
import { ADVANCE, READ_MARKS } from '@kith/server/store/postgres/marks';
import { NOTE_PACES, READ_PACES } from '@kith/server/store/postgres/paces';
import { FIND_BY_TIME, READ_EDITED, READ_PAGES, READ_SETTINGS } from '@kith/server/store/postgres/pages';
import { ADD_PIN, READ_PINS, REMOVE_PIN } from '@kith/server/store/postgres/pins';
import type { Connection, Statement } from '@kith/server/store/postgres/pool';
import { ADD_REACTION, READ_REACTORS, REMOVE_REACTION } from '@kith/server/store/postgres/reactions';
import { READ_RECORDS } from '@kith/server/store/postgres/records';
import { CONVERSATIONS_OF, LIST_SUMMARIES, MEMBERSHIPS_OF, READ_SUMMARY } from '@kith/server/store/postgres/summaries';
import { READ_TALKS } from '@kith/server/store/postgres/talks';
import { READ_THREAD } from '@kith/server/store/postgres/threads';
import { PUT_VOTE, READ_VOTERS, REMOVE_VOTE } from '@kith/server/store/postgres/votes';
import {
  amending,
  deletion,
  edit,
  LogWorld,
  message,
  type Place,
  people,
  write,
} from '@kith/testkit/contracts/log-world';
import { serversToTest, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { planOf, wideReads } from '@kith/testkit/statement-plan';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresNode, PostgresNodes } from './fixtures/postgres-nodes.js';

for (const kind of serversToTest()) {
  describe(`on the ${kind} server`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres(kind);
    });
    afterAll(() => server.stop());

    describe('queries are counted', () => countingTests(() => server));
    describe('plans use indexes', () => planTests(() => server));
  });
}

function countingTests(server: () => TestServer): void {
  let nodes: PostgresNodes;
  let node: PostgresNode;
  let world: LogWorld;
  beforeAll(async () => {
    nodes = new PostgresNodes(await server().createDatabase());
    node = await nodes.open();
    world = await LogWorld.on(node.log);
  });
  afterAll(() => nodes.close());

  const counted = async (work: () => Promise<unknown>) => {
    const before = node.queries.length;
    await work();
    return node.queries.slice(before);
  };

  test('a send to a conversation that the node knows costs one query, and so does a batch of sends', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    await world.send(place, owner);
    expect(await counted(() => world.send(place, owner))).toEqual(['append_1']);
    const batch = () => Promise.all(Array.from({ length: 5 }, () => world.send(place, owner)));
    expect(await counted(batch)).toEqual(['append_5']);
  });

  test('the first send to a conversation costs at most three queries', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const other = await nodes.open();
    await other.log.append(message(await world.create('group', [owner]), owner, 'opens the lane'));
    await Promise.all(
      lanes(world).map((one) => one.then((there) => other.log.append(message(there, there.owner, 'x')))),
    );
    const before = other.queries.length;
    await other.log.append(message(place, member, 'hello'));
    expect(other.queries.slice(before)).toEqual(['read_records', 'append_1']);
  });

  test('a repeated key costs no query, and one that another node wrote costs three', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const one = message(place, owner, 'once');
    await world.log.append(one);
    expect(await counted(() => world.log.append({ ...one }))).toEqual([]);
    const other = await nodes.open();
    await other.log.append(message(place, owner, 'opens the lane'));
    const before = other.queries.length;
    await other.log.append({ ...one });
    expect(other.queries.slice(before)).toEqual(['append_1', 'look_up_keys']);
  });

  test('an edit costs a transaction of four queries, a reaction or a vote one of five and a deletion one of seven', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const { seq } = await world.send(place, owner);
    const before = ['lock_conversation', 'read_records', 'read_target'];
    const edited = () => world.log.append(amending(place, owner, edit(seq, 'other words')));
    expect(await counted(edited)).toEqual(['BEGIN', ...before, 'write_alone', 'COMMIT']);
    const body = { target: seq, emoji: '👍', on: true, count: 1, reactions: [{ emoji: '👍', count: 1 }] };
    const reacted = (on: boolean) =>
      world.log.append(amending(place, owner, { kind: 'reaction.set', body: { ...body, on } }));
    expect(await counted(() => reacted(true))).toEqual(['BEGIN', ...before, 'add_reaction', 'write_alone', 'COMMIT']);
    expect(await counted(() => reacted(false))).toEqual([
      'BEGIN',
      ...before,
      'remove_reaction',
      'write_alone',
      'COMMIT',
    ]);
    const pinned = (on: boolean) =>
      world.log.append(amending(place, owner, { kind: 'message.pinned', body: { target: seq, on } }));
    expect(await counted(() => pinned(true))).toEqual(['BEGIN', ...before, 'add_pin', 'write_alone', 'COMMIT']);
    expect(await counted(() => pinned(false))).toEqual(['BEGIN', ...before, 'remove_pin', 'write_alone', 'COMMIT']);
    const deleted = () => world.log.append(amending(place, owner, deletion(seq, owner)));
    expect(await counted(deleted)).toEqual([
      'BEGIN',
      ...before,
      'erase',
      'forget',
      'remove_pin',
      'write_alone',
      'COMMIT',
    ]);
  });

  test('a send in slow mode costs a transaction of five queries, and one query where nobody has to wait', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const slow = { kind: 'conversation.updated', body: { slowModeMs: 1_000 } } as const;
    const paced = (isPaced: boolean) => () =>
      world.log.append({ ...message(place, owner, 'slowly'), isPaced: () => isPaced });
    await world.log.append(write(place, owner, { drafts: [slow] }));
    await world.send(place, owner);
    expect(await counted(paced(false))).toEqual(['append_1']);
    const before = ['lock_conversation', 'read_records', 'read_paces'];
    expect(await counted(paced(true))).toEqual(['BEGIN', ...before, 'write_alone', 'note_paces', 'COMMIT']);
  });

  test('a page of history, a resume and a look at the feed cost one query each', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    await world.send(place, owner);
    const since = await world.cursor(place, owner);
    const { mark } = await world.log.changes(null);
    const page = { conversation: place.conversation, after: 0, limit: 50, from: 'upper' } as const;
    expect(await counted(() => world.log.read(page))).toEqual(['read_pages']);
    expect(await counted(() => world.log.readMany([page, page, page]))).toEqual(['read_pages']);
    expect(await counted(() => world.log.readEdited({ ...page, reader: owner }))).toEqual(['read_edited']);
    const reactors = { conversation: place.conversation, target: 2, after: 0, limit: 1 };
    expect(await counted(() => world.log.reactors(reactors))).toEqual(['read_reactors']);
    expect(await counted(() => world.log.readChanges(page))).toEqual(['read_amendments']);
    expect(await counted(() => world.log.history(place.conversation, 2))).toEqual(['read_history']);
    expect(await counted(() => world.log.seqAt(place.conversation, Date.now()))).toEqual(['find_by_time']);
    const resume = { workspace: place.workspace, user: owner, limit: LIMITS.summaryPage, since };
    expect(await counted(() => world.log.summaries(resume))).toEqual(['list_summaries']);
    expect(await counted(() => world.log.changes(mark))).toEqual(['read_changes']);
    expect(await counted(() => world.log.conversationsOf(owner))).toEqual(['conversations_of']);
    expect(await counted(() => world.log.membershipsOf(owner))).toEqual(['memberships_of']);
    expect(await counted(() => world.log.records([place.conversation]))).toEqual([]);
    const advance = { conversation: place.conversation, user: owner, delivered: 1, read: 1 };
    expect(await counted(() => world.log.advance([advance]))).toEqual(['advance_marks']);
  });
}

/** Conversations enough that every lane has one. */
function lanes(world: LogWorld): readonly Promise<Place & { readonly owner: ReturnType<typeof people>[0] }>[] {
  return Array.from({ length: 24 }, async () => {
    const [owner] = people(1);
    return { ...(await world.create('group', [owner])), owner };
  });
}

const PERSON = '00000000-0000-4000-8000-000000000007';
const WORKSPACE = '00000000-0000-4000-8000-00000000000a';
const KEY = '00000000-0000-4000-8000-0000000000ff';

/** 20,000 conversations of two with five messages each; one person is in 200 of them, and has settings. */
const FILL = `
  INSERT INTO conversation (id, workspace, epoch, structure, created_at, size, kind, name)
    SELECT gen_random_uuid(), '${WORKSPACE}', 1, 1, i, 2, CASE WHEN i = 100 THEN 4 ELSE 1 + i % 2 END, 'name'
    FROM generate_series(1, 20000) i;
  INSERT INTO member (conversation, ordinal, person, role, joined)
    SELECT no, o, CASE WHEN o = 1 AND no % 100 = 0 THEN '${PERSON}'::uuid ELSE gen_random_uuid() END, 2, 1
    FROM conversation, generate_series(1, 2) o;
  INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, digest, body)
    SELECT no, s, no * 10 + s, s, 1 + s % 2, 6, s % 2, gen_random_uuid(), '', '{"text":"hello","mentions":{"all":true}}'
    FROM generate_series(1, 5) s, conversation;
  INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, digest, body)
    SELECT 100, 5 + i, i, 5, 1, 27, 0, gen_random_uuid(), '', json_build_object('message',
      json_build_object('conversation', c.id, 'epoch', 1, 'seq', i % 20))::text
    FROM generate_series(1, 2000) i JOIN conversation c ON c.no = i % 100 + 1;
  INSERT INTO amendment (conversation, target, seq, kind) SELECT no, 1, s, 8 FROM generate_series(2, 3) s, conversation;
  INSERT INTO reaction (conversation, ordinal, target, seq, at, emoji)
    SELECT no, 1 + s % 2, 1, s, s, '👍' FROM generate_series(4, 5) s, conversation;
  INSERT INTO vote (conversation, ordinal, target, seq, at, choices)
    SELECT no, 1 + s % 2, 1, s, s, '{0,2}' FROM generate_series(4, 5) s, conversation;
  INSERT INTO pin (conversation, target, seq) SELECT no, s, s + 1 FROM generate_series(1, 2) s, conversation;
  INSERT INTO amendment (conversation, target, seq, kind) SELECT no, 1, s, 6 FROM generate_series(4, 5) s, conversation;
  INSERT INTO follower (conversation, ordinal, thread, read, follows)
    SELECT no, o, 1, 3, true FROM generate_series(1, 2) o, conversation;
  INSERT INTO setting (conversation, name, seq)
    SELECT CASE WHEN no % 100 = 0 THEN 100 ELSE no END, 'mute:' || id, 1 + no % 5 FROM conversation;
  INSERT INTO feed (xid, conversations, heads) SELECT (1000000 + i)::text::xid8, ARRAY[i], ARRAY[5]
    FROM generate_series(1, 20000) i;
  INSERT INTO workspace (id, name, created_at) VALUES ('${WORKSPACE}', 'default', 1);
  INSERT INTO account (workspace, id, kind, username, username_key, name, role, version, created_at)
    VALUES ('${WORKSPACE}', '${PERSON}', 'person', 'p', 'p', 'p', 'member', 1, 1);
  INSERT INTO session (workspace, id, account, family_digest, refresh_digest, generation, created_at, last_used_at,
    revoked_xid) SELECT '${WORKSPACE}', gen_random_uuid(), '${PERSON}', '', '', 1, 1, 1, CASE WHEN i % 2 = 0 THEN
    (1000000 + i)::text::xid8 END FROM generate_series(1, 20000) i;
  ANALYZE;`;

function planTests(server: () => TestServer): void {
  let connection: Connection;
  /** To a database whose tables are empty and were never analysed. */
  let unfilled: Connection;
  let nodes: PostgresNodes;
  let emptyNodes: PostgresNodes;
  let ids: readonly string[];
  beforeAll(async () => {
    nodes = new PostgresNodes(await server().createDatabase());
    const { database } = await nodes.open();
    connection = await database.connect();
    emptyNodes = new PostgresNodes(await server().createDatabase());
    unfilled = await (await emptyNodes.open()).database.connect();
    for (const text of FILL.split(';\n')) await connection.query({ text });
    const sample = { text: 'SELECT id FROM conversation WHERE no % 1000 = 0 LIMIT 20' };
    ids = (await connection.query<{ id: string }>(sample)).map(({ id }) => id);
  });
  afterAll(async () => {
    for (const one of [connection, unfilled]) await one.close();
    for (const one of [nodes, emptyNodes]) await one.close();
  });

  const each = (value: unknown) => ids.map(() => value);
  const store = () => connection.query<{ id: string }>({ text: 'SELECT id FROM store' }).then(([row]) => row?.id);

  const STATEMENTS: readonly (readonly [Statement, () => readonly unknown[] | Promise<readonly unknown[]>])[] = [
    [READ_RECORDS, () => [ids, each(0), each(0)]],
    [READ_PAGES, () => [ids, each(0), each(0), each(1), each(9_000), each(50), each(true)]],
    [READ_EDITED, () => [[ids[0]], [0], [0], [1], [9_000], [50], [true], 9_000, PERSON]],
    [READ_AMENDMENTS, () => [[ids[0]], [0], [0], 1, 50]],
    [READ_HISTORY, () => [[ids[0]], [0], [0], 1]],
    [READ_TARGET, () => [ids[0], 1, PERSON]],
    [ADD_REACTION, () => [1, 1, 1, 6, 1, '🎉']],
    [REMOVE_REACTION, () => [1, 1, 1, '👍']],
    [READ_REACTORS, () => [[ids[0]], [0], [0], 1, 0, null, 50]],
    [PUT_VOTE, () => [1, 1, 1, 6, 1, [1]]],
    [REMOVE_VOTE, () => [1, 1, 1]],
    [READ_VOTERS, () => [[ids[0]], [0], [0], 1, 0, null, 50]],
    [READ_VOTERS, () => [[ids[0]], [0], [0], 1, 0, 2, 50]],
    [ADD_PIN, () => [1, 3, 6]],
    [REMOVE_PIN, () => [1, 1]],
    [READ_PINS, () => [[ids[0]], [0], [0], 1_000]],
    [ERASE, () => [1, 1]],
    [READ_PACES, () => [ids[0], [PERSON]]],
    [READ_CHOICES, () => [[PERSON]]],
    [READ_HIDDEN, () => [PERSON, ids, each(1), each(200)]],
    [READ_HIDING_OF, () => [PERSON, ids[0], 1, 5]],
    [READ_HIDINGS, () => [[ids[0]], [0], [0], 0, 200]],
    [READ_TALKS, () => [PERSON, WORKSPACE]],
    [LIST_CHANNELS, () => [WORKSPACE, PERSON, KEY, 50]],
    [NOTE_PACES, () => [1, [1, 2], 5]],
    [FIND_BY_TIME, () => [ids[0], 9_000]],
    [READ_SETTINGS, () => [[ids[0]], [0], [0]]],
    [LOOK_UP_KEYS, () => [ids, each(WORKSPACE), each(PERSON), each(KEY), each('x'), each('')]],
    [LOCK_CONVERSATION, () => [ids[0]]],
    [CREATE_CONVERSATION, () => [KEY, WORKSPACE, 1, 1, 1, null]],
    [WRITE_ALONE, writeAloneValues],
    [appendStatement(1), () => [[1], [6], ids, each(3), 1, 6, 1, 1, 1, 6, 0, KEY, Buffer.alloc(0), '{}']],
    [ADVANCE, () => [ids, each(PERSON), each(3), each(2), each(true)]],
    [READ_MARKS, () => [ids[0], 0, 50, 0]],
    [NOTE_FOLLOWERS, () => [1, 1, [1, 2], 5, false]],
    [FOLLOW, () => [ids[0], PERSON, 1, true]],
    [ADVANCE_THREADS, () => [ids, each(PERSON), each(1), each(3)]],
    [READ_FOLLOWER, () => [ids[0], PERSON, 1]],
    [LIST_THREADS, () => [PERSON, WORKSPACE, null, 50, null, null, null]],
    [LIST_THREADS, () => [PERSON, WORKSPACE, ids[0], 50, 5_000, ids[0], 1]],
    [READ_THREAD.lower, () => [[ids[0]], [0], [0], 0, 9_000, 50, PERSON, 1, 9_000]],
    [READ_THREAD.upper, () => [[ids[0]], [0], [0], 0, 9_000, 50, PERSON, 1, 9_000]],
    [CONVERSATIONS_OF, () => [[PERSON]]],
    [MEMBERSHIPS_OF, () => [PERSON]],
    [READ_SUMMARY, () => [PERSON, ids[0]]],
    [LIST_SUMMARIES, () => ofOne([PERSON, WORKSPACE, 101, null, null, null, null, 0, null, null])],
    [LIST_SUMMARIES, async () => ofOne([PERSON, WORKSPACE, 101, await store(), 1, 700, null, 0, null, null])],
    [LIST_SUMMARIES, async () => ofOne([PERSON, WORKSPACE, 101, await store(), 1, 700, 700, 1, 5_000, ids[0]])],
    [READ_CHANGES, () => [1_019_990]],
    [READ_MOMENT, () => []],
    [PRUNE_FEED, () => ['1000010']],
    [RAISE_EPOCH, () => [1, 1, 5]],
  ];
  for (const [index, [statement, values]] of STATEMENTS.entries()) {
    test(`${statement.name} (${index + 1}) reads no more than it needs`, async () => {
      for (const one of [unfilled, connection]) {
        for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
          expect(wideReads(await planOf(one, { text: statement.text, values: await values(), mode }))).toEqual([]);
        }
      }
    });
  }

  test('a plan that scans a table as a whole is seen', async () => {
    const text = READ_ALL_CHANGES.text;
    expect(wideReads(await planOf(connection, { text, values: [1], mode: 'force_custom_plan' }))).not.toEqual([]);
  });
}

/** Of one who asks: an array for each. */
function ofOne(values: readonly unknown[]): readonly unknown[] {
  return values.map((value) => [value]);
}

function writeAloneValues(): readonly unknown[] {
  const entry = [[6], [1], [1], [1], [6], [0], [KEY], [''], ['x']];
  const member = [[PERSON], [1], [2], [1], [null], [null], [null]];
  return [1, ...entry, 6, 2, 1, null, ...member, ['theme'], [6], 6, [1], [6], [8], '{}', [1], false];
}
