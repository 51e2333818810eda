// What a load stands on: the embedded PostgreSQL and Kith as it ships, in a temporary directory, on a core of their own where
// there are two. Whoever opens it closes it, and then nothing of it is left.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Pinning, pinLoad } from '../measure/pinning.js';
import { type BenchDatabase, startDatabase } from '../stack/database.js';
import { type KithStack, startKithStack } from '../stack/kith-stack.js';

export type Ground = {
  readonly stack: KithStack;
  readonly database: BenchDatabase;
  readonly pinning: Pinning;
  close(): Promise<void>;
};

/** The compiled program: its roles are processes beside this one. */
const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** @param options `isInspected`: its memory can be read, and its garbage collected */
export async function openGround(options: { readonly isInspected?: boolean } = {}): Promise<Ground> {
  if (!existsSync('/proc/self/stat')) throw new Error('CPU and memory are read from /proc: Linux is wanted');
  const pinning = pinLoad();
  const directory = await mkdtemp(join(tmpdir(), 'kith-bench-'));
  const opened: { stop(): Promise<void> }[] = [{ stop: () => rm(directory, { recursive: true, force: true }) }];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one.stop();
  };
  try {
    const database = await startDatabase({ directory, program: PROGRAM, pinning });
    opened.push(database);
    const stack = await startKithStack({
      ...{ database, pinning, node: [] },
      isInspected: options.isInspected === true,
    });
    opened.push(stack);
    return { stack, database, pinning, close };
  } catch (error) {
    await close();
    throw error;
  }
}
