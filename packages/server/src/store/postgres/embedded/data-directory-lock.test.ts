import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeDataDirectoryLock } from './data-directory-lock.js';
import { identify } from './process-identity.js';

describe('the lock of a data directory', () => {
  let directory = '';
  const held = (): Promise<string[]> => readdir(join(directory, 'lock'));

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kith-lock-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is refused while it is held, and free after its release', async () => {
    const lock = await takeDataDirectoryLock(directory);
    await expect(takeDataDirectoryLock(directory)).rejects.toMatchObject({ code: 'data_directory_in_use' });
    await lock.release();
    await lock.release();
    await (await takeDataDirectoryLock(directory)).release();
    expect(await held()).toEqual([]);
  });

  it('names the living process that holds it, and leaves that alone', async () => {
    const namespace = await ownNamespace(directory);
    const holder = spawn('sleep', ['600'], { stdio: 'ignore' });
    const identity = await identify(holder.pid ?? 0);
    const file = `${holder.pid}.${identity?.startedAt}.${namespace}`;
    await writeFile(join(directory, 'lock', file), '');
    await expect(takeDataDirectoryLock(directory)).rejects.toThrow(`process id ${holder.pid}`);
    expect(await held()).toEqual([file]);

    await new Promise((resolve) => holder.once('exit', resolve).kill());
    await (await takeDataDirectoryLock(directory)).release();
    expect(await held()).toEqual([]);
  });

  it('is stale when its pid belongs to a process that started at another time', async () => {
    const namespace = await ownNamespace(directory);
    await writeFile(join(directory, 'lock', `${process.ppid}.1.${namespace}`), '');
    await (await takeDataDirectoryLock(directory)).release();
    expect(await held()).toEqual([]);
  });

  it('says nothing about pids of another container, and keeps their files until told', async () => {
    await mkdir(join(directory, 'lock'));
    const foreign = `${process.ppid}.1.000000000000`;
    await writeFile(join(directory, 'lock', foreign), '');
    const lock = await takeDataDirectoryLock(directory);
    expect(await held()).toContain(foreign);
    await lock.clearForeign();
    expect(await held()).not.toContain(foreign);
    await lock.release();
  });

  it('is refused with what to do where nothing can be written', async () => {
    await writeFile(join(directory, 'lock'), 'a file where a directory belongs');
    await expect(takeDataDirectoryLock(directory)).rejects.toMatchObject({ code: 'data_directory_unusable' });
  });
});

async function ownNamespace(directory: string): Promise<string> {
  const lock = await takeDataDirectoryLock(directory);
  const [file = ''] = await readdir(join(directory, 'lock'));
  await lock.release();
  return file.split('.')[2] ?? '';
}
