/**
 * Copies a directory so that every user can read it: directories 0755, files
 * 0644 or, if they were executable, 0755, whatever the umask of whoever
 * installed the original. Symbolic links stay as they are.
 */
import { chmod, copyFile, lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** `to` is made anew: what was there is removed. */
export async function copyReadable(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await copyEntry(from, to);
}

async function copyEntry(from: string, to: string): Promise<void> {
  const entry = await lstat(from);
  if (entry.isSymbolicLink()) return symlink(await readlink(from), to);
  if (entry.isFile()) {
    await copyFile(from, to);
    return chmod(to, (entry.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
  if (!entry.isDirectory()) return;
  await mkdir(to);
  await chmod(to, 0o755);
  for (const name of await readdir(from)) await copyEntry(join(from, name), join(to, name));
}
