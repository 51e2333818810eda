// Whether a folder is a whole backup: every file is there and is what its checksum says, and each table has the rows that the
// manifest promises. Reads all of it once.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BackupError, MANIFEST, type Manifest, parseManifest, parseSums, SUMS } from './manifest.js';
import { RowCounter, Summer } from './streams.js';

/** Of rows, all tables together. */
export type Progress = (done: number, total: number) => void;

export type Watch = { readonly onProgress?: Progress; readonly signal?: AbortSignal };

/** @throws BackupError that names the first thing that is wrong */
export async function verifyBackup(folder: string, { onProgress = () => {}, signal }: Watch = {}): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const total = manifest.tables.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  for (const { file, rows, sizeBytes, sha256 } of manifest.tables) {
    const summer = new Summer();
    const counter = new RowCounter((more) => {
      done += more;
      onProgress(done, total);
    });
    try {
      const steps = [createReadStream(join(folder, file)), summer, createGunzip(), counter, nowhere()] as const;
      await (signal === undefined ? pipeline(...steps) : pipeline(...steps, { signal }));
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new BackupError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    if (summer.sizeBytes !== sizeBytes || summer.sum() !== sha256) throw changed(file);
    if (counter.rows !== rows) throw new BackupError(`${file} holds ${counter.rows} rows, and ${rows} were written`);
  }
  return manifest;
}

/** The manifest, checked against the sums that lie beside it. @throws BackupError */
export async function readManifest(folder: string): Promise<Manifest> {
  const [text, listed] = await Promise.all([readOf(folder, MANIFEST), readOf(folder, SUMS)]);
  const sums = parseSums(listed);
  if (sums.get(MANIFEST) !== createHash('sha256').update(text).digest('hex')) throw changed(MANIFEST);
  const manifest = parseManifest(text);
  for (const { file, sha256 } of manifest.tables) if (sums.get(file) !== sha256) throw changed(file);
  return manifest;
}

async function readOf(folder: string, file: string): Promise<string> {
  try {
    return await readFile(join(folder, file), 'utf8');
  } catch (error) {
    throw new BackupError(`${folder} is no backup: it has no ${file} that can be read`, { cause: error });
  }
}

function changed(file: string): BackupError {
  return new BackupError(`${file} is not what was written: its checksum is another one. Use another backup`);
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
