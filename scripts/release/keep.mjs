/**
 * Writes down what a release promises to all later ones, in `compat/x.y.z`: its schema and the migrations that led there
 * with their checksums, a backup of people who talk, its contract and its golden frames. Tests hold every later build to it
 * (packages/server/test/releases.test.ts, packages/protocol/src/releases.test.ts). What is there is never changed, so a
 * version that has its folder is refused. Needs a build.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../packages/testkit/dist/postgres-server.js';
import { dumpSchema } from '../../packages/testkit/dist/schema-dump.js';
import { say } from '../setup/progress.mjs';

const FRAMES = ['client-accepted.json', 'server.json', 'fold.json'];
/** Of all whom the backup holds; it is in the tests that sign in to it. */
const PASSWORD = 'nine blue doors 52';
const STORY = ['demo', '--messages', '400', '--until', '2026-01-31T12:00:00Z', '--password-stdin'];

/** @param {string} root */
async function keepRelease(root) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folder = join(root, 'compat', version);
  if (existsSync(folder)) throw new Error(`compat/${version} is there: what a release was is never changed`);
  const protocol = join(root, 'packages', 'protocol');
  const server = await startPostgres('embedded');
  try {
    const url = await server.createDatabase();
    mkdirSync(join(folder, 'frames'), { recursive: true });
    kith(root, { line: [...STORY, '--seed', `kith ${version}`], url, input: `${PASSWORD}\n` });
    kith(root, { line: ['backup', join(folder, 'backup')], url });
    const query = (/** @type {string} */ text) => server.query(text, url);
    writeFileSync(join(folder, 'schema.sql'), await dumpSchema(query));
    const text = `SELECT number, name, readable_since AS "readableSince", checksum FROM schema_migration ORDER BY number`;
    writeFileSync(join(folder, 'migrations.json'), `${JSON.stringify(await query(text), null, 2)}\n`);
    for (const name of FRAMES) cpSync(join(protocol, 'vectors', name), join(folder, 'frames', name));
    cpSync(join(protocol, 'compat', 'v1.json'), join(folder, 'contract.json'));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await server.stop();
  }
  return `compat/${version}`;
}

/**
 * @param {string} root
 * @param {{ readonly line: readonly string[], readonly url: string, readonly input?: string }} parts
 */
function kith(root, { line, url, input = '' }) {
  const program = join(root, 'apps', 'cli', 'bin', 'kith.mjs');
  const { PATH, HOME } = process.env;
  const { status, stderr } = spawnSync(process.execPath, [program, ...line], {
    cwd: join(root, 'dist'),
    env: { PATH, HOME, DATABASE_URL: url },
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`kith ${line[0]} ended with ${status}: ${stderr}`);
}

const kept = await keepRelease(fileURLToPath(new URL('../..', import.meta.url)));
say(`${kept} says what later releases are held to: commit it with the release`);
