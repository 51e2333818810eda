// An export as a file: its lines out, gzipped or not, into a file that has its name only once it is whole; and its lines back,
// gzipped or not, each bounded, with a sum over all of them.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { TransferError } from './transfer-error.js';

/** Longest line, in bytes: the longest that an export writes is a few hundred thousand. */
const LONGEST_LINE = 16 * 1_024 * 1_024;
const LINE_END = 0x0a;
/** What is gathered before it is handed on, in UTF-16 units. */
const CHUNK = 65_536;

export type NumberedLine = {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** SHA-256 over all lines before this one, with their ends; asked for while this line is looked at. */
  readonly sumBefore: () => string;
};

/** Nobody but its owner reads it. @throws what the file system throws, and then nothing is left */
export async function writeLines(path: string, lines: AsyncIterable<string>, isGzipped: boolean): Promise<void> {
  const place = resolve(path);
  const unfinished = join(dirname(place), `.${basename(place)}.unfinished`);
  try {
    const out = createWriteStream(unfinished, { mode: 0o600, flush: true });
    const middle = isGzipped ? createGzip() : new PassThrough();
    await pipeline(Readable.from(gathered(lines), { objectMode: true }), middle, out);
    await rename(unfinished, place);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function* gathered(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let text = '';
  for await (const line of lines) {
    text += line;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/** @throws TransferError where it is cut, no text, or too long a line; what the file system throws */
export async function* readLines(path: string, signal?: AbortSignal): AsyncGenerator<NumberedLine> {
  const hash = createHash('sha256');
  let number = 0;
  for await (const bytes of splitLines(await openBytes(path))) {
    signal?.throwIfAborted();
    number += 1;
    yield { number, text: textOf(bytes, number), sumBefore: () => hash.copy().digest('hex') };
    hash.update(bytes).update('\n');
  }
}

async function openBytes(path: string): Promise<AsyncIterable<Buffer>> {
  const isGzipped = await beginsAsGzip(path);
  const source = createReadStream(path);
  if (!isGzipped) return source;
  const gunzip = createGunzip();
  // What goes wrong with the source is told by the reading end.
  pipeline(source, gunzip).catch((error: unknown) =>
    gunzip.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return gunzip;
}

async function beginsAsGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of chunks) {
      let from = 0;
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
        yield Buffer.concat([...parts, chunk.subarray(from, end)]);
        [parts, size, from] = [[], 0, end + 1];
      }
      size += chunk.length - from;
      if (size > LONGEST_LINE)
        throw new TransferError(`a line is longer than ${LONGEST_LINE} bytes: no export has that`);
      parts.push(chunk.subarray(from));
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new TransferError(`the compressed file is cut or altered (${error.message})`);
    }
    throw error;
  }
  if (size > 0) throw new TransferError('the file ends within a line: it was cut');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Buffer, number: number): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new TransferError('this is no text in UTF-8', number);
  }
}
