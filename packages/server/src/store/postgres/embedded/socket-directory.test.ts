import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseSocketDirectory, prepareSocketDirectory, socketPath } from './socket-directory.js';

describe('the socket directory', () => {
  let home = '';

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kith-socket-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('lies beside the cluster and is closed to others', async () => {
    const directory = await prepareSocketDirectory({ home, port: 5432, runAs: null });
    expect(directory).toBe(join(home, 'socket'));
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('moves to the temporary directory when its path, in bytes, would be too long', async () => {
    const long = join(home, 'ü'.repeat(40));
    await mkdir(long);
    const directory = await chooseSocketDirectory(long, 5432);
    expect(dirname(directory)).toBe(tmpdir());
    expect(Buffer.byteLength(socketPath(directory, 5432))).toBeLessThanOrEqual(103);
    expect(await chooseSocketDirectory(`${long}x`.slice(0, -1), 5432)).toBe(directory);
  });

  it('moves there too when others could rename it away', async () => {
    await chmod(home, 0o777);
    expect(dirname(await chooseSocketDirectory(home, 5432))).toBe(tmpdir());
  });

  it('is refused when it is open to others', async () => {
    await mkdir(join(home, 'socket'));
    await chmod(join(home, 'socket'), 0o755);
    await expect(prepareSocketDirectory({ home, port: 5432, runAs: null })).rejects.toMatchObject({
      code: 'socket_directory_unsafe',
    });
  });

  it('is refused when it is a link', async () => {
    await mkdir(join(home, 'elsewhere'), { mode: 0o700 });
    await symlink(join(home, 'elsewhere'), join(home, 'socket'));
    await expect(prepareSocketDirectory({ home, port: 5432, runAs: null })).rejects.toMatchObject({
      code: 'socket_directory_unsafe',
    });
  });
});
