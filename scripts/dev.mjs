/**
 * `npm run dev`: the server and the page while somebody works on them. A saved source of a package is compiled by itself at
 * once; the server starts again where it is one of its own, on a database that stays up, and Vite brings the page up to
 * date. The compiler looks at types beside, and says what it finds. Ctrl-C ends all of it. `PORT` and `PAGE_PORT` are where
 * the two listen.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, watch } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../packages/server/dist/config/load.js';
import { processSources } from '../packages/server/dist/config/sources.js';
import { startEmbeddedPostgres } from '../packages/server/dist/store/postgres/embedded/embedded-postgres.js';
import { compile } from './dev/compile.mjs';
import { say } from './setup/progress.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { PORT = '8080', PAGE_PORT = '5173' } = process.env;
const PAGE = `http://localhost:${PAGE_PORT}`;
/** Of these the server is made; others are the page's, or the command's. */
const OF_THE_SERVER = /^packages\/(?:server|protocol)\//;
/** Several files that are saved at once are one change. Milliseconds. */
const TOGETHER_MS = 40;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {import('node:child_process').ChildProcess | null} */
let server = null;
/** @type {ReturnType<typeof makeStandby> | null} */
let standby = null;
let isEnding = false;

/**
 * @param {readonly string[]} args of Node
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
function start(args, { cwd = root, env = process.env } = {}) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function openDatabase() {
  const { databaseUrl, dataDir } = loadConfig(processSources());
  if (databaseUrl !== null) return { url: databaseUrl, stop: async () => {} };
  const postgres = await startEmbeddedPostgres({ dataDirectory: dataDir });
  const { host, port, user, database } = postgres.connection;
  const url = `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
  return { url, stop: () => postgres.stop() };
}

/**
 * A process that waits to become the next server.
 * @param {string} databaseUrl
 */
function makeStandby(databaseUrl) {
  const env = { ALLOWED_ORIGINS: PAGE, ...process.env, PORT, DATABASE_URL: databaseUrl };
  const child = spawn(process.execPath, ['--max-semi-space-size=32', '--v8-pool-size=0', 'scripts/dev/standby.mjs'], {
    ...{ cwd: root, env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { child, isReady: new Promise((resolve) => child.once('message', resolve)) };
}

/**
 * Then the next one is made ready.
 * @param {string} databaseUrl
 * @returns {Promise<boolean>} whether it says where it is; else it has ended, and said why
 */
async function startServer(databaseUrl) {
  const { child, isReady } = standby ?? makeStandby(databaseUrl);
  await isReady;
  child.send('begin');
  server = child;
  const isUp = await new Promise((resolve) => {
    child.stdout?.on('data', (text) => String(text).includes('Kith is at') && resolve(true));
    child.once('exit', () => resolve(false));
  });
  standby = makeStandby(databaseUrl);
  return isUp;
}

/** Killed: what was acknowledged is there, whatever happens to a server. */
async function stopServer() {
  const child = server;
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** @param {(paths: readonly string[]) => Promise<void>} onChange told of paths from the root, one change after the other */
function watchSources(onChange) {
  /** @type {Set<string>} */
  const changed = new Set();
  let last = Promise.resolve();
  const tell = () => {
    const paths = [...changed].filter((path) => existsSync(join(root, path)));
    changed.clear();
    if (paths.length > 0) last = last.then(() => onChange(paths));
  };
  const folders = ['packages', 'apps']
    .flatMap((group) =>
      readdirSync(join(root, group)).flatMap((name) => [`${group}/${name}/src`, `${group}/${name}/migrations`]),
    )
    .filter((folder) => existsSync(join(root, folder)));
  for (const folder of folders) {
    watch(join(root, folder), { recursive: true }, (_event, name) => {
      if (name === null || !/\.(?:tsx?|sql)$/.test(name)) return;
      if (changed.size === 0) setTimeout(tell, TOGETHER_MS);
      changed.add(`${folder}/${name.split(sep).join('/')}`);
    });
  }
}

const database = await openDatabase();
await startServer(database.url);
const vite = start(
  [join(root, 'node_modules/vite/bin/vite.js'), '--port', PAGE_PORT, '--strictPort', '--clearScreen', 'false'],
  {
    ...{ cwd: join(root, 'apps', 'web'), env: { ...process.env, PORT } },
  },
);
vite.stdout?.on('data', (text) => process.stdout.write(text));
const types = start(['node_modules/typescript/bin/tsc', '-b', '--watch', '--preserveWatchOutput']);
types.stdout?.on('data', (text) => process.stdout.write(text));
if (types.pid !== undefined) setPriority(types.pid, constants.priority.PRIORITY_LOW);

watchSources(async (paths) => {
  if (isEnding) return;
  const beganMs = performance.now();
  const isCompiled = paths.filter((path) => compile(root, path));
  const isServers = paths.some(
    (path) => OF_THE_SERVER.test(path) && (path.endsWith('.sql') || isCompiled.includes(path)),
  );
  if (!isServers && isCompiled.length === 0) return;
  let outcome = 'compiled';
  if (isServers) {
    await stopServer();
    outcome = (await startServer(database.url)) ? 'the server runs again' : 'the server does not start';
  }
  say(`${paths.join(', ')}: ${outcome} after ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`);
});
say(`the page is at ${PAGE}, the server behind it at port ${PORT}`);

async function end() {
  isEnding = true;
  for (const child of running) child.kill('SIGTERM');
  await stopServer();
  await database.stop();
  process.exit(0);
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => void end());
