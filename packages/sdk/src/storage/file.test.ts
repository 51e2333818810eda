import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingStoreContract } from '@kith/testkit/contracts/lasting-store';
import { replicaStoreContract } from '@kith/testkit/contracts/replica-store';
import { contentsOf, message, messages, mixed, reasonOf } from '@kith/testkit/contracts/replica-store-world';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStores } from './file.js';
import type { ReplicaStore } from './replica-store.js';

async function makeDevice() {
  const home = await mkdtemp(join(tmpdir(), 'kith-stores-'));
  const directory = join(home, 'stores');
  await writeFile(join(home, 'a file'), '');
  return {
    run: async () => new FileStores({ directory }),
    small: async () => new FileStores({ directory, mostBytes: 200_000 }),
    wipe: (name: string) => new FileStores({ directory }).remove(name),
    later: async (steps: NonNullable<ConstructorParameters<typeof FileStores>[0]['steps']>) =>
      new FileStores({ directory, steps }),
    refused: async () => new FileStores({ directory: join(home, 'a file', 'below') }),
    close: () => rm(home, { recursive: true }),
  };
}

replicaStoreContract('the store in a file', makeDevice);
lastingStoreContract('the store in a file', makeDevice);

describe('a journal', () => {
  let directory: string;
  const opened: ReplicaStore[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kith-journal-'));
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(directory, { recursive: true });
  });

  const open = async () => {
    const store = await new FileStores({ directory }).open('ann');
    opened.push(store);
    return store;
  };
  const path = async () => join(directory, (await readdir(directory)).find((name) => name.endsWith('.journal')) ?? '');

  it('[STO3] cut anywhere holds the batches that were whole, and goes on from there', async () => {
    const store = await open();
    const ends = [(await stat(await path())).size];
    for (let mark = 1; mark <= 4; mark += 1) {
      await store.write(mixed(mark, messages(mark * 2 - 1, mark * 2)));
      ends.push((await stat(await path())).size);
    }
    await store.close();
    const whole = await readFile(await path());
    const [first = 0] = ends;
    const near = ends.flatMap((end) => [end - 1, end, end + 1]);
    const cuts = [...near, ...Array.from({ length: 40 }, (_, index) => first + 1 + index * 41)];
    for (const cut of cuts.filter((end) => end >= first && end <= whole.length)) {
      await writeFile(await path(), whole.subarray(0, cut));
      const opened = await open();
      const kept = ends.filter((end) => end <= cut).length - 1;
      const { meta, entries } = await contentsOf(opened);
      expect(meta.get('cursor')).toEqual(kept === 0 ? undefined : { mark: kept });
      expect(entries).toEqual(messages(1, kept * 2));
      await opened.write(mixed(9, [message(100)]));
      await opened.close();
      const again = await open();
      expect((await contentsOf(again)).entries).toEqual([...messages(1, kept * 2), message(100)]);
      await again.close();
    }
  });

  it('believes no line whose bytes have changed, and nothing behind it', async () => {
    const store = await open();
    for (let mark = 1; mark <= 3; mark += 1) await store.write(mixed(mark, [message(mark)]));
    await store.close();
    const bytes = await readFile(await path());
    const at = bytes.indexOf('message 2');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(await path(), bytes);
    const { meta, entries } = await contentsOf(await open());
    expect([meta.get('cursor'), entries]).toEqual([{ mark: 1 }, [message(1)]]);
  });

  it('is compacted while it is used, and stays near the size of what it holds', async () => {
    const store = await open();
    const text = 'x'.repeat(100_000);
    for (let mark = 1; mark <= 150; mark += 1)
      await store.write(mixed(mark % 2, [message((mark % 5) + 1, `${text}${mark}`)]));
    expect((await stat(await path())).size).toBeLessThan(8_000_000);
    const { entries } = await contentsOf(store);
    expect(entries.map(({ body }) => String(body.text).slice(100_000))).toEqual(['150', '146', '147', '148', '149']);
    await store.write(mixed(2, [message(6)]));
    await store.close();
    expect((await contentsOf(await open())).entries).toHaveLength(6);
    expect((await readdir(directory)).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('belongs to whoever opened it last: the one before is refused with `gone`, and damages nothing', async () => {
    const before = await open();
    await before.write(mixed(1, messages(1, 3)));
    const now = await open();
    expect(await reasonOf(before.write(mixed(2, messages(4, 5))))).toBe('gone');
    expect(await reasonOf(before.clear())).toBe('gone');
    await now.write(mixed(3, messages(6, 6)));
    expect((await contentsOf(await open())).entries).toEqual([...messages(1, 3), message(6)]);
  });

  it('is begun anew where the file is empty or no journal', async () => {
    const store = await open();
    await store.write(mixed(1, [message(1)]));
    await store.close();
    await truncate(await path(), 0);
    expect((await contentsOf(await open())).entries).toEqual([]);
    await writeFile(await path(), 'something else\n');
    const again = await open();
    await again.write({ entries: [message(2)] });
    expect((await contentsOf(await open())).entries).toEqual([message(2)]);
  });

  it('can be read by nobody else', async () => {
    await rm(directory, { recursive: true });
    await mkdir(directory);
    await chmod(directory, 0o755);
    await open();
    expect((await stat(await path())).mode & 0o077).toBe(0);
  });
});
