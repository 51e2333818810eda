// An archive as somebody else made it: looked through as a whole before anything of it is read, and never unpacked to the disk. Names
// that lead elsewhere, sizes that lie, what unpacks to far more than it is, and what is encrypted are refused with a word.
import { open } from 'node:fs/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { Refusal } from '../command.js';

export type Bounds = {
  readonly files: number;
  /** Of one file, unpacked. */
  readonly fileBytes: number;
  /** Of all that is read, unpacked. */
  readonly allBytes: number;
  /** How many times larger than packed something may be, from a megabyte on. */
  readonly ratio: number;
};

export const BOUNDS: Bounds = {
  files: 1_000_000,
  fileBytes: 128 * 1_048_576,
  allBytes: 64 * 1_073_741_824,
  // Deflate makes at most 1,032 of one; JSON of people who talk, some 10.
  ratio: 200,
};

const RATIO_FROM = 1_048_576;

export class Archive {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #bounds: Bounds;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>, bounds: Bounds) {
    this.#zip = zip;
    this.#entries = entries;
    this.#bounds = bounds;
  }

  /** @throws Refusal where it is no zip archive, or one that nobody should open */
  static async open(path: string, bounds: Bounds = BOUNDS): Promise<Archive> {
    // Where it cannot be read at all, the file system says so.
    await (await open(path, 'r')).close();
    const zip = await openPromise(path, { strictFileNames: true, validateEntrySizes: true, autoClose: false }).catch(
      (error: unknown) => {
        throw refused(error);
      },
    );
    try {
      return new Archive(zip, await lookThrough(zip, bounds), bounds);
    } catch (error) {
      zip.close();
      throw refused(error);
    }
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** @throws Refusal where it is no JSON in UTF-8, or not what its directory says */
  async json(name: string): Promise<unknown> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Refusal(`${name} is not in the archive`);
    const text = await this.#text(entry);
    try {
      return JSON.parse(text);
    } catch {
      throw new Refusal(`${name}: this is no JSON`);
    }
  }

  close(): void {
    this.#zip.close();
  }

  async #text(entry: Entry): Promise<string> {
    const { fileName } = entry;
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of await this.#zip.openReadStreamPromise(entry)) {
        const bytes = Buffer.from(chunk);
        size += bytes.length;
        if (size > this.#bounds.fileBytes) throw new Refusal(`it unpacks to more than ${this.#bounds.fileBytes} bytes`);
        chunks.push(bytes);
      }
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    } catch (error) {
      throw new Refusal(`${fileName}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

function refused(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(`this archive is refused: ${error instanceof Error ? error.message : String(error)}`);
}

async function lookThrough(zip: ZipFile, bounds: Bounds): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  let all = 0;
  for await (const entry of zip.eachEntry()) {
    const { fileName, compressedSize, uncompressedSize } = entry;
    if (fileName.endsWith('/')) continue;
    const refuse = (why: string): never => {
      throw new Refusal(`this archive is refused: ${JSON.stringify(fileName)} ${why}`);
    };
    if (entry.isEncrypted()) refuse('is encrypted: unpack it, and pack it without a password');
    if (entries.has(fileName)) refuse('is in it twice');
    if (uncompressedSize > bounds.fileBytes) refuse(`unpacks to more than ${bounds.fileBytes} bytes`);
    if (uncompressedSize > RATIO_FROM && uncompressedSize > compressedSize * bounds.ratio) {
      refuse(`unpacks to more than ${bounds.ratio} times its size`);
    }
    all += uncompressedSize;
    if (all > bounds.allBytes) refuse(`brings it to more than ${bounds.allBytes} bytes, unpacked`);
    entries.set(fileName, entry);
    if (entries.size > bounds.files) refuse(`is one of more than ${bounds.files} files`);
  }
  return entries;
}
