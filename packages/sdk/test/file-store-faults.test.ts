// The file store under what happens to files: kill -9 at any moment, and a disk without room.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentsOf, messages, mixed, reasonOf } from '@kith/testkit/contracts/replica-store-world';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { SmallDisk } from '@kith/testkit/small-disk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileStores } from '../src/storage/file.js';

const WRITER = fileURLToPath(new URL('fixtures/journal-writer.mjs', import.meta.url));
const KILLS = 12;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kith-journal-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Runs a writer until it has said a number of marks, and kills it with -9 at that moment. @returns the last mark it said */
function writeUntilKilled(marks: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, [WRITER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    writer.stdout.on('data', (data) => {
      said += String(data);
      if (said.split('\n').length > marks) writer.kill('SIGKILL');
    });
    writer.on('error', reject);
    writer.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(Number(said.split('\n').at(-2)));
      else reject(new Error('the writer ended by itself'));
    });
  });
}

it('[STO3] [STO13] killed with -9 at any moment, whole batches are there, and every one that was acknowledged', async () => {
  const random = new SeededRandom(20_261);
  let before = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const acknowledged = await writeUntilKilled(10 + random.below(900));
    const store = await new FileStores({ directory }).open('ann');
    const { meta, entries } = await contentsOf(store);
    const { mark } = meta.get('cursor') as { readonly mark: number };
    expect(mark).toBeGreaterThanOrEqual(acknowledged);
    expect(mark).toBeGreaterThan(before);
    // What is held is one row of numbers to the end of the last batch: no half, no hole.
    const [first = 0] = entries.map(({ seq }) => seq);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: mark * 2 - first + 1 }, (_, at) => first + at));
    expect(first % 2).toBe(1);
    before = mark;
    await store.close();
  }
  expect(await readdir(directory)).toHaveLength(1);
});

it('[STO3] on a full disk a batch is refused and leaves nothing, and with room again the next is kept', async ({
  skip,
}) => {
  const disk = SmallDisk.mount(4);
  if (disk === null) {
    skip('a small disk cannot be mounted here: that takes Linux, root and the right to mount');
    return;
  }
  const stores = new FileStores({ directory: join(disk.directory, 'stores') });
  const store = await stores.open('ann');
  try {
    await store.write(mixed(1, messages(1, 20)));
    disk.fill();
    expect(await reasonOf(store.write(mixed(2, messages(21, 900))))).toBe('full');
    expect(await reasonOf(store.write(mixed(3, messages(21, 900))))).toBe('full');
    expect((await contentsOf(store)).meta.get('cursor')).toEqual({ mark: 1 });
    disk.free();
    await store.write(mixed(4, messages(21, 900)));
    await store.close();
    const again = await stores.open('ann');
    expect((await contentsOf(again)).entries).toEqual(messages(1, 900));
    await again.close();
  } finally {
    disk.free();
    await store.close();
    disk.unmount();
  }
});
