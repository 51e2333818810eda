// A backup and what is put back from it, on real databases: of one moment, whole, of any PostgreSQL, all or nothing, and in new
// epochs. What servers and clients make of it is shown where the command is (apps/cli/test).
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ENTRY_BODIES } from '@kith/protocol';
import { SILENT } from '@kith/server/core/telemetry';
import type { Manifest } from '@kith/server/store/postgres/backup/manifest';
import { restoreBackup } from '@kith/server/store/postgres/backup/restore';
import { tablesOf } from '@kith/server/store/postgres/backup/tables';
import { takeBackup } from '@kith/server/store/postgres/backup/take';
import { verifyBackup } from '@kith/server/store/postgres/backup/verify';
import { migrate, readMigrations } from '@kith/server/store/postgres/migrate';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const EPOCH = 1_700_000_000_000;
const NOW = 1_800_000_000_000;
const CONVERSATION = '01890000-0000-7000-8000-00000000000a';
const SELF = '01890000-0000-7000-8000-00000000000b';
const WORKSPACE = '01890000-0000-7000-8000-000000000001';
const PERSON = '01890000-0000-7000-8000-000000000002';

/** Something in every table that an epoch, a transaction id or a counter is in; text that COPY must write in another form. */
const SCENE = `
  INSERT INTO workspace (id, name, created_at, owned_at) VALUES ('${WORKSPACE}', 'default', 1, 1);
  INSERT INTO account (workspace, id, kind, username, username_key, name, role, version, created_at)
    VALUES ('${WORKSPACE}', '${PERSON}', 'person', 'ann', 'ann', E'Ann \\\\ of\\tNew\\nLine', 'owner', 1, 1);
  INSERT INTO session (workspace, id, account, family_digest, refresh_digest, generation, created_at, last_used_at, revoked_xid)
    VALUES ('${WORKSPACE}', gen_random_uuid(), '${PERSON}', '\\x00ff', '\\x01', 1, 1, 1, pg_current_xact_id()),
      ('${WORKSPACE}', gen_random_uuid(), '${PERSON}', '\\x02', '\\x03', 1, 1, 1, NULL);
  INSERT INTO conversation (no, id, workspace, epoch, structure, created_at, size, kind)
    VALUES (7, '${CONVERSATION}', '${WORKSPACE}', ${EPOCH}, 1, 1, 1, 2), (9, '${SELF}', '${WORKSPACE}', ${EPOCH + 5}, 1, 1, 1, 4);
  INSERT INTO member (person, joined, conversation, ordinal, role) VALUES ('${PERSON}', 1, 7, 1, 5), ('${PERSON}', 1, 9, 1, 5);
  INSERT INTO entry (at, conversation, seq, n, author, kind, flags, key, body)
    SELECT i, 7, i, i, 1, 6, 0, gen_random_uuid(), format('{"text":"%s \\"epoch\\":${EPOCH}, \\\\ \\t"}', i) FROM generate_series(1, 2000) i;
  INSERT INTO entry (at, conversation, seq, n, author, kind, flags, key, body) VALUES
    (1, 9, 1, 0, 1, 27, 0, gen_random_uuid(), '{"message":{"conversation":"${CONVERSATION}","epoch":${EPOCH},"seq":3}}'),
    (1, 9, 2, 0, 1, 27, 0, gen_random_uuid(), '{"message":{"conversation":"${CONVERSATION}","epoch":12,"seq":4}}');
  INSERT INTO scheduled (at, due, workspace, person, key, conversation, version, attempts, kind, state, is_told, digest, body)
    VALUES (1, 1, '${WORKSPACE}', '${PERSON}', gen_random_uuid(), '${CONVERSATION}', 1, 0, 2, 0, true, '', '{"epoch":${EPOCH},"target":3}');
  INSERT INTO consumer (name, mark) VALUES ('search', 'x'), ('hooks', 'x');
  INSERT INTO consumer_position (epoch, conversation, seq, consumer) VALUES (${EPOCH}, 7, 5, 'hooks'), (${EPOCH}, 7, 5, 'search');
  INSERT INTO search_document (at, epoch, conversation, seq, version, tokens, text) VALUES (1, ${EPOCH}, 7, 1, 1, '{1}', 'x');
  INSERT INTO feed (xid, conversations, heads) VALUES (pg_current_xact_id(), '{7}', '{2000}');`;

const kinds = availableServers();

describe.runIf(kinds.length > 0)('a backup', () => {
  const servers: TestServer[] = [];
  let folder = '';
  beforeAll(async () => {
    for (const kind of kinds) servers.push(await startPostgres(kind));
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kith-backup-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const serverAt = (at: number): TestServer => {
    const server = servers.at(at);
    if (server === undefined) throw new Error('there is no such server');
    return server;
  };

  async function database(at: number, { upTo = Number.MAX_SAFE_INTEGER } = {}) {
    const server = serverAt(at);
    const url = await server.createDatabase();
    const pool = new PooledDatabase({ address: { url }, telemetry: SILENT });
    await migrate(
      pool,
      (await readMigrations()).filter(({ number }) => number <= upTo),
    );
    await pool.close();
    const query = (text: string) => server.query(text, url);
    return { url, query };
  }

  async function scene(at: number) {
    const made = await database(at);
    await made.query(SCENE);
    return made;
  }

  const restore = (url: string, from: string, more: { mayReplace?: boolean } = {}) =>
    restoreBackup(join(folder, from), { address: { url }, mayReplace: false, now: NOW, ...more });

  const sums = ({ tables }: Manifest) => tables.map(({ name, rows, sha256 }) => ({ name, rows, sha256 }));

  it('holds every table that migrations make, save what is made anew', async () => {
    const { url, query } = await scene(0);
    const inCatalogue = await query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`);
    const known = tablesOf(await readMigrations());
    expect([...known, 'schema_migration'].sort()).toEqual(inCatalogue.map(({ tablename }) => tablename));
    await query('CREATE TABLE of_somebody_else (a int)');
    const manifest = await takeBackup(join(folder, 'one'), { address: { url } });
    const held = manifest.tables.map(({ name }) => name);
    expect([...held, 'feed', 'search_document', 'consumer_hold'].sort()).toEqual([...known].sort());
    expect(manifest.counts).toEqual({ people: 1, conversations: 2, entries: 2_002 });
    expect((await stat(join(folder, 'one'))).mode & 0o077).toBe(0);
  });

  it('goes into another major version of PostgreSQL and back, the same row by row but for what names a life of the store', async () => {
    const first = await scene(0);
    const taken = await takeBackup(join(folder, 'one'), { address: first });
    const other = await serverAt(-1).createDatabase();
    const restored = await restore(other, 'one');
    expect(restored.migrated).toEqual([]);
    const again = await takeBackup(join(folder, 'two'), { address: { url: other } });
    const back = await serverAt(0).createDatabase();
    await restore(back, 'two');
    const third = await takeBackup(join(folder, 'three'), { address: { url: back } });
    if (servers.length > 1) expect(again.postgres.split('.')[0]).not.toBe(taken.postgres.split('.')[0]);
    const named = ['store', 'conversation', 'consumer', 'consumer_position', 'entry', 'scheduled'];
    const others = (manifest: Manifest) => sums(manifest).filter(({ name }) => !named.includes(name));
    expect(others(again)).toEqual(others(taken));
    expect(others(third)).toEqual(others(taken));
    expect(third.counts).toEqual(taken.counts);
  });

  it('[M6] is put back in epochs that never were, and what names a message goes along', async () => {
    const { url } = await scene(0);
    const { store } = await takeBackup(join(folder, 'one'), { address: { url } });
    const into = await serverAt(-1).createDatabase();
    const restored = await restore(into, 'one');
    const query = (text: string) => serverAt(-1).query(text, into);
    expect(restored).toMatchObject({ epoch: NOW });
    expect(restored.store).not.toBe(store);
    expect(await query('SELECT no, epoch FROM conversation ORDER BY no')).toEqual([
      { no: 7, epoch: String(NOW) },
      { no: 9, epoch: String(NOW) },
    ]);
    const bodies = await query('SELECT body FROM entry WHERE conversation = 9 ORDER BY seq');
    const named = bodies.map(({ body }) => (JSON.parse(String(body)) as { message: { epoch: number } }).message.epoch);
    // One that was of no message any more stays so.
    expect(named).toEqual([NOW, 12]);
    expect(await query('SELECT body FROM scheduled')).toEqual([{ body: `{"epoch":${NOW},"target":3}` }]);
    expect(await query('SELECT consumer, epoch FROM consumer_position')).toEqual([
      { consumer: 'hooks', epoch: String(NOW) },
    ]);
    expect(await query(`SELECT count(*)::int AS texts FROM entry WHERE body LIKE '%${EPOCH}%'`)).toEqual([
      { texts: 2_000 },
    ]);
    // Ids go on after those that were there, and no transaction id is one that is still to come.
    await query(`INSERT INTO conversation (id, workspace, epoch, structure, created_at, size, kind)
      VALUES (gen_random_uuid(), '${WORKSPACE}', 1, 1, 1, 1, 2)`);
    expect(await query('SELECT max(no) AS no FROM conversation')).toEqual([{ no: 10 }]);
    const ahead = `SELECT count(*)::int AS ahead FROM member WHERE changed >= (SELECT feed_from FROM store)`;
    expect(await query(ahead)).toEqual([{ ahead: 0 }]);
    expect(await query('SELECT count(*)::int AS live FROM session WHERE revoked_xid IS NULL')).toEqual([{ live: 1 }]);
  });

  it('[M6] is known to name epochs in these columns and entries, each of which a restore heeds', async () => {
    const { query } = await database(0);
    const columns = await query(`SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name LIKE '%epoch%' ORDER BY table_name`);
    expect(columns.map(({ name }) => name)).toEqual([
      'consumer_position',
      'conversation',
      'hook_delivery',
      // Made anew from the log.
      'search_document',
    ]);
    const bodies = Object.entries(ENTRY_BODIES).filter(([, schema]) => JSON.stringify(schema).includes('"epoch"'));
    // That of a forward stays: it is part of a message.
    expect(bodies.map(([kind]) => kind).sort()).toEqual(['message.hidden', 'message.sent', 'reminder.due']);
  });

  it('[M6] a second restore of the same backup gives other epochs again, whatever the clock says', async () => {
    const { url } = await scene(0);
    await takeBackup(join(folder, 'one'), { address: { url } });
    const into = await serverAt(0).createDatabase();
    const first = await restore(into, 'one');
    const second = await restore(into, 'one', { mayReplace: true });
    expect(second.epoch).toBe(first.epoch + 1);
  });

  it('of an older schema is brought forward', async () => {
    const known = await readMigrations();
    const old = await database(0, { upTo: 8 });
    await old.query(`INSERT INTO workspace (id, name, created_at) VALUES ('${WORKSPACE}', 'default', 1);
      INSERT INTO conversation (id, workspace, epoch, structure, created_at, size, kind)
      VALUES ('${CONVERSATION}', '${WORKSPACE}', ${EPOCH}, 1, 1, 1, 2)`);
    await takeBackup(join(folder, 'one'), { address: old });
    const into = await serverAt(-1).createDatabase();
    const { migrated } = await restore(into, 'one');
    expect(migrated).toEqual(known.filter(({ number }) => number > 8).map(({ name }) => name));
    expect(await serverAt(-1).query('SELECT epoch, is_public FROM conversation', into)).toEqual([
      { epoch: String(NOW), is_public: false },
    ]);
    const [applied] = await serverAt(-1).query('SELECT max(number) AS number FROM schema_migration', into);
    expect(applied).toEqual({ number: known.at(-1)?.number });
  });

  it('is of one moment, however much is written meanwhile', async () => {
    const { url, query } = await scene(0);
    let written = 2_000;
    let isOver = false;
    const writing = (async () => {
      for (; !isOver; written += 1) {
        const seq = written + 1;
        await query(`INSERT INTO entry (at, conversation, seq, n, author, kind, flags, key, body)
          VALUES (1, 7, ${seq}, ${seq}, 1, 6, 0, gen_random_uuid(), '{}');
          UPDATE member SET read = ${seq} WHERE conversation = 7`);
      }
    })();
    const before = written;
    const taken = await takeBackup(join(folder, 'one'), { address: { url } });
    isOver = true;
    await writing;
    expect(taken.counts.entries).toBeGreaterThanOrEqual(before + 2);
    const into = await serverAt(0).createDatabase();
    await restore(into, 'one');
    const [held] = await serverAt(0).query(
      `SELECT count(*)::int AS rows, max(e.seq) AS last, (SELECT m.read::int FROM member m WHERE m.conversation = 7) AS read
      FROM entry e WHERE e.conversation = 7`,
      into,
    );
    expect(held?.rows).toBe(held?.last);
    // Written in the same transaction.
    if (Number(held?.last) > 2_000) expect(held?.read).toBe(held?.last);
  });

  describe('that is damaged', () => {
    const damages: readonly (readonly [what: string, file: string, damage: (bytes: Buffer) => Buffer | null])[] = [
      [
        'has a byte changed',
        'entry.copy.gz',
        (bytes) => Buffer.concat([bytes.subarray(0, -9), Buffer.from('x'), bytes.subarray(-8)]),
      ],
      ['has a file cut short', 'member.copy.gz', (bytes) => bytes.subarray(0, -20)],
      ['lacks a file', 'account.copy.gz', () => null],
      [
        'has another manifest',
        'manifest.json',
        (bytes) => Buffer.from(bytes.toString().replace('"rows": 2002', '"rows": 2003')),
      ],
      ['lacks the sums', 'SHA256SUMS', () => null],
    ];
    it.each(damages)('and %s is no backup, and nothing of it is restored', async (...[, file, damage]) => {
      const { url } = await scene(0);
      await takeBackup(join(folder, 'one'), { address: { url } });
      await expect(verifyBackup(join(folder, 'one'))).resolves.toMatchObject({ format: 1 });
      const path = join(folder, 'one', file);
      const bytes = damage(await readFile(path));
      await (bytes === null ? rm(path) : writeFile(path, bytes));
      await expect(verifyBackup(join(folder, 'one'))).rejects.toMatchObject({ name: 'BackupError' });
      const into = await database(0);
      await expect(restore(into.url, 'one')).rejects.toMatchObject({ name: 'BackupError' });
      expect(await into.query('SELECT count(*)::int AS rows FROM account')).toEqual([{ rows: 0 }]);
    });

    it('in a way that no checksum tells leaves the database as it was', async () => {
      const { url, query } = await scene(0);
      const manifest = await takeBackup(join(folder, 'one'), { address: { url } });
      await doubleFirstRow(join(folder, 'one'), { manifest, like: 'member' });
      const before = await query('SELECT s.id, (SELECT count(*)::int FROM entry) AS entries FROM store s');
      await expect(restore(url, 'one', { mayReplace: true })).rejects.toThrow();
      expect(await query('SELECT s.id, (SELECT count(*)::int FROM entry) AS entries FROM store s')).toEqual(before);
    });
  });

  it('goes into a database that is not empty only where it may replace what is there, and into none that is served', async () => {
    const { url } = await scene(0);
    await takeBackup(join(folder, 'one'), { address: { url } });
    await expect(restore(url, 'one')).rejects.toThrow('--replace');
    const server = new PooledDatabase({ address: { url }, telemetry: SILENT });
    await server.query({ text: 'SELECT 1' });
    await expect(restore(url, 'one', { mayReplace: true })).rejects.toThrow('stop all nodes');
    await server.close();
    await expect(restore(url, 'one', { mayReplace: true })).resolves.toMatchObject({ epoch: NOW });
  });

  it('leaves nothing where it was not finished, and takes no place that is taken', async () => {
    const { url } = await scene(0);
    const stop = new AbortController();
    const taking = takeBackup(join(folder, 'one'), {
      address: { url },
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(taking).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, 'mine'), '');
    await expect(takeBackup(folder, { address: { url } })).rejects.toThrow('not empty');
    expect(await readdir(folder)).toEqual(['mine']);
  });
});

/** A row twice, which its key forbids, with every count and sum made to fit. */
async function doubleFirstRow(
  folder: string,
  { manifest, like }: { readonly manifest: Manifest; readonly like: string },
): Promise<void> {
  const file = `${like}.copy.gz`;
  const text = gunzipSync(await readFile(join(folder, file))).toString();
  const bytes = gzipSync(text + text.slice(0, text.indexOf('\n') + 1));
  await writeFile(join(folder, file), bytes);
  const sum = (of: Buffer | string) => createHash('sha256').update(of).digest('hex');
  const tables = manifest.tables.map((table) =>
    table.name === like ? { ...table, rows: table.rows + 1, sizeBytes: bytes.length, sha256: sum(bytes) } : table,
  );
  const written = `${JSON.stringify({ ...manifest, tables }, null, 2)}\n`;
  await writeFile(join(folder, 'manifest.json'), written);
  const lines = [...tables.map((table) => `${table.sha256}  ${table.file}\n`), `${sum(written)}  manifest.json\n`];
  await writeFile(join(folder, 'SHA256SUMS'), lines.join(''));
}
