// Everything that people said and who they are, of one workspace and one moment, as lines: the server may serve meanwhile. Users
// come first, then each conversation with its people and its log, so that whoever reads it needs to hold one conversation's people
// at a time. What opens something stays out: tokens, keys and sessions always, hashes of passwords unless they are asked for.
import { createHash } from 'node:crypto';
import type { OperationParams, WorkspaceId } from '@kith/protocol';
import { MaintenanceConnection } from '../backup/maintenance-connection.js';
import { FLAGS, parseConversationKind, parseEntryKind } from '../codes.js';
import { READ_LOOKS } from '../looks.js';
import { readMigrations, readSchema } from '../migrate.js';
import type { DatabaseAddress, Queryable } from '../pool.js';
import { READ_POLICY } from '../retention.js';
import { COUNT_ALL, READ_CONVERSATIONS, READ_ENTRIES, READ_MEMBERS, READ_USERS } from './export-sql.js';
import { writeLines } from './line-file.js';
import {
  type ConversationLine,
  type Counts,
  FORMAT,
  type HeaderLine,
  type MemberLine,
  type UserLine,
  VERSION,
} from './lines.js';
import { TransferError } from './transfer-error.js';

const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
const PAGE = 1_000;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const BEFORE_ALL_ORDINALS = -2_147_483_648;

export type Exporting = {
  readonly address: DatabaseAddress;
  /** Its name. */
  readonly workspace: string;
  readonly path: string;
  readonly isGzipped: boolean;
  /** Whether hashes of passwords are in it. */
  readonly withCredentials: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
};

export type Exported = { readonly counts: Counts; readonly log: string; readonly sha256: string };

/** @throws TransferError; what the file system or the database throws, and then nothing is left */
export async function exportWorkspace(exporting: Exporting): Promise<Exported> {
  const connection = await MaintenanceConnection.open(exporting.address);
  try {
    return await connection.transaction(SNAPSHOT, async () => {
      const { missing } = await readSchema(connection, await readMigrations());
      if (missing.length > 0) {
        throw new TransferError(
          'the schema is that of an older build: start the server of this build once, which brings it up to date',
        );
      }
      const text = 'SELECT w.id FROM workspace w WHERE w.name = $1';
      const [found] = await connection.query<{ id: WorkspaceId }>({ text }, [exporting.workspace]);
      if (found === undefined) throw new TransferError(`there is no workspace named ${exporting.workspace}`);
      const writing = new Writing(connection, found.id, exporting);
      await writeLines(exporting.path, writing.lines(), exporting.isGzipped);
      return writing.result();
    });
  } finally {
    await connection.close();
  }
}

type UserRow = Required<Omit<UserLine, 'type'>>;
type ConversationRow = Omit<ConversationLine, 'type' | 'kind'> & { readonly no: number; readonly kind: number };
type MemberRow = Omit<MemberLine, 'type'>;
type EntryRow = {
  readonly seq: number;
  readonly n: number;
  readonly at: number;
  readonly kind: number;
  readonly flags: number;
  readonly body: string;
  readonly author: string | null;
  readonly key: string | null;
};

class Writing {
  readonly #database: Queryable;
  readonly #workspace: WorkspaceId;
  readonly #exporting: Exporting;
  readonly #hash = createHash('sha256');
  readonly #logHash = createHash('sha256');
  readonly #counts = { users: 0, conversations: 0, members: 0, entries: 0 };
  #log = '';
  #sha256 = '';

  constructor(database: Queryable, workspace: WorkspaceId, exporting: Exporting) {
    this.#database = database;
    this.#workspace = workspace;
    this.#exporting = exporting;
  }

  result(): Exported {
    return { counts: this.#counts, log: this.#log, sha256: this.#sha256 };
  }

  /** Each with its end. */
  async *lines(): AsyncGenerator<string> {
    for await (const line of this.#facts()) {
      this.#exporting.signal?.throwIfAborted();
      this.#hash.update(line);
      yield line;
    }
    this.#log = this.#logHash.digest('hex');
    this.#sha256 = this.#hash.digest('hex');
    yield lineOf({ type: 'end', ...this.result() });
  }

  async *#facts(): AsyncGenerator<string> {
    const { workspace, withCredentials, onProgress } = this.#exporting;
    const [counts] = await this.#database.query<Counts>(COUNT_ALL, [this.#workspace]);
    const at = new Date().toISOString();
    const format = { format: FORMAT, version: VERSION };
    const policies = await this.#policies();
    yield lineOf({ type: 'header', ...format, at, workspace, credentials: withCredentials, ...policies, counts });
    for await (const { passwordHash, ...user } of this.#users()) {
      this.#counts.users += 1;
      yield lineOf({ type: 'user', ...user, ...(withCredentials ? { passwordHash } : {}) });
    }
    for await (const { no, kind, ...conversation } of this.#conversations()) {
      this.#counts.conversations += 1;
      yield lineOf({ type: 'conversation', ...conversation, kind: parseConversationKind(kind) });
      for await (const member of this.#members(no)) {
        this.#counts.members += 1;
        yield lineOf({ type: 'member', ...member });
      }
      for await (const entry of this.#entries(no)) {
        this.#counts.entries += 1;
        if (this.#counts.entries % PAGE === 0) onProgress?.(this.#counts.entries, counts?.entries ?? 0);
        const line = entryLine(entry);
        this.#logHash.update(line);
        yield line;
      }
    }
  }

  async #policies(): Promise<Pick<HeaderLine, 'retention' | 'look'>> {
    const retentions = await this.#database.query<OperationParams<'retention.set'>>(READ_POLICY, [this.#workspace]);
    const looks = await this.#database.query<OperationParams<'look.set'>>(READ_LOOKS, [[this.#workspace]]);
    const [[retention = null], [look = null]] = [retentions, looks];
    return { retention, look: look && { accent: look.accent } };
  }

  #users(): AsyncGenerator<UserRow> {
    return pages((last: UserRow | undefined) =>
      this.#database.query<UserRow>(READ_USERS, [this.#workspace, last?.id ?? BEFORE_ALL, PAGE]),
    );
  }

  #conversations(): AsyncGenerator<ConversationRow> {
    return pages((last: ConversationRow | undefined) =>
      this.#database.query<ConversationRow>(READ_CONVERSATIONS, [this.#workspace, last?.no ?? 0, PAGE]),
    );
  }

  #members(no: number): AsyncGenerator<MemberRow> {
    return pages((last: MemberRow | undefined) =>
      this.#database.query<MemberRow>(READ_MEMBERS, [no, last?.ordinal ?? BEFORE_ALL_ORDINALS, PAGE]),
    );
  }

  #entries(no: number): AsyncGenerator<EntryRow> {
    return pages((last: EntryRow | undefined) =>
      this.#database.query<EntryRow>(READ_ENTRIES, [no, last?.seq ?? 0, PAGE]),
    );
  }
}

async function* pages<Row>(read: (last: Row | undefined) => Promise<readonly Row[]>): AsyncGenerator<Row> {
  for (let last: Row | undefined; ; ) {
    const page: readonly Row[] = await read(last);
    yield* page;
    last = page.at(-1);
    if (page.length < PAGE) return;
  }
}

function lineOf(line: object): string {
  return `${JSON.stringify(line)}\n`;
}

/** The body goes in as it stands in the log: it is JSON without a line end. What PostgreSQL emptied is written as we write JSON. */
function entryLine({ seq, n, at, kind, flags, body, author, key }: EntryRow): string {
  const head = {
    ...{ type: 'entry', seq, n, at, author, key, kind: parseEntryKind(kind) },
    ...(flags === 0 ? {} : { flags }),
  };
  const written = (flags & FLAGS.erased) === 0 ? body : JSON.stringify(JSON.parse(body));
  return `${JSON.stringify(head).slice(0, -1)},"body":${written}}\n`;
}
