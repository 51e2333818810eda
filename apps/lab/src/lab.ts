// What the steps of a run share: both stacks, the progress, the results. Opened once, closed whatever happened.
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fixture } from './fixture/fixture.js';
import type { Pinning } from './measure/pinning.js';
import type { Options } from './options.js';
import type { Progress } from './progress.js';
import { Results } from './results.js';
import { type BenchDatabase, startDatabase } from './stack/database.js';
import { type KithStack, startKithStack } from './stack/kith-stack.js';
import { type PlainStack, startPlainStack } from './stack/plain-stack.js';

export type Lab = {
  readonly options: Options;
  readonly progress: Progress;
  readonly results: Results;
  readonly pinning: Pinning;
  readonly database: BenchDatabase;
  readonly kith: KithStack;
  readonly plain: PlainStack;
  readonly fixture: Fixture;
  close(): Promise<void>;
};

const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));

export async function openLab(options: Options, progress: Progress, pinning: Pinning): Promise<Lab> {
  const opened: { stop(): Promise<void> }[] = [];
  let closing: Promise<void> | null = null;
  const closeAll = async () => {
    for (const one of opened.reverse()) await one.stop();
  };
  // A signal and the end of a run may ask for it at once: both wait for the same.
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  try {
    const directory = resolve('.tmp', `bench-${process.pid}`);
    await mkdir(directory, { recursive: true });
    const database = await startDatabase({ directory, program: PROGRAM, pinning });
    opened.push(database);
    const kith = await startKithStack({ database, pinning, isInspected: options.profile !== null, node: options.node });
    opened.push(kith);
    const plain = await startPlainStack({ database, program: PROGRAM, pinning });
    opened.push(plain);
    const fixture = new Fixture({ options, progress, database, kith });
    return { options, progress, results: new Results(), pinning, database, kith, plain, fixture, close };
  } catch (error) {
    await close();
    throw error;
  }
}
