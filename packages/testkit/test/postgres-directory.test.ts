// The contract of the directory on PostgreSQL: Debian's oldest supported one and the embedded one. Beside it: every
// statement is served by an index, costs are counted, and a database that is gone says `unavailable` and nothing else.
import type { SessionId } from '@kith/protocol';
import { SILENT } from '@kith/server/core/telemetry';
import { PostgresDirectory } from '@kith/server/store/postgres/directory';
import { DIRECTORY_SQL } from '@kith/server/store/postgres/directory-sql';
import { INVITE_SQL } from '@kith/server/store/postgres/invite-sql';
import { migrate } from '@kith/server/store/postgres/migrate';
import { type Database, PooledDatabase } from '@kith/server/store/postgres/pool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { directoryContract } from '../src/contracts/directory.js';
import { AT, newAccount, newId, newName, newSession, newWorkspaceKey } from '../src/contracts/directory-world.js';
import { type ServerKind, serversToTest, startPostgres, type TestServer } from '../src/postgres-server.js';
import { planOf, wideReads } from '../src/statement-plan.js';

/** They read or write a handful of rows, or one by its only key; no index can help. */
const WITHOUT_INDEX = [
  ...['addWorkspace', 'signingKeys', 'addSigningKey', 'reserve'],
  ...['addWorkspaceKey', 'workspaceKeys'],
];

const servers = new Map<ServerKind, TestServer>();
beforeAll(async () => {
  for (const kind of serversToTest()) servers.set(kind, await startPostgres(kind));
});
afterAll(async () => {
  for (const server of servers.values()) await server.stop();
});

function serverOf(kind: ServerKind | undefined): TestServer {
  const server = kind === undefined ? undefined : servers.get(kind);
  if (server === undefined) throw new Error('there is no server of this kind');
  return server;
}

for (const kind of serversToTest()) {
  directoryContract(`the directory in the ${kind} PostgreSQL`, async () => {
    const address = { url: await serverOf(kind).createDatabase() };
    const [database, another] = [
      new PooledDatabase({ address, telemetry: SILENT }),
      new PooledDatabase({ address, telemetry: SILENT }),
    ];
    await migrate(database);
    return {
      directory: new PostgresDirectory(database),
      other: new PostgresDirectory(another),
      revoked: async () => {
        const text = 'SELECT id FROM session WHERE revoked_xid IS NOT NULL';
        return (await database.query<{ id: SessionId }>({ text })).map(({ id }) => id);
      },
      close: async () => {
        await Promise.all([database.close(), another.close()]);
      },
    };
  });
}

describe.runIf(serversToTest().length > 0)('the directory in PostgreSQL', () => {
  const queries: string[] = [];
  const opened: { database?: Database } = {};
  const [kind] = serversToTest();
  const open = () => {
    const { database } = opened;
    if (database === undefined) throw new Error('the database is not open');
    return { database, directory: new PostgresDirectory(database) };
  };

  beforeAll(async () => {
    const address = { url: await serverOf(kind).createDatabase() };
    opened.database = new PooledDatabase({ address, telemetry: SILENT, onQuery: (name) => queries.push(name) });
    await migrate(opened.database);
  });
  afterAll(() => opened.database?.close());

  const served = Object.entries({ ...DIRECTORY_SQL, ...INVITE_SQL }).filter(([name]) => !WITHOUT_INDEX.includes(name));
  test.each(served)('%s reads no more than it needs', async (_, text) => {
    const connection = await open().database.connect();
    try {
      const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
      const values = Array.from({ length: parameters }, () => null);
      const plan = await planOf(connection, { text, values, mode: 'force_generic_plan' });
      expect(JSON.stringify(plan)).toMatch(/Index (?:Only )?Scan/);
      expect(wideReads(plan)).toEqual([]);
    } finally {
      await connection.close();
    }
  });

  test('every method costs one query, whatever the number of people, and a first reservation or key three', async () => {
    const { directory } = open();
    const { id: workspace } = await directory.openWorkspace({ id: newId(), name: newName(), at: AT });
    const cost = async (call: () => Promise<unknown>) => {
      queries.length = 0;
      await call();
      return queries.length;
    };
    const ann = newAccount(workspace);
    const session = newSession(ann);
    const many = [ann.id, ...Array.from({ length: 500 }, () => newId<typeof ann.id>())];
    expect(await cost(() => directory.createAccount(ann))).toBe(1);
    expect(await cost(() => directory.createSession(session, 100))).toBe(1);
    const ben = newAccount(workspace, { passwordHash: null, subject: 'ben' });
    expect(await cost(() => directory.createAccount(ben))).toBe(1);
    expect(await cost(() => directory.accountOfSubject(workspace, 'ben'))).toBe(1);
    const key = newWorkspaceKey(workspace);
    // With the beginning and the end of its transaction.
    expect(await cost(() => directory.addWorkspaceKey(key, 20))).toBe(6);
    expect(await cost(() => directory.addWorkspaceKey(key, 20))).toBe(1);
    expect(await cost(() => directory.workspaceKey(workspace, key.kid))).toBe(1);
    expect(await cost(() => directory.credential(workspace, ann.usernameKey, session.origin))).toBe(1);
    expect(await cost(() => directory.users(workspace, many))).toBe(1);
    expect(await cost(() => directory.people(workspace, { after: null, limit: 200 }))).toBe(1);
    expect(
      await cost(() =>
        directory.seen(
          workspace,
          many.map((user) => ({ user, at: AT })),
        ),
      ),
    ).toBe(1);
    expect(await cost(() => directory.lastSeen(workspace, many))).toBe(1);
    expect(await cost(() => directory.search(workspace, 'some', 20))).toBe(1);
    expect(await cost(() => directory.reserve(workspace, 'self', newId()))).toBe(3);
    expect(await cost(() => directory.reserve(workspace, 'self', newId()))).toBe(1);
  });

  test('while the database is gone everything is unavailable, and afterwards all is as before', async () => {
    const { directory } = open();
    const { id: workspace } = await directory.openWorkspace({ id: newId(), name: newName(), at: AT });
    const ann = newAccount(workspace);
    await directory.createAccount(ann);
    const nowhere = new PooledDatabase({
      address: { url: 'postgres://kith@localhost/kith?host=/nowhere' },
      telemetry: SILENT,
    });
    const unavailable = expect.objectContaining({ code: 'unavailable' });
    const gone = new PostgresDirectory(nowhere);
    await expect(gone.account(workspace, ann.id)).rejects.toThrow(unavailable);
    await expect(gone.session(workspace, newId())).rejects.toThrow(unavailable);
    await expect(gone.createAccount(newAccount(workspace))).rejects.toThrow(unavailable);
    await nowhere.close();
    await serverOf(kind).crash();
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => directory.account(workspace, ann.id)));
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toEqual(unavailable);
      else expect(answer.value?.user.id).toBe(ann.id);
    }
    expect((await directory.account(workspace, ann.id))?.user.id).toBe(ann.id);
  });

  test('a mistake of ours is not called unavailable', async () => {
    const account = newAccount(newId());
    await expect(open().directory.createAccount(account)).rejects.not.toMatchObject({ code: 'unavailable' });
  });
});
