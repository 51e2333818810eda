// Starts Kith as it ships, `packages/server/dist/main.js`, on the run's database, and seats people in it. Of its limits
// only those are lifted that would stop a load generator: rates, and connections of one address.
import { fileURLToPath } from 'node:url';
import { Inspector } from '../measure/inspector.js';
import type { Pinning } from '../measure/pinning.js';
import type { BenchDatabase } from './database.js';
import { KithStore, type Person } from './kith-store.js';
import { ServerProcess } from './server-process.js';
import type { Stack } from './stack.js';

export type KithStack = Stack & {
  readonly store: KithStore;
  readonly databaseUrl: string;
  seatPeople(groups: readonly (readonly Person[])[]): ReturnType<Stack['seat']>;
  /** One more server on the same database. */
  startBeside(): Promise<KithNode>;
  /** A second server on the same database, alone measured meanwhile, with its inspector open. */
  startInspected(): Promise<{
    readonly port: number;
    readonly pid: number;
    readonly inspector: Inspector;
    stop(): Promise<void>;
  }>;
  /** Null unless it was started inspected. */
  readonly inspector: Inspector | null;
  stop(): Promise<void>;
};

export type KithNode = { readonly port: number; readonly pid: number; stop(): Promise<void> };

export const MAIN = fileURLToPath(import.meta.resolve('@kith/server/main'));
/** As in the script `npm start`. */
export const NODE_OPTIONS = ['--max-semi-space-size=32', '--v8-pool-size=0'];
export const READY = /^Kith is at http:\/\/127\.0\.0\.1:(\d+)$/m;
const INSPECTED = /Debugger listening on (ws:\S+)/;

export async function startKithStack(parts: {
  readonly database: BenchDatabase;
  readonly pinning: Pinning;
  /** With its inspector open. */
  readonly isInspected: boolean;
  /** Options of Node for the server's process. */
  readonly node: readonly string[];
  /** Where its nodes tell each other what happens; null where they don't. */
  readonly redisUrl?: string | null;
}): Promise<KithStack> {
  const { database, pinning, isInspected, node, redisUrl = null } = parts;
  const databaseUrl = await database.create('kith_bench');
  const store = await KithStore.open(databaseUrl);
  const start = async (options: readonly string[]) => {
    const { process: server, ready } = await ServerProcess.start({
      name: 'Kith',
      command: pinning.serverCommand([process.execPath, ...NODE_OPTIONS, ...node, ...options, MAIN]),
      environment: { ...environmentOf(databaseUrl), ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }) },
      ready: READY,
    });
    return { server, port: Number(ready[1]) };
  };
  const startInspected = async () => {
    const { server, port } = await start(['--inspect=127.0.0.1:0']);
    const [, address = ''] = INSPECTED.exec(server.said) ?? [];
    const inspector = await Inspector.open(address);
    const stop = async () => {
      inspector.close();
      await server.stop();
    };
    return { port, pid: server.pid, inspector, stop };
  };
  const main = isInspected ? await startInspected() : await start([]);
  const gatewayPid = 'pid' in main ? main.pid : main.server.pid;
  const seatPeople = async (groups: readonly (readonly Person[])[]) => {
    const conversations = await store.conversations(groups);
    return conversations.map((conversation, index) => {
      return { conversation, tokens: (groups[index] ?? []).map(({ token }) => token) };
    });
  };
  return {
    name: 'Kith',
    port: main.port,
    cpu: { gatewayPid, postmasterPid: database.pid },
    numbering: 'next',
    store,
    databaseUrl,
    inspector: 'inspector' in main ? main.inspector : null,
    async startBeside() {
      const { server, port } = await start([]);
      return { port, pid: server.pid, stop: () => server.stop() };
    },
    startInspected,
    seatPeople,
    async seat(count, size) {
      const people = await store.people(count * size);
      return seatPeople(Array.from({ length: count }, (_, index) => people.slice(index * size, (index + 1) * size)));
    },
    async stop() {
      await ('server' in main ? main.server.stop() : main.stop());
      await store.close();
    },
  };
}

function environmentOf(databaseUrl: string): { readonly [name: string]: string } {
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'warn',
    RATE_FACTOR: '100000',
    CONNECTIONS_PER_ADDRESS: '100000',
    MAX_HANDSHAKES: '10000',
    HELLO_MS: '60000',
  };
}
