// The embedded PostgreSQL on a disk without room even for its journal: it cannot run then, is tried again without an end to
// the patience, and comes back by itself, with everything, once there is room.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@kith/testkit/faults/until';
import { SmallDisk } from '@kith/testkit/small-disk';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/store/postgres/embedded/embedded-postgres.js';

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
      restartsPerMinute: 2,
    });
    const running = database;
    await query(running, 'CREATE TABLE kept AS SELECT 1 AS one');
    disk.fill();
    // The next write needs a new segment of the journal, and there is no place for one.
    await query(running, 'SELECT pg_switch_wal()');
    await query(running, 'CREATE TABLE lost AS SELECT 1 AS one').catch(() => {});
    const isOver = (line: string) => /did not start|ended unexpectedly/.test(line);
    const hasFailed = () => said.filter(isOver).length >= 4;
    await until('it has failed for want of room', hasFailed, { withinMs: 40_000 }).catch((error: Error) => {
      throw new Error(`${error.message}; it said:\n${said.join('\n')}`, { cause: error });
    });

    disk.free();
    const kept = () => query(running, 'SELECT one FROM kept').catch(() => null);
    expect(await until('it runs again', kept, { withinMs: 20_000 }), said.join('\n')).toEqual([{ one: 1 }]);
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
