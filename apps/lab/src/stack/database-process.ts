// The role `database` of this program: runs the server's own embedded PostgreSQL, with the server's own settings, in a
// process that can be pinned, until its standard input ends or SIGTERM comes. Both stacks use it.
import { startEmbeddedPostgres } from '@kith/server/store/postgres/embedded/embedded-postgres';
import { startLoopbackPostgres } from './loopback-postgres.js';

/** Prints one line of JSON, a `DatabasePlace`, when it is ready. */
export type DatabasePlace = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly pid: number;
  readonly version: string;
};

/** @param isOnLoopback it listens on 127.0.0.1 as well, for those who have a password */
export async function runDatabase(dataDirectory: string, isOnLoopback: boolean): Promise<void> {
  const start = isOnLoopback ? startLoopbackPostgres : startEmbeddedPostgres;
  const postgres = await start({
    dataDirectory,
    log: ({ level, message }) => {
      if (level !== 'info') process.stderr.write(`${message}\n`);
    },
  });
  const { connection, version, pid } = postgres;
  if (pid === null) throw new Error('PostgreSQL ended as soon as it was there');
  const stop = () => {
    postgres.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.stdin.once('end', stop).resume();
  process.stdout.write(`${JSON.stringify({ ...connection, pid, version } satisfies DatabasePlace)}\n`);
}
