// Stores in files, for Node: one append-only journal for each name. A batch is appended and flushed to the disk before it
// counts as kept; what a crash left of one that was not is cut off when the journal is opened. Opening and compacting write
// it anew and put it in the place of the old one: whoever opened a store last has it, and the one before finds out with
// its next write (`gone`). Small parts and the places of entries are in memory; entries are read from the file.
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TimelineItem } from '@kith/protocol';
import { type EntryPlace, EntryPlaces } from './entry-places.js';
import { readBytes, readLines, readPlaces, sideBySide, toLine, writeBytes } from './journal.js';
import {
  type Batch,
  type EntryQuery,
  type Held,
  type ReplicaStore,
  type ReplicaStores,
  StorageError,
} from './replica-store.js';
import { STEPS, type Step, upgraded, versionOf } from './versions.js';

const MAPS = ['meta', 'conversations', 'users', 'outbox'] as const;
type Part = (typeof MAPS)[number];
type Header = { readonly kith: 'replica'; readonly version: number };
/** The line that ends a batch: the `entries` lines before it belong to it. */
type Commit = { readonly entries: number; readonly drop?: Batch['drop'] } & {
  readonly [part in Part]?: readonly (readonly [string, unknown])[];
};

/** A journal is written anew when this many bytes of it, and half of them, count no more. */
const WASTE_BYTES = 4 * 1024 * 1024;
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Where Node keeps what is held, and how much of it. */
export type FileOptions = {
  /** Made where it isn't there, for its owner alone. */
  readonly directory: string;
  /** Most bytes of one journal; a batch that would make it longer is refused with `full`. */
  readonly mostBytes?: number;
  readonly steps?: readonly Step[];
};

/** For Node: a file for each person in a directory, flushed before anything counts as kept. Whoever opened it last has it. */
export class FileStores implements ReplicaStores {
  readonly isDurable = true;
  readonly #options: FileOptions;

  constructor(options: FileOptions) {
    this.#options = options;
  }

  async open(name: string): Promise<ReplicaStore> {
    try {
      await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
      const store = new FileStore(this.#pathOf(name), this.#options);
      await store.begin();
      return store;
    } catch (error) {
      throw storageError(error, 'blocked');
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#pathOf(name), { force: true });
  }

  /** A name may hold any characters, and case that a file system doesn't keep. */
  #pathOf(name: string): string {
    return join(this.#options.directory, `${createHash('sha256').update(name).digest('hex').slice(0, 40)}.journal`);
  }
}

class FileStore implements ReplicaStore {
  readonly #path: string;
  readonly #mostBytes: number;
  readonly #steps: readonly Step[];
  readonly #maps = { meta: new Map(), conversations: new Map(), users: new Map(), outbox: new Map() };
  #places = new EntryPlaces();
  #file: FileHandle | null = null;
  #endBytes = 0;
  /** What everything but entries took when the journal was written anew. */
  #restBytes = 0;
  #isOver = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, { mostBytes = Number.POSITIVE_INFINITY, steps = STEPS }: FileOptions) {
    this.#path = path;
    this.#mostBytes = mostBytes;
    this.#steps = steps;
  }

  /** @throws StorageError newer; errors of the system */
  async begin(): Promise<void> {
    this.#file = await open(this.#path, 'r').catch(nullIfMissing);
    try {
      const version = this.#file ? await this.#read(this.#file) : versionOf(this.#steps);
      await this.#writeAnew(this.#steps.slice(version - 1));
    } catch (error) {
      await this.#letGo();
      throw error;
    }
  }

  load(): Promise<Held> {
    return this.#inTurn(async () => {
      const copies = MAPS.map((part) => [part, new Map(this.#maps[part])]);
      return Object.fromEntries(copies) as Held;
    });
  }

  entries(query: EntryQuery): Promise<readonly TimelineItem[]> {
    return this.#inTurn(async (file) => {
      const values = await readPlaces(file, this.#places.find(query));
      return values.map((value) => (value as { readonly entry: TimelineItem }).entry);
    });
  }

  async write(batch: Batch): Promise<void> {
    const { entries = [], drop } = batch;
    // Made now: what can't be written is refused before anything is.
    const lines = entries.map((entry) => ({
      conversation: entry.conversation,
      seq: entry.seq,
      line: toLine({ entry }),
    }));
    const rest = MAPS.flatMap((part) => (batch[part] ? [[part, [...batch[part]]] as const] : []));
    const commit: Commit = { entries: entries.length, ...(drop ? { drop } : {}), ...Object.fromEntries(rest) };
    const bytes = Buffer.concat([...lines.map(({ line }) => line), toLine(commit)]);
    await this.#inTurn(async (file) => {
      const at = this.#endBytes;
      await this.#append(file, bytes);
      this.#apply(commit, [...placed(lines, at)]);
      // What is kept is kept: where this fails, it is tried again later.
      if (this.#isWasteful) await this.#writeAnew([]).catch(() => {});
    });
  }

  clear(): Promise<void> {
    return this.#inTurn(async (file) => {
      await this.#requireOwn(file);
      for (const part of MAPS) this.#maps[part].clear();
      this.#places = new EntryPlaces();
      await this.#writeAnew([]);
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#letGo();
  }

  /** One thing at a time, in the order of the calls. @throws StorageError */
  #inTurn<T>(work: (file: FileHandle) => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => {
      if (this.#isOver || !this.#file) throw new StorageError('gone', 'the store was closed or removed');
      return work(this.#file);
    });
    this.#turn = done.catch(() => {});
    return done.catch((error: unknown) => {
      throw storageError(error, 'gone');
    });
  }

  get #isWasteful(): boolean {
    const wasteBytes = this.#endBytes - this.#restBytes - this.#places.sizeBytes;
    return wasteBytes > WASTE_BYTES && wasteBytes * 2 > this.#endBytes;
  }

  async #append(file: FileHandle, bytes: Buffer): Promise<void> {
    if (this.#endBytes + bytes.length > this.#mostBytes) {
      throw new StorageError('full', `the journal would have more than ${this.#mostBytes} bytes`);
    }
    try {
      await writeBytes(file, bytes, this.#endBytes);
      await file.datasync();
    } catch (error) {
      // Cut it off again, so that nothing of it is kept; where even that fails, nothing here is sure any more.
      await file.truncate(this.#endBytes).catch(() => this.#letGo());
      throw error;
    }
    await this.#requireOwn(file);
    this.#endBytes += bytes.length;
  }

  /** @throws StorageError gone, where the file was removed or another owner has put its own in the place */
  async #requireOwn(file: FileHandle): Promise<void> {
    const [own, there] = await Promise.all([file.stat(), stat(this.#path).catch(nullIfMissing)]);
    if (there?.ino === own.ino && there.dev === own.dev) return;
    await this.#letGo();
    throw new StorageError('gone', 'the journal was removed or opened by another owner');
  }

  #apply(commit: Commit, places: readonly EntryPlace[]): void {
    for (const part of MAPS) {
      const map: Map<string, unknown> = this.#maps[part];
      for (const [key, value] of commit[part] ?? []) {
        if (value === null) map.delete(key);
        else map.set(key, value);
      }
    }
    for (const range of commit.drop ?? []) this.#places.drop(range);
    for (const place of places) this.#places.put(place);
  }

  /** Takes every whole batch. @returns the version that wrote it */
  async #read(file: FileHandle): Promise<number> {
    let header: Header | null = null;
    let pending: EntryPlace[] = [];
    for await (const { at, size, value } of readLines(file)) {
      if (header === null) {
        header = value as Header;
        if (header.version > versionOf(this.#steps)) throw new StorageError('newer', 'a later SDK wrote this journal');
      } else if ('entry' in (value as object)) {
        const { conversation, seq } = (value as { readonly entry: TimelineItem }).entry;
        pending.push({ conversation, seq, at, size });
      } else {
        this.#apply(value as Commit, pending);
        pending = [];
      }
    }
    return header?.version ?? versionOf(this.#steps);
  }

  /** Writes what counts into a new file, and puts that in the place of the old one. */
  async #writeAnew(steps: readonly Step[]): Promise<void> {
    const path = `${this.#path}.new`;
    const fresh = await open(path, 'w+', 0o600);
    try {
      const header: Header = { kith: 'replica', version: versionOf(this.#steps) };
      const places = new EntryPlaces();
      let endBytes = await append(fresh, 0, [toLine(header)]);
      let count = 0;
      for (const group of sideBySide(this.#places.inOrder())) {
        const kept = await linesOf(this.#file as FileHandle, group, steps);
        for (const place of placed(kept, endBytes)) places.put(place);
        endBytes = await append(
          fresh,
          endBytes,
          kept.map(({ line }) => line),
        );
        count += kept.length;
      }
      for (const part of MAPS) upgradeMap(this.#maps[part], (value) => upgraded(steps, part, value));
      const rest = MAPS.map((part) => [part, [...this.#maps[part]]]);
      endBytes = await append(fresh, endBytes, [toLine({ entries: count, ...Object.fromEntries(rest) })]);
      await fresh.sync();
      await rename(path, this.#path);
      await syncDirectory(dirname(this.#path));
      await this.#file?.close();
      this.#file = fresh;
      this.#places = places;
      this.#endBytes = endBytes;
      this.#restBytes = endBytes - places.sizeBytes;
    } catch (error) {
      await fresh.close();
      await rm(path, { force: true });
      throw error;
    }
  }

  async #letGo(): Promise<void> {
    this.#isOver = true;
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}

/** An entry's line, before it has a place. */
type EntryLine = { readonly conversation: string; readonly seq: number; readonly line: Buffer };

function* placed(lines: readonly EntryLine[], startBytes: number): Generator<EntryPlace> {
  let at = startBytes;
  for (const { conversation, seq, line } of lines) {
    yield { conversation, seq, at, size: line.length };
    at += line.length;
  }
}

/** The lines of a group of places, as the present version writes them. */
async function linesOf(file: FileHandle, group: readonly EntryPlace[], steps: readonly Step[]): Promise<EntryLine[]> {
  if (steps.length === 0) {
    const bytes = await readBytes(file, group);
    const start = group[0]?.at ?? 0;
    return group.map(({ conversation, seq, at, size }) => {
      return { conversation, seq, line: bytes.subarray(at - start, at - start + size) };
    });
  }
  const values = (await readPlaces(file, group)) as readonly { readonly entry: unknown }[];
  return values.flatMap((value) => {
    const entry = upgraded(steps, 'entries', value.entry) as TimelineItem | null;
    return entry ? [{ conversation: entry.conversation, seq: entry.seq, line: toLine({ entry }) }] : [];
  });
}

async function append(file: FileHandle, at: number, lines: readonly Buffer[]): Promise<number> {
  const bytes = Buffer.concat(lines);
  await writeBytes(file, bytes, at);
  return at + bytes.length;
}

function upgradeMap(map: Map<string, unknown>, upgrade: (value: unknown) => unknown): void {
  for (const [key, value] of map) {
    const next = upgrade(value);
    if (next === null) map.delete(key);
    else map.set(key, next);
  }
}

/** Makes the new name of a file durable, where the system knows such a thing. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => null);
  await directory?.sync().catch(() => {});
  await directory?.close();
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** Errors of the system as the store says them; others are bugs, and stay what they are. */
function storageError(error: unknown, otherwise: 'blocked' | 'gone'): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof StorageError || code === undefined) return error;
  return new StorageError(FULL.has(code) ? 'full' : otherwise, `the journal: ${message}`, { cause: error });
}
