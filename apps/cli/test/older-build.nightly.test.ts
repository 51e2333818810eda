// The way back from an upgrade is to start the older build: the release before this one serves on the schema of this one and of one
// that comes after, and this one goes on after it; nothing is lost between. While there is one release, it is tried against itself,
// with a migration that it doesn't know.
import { readMigrations } from '@kith/server/store/postgres/migrate';
import { type MigratedDatabase, makeMigratedDatabase } from '@kith/testkit/migrated-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CleanFolder,
  openTalk,
  packOlderRelease,
  packRelease,
  type RunningRelease,
  textsIn,
} from './fixtures/release.js';

const LATER = 9_000;

let database: MigratedDatabase;
let older: CleanFolder;
let newer: CleanFolder;
let running: RunningRelease | null = null;

beforeAll(async () => {
  database = await makeMigratedDatabase();
  await database.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const environment = { DATABASE_URL: database.url };
  const tarball = await packRelease();
  newer = await CleanFolder.make(tarball, environment);
  older = await CleanFolder.make((await packOlderRelease()) ?? tarball, environment);
}, 1_200_000);
afterAll(async () => {
  await running?.stop();
  await older?.remove();
  await newer?.remove();
  await database?.drop();
});

/** Does something on a server, which is stopped then. */
async function on<Result>(folder: CleanFolder, work: (server: RunningRelease) => Promise<Result>): Promise<Result> {
  running = await folder.serve();
  try {
    return await work(running);
  } finally {
    await running.stop();
    running = null;
  }
}

it('starts on the schema of a newer build and back, with all that was said on either', async () => {
  const { ann, conversation } = await on(older, (server) => openTalk(server, 'upgrade'));
  const said: string[] = [];
  const say = (text: string) => async (server: RunningRelease) => {
    await server.ask(`POST /v1/conversations/${conversation}/messages`, {
      token: ann.accessToken,
      body: { key: crypto.randomUUID(), text },
    });
    said.push(text);
    expect(await textsIn(server, ann.accessToken, conversation)).toEqual(said);
  };
  await on(older, say('said on the older build'));
  await on(newer, say('said on the newer one'));
  await on(older, say('and on the older one again'));

  const build = (await readMigrations()).at(-1)?.number ?? 0;
  await database.query(`ALTER TABLE account ADD COLUMN shoe_size int;
    CREATE TABLE later (account uuid PRIMARY KEY, at bigint NOT NULL);
    INSERT INTO schema_migration (number, name, readable_since, checksum) VALUES (${LATER}, 'later', ${build}, '')`);
  const { code, out } = await older.kith(['upgrade', '--check']);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('this build is older') });
  await on(older, say('beside a table that it does not know'));
  await on(newer, say('and on the newer one at last'));
});

it('refuses a schema that its makers say it cannot work with, and says what to do', async () => {
  await database.query(`UPDATE schema_migration SET readable_since = ${LATER} WHERE number = ${LATER}`);
  expect(await older.kith(['serve'], { PORT: '0' })).toEqual({
    code: 1,
    out: expect.stringContaining('start the newer build again'),
  });
});
