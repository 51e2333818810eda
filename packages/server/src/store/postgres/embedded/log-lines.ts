/**
 * Reads PostgreSQL's log from its stderr and hands on what an operator needs.
 * Promises short entries, few of them, and nobody's content: a refused
 * statement's error may quote a value and has reached its caller anyway, so
 * only the classes that speak about the machine are passed on.
 */

export interface PostgresLogEntry {
  readonly level: 'info' | 'warn' | 'error';
  /** At most 500 characters. */
  readonly message: string;
  /** PostgreSQL's five-character code; null where the line carried none. */
  readonly sqlState: string | null;
}

const messageLimit = 500;
/** Longest line that is looked at; the rest of a longer one is passed over. */
const lineLimit = 4_000;
/** Entries in a window; what comes above is counted and reported at the next window's start. */
const entriesPerWindow = 100;
const windowMs = 10_000;
const keptForReports = 5;
const diskFull = '53100';

/** Insufficient resources, operator intervention, system, configuration file, internal: no user's value in them. */
const machineClasses = new Set(['53', '57', '58', 'F0', 'XX']);
/** Follow an entry and may quote statements or values. */
const silentSeverities = new Set(['DETAIL', 'STATEMENT', 'CONTEXT', 'QUERY', 'LOCATION']);

export interface PostgresLogPort {
  readonly log: (entry: PostgresLogEntry) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export class PostgresLogLines {
  readonly #port: PostgresLogPort;
  #unfinished = '';
  #recent: string[] = [];
  #windowStart = 0;
  #entriesInWindow = 0;
  #dropped = 0;
  #isWithoutRoom = false;

  constructor(port: PostgresLogPort) {
    this.#port = port;
  }

  write(chunk: string): void {
    const lines = (this.#unfinished + chunk).split('\n');
    this.#unfinished = (lines.pop() ?? '').slice(0, lineLimit);
    for (const line of lines) {
      const entry = parseLogLine(line.slice(0, lineLimit));
      if (entry !== null) this.#hand(entry);
    }
  }

  /** The last few entries, for the message of an error about a server that ended. */
  recent(): string {
    return this.#recent.join(' / ');
  }

  /** The server has said that its disk is full. */
  get isWithoutRoom(): boolean {
    return this.#isWithoutRoom;
  }

  #hand(entry: PostgresLogEntry): void {
    if (entry.sqlState === diskFull) this.#isWithoutRoom = true;
    this.#recent = [...this.#recent, entry.message].slice(-keptForReports);
    const now = this.#port.now();
    if (now - this.#windowStart >= windowMs) this.#openWindow(now);
    this.#entriesInWindow += 1;
    if (this.#entriesInWindow <= entriesPerWindow) this.#port.log(entry);
    else this.#dropped += 1;
  }

  #openWindow(now: number): void {
    const dropped = this.#dropped;
    this.#windowStart = now;
    this.#entriesInWindow = 0;
    this.#dropped = 0;
    if (dropped > 0)
      this.#port.log({ level: 'warn', message: `${dropped} log lines of PostgreSQL were dropped`, sqlState: null });
  }
}

/** Null for a line that isn't passed on: continuations, details, refused statements. */
export function parseLogLine(line: string): PostgresLogEntry | null {
  if (line.trim() === '' || line.startsWith('\t')) return null;
  const match = /^(?:([0-9A-Z]{5}) |.{0,80}?\] )([A-Z]+\d?):\s+(.*)$/.exec(line);
  if (match === null) return { level: 'warn', message: line.slice(0, messageLimit), sqlState: null };
  const [, code, severity = '', text = ''] = match;
  if (silentSeverities.has(severity)) return null;
  const sqlState = code === undefined || code === '00000' ? null : code;
  if (severity === 'ERROR' && !machineClasses.has((sqlState ?? '').slice(0, 2))) return null;
  return { level: levelOf(severity, sqlState), message: text.slice(0, messageLimit), sqlState };
}

function levelOf(severity: string, sqlState: string | null): PostgresLogEntry['level'] {
  // Connections that end with the server, or come while it starts: part of its life cycle.
  if (sqlState?.startsWith('57P') === true) return 'info';
  if (severity === 'ERROR' || severity === 'PANIC' || severity === 'FATAL') return 'error';
  return severity === 'WARNING' ? 'warn' : 'info';
}
