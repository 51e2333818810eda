// The lines of a journal file. A line is a checksum, a space and JSON; it counts only if it is whole. Entries stand on lines
// of their own, so that one can be read without the others; a batch is its entries and then one line that commits them.
// What stands behind the last commit is the torn end of a batch that was never kept.
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Place } from './entry-places.js';

export type Line = Place & { readonly value: unknown };

const BREAK = 0x0a;
const CHUNK_BYTES = 1024 * 1024;
/** No line is longer: what looks longer is no journal. */
const LONGEST_BYTES = 64 * 1024 * 1024;

export function toLine(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`${checksum(json)} `), json, Buffer.of(BREAK)]);
}

/** Lines from the start until the end, or until one that is not whole. */
export async function* readLines(file: FileHandle): AsyncGenerator<Line> {
  let at = 0;
  let rest: Buffer = Buffer.alloc(0);
  for (let from = 0; rest.length < LONGEST_BYTES; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, from);
    if (bytesRead === 0) return;
    from += bytesRead;
    const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let start = 0;
    for (let end = bytes.indexOf(BREAK); end >= 0; end = bytes.indexOf(BREAK, start)) {
      const parsed = parseLine(bytes.subarray(start, end));
      if (!parsed) return;
      const size = end + 1 - start;
      yield { at, size, value: parsed.value };
      at += size;
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
}

/** The lines at these places, each checked again; those that stand side by side are read at once. */
export async function readPlaces(file: FileHandle, places: readonly Place[]): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for (const group of sideBySide(places)) {
    const bytes = await readBytes(file, group);
    for (const { at, size } of group) {
      const parsed = parseLine(bytes.subarray(at - startOf(group), at - startOf(group) + size - 1));
      if (!parsed) throw new Error(`the journal is damaged at ${at}`);
      values.push(parsed.value);
    }
  }
  return values;
}

/** Places in groups that follow each other without a gap, none much larger than a chunk. */
export function* sideBySide<P extends Place>(places: readonly P[]): Generator<readonly P[]> {
  let group: P[] = [];
  for (const place of places) {
    const last = group.at(-1);
    if (last && (last.at + last.size !== place.at || place.at - startOf(group) > CHUNK_BYTES)) {
      yield group;
      group = [];
    }
    group.push(place);
  }
  if (group.length > 0) yield group;
}

/** All bytes of a group of `sideBySide`. */
export async function readBytes(file: FileHandle, group: readonly Place[]): Promise<Buffer> {
  const sizeBytes = group.reduce((sum, { size }) => sum + size, 0);
  const bytes = Buffer.allocUnsafe(sizeBytes);
  const { bytesRead } = await file.read(bytes, 0, sizeBytes, startOf(group));
  return bytes.subarray(0, bytesRead);
}

/** Writes all of it, or throws; a part of it may be there then. */
export async function writeBytes(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

function startOf(group: readonly Place[]): number {
  return group[0]?.at ?? 0;
}

function parseLine(line: Buffer): { readonly value: unknown } | null {
  const json = line.subarray(9);
  if (line.toString('latin1', 0, 9) !== `${checksum(json)} `) return null;
  try {
    return { value: JSON.parse(json.toString()) };
  } catch {
    return null;
  }
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}
