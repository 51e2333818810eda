// ejabberd as Debian packages it, started as the bench's own process on the core of the servers: its settings, files, Erlang
// node and cookie are of the run alone, it listens on the loopback alone, and no epmd is needed. Its archive (mod_mam) and its
// accounts are in the bench's PostgreSQL. Limits that would stop a load generator are off, and modules that nothing here needs
// are not loaded. Whoever starts it stops it, and then its files are gone too.
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pinning } from '../measure/pinning.js';
import type { BenchDatabase } from '../stack/database.js';
import { freePort } from '../stack/free-port.js';
import { ServerProcess } from '../stack/server-process.js';
import type { Seats } from '../stack/stack.js';
import { parseXmppToken, XMPP_HOST, xmppToken, xmppUser } from '../wire/xmpp-stanzas.js';
import type { PeerStack } from './peer-stacks.js';

/** Where Debian puts them. */
const CONTROL = '/usr/sbin/ejabberdctl';
const SCHEMA = '/usr/share/ejabberd/sql/pg.sql';
const ERLANG_LIBRARIES = '/usr/lib/erlang/lib';

const DATABASE = 'ejabberd_bench';
const ROLE = 'ejabberd';
/** Said once its modules run and its port is open. */
const READY_TEXT = 'ejabberd is ready';

/** Whether it is installed, with its driver for PostgreSQL, which is a package of its own. */
export function hasEjabberd(): boolean {
  if (!existsSync(CONTROL) || !existsSync(SCHEMA) || !existsSync(ERLANG_LIBRARIES)) return false;
  return readdirSync(ERLANG_LIBRARIES).some((name) => name.startsWith('p1_pgsql-'));
}

/** @param directory of its own; made, and removed at the end */
export async function startEjabberd(parts: {
  readonly database: BenchDatabase;
  readonly pinning: Pinning;
  readonly directory: string;
}): Promise<PeerStack> {
  const { database, pinning, directory } = parts;
  const [url, password, port] = [await database.create(DATABASE), randomBytes(16).toString('hex'), await freePort()];
  await database.query(url, await readFile(SCHEMA, 'utf8'));
  await database.query(url, `CREATE ROLE ${ROLE} LOGIN PASSWORD '${password}'`);
  await database.query(url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${ROLE}`);
  await database.query(url, `GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${ROLE}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // YAML has all of JSON.
  await writeFile(
    join(directory, 'ejabberd.yml'),
    JSON.stringify(settings({ port, password, sqlPort: database.port })),
  );
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const { process: server } = await ServerProcess.start({
      name: 'ejabberd',
      command: pinning.serverCommand(commandLine(directory)),
      environment: environmentOf(directory),
      ready: new RegExp(`^${READY_TEXT}$`, 'm'),
    });
    return {
      name: 'ejabberd',
      dialect: 'xmpp',
      port,
      // `taskset` and `erl` each become what they start: the process is the Erlang machine, with all its threads.
      cpu: { gatewayPid: server.pid, postmasterPid: database.pid },
      numbering: 'rising',
      seat: (count, size) => seatAccounts(database, url, { count, size }),
      async stop() {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function commandLine(directory: string): readonly [string, ...string[]] {
  return [
    'erl',
    // As ejabberdctl has it. A scheduler without work sleeps at once: the core is PostgreSQL's, too.
    ...['+K', 'true', '+P', '250000', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'],
    // A name that nobody can connect to: then no epmd has to tell others where it listens.
    ...['-noshell', '-sname', `kith_bench_${process.pid}@localhost`, '-setcookie', randomUUID()],
    ...['-start_epmd', 'false', '-dist_listen', 'false'],
    ...['-mnesia', 'dir', `"${join(directory, 'spool')}"`, '-s', 'ejabberd'],
    // It ends with its standard input, so that it does not outlive a bench that was killed.
    ...['-eval', `io:put_chars("${READY_TEXT}\\n"), spawn(fun() -> io:get_line(""), init:stop() end).`],
  ];
}

function environmentOf(directory: string): { readonly [name: string]: string } {
  const [, libraries = ''] = /^ERL_LIBS='([^']+)'$/m.exec(readFileSync(CONTROL, 'utf8')) ?? [];
  return {
    HOME: directory,
    ERL_LIBS: libraries,
    EJABBERD_CONFIG_PATH: join(directory, 'ejabberd.yml'),
    EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
    ERL_CRASH_DUMP: join(directory, 'erl_crash.dump'),
    ERL_MAX_PORTS: '32000',
  };
}

/** What ejabberd.yml says. */
function settings(of: { readonly port: number; readonly password: string; readonly sqlPort: number }): object {
  return {
    hosts: [XMPP_HOST],
    loglevel: 'warning',
    listen: [
      {
        ...{ port: of.port, ip: '127.0.0.1', module: 'ejabberd_http' },
        request_handlers: { '/ws': 'ejabberd_http_ws' },
      },
    ],
    auth_method: ['sql'],
    auth_password_format: 'plain',
    sql_type: 'pgsql',
    sql_server: '127.0.0.1',
    sql_port: of.sqlPort,
    sql_database: DATABASE,
    sql_username: ROLE,
    sql_password: of.password,
    access_rules: { everybody: { allow: 'all' } },
    shaper_rules: { max_user_sessions: 'infinity' },
    modules: {
      mod_disco: {},
      mod_stream_mgmt: {},
      mod_mam: {
        ...{ db_type: 'sql', default: 'always' },
        // Else what a room has in the archive goes when its last member leaves, and the rounds of others would pay for it.
        clear_archive_on_room_destroy: false,
      },
      mod_muc: {
        ...{ access: 'everybody', access_create: 'everybody', access_mam: 'everybody' },
        ...{ history_size: 0, min_message_interval: 0, min_presence_interval: 0 },
        ...{ room_shaper: 'none', user_message_shaper: 'none', user_presence_shaper: 'none' },
        default_room_options: { mam: true, persistent: false },
      },
    },
  };
}

/** Accounts go right into its table: passwords in the clear are what `auth_password_format: plain` wants. */
async function seatAccounts(
  { query }: Pick<BenchDatabase, 'query'>,
  url: string,
  { count, size }: { readonly count: number; readonly size: number },
): Promise<readonly Seats[]> {
  const seats = Array.from({ length: count }, () => {
    const conversation = randomUUID();
    const tokens = Array.from({ length: size }, (_, seat) => xmppToken({ conversation, seat, isRoom: size > 2 }));
    return { conversation, tokens };
  });
  const names = seats.flatMap(({ tokens }) => tokens.map((token) => xmppUser(parseXmppToken(token))));
  await query(url, 'INSERT INTO users (username, password) SELECT q.n, q.n FROM unnest($1::text[]) AS q (n)', [names]);
  return seats;
}
