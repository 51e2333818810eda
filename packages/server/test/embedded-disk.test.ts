// The embedded PostgreSQL on a disk without room even for its journal: it cannot run then, is tried again without an end to
// the patience, and comes back by itself, with everything, once there is room.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@kith/testkit/faults/until';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/store/postgres/embedded/embedded-postgres.js';
import { SmallDisk } from './fixtures/small-disk.js';

it('waits for room on a full disk, however long, and goes on by itself', async ({ skip }) => {
  const disk = SmallDisk.mount(300);
  if (disk === null) {
    skip('a small disk cannot be mounted here: that takes Linux, root and the right to mount');
    return;
  }
  let database: EmbeddedPostgres | null = null;
  const said: string[] = [];
  try {
    const dataDirectory = join(disk.directory, 'data');
    await mkdir(dataDirectory);
    database = await startEmbeddedPostgres({
      dataDirectory,
      systemDirectory: join(disk.directory, 'system'),
      log: ({ message }) => void said.push(message),
      // With more failures than these in a minute it would be given up.
      restartsPerMinute: 1,
    });
    const running = database;
    await query(running, 'CREATE TABLE kept AS SELECT 1 AS one');
    disk.fill();
    // The next write needs a new segment of the journal, and there is no place for one.
    await query(running, 'SELECT pg_switch_wal()');
    await query(running, 'CREATE TABLE lost AS SELECT 1 AS one').catch(() => {});
    const failures = () => said.filter((line) => line.startsWith('PostgreSQL did not start')).length;
    await until('it has failed to start for want of room', () => failures() >= 2, { withinMs: 40_000 });
    expect(running.pid).toBeNull();

    disk.free();
    await until('it runs again', () => running.pid !== null, { withinMs: 20_000 });
    expect(await query(running, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  } finally {
    disk.free();
    await database?.stop();
    disk.unmount();
  }
});

async function query({ connection }: EmbeddedPostgres, text: string): Promise<readonly object[]> {
  const client = new Client({ ...connection, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}
