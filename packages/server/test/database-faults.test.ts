// The database goes away, dies, cuts its connections, or has no room, under the real server's process and under load. The
// only thing that a client meets is `unavailable` with `same_key`; nobody is signed out or disconnected, and nothing that was
// confirmed is lost, doubled or out of order. FAULTS_SEED replays the choices of a run; they are printed when one fails.
import { request } from '@kith/testkit/faults/account';
import { below, isRunning, leftovers } from '@kith/testkit/faults/leftovers';
import { ENTRIES, ServerProcess, StartFailure } from '@kith/testkit/faults/server-process';
import { until } from '@kith/testkit/faults/until';
import { Refusal } from '@kith/testkit/faults/wire';
import { World } from '@kith/testkit/faults/world';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { SmallDisk } from '@kith/testkit/small-disk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);
const WINDOW = 3;
/** Long enough that sends come to the end of their wait, which is 4 s. */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 6_000);

let postgres: TestServer;

beforeAll(async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
  postgres = await startPostgres(kind);
});

afterAll(async () => {
  await postgres.stop();
  expect(await leftovers()).toEqual([]);
});

describe('the database', () => {
  let world: World;
  let url: string;

  beforeEach(async () => {
    url = await postgres.createDatabase();
    world = await World.open({ seed, environment: { DATABASE_URL: url } });
  });

  afterEach(() => world.close());

  it(`gone for ${OUTAGE_MS / 1_000} s: sends wait, then are unavailable; all stay signed in and connected`, async () => {
    world.talk(WINDOW);
    await acked(20);
    await postgres.halt();
    const wentAt = performance.now();
    await until('the node is not ready', async () => (await statusOf('/readyz')) === 503, { withinMs: 5_000 });
    const [device] = world.devices;
    const [conversation] = world.conversations;
    const read = device?.ask('entries.read', { conversation, after: 0, limit: 10 });
    await expect(read).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable', retry: 'same_key' });
    await expect(read).rejects.toBeInstanceOf(Refusal);
    const me = world.accounts[0]?.ask(world.server.url, { method: 'GET', path: '/v1/me' });
    await expect(me).rejects.toMatchObject({ status: 503, code: 'unavailable' });
    const isRefused = () => world.devices.every(({ sending }) => (sending.refusals.get('unavailable') ?? 0) > 0);
    await until('every sender was told that it is unavailable', isRefused, { withinMs: OUTAGE_MS });
    expect(await statusOf('/healthz')).toBe(200);
    await until('the outage is over', () => performance.now() - wentAt > OUTAGE_MS, { withinMs: OUTAGE_MS });
    const before = world.ledger.acked.size;

    await postgres.start();
    await until('the node is ready', async () => (await statusOf('/readyz')) === 200, { withinMs: 5_000 });
    await acked(before + 20);
    await expectClean();
    expectUndisturbed();
  });

  it('killed with -9 three times under load, and started again', async () => {
    for (let kill = 0; kill < 3; kill += 1) {
      world.talk(WINDOW);
      await acked(world.ledger.acked.size + 50);
      await killPostgres();
      await postgres.start();
    }
    await acked(world.ledger.acked.size + 50);
    await expectClean();
    expectUndisturbed();
  });

  it('cuts every connection ten times under load', async () => {
    world.talk(WINDOW);
    for (let cut = 0; cut < 10; cut += 1) {
      await acked(world.ledger.acked.size + 30);
      await postgres.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kith' AND pid <> pg_backend_pid()",
      );
    }
    await acked(world.ledger.acked.size + 30);
    await expectClean();
    expectUndisturbed();
  });

  it('written by two processes at once: one order, each key once, everything with everybody within 5 s', async () => {
    const second = await ServerProcess.start({ entry: ENTRIES.server, environment: world.environment });
    try {
      const target = () => ({ url: second.url, run: 1 });
      for (const account of world.accounts) world.addDevice(`${account.username} there`, account, target);
      world.talk(WINDOW);
      await acked(600);
      world.hush();
      await until('every send is answered', () => world.devices.every(({ sending }) => sending.unanswered === 0), {
        withinMs: 10_000,
      });
      const answeredAt = performance.now();
      await world.settle();
      const tookMs = performance.now() - answeredAt;
      await expectClean();
      expectUndisturbed();
      // Two polls of the change feed, and what a busy machine adds.
      expect(tookMs).toBeLessThan(5_000);
    } finally {
      await second.kill();
    }
  });

  it('with a schema of a newer build is refused with a word about what to do', async () => {
    await world.killServer();
    await postgres.query(
      "INSERT INTO schema_migration (number, name, readable_since, checksum) VALUES (9999, 'of_tomorrow', 9999, 'none')",
      url,
    );
    const started = ServerProcess.start({ entry: ENTRIES.server, environment: world.environment });
    const failure = await started.then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(StartFailure);
    const { exit, output } = failure as StartFailure;
    expect(exit).toEqual({ code: 1, signal: null });
    expect(output).toMatch(/could not start: .*newer build.*start the newer build/);
  });

  async function statusOf(path: string): Promise<number> {
    return (await fetch(`${world.server.url}${path}`, { signal: AbortSignal.timeout(5_000) })).status;
  }

  async function acked(count: number): Promise<void> {
    await until(`${count} acks`, () => world.ledger.acked.size >= count, { withinMs: 30_000 });
  }

  async function expectClean(): Promise<void> {
    expect(await world.verdict(), `FAULTS_SEED=${seed} replays the choices`).toEqual([]);
  }

  /** Nobody's connection ended, and the server's process is the one it was. */
  function expectUndisturbed(): void {
    expect(world.devices.map(({ name, closeCodes }) => [name, closeCodes])).toEqual(
      world.devices.map(({ name }) => [name, []]),
    );
    expect(world.server.isRunning).toBe(true);
  }

  /** The postmaster and everything that it started, in one blow. */
  async function killPostgres(): Promise<void> {
    const postmaster = below(process.pid).find(
      ({ command, parent }) => parent === process.pid && isPostmaster(command),
    );
    if (!postmaster) throw new Error('no postmaster of this test was found');
    const pids = [postmaster.pid, ...below(postmaster.pid).map(({ pid }) => pid)];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    // All of them: those whose parent died first have another one, and hold on to the shared memory while they end.
    const isGone = () => !pids.some(isRunning);
    await until('PostgreSQL is gone', isGone, { withinMs: 5_000 });
  }
});

describe('a disk without room', () => {
  it('makes writes unavailable and leaves reads alone; with room again all goes on by itself', async ({ skip }) => {
    const disk = SmallDisk.mount(64);
    if (disk === null) {
      skip('a small disk cannot be mounted here: that takes Linux, root and the right to mount');
      return;
    }
    const place = `${disk.directory}/tables`;
    let world: World | null = null;
    try {
      const url = await databaseAt(place);
      world = await World.open({ seed, environment: { DATABASE_URL: url } });
      world.talk(WINDOW);
      const { ledger, devices, conversations, server } = world;
      await until('some acks', () => ledger.acked.size >= 20, { withinMs: 30_000 });
      disk.fill();
      const isRefused = () => devices.every(({ sending }) => (sending.refusals.get('unavailable') ?? 0) > 1);
      await until('writes are unavailable', isRefused, { withinMs: 60_000 });
      const [conversation] = conversations;
      const read = await devices[0]?.ask<{ entries: readonly unknown[] }>('entries.read', { conversation, after: 0 });
      expect(read?.entries.length).toBeGreaterThan(0);
      await expect(request(server.url, { method: 'GET', path: '/healthz' })).resolves.toBeDefined();

      disk.free();
      const before = ledger.acked.size;
      await until('writes go on', () => ledger.acked.size >= before + 20, { withinMs: 30_000 });
      expect(await world.verdict(), `FAULTS_SEED=${seed} replays the choices`).toEqual([]);
      expect(devices.flatMap(({ closeCodes }) => closeCodes)).toEqual([]);
    } finally {
      await world?.close();
      disk.free();
      await removeDatabases();
      disk.unmount();
    }
  });

  /** A database whose tables are on the small disk; the journal of the server is elsewhere. */
  async function databaseAt(place: string): Promise<string> {
    const { mkdirSync, chownSync, statSync } = await import('node:fs');
    const [row] = await postgres.query("SELECT current_setting('data_directory') AS directory");
    const { uid, gid } = statSync(String(row?.directory));
    mkdirSync(place);
    chownSync(place, uid, gid);
    await postgres.query(`CREATE TABLESPACE small LOCATION '${place}'`);
    const url = new URL(await postgres.createDatabase());
    const name = url.pathname.slice(1);
    await postgres.query(`ALTER DATABASE ${name} SET TABLESPACE small`);
    return url.href;
  }

  async function removeDatabases(): Promise<void> {
    const rows = await postgres.query(
      "SELECT datname FROM pg_database JOIN pg_tablespace t ON t.oid = dattablespace WHERE spcname = 'small'",
    );
    for (const { datname } of rows) await postgres.query(`DROP DATABASE ${String(datname)} WITH (FORCE)`);
    await postgres.query('DROP TABLESPACE IF EXISTS small');
  }
});

function isPostmaster(command: string): boolean {
  return /\/postgres -D /.test(command);
}
