/**
 * The embedded PostgreSQL when processes are killed: its parent, itself, its
 * guardian, the making of its cluster. Nothing runs on, nothing committed is lost.
 */
import { spawn } from 'node:child_process';
import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedPostgresConnection } from '../src/store/postgres/embedded/embedded-postgres.js';
import { identify } from '../src/store/postgres/embedded/process-identity.js';
import type { Child } from './fixtures/embedded-postgres-workspace.js';
import {
  compileEmbeddedPostgres,
  eventually,
  isRoot,
  kill,
  pidOf,
  processesIn,
  query,
  read,
  Workspace,
  write,
} from './fixtures/embedded-postgres-workspace.js';

const testTimeoutMs = 60_000;

describe.skipIf(process.platform !== 'linux')('the embedded PostgreSQL, killed', { timeout: testTimeoutMs }, () => {
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

  it('ends with a parent that was killed with -9', async () => {
    const { child, connection } = await startedChild(workspace);
    await kill(child.process);
    await eventually(async () => ((await processesIn(workspace.directory)).length === 0 ? true : null), 6_000);
    await expect(query(connection, 'SELECT 1')).rejects.toThrow();
  });

  it('starts again at once after a kill of the parent, and has what was committed', async () => {
    for (const round of ['first', 'second', 'third']) {
      const { child, connection } = await startedChild(workspace);
      await write(connection, round);
      await kill(child.process);
    }
    const database = await workspace.start();
    expect(await read(database.connection)).toEqual(['first', 'second', 'third']);
  });

  it('stops what is left when the guardian was killed as well', async () => {
    const { child, connection, pid } = await startedChild(workspace);
    await write(connection, 'kept');
    const watchers = await guardiansOf(pid);
    expect(watchers.length).toBeGreaterThan(0);
    await kill(child.process);
    for (const watcher of watchers) process.kill(watcher, 'SIGKILL');
    const database = await workspace.start();
    expect(await read(database.connection)).toEqual(['kept']);
    expect(await identify(pid)).toBeNull();
  });

  it('[S107] brings a killed database back by itself', async () => {
    const database = await workspace.start();
    await write(database.connection, 'kept');
    const killed = pidOf(database);
    process.kill(killed, 'SIGKILL');
    await eventually(async () => (database.pid !== null && database.pid !== killed ? true : null));
    expect(await read(database.connection)).toEqual(['kept']);
  });

  it('[S107] brings it back when its guardian was killed instead', async () => {
    const database = await workspace.start();
    const first = pidOf(database);
    for (const watcher of await guardiansOf(first)) process.kill(watcher, 'SIGKILL');
    await eventually(async () => (database.pid !== null && database.pid !== first ? true : null));
    expect(await query(database.connection, 'SELECT 1')).toEqual([[1]]);
  });

  it('gives up when it ends too often, says so, and unlocks the directory', async () => {
    const database = await workspace.start({ restartsPerMinute: 1 });
    const first = pidOf(database);
    process.kill(first, 'SIGKILL');
    const second = await eventually(async () => (database.pid === first ? null : database.pid));
    process.kill(second, 'SIGKILL');
    expect(await database.exited).toMatchObject({ kind: 'failed', error: { code: 'postgres_keeps_failing' } });
    await database.stop();
    const again = await workspace.start();
    expect(await query(again.connection, 'SELECT 1')).toEqual([[1]]);
  });

  it('stops while it is being started again', async () => {
    const database = await workspace.start();
    process.kill(pidOf(database), 'SIGKILL');
    await eventually(async () => (database.pid === null ? true : null));
    await database.stop();
    expect(await database.exited).toEqual({ kind: 'stopped' });
  });

  it('leaves no half cluster when it is killed while making one', async () => {
    const child = workspace.startChild();
    await eventually(() => unfinishedCluster(workspace), 10_000);
    await kill(child.process);
    await expect(stat(await workspace.clusterDirectory())).rejects.toMatchObject({ code: 'ENOENT' });

    const database = await workspace.start();
    expect(await query(database.connection, 'SELECT 1')).toEqual([[1]]);
  });

  it('starts although the pid in a stale postmaster.pid now belongs to another program', async () => {
    const first = await workspace.start();
    await write(first.connection, 'kept');
    await first.stop();
    const cluster = await workspace.clusterDirectory();
    const { uid, gid } = await stat(cluster);
    // Under the same user, so that PostgreSQL by itself would refuse.
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', ...(isRoot ? { uid, gid } : {}) });
    try {
      const note = [stranger.pid, cluster, '1700000000', '5432', '', '', '', 'ready', ''].join('\n');
      await writeFile(join(cluster, 'postmaster.pid'), note, { mode: 0o600 });
      await chown(join(cluster, 'postmaster.pid'), uid, gid);
      const second = await workspace.start();
      expect(await read(second.connection)).toEqual(['kept']);
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    } finally {
      await kill(stranger);
    }
  });
});

async function startedChild(
  workspace: Workspace,
): Promise<{ child: Child; connection: EmbeddedPostgresConnection; pid: number }> {
  const child = workspace.startChild();
  const answer = await child.answer;
  if (!answer.ok) throw new Error(answer.code);
  return { child, connection: answer.connection, pid: answer.pid };
}

/** The shell that waits for the server, and the one that watches its parent. */
async function guardiansOf(pid: number): Promise<readonly number[]> {
  const guardian = await parentOf(pid);
  const watchers: number[] = [guardian];
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const isSibling = Number(name) !== pid && (await parentOf(Number(name))) === guardian;
    if (isSibling) watchers.push(Number(name));
  }
  return watchers;
}

async function parentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') ? 0');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
}

/** An unfinished cluster that already holds files; null before that. */
async function unfinishedCluster(workspace: Workspace): Promise<string | null> {
  const home = dirname(await workspace.clusterDirectory());
  for (const name of await readdir(home).catch(() => [])) {
    if (!name.includes('.unfinished-')) continue;
    if ((await readdir(join(home, name)).catch((): string[] => [])).includes('base')) return name;
  }
  return null;
}
