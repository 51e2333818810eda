// What a backup says of itself: a folder with `manifest.json`, one file for each table, and `SHA256SUMS` over all of them, which
// `sha256sum -c` reads too. A file of a table is gzip of PostgreSQL's COPY text: a row a line, columns parted by tabs, `\N` for
// null, in the order of the manifest's columns. Any PostgreSQL since 15 reads it.

export const FORMAT = 1;
export const MANIFEST = 'manifest.json';
export const SUMS = 'SHA256SUMS';

export type BackupTable = {
  readonly name: string;
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly sizeBytes: number;
  readonly sha256: string;
};

export type BackupMigration = { readonly number: number; readonly name: string; readonly checksum: string };

export type Manifest = {
  readonly format: typeof FORMAT;
  /** When the snapshot was taken: ISO 8601, UTC. */
  readonly takenAt: string;
  /** Such as `18.4`. */
  readonly postgres: string;
  readonly migrations: readonly BackupMigration[];
  /** The identity of the store, and the highest epoch in it: a restore gives others. */
  readonly store: string;
  readonly epoch: number;
  readonly counts: { readonly people: number; readonly conversations: number; readonly entries: number };
  readonly tables: readonly BackupTable[];
};

/** The folder cannot be used as a backup; the message says why. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** @throws BackupError */
export function parseManifest(text: string): Manifest {
  const value = parseObject(text);
  if (value.format !== FORMAT) {
    throw new BackupError(`its format is ${String(value.format)}, and this build reads ${FORMAT}: use a newer build`);
  }
  const counts = objectOf(value.counts, 'counts');
  return {
    format: FORMAT,
    takenAt: textOf(value.takenAt, 'takenAt'),
    postgres: textOf(value.postgres, 'postgres'),
    store: textOf(value.store, 'store'),
    epoch: numberOf(value.epoch, 'epoch'),
    counts: {
      people: numberOf(counts.people, 'people'),
      conversations: numberOf(counts.conversations, 'conversations'),
      entries: numberOf(counts.entries, 'entries'),
    },
    migrations: listOf(value.migrations, 'migrations').map((item) => {
      const migration = objectOf(item, 'migrations');
      const [name, checksum] = [textOf(migration.name, 'name'), textOf(migration.checksum, 'checksum')];
      return { number: numberOf(migration.number, 'number'), name, checksum };
    }),
    tables: listOf(value.tables, 'tables').map(parseTable),
  };
}

function parseTable(item: unknown): BackupTable {
  const table = objectOf(item, 'tables');
  const name = textOf(table.name, 'name');
  const file = textOf(table.file, 'file');
  // The name of a file comes from the folder, and may not lead out of it.
  if (!/^\w+$/.test(name) || file !== fileOf(name))
    throw new BackupError(`${MANIFEST} names a file that is none of a backup`);
  return {
    name,
    file,
    columns: listOf(table.columns, 'columns').map((column) => textOf(column, 'columns')),
    rows: numberOf(table.rows, 'rows'),
    sizeBytes: numberOf(table.sizeBytes, 'sizeBytes'),
    sha256: textOf(table.sha256, 'sha256'),
  };
}

export function fileOf(table: string): string {
  return `${table}.copy.gz`;
}

/** The lines of `SHA256SUMS`, by file. @throws BackupError */
export function parseSums(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, sum, file] = /^([0-9a-f]{64}) {2}([\w.]+)$/.exec(line) ?? [];
        if (sum === undefined || file === undefined) throw new BackupError(`${SUMS} has a line that is no checksum`);
        return [file, sum];
      }),
  );
}

function parseObject(text: string): { readonly [key: string]: unknown } {
  try {
    return objectOf(JSON.parse(text), MANIFEST);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BackupError(`${MANIFEST} is no JSON`, { cause: error });
    throw error;
  }
}

function objectOf(value: unknown, name: string): { readonly [key: string]: unknown } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw strange(name);
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw strange(name);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw strange(name);
}

function numberOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw strange(name);
}

function strange(name: string): BackupError {
  return new BackupError(`${MANIFEST} is not of this format: ${name} is missing, or is something else`);
}
