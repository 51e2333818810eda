// What a load stands on: the embedded PostgreSQL and Kith as it ships, in a temporary directory, on a core of their own where
// there are two. Whoever opens it closes it, and then nothing of it is left.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Pinning, pinLoad } from '../measure/pinning.js';
import { type BenchDatabase, startDatabase } from '../stack/database.js';
import { type KithNode, type KithStack, startKithStack } from '../stack/kith-stack.js';
import { type BenchRedis, startRedis } from '../stack/redis.js';

export type Ground = {
  readonly stack: KithStack;
  /** The nodes beside the one of the stack. */
  readonly beside: readonly KithNode[];
  /** Null where there are no several nodes. */
  readonly redis: BenchRedis | null;
  readonly database: BenchDatabase;
  readonly pinning: Pinning;
  close(): Promise<void>;
};

/** The compiled program: its roles are processes beside this one. */
const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/**
 * @param options `isInspected`: its memory can be read, and its garbage collected; `nodes`: so many, over a Redis; left out,
 *   one without a Redis
 */
export async function openGround(
  options: { readonly isInspected?: boolean; readonly nodes?: number } = {},
): Promise<Ground> {
  if (!existsSync('/proc/self/stat')) throw new Error('CPU and memory are read from /proc: Linux is wanted');
  const pinning = pinLoad();
  const directory = await mkdtemp(join(tmpdir(), 'kith-bench-'));
  const opened: { stop(): Promise<void> }[] = [{ stop: () => rm(directory, { recursive: true, force: true }) }];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one.stop();
  };
  try {
    const { nodes } = options;
    // The other kind of database has connections for one node.
    const isOnLoopback = nodes !== undefined;
    const database = await startDatabase({ directory, program: PROGRAM, pinning, isOnLoopback });
    opened.push(database);
    const redis = nodes === undefined ? null : await startRedis(pinning);
    if (redis !== null) opened.push(redis);
    const stack = await startKithStack({
      ...{ database, pinning, node: [] },
      isInspected: options.isInspected === true,
      redisUrl: redis === null ? null : `redis://127.0.0.1:${redis.port}`,
    });
    opened.push(stack);
    const beside: KithNode[] = [];
    while (beside.length + 1 < (nodes ?? 1)) {
      const node = await stack.startBeside();
      opened.push(node);
      beside.push(node);
    }
    return { stack, beside, redis, database, pinning, close };
  } catch (error) {
    await close();
    throw error;
  }
}
