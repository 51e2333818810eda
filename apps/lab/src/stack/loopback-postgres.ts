// The embedded PostgreSQL of a run, which listens on the loopback as well: Kith's own listens on a socket of the file system
// alone, and there are clients that know TCP only. It is started as it ships, for its files and its settings, and once more
// with the same settings, save that it listens, and lets more connect. Ends with this process, however that ends.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@kith/server/store/postgres/embedded/embedded-postgres';
import { startGuarded } from '@kith/server/store/postgres/embedded/guardian';
import { readPostmasterFile } from '@kith/server/store/postgres/embedded/postmaster-file';
import { findCluster } from '@kith/server/store/postgres/embedded/running-cluster';
import { freePort } from './free-port.js';

type Options = Parameters<typeof startEmbeddedPostgres>[0];
type Running = Pick<Awaited<ReturnType<typeof startEmbeddedPostgres>>, 'connection' | 'pid' | 'version' | 'stop'>;

/** Whoever has a password may sign in over the loopback; before the line that refuses everybody. */
const RULE = 'host all all 127.0.0.1/32 scram-sha-256\n';
/** As it ships it has 40, which Kith and its peers need; a client of this kind may hold on to its own. */
const CONNECTIONS = 60;
const READY_MS = 30_000;
const LOOK_MS = 20;

/** @returns the same as `startEmbeddedPostgres`; the port of its `connection` is the one of TCP, too */
export async function startLoopbackPostgres(options: Pick<Options, 'dataDirectory' | 'log'>): Promise<Running> {
  const first = await startEmbeddedPostgres({ ...options, port: await freePort() });
  const { connection, version, pid } = first;
  const [file = '', ...settings] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  const found = await findCluster(options.dataDirectory);
  await first.stop();
  if (found === null) throw new Error('PostgreSQL ended as soon as it was there');
  const { cluster } = found;
  const rules = `${cluster}/pg_hba.conf`;
  await writeFile(rules, RULE + (await readFile(rules, 'utf8')));
  const { uid, gid } = await stat(cluster);
  const again = await startGuarded({
    file,
    args: [...settings, '-c', 'listen_addresses=127.0.0.1', '-c', `max_connections=${CONNECTIONS}`],
    directory: cluster,
    runAs: process.getuid?.() === 0 ? { uid, gid } : null,
    onOutput: (text) => options.log?.({ level: 'warn', message: text.trim(), sqlState: null }),
  });
  const stop = async () => {
    again.letGo();
    await again.ended;
  };
  const deadline = performance.now() + READY_MS;
  while ((await readPostmasterFile(cluster))?.status !== 'ready') {
    if (performance.now() > deadline) {
      await stop();
      throw new Error('PostgreSQL does not listen on the loopback within 30 s');
    }
    await delay(LOOK_MS);
  }
  return { connection, version, pid: again.pid, stop };
}
