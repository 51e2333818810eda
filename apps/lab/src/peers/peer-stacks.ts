// What others would use, each started as a server of its own on the core of the servers, with people seated in it.
import type { Pinning } from '../measure/pinning.js';
import type { BenchDatabase } from '../stack/database.js';
import { newSeats, seatMembers } from '../stack/member-table.js';
import { PLAIN_SCHEMA } from '../stack/plain-process.js';
import { startRedis } from '../stack/redis.js';
import { ServerProcess } from '../stack/server-process.js';
import type { Stack } from '../stack/stack.js';
import type { PeerPrograms } from './peer-packages.js';

export type PeerStack = Stack & { stop(): Promise<void> };

type Parts = { readonly database: BenchDatabase; readonly pinning: Pinning; readonly programs: PeerPrograms };

const READY = /^The server is at (\d+)$/m;

/** Socket.IO with one INSERT a message. @param isOverRedis it tells other processes by way of a Redis */
export async function startSocketIo({ database, pinning, programs }: Parts, isOverRedis: boolean): Promise<PeerStack> {
  const redis = isOverRedis ? await startRedis(pinning) : null;
  try {
    const url = await database.create(isOverRedis ? 'socket_io_redis_bench' : 'socket_io_bench');
    await database.query(url, PLAIN_SCHEMA);
    const { process: server, ready } = await ServerProcess.start({
      name: 'Socket.IO',
      command: pinning.serverCommand([process.execPath, programs.socketIo, url]),
      environment: redis ? { REDIS_PORT: String(redis.port) } : {},
      ready: READY,
    });
    return {
      name: isOverRedis ? 'Socket.IO, Redis' : 'Socket.IO',
      dialect: 'socket.io',
      port: Number(ready[1]),
      cpu: { gatewayPid: server.pid, postmasterPid: database.pid },
      numbering: 'rising',
      seat: (count, size) => seatMembers(database, url, { count, size }),
      async stop() {
        await server.stop();
        await redis?.stop();
      },
    };
  } catch (error) {
    await redis?.stop();
    throw error;
  }
}

/** Bun's own publishing, which keeps nothing. */
export async function startBun({ database, pinning, programs }: Parts): Promise<PeerStack> {
  const { process: server, ready } = await ServerProcess.start({
    name: 'Bun',
    command: pinning.serverCommand(programs.bun),
    ready: READY,
  });
  return {
    name: 'Bun',
    port: Number(ready[1]),
    cpu: { gatewayPid: server.pid, postmasterPid: database.pid },
    numbering: 'next',
    seat: async (count, size) => {
      return newSeats(count, size).map(({ conversation, tokens }) => {
        return { conversation, tokens: tokens.map((token) => `${conversation}/${token}`) };
      });
    },
    stop: () => server.stop(),
  };
}
