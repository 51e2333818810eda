// An export taken in, by an installation in which nobody is yet. The file is read through twice: first its sum, so that one that was
// cut or altered is refused before anything happens; then its lines, all in one transaction, so that either all of it is there, or
// nothing. Conversations get new epochs, as after a restore: what clients hold of them elsewhere is not continued here.
import { parseParams, type WorkspaceId } from '@kith/protocol';
import { searchTerms, usernameKey } from '../../../core/accounts/names.js';
import { MaintenanceConnection } from '../backup/maintenance-connection.js';
import { renewStore } from '../backup/renew.js';
import { errorCode } from '../database-error.js';
import { SET_LOOK } from '../looks.js';
import { applyWithin } from '../migrate.js';
import type { DatabaseAddress } from '../pool.js';
import { SET_POLICY } from '../retention.js';
import { ADD_CREDENTIAL, ADD_SUBJECT, ADD_TERMS, ADD_USER, CLAIM } from './import-sql.js';
import { readLines } from './line-file.js';
import { type Counts, type EndLine, type HeaderLine, type Line, parseLine, type UserLine } from './lines.js';
import { LogImport } from './log-import.js';
import { checkedAt, TransferError } from './transfer-error.js';
import { requireUnserved } from './unserved.js';

export type Importing = {
  readonly address: DatabaseAddress;
  readonly path: string;
  /** The id of the workspace, where the server never ran on the database and made it. */
  readonly workspace: WorkspaceId;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Told once the file is known to be whole. */
  readonly onVerified?: () => void;
  readonly signal?: AbortSignal;
};

export type Imported = {
  readonly counts: Counts;
  readonly log: string;
  readonly sha256: string;
  /** Whether people have the passwords that they had. */
  readonly credentials: boolean;
};

/** The database has this build's schema already. @throws TransferError; then nothing has changed */
export async function importWorkspace(importing: Importing): Promise<Imported> {
  const { path, address, now, onVerified, signal } = importing;
  const connection = await MaintenanceConnection.open(address);
  const cut = (): void => void connection.close();
  signal?.addEventListener('abort', cut);
  try {
    await requireUnserved(connection);
    await requireEmpty(connection);
    const verified = await verifyExport(path, signal);
    onVerified?.();
    const result = await connection.transaction('BEGIN', async () => {
      await applyWithin(connection, []);
      await requireEmpty(connection);
      const taking = new Taking(connection, importing);
      for await (const { number, text, sumBefore } of readLines(path, signal)) {
        await taking.take(parseLine(text, number), number);
        if (taking.isOver && sumBefore() !== verified.sha256) throw changed();
      }
      if (!taking.isOver) throw changed();
      await renewStore(connection, now);
      return verified;
    });
    await connection.query({ text: 'ANALYZE' });
    return result;
  } catch (error) {
    if (errorCode(error) !== '23505') throw error;
    throw new TransferError('the file has an id, a name or a key twice', null);
  } finally {
    signal?.removeEventListener('abort', cut);
    await connection.close();
  }
}

function changed(): TransferError {
  return new TransferError('the file was changed while it was read');
}

/**
 * Reads an export through, and changes nothing.
 * @throws TransferError where it was cut or altered, or is none
 */
export async function verifyExport(path: string, signal?: AbortSignal): Promise<Imported> {
  let header: HeaderLine | null = null;
  let end: EndLine | null = null;
  for await (const { number, text, sumBefore } of readLines(path, signal)) {
    if (end !== null) throw new TransferError('the file goes on after its last line', number);
    if (header === null) {
      const line = parseLine(text, number);
      if (line.type !== 'header')
        throw new TransferError('this is no export of Kith: its first line says something else', 1);
      header = line;
    } else if (text.startsWith('{"type":"end"')) {
      const line = parseLine(text, number);
      if (line.type === 'end') end = line;
      if (end?.sha256 !== sumBefore()) throw new TransferError('the file was altered: its sum is another one', number);
    }
  }
  if (header === null) throw new TransferError('the file is empty');
  if (end === null) throw new TransferError('the file was cut: its last line, which has its sum, is not there');
  return { counts: end.counts, log: end.log, sha256: end.sha256, credentials: header.credentials };
}

async function requireEmpty(connection: MaintenanceConnection): Promise<void> {
  const filled = 'SELECT EXISTS (SELECT FROM account) OR EXISTS (SELECT FROM conversation) AS "isFilled"';
  const [found] = await connection.query<{ isFilled: boolean }>({ text: filled });
  if (found?.isFilled !== true) return;
  throw new TransferError('there are people or conversations in this database: an import goes into an empty one');
}

/** The lines one after the other: a header, users, conversations with their people and entries, the end. */
class Taking {
  readonly #connection: MaintenanceConnection;
  readonly #importing: Importing;
  readonly #counts = { users: 0, conversations: 0, members: 0, entries: 0 };
  readonly #users = new Set<string>();
  #header: HeaderLine | null = null;
  #workspace: WorkspaceId | null = null;
  #owned: number | null = null;
  #log: LogImport | null = null;
  isOver = false;

  constructor(connection: MaintenanceConnection, importing: Importing) {
    this.#connection = connection;
    this.#importing = importing;
  }

  async take(line: Line, number: number): Promise<void> {
    if (this.isOver) throw new TransferError('the file goes on after its last line', number);
    if (line.type === 'header') await this.#begin(line, number);
    else if (this.#workspace === null) throw new TransferError('the first line is to be the header', number);
    else await this.#takeAfter(line, this.#workspace, number);
  }

  async #takeAfter(line: Exclude<Line, HeaderLine>, workspace: WorkspaceId, number: number): Promise<void> {
    switch (line.type) {
      case 'user':
        if (this.#counts.conversations > 0) throw new TransferError('users come before conversations', number);
        return await this.#addUser(line, workspace, number);
      case 'conversation':
        await this.#log?.finish(number);
        this.#counts.conversations += 1;
        this.#log = await LogImport.begin(this.#connection, line, workspace);
        return;
      case 'member':
        if (!this.#users.has(line.user)) throw new TransferError('there is no such user above', number);
        this.#counts.members += 1;
        return requireLog(this.#log, number).addMember(line, number);
      case 'entry':
        this.#counts.entries += 1;
        if (this.#counts.entries % 500 === 0) {
          this.#importing.onProgress?.(this.#counts.entries, this.#header?.counts.entries ?? 0);
        }
        return await requireLog(this.#log, number).addEntry(line, number);
      case 'end':
        return await this.#finish(line, workspace, number);
    }
  }

  async #begin(header: HeaderLine, number: number): Promise<void> {
    if (this.#header !== null) throw new TransferError('there is a header already', number);
    this.#header = header;
    const { now, workspace: id } = this.#importing;
    // The one that every server has, whatever it was called.
    const text = `INSERT INTO workspace (id, name, created_at) VALUES ($1, 'default', $2) ON CONFLICT (name) DO NOTHING`;
    await this.#connection.query({ text }, [id, now]);
    const [row] = await this.#connection.query<{ id: WorkspaceId }>({
      text: `SELECT w.id FROM workspace w WHERE w.name = 'default'`,
    });
    this.#workspace = row?.id ?? null;
  }

  async #addUser(user: UserLine, workspace: WorkspaceId, number: number): Promise<void> {
    const { id, kind, username, name, avatar, role, version, createdAt, deactivatedAt, expiresAt, retiredAt } = user;
    requireNames(user, number);
    this.#users.add(id);
    this.#counts.users += 1;
    if (role === 'owner') this.#owned = Math.min(this.#owned ?? createdAt, createdAt);
    const values = [workspace, id, kind, username, usernameKey(username), name, avatar, role, version];
    const times = [createdAt, deactivatedAt, expiresAt, retiredAt];
    await this.#connection.query(ADD_USER, [...values, ...times]);
    const terms = searchTerms(username, name);
    const columns = [terms.map(({ text }) => text), terms.map(({ isWhole }) => isWhole)];
    await this.#connection.query(ADD_TERMS, [workspace, id, ...columns]);
    if (user.subject !== null) await this.#connection.query(ADD_SUBJECT, [workspace, user.subject, id]);
    const hash = user.passwordHash ?? null;
    if (hash !== null) await this.#connection.query(ADD_CREDENTIAL, [workspace, id, hash]);
  }

  async #finish({ counts }: EndLine, workspace: WorkspaceId, number: number): Promise<void> {
    await this.#log?.finish(number);
    const names = ['users', 'conversations', 'members', 'entries'] as const;
    const wrong = names.find((name) => counts[name] !== this.#counts[name]);
    if (wrong !== undefined) {
      throw new TransferError(`the file has ${this.#counts[wrong]} ${wrong}, and says ${counts[wrong]}`, number);
    }
    await this.#setPolicies(workspace);
    if (this.#owned !== null) await this.#connection.query(CLAIM, [workspace, this.#owned]);
    this.isOver = true;
  }

  async #setPolicies(workspace: WorkspaceId): Promise<void> {
    const { retention = null, look = null } = this.#header ?? {};
    if (retention !== null) {
      const { days, longer = false, kept = [] } = retention;
      await this.#connection.query(SET_POLICY, [workspace, days, longer, kept]);
    }
    if (look !== null) await this.#connection.query(SET_LOOK, [workspace, look.accent]);
  }
}

function requireLog(log: LogImport | null, number: number): LogImport {
  if (log !== null) return log;
  throw new TransferError('people and entries come after their conversation', number);
}

/** By the rules for whoever signs up; the password stands for one that is good. */
function requireNames({ username, name }: UserLine, line: number): void {
  checkedAt(line, () => parseParams('account.create', { username, displayName: name, password: 'not looked at here' }));
}
