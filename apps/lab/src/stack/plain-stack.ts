// Starts the plain stack's server on its own database, and seats people in it.
import type { Pinning } from '../measure/pinning.js';
import type { BenchDatabase } from './database.js';
import { seatMembers } from './member-table.js';
import { PLAIN_SCHEMA } from './plain-process.js';
import { ServerProcess } from './server-process.js';
import type { Stack } from './stack.js';

export type PlainStack = Stack & {
  /** Bytes on disk per message, indexes included; NaN where there is none. */
  bytesPerMessage(): Promise<number>;
  stop(): Promise<void>;
};

export async function startPlainStack(parts: {
  readonly database: BenchDatabase;
  readonly program: string;
  readonly pinning: Pinning;
}): Promise<PlainStack> {
  const { database, program, pinning } = parts;
  const url = await database.create('plain_bench');
  await database.query(url, PLAIN_SCHEMA);
  const { process: server, ready } = await ServerProcess.start({
    name: 'the plain stack',
    command: pinning.serverCommand([process.execPath, program, 'plain-server', url]),
    ready: /^The plain stack is at (\d+)$/m,
  });
  return {
    name: 'plain',
    port: Number(ready[1]),
    cpu: { gatewayPid: server.pid, postmasterPid: database.pid },
    numbering: 'rising',
    seat: (count, size) => seatMembers(database, url, { count, size }),
    async bytesPerMessage() {
      const [row] = await database.query(
        url,
        `SELECT pg_total_relation_size('message')::float8 / nullif(count(*), 0) AS bytes FROM message`,
      );
      return Number(row?.bytes ?? Number.NaN);
    },
    stop: () => server.stop(),
  };
}
