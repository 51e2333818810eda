// A connection as a node holds it: what the driver promises of one, over channels that take time, lose, and end. An answer
// that does not come is waited for as long as the driver waits.
import type { Cancel } from '@kith/server/core/clock';
import { NoAnswer } from '@kith/server/store/postgres/doubt';
import { type Connection, SILENCE_MS, type Statement } from '@kith/server/store/postgres/pool';
import type { Gate } from '../gate.js';
import type { Chances } from './chances.js';
import { Channel } from './channel.js';
import { ServerError, SQLSTATE, socketError } from './server-error.js';
import type { Outcome, Session } from './session.js';

export type ConnectionParts = {
  readonly gate: Gate;
  readonly chances: Chances;
  readonly statementMs: number;
  readonly onQuery: (name: string) => void;
};

type Pending = {
  readonly resolve: (rows: readonly object[]) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimer: Cancel;
};

export class ModelledConnection implements Connection {
  readonly #parts: ConnectionParts;
  readonly #toServer: Channel;
  readonly #toClient: Channel;
  /** In the order in which they were sent. */
  readonly #pending = new Set<Pending>();
  #session: Session | null = null;
  #isLost = false;
  #sent = 0;
  #arrived = 0;
  /** What was sent from this one on never arrives. */
  #lostFrom = Number.POSITIVE_INFINITY;
  /** Nothing comes back any more. */
  #isDeaf = false;
  /** Nothing goes there any more either, not even the end. */
  #isCutOff = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#toServer = new Channel(parts.chances);
    this.#toClient = new Channel(parts.chances);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * The first way there and back.
   * @param accept gives the session, or null where the server refuses
   */
  open(accept: (connection: ModelledConnection) => Session | null, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#parts.gate.isOver) return;
      const cancel = this.#parts.gate.clock.after(timeoutMs, () => {
        reject(new Error('timeout expired'));
        this.abort();
      });
      this.#send(() => {
        this.#session = accept(this);
        this.#tell(() => {
          cancel();
          if (this.#session) resolve();
          else reject(socketError('ECONNREFUSED'));
        });
      });
    });
  }

  query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const name = statement.name ?? statement.text;
    this.#parts.onQuery(name);
    return new Promise<readonly object[]>((resolve, reject) => {
      // The dead ask nothing, and wait for ever.
      if (this.#parts.gate.isOver) return;
      if (this.#isLost) reject(new Error('Client has encountered a connection error and is not queryable'));
      else this.#request({ name, values: [...values] }, this.#await(resolve, reject));
    }) as Promise<readonly Row[]>;
  }

  /** A connection over which something is on its way is cut, as the driver does. */
  async close(): Promise<void> {
    this.abort();
  }

  abort(): void {
    if (this.#isLost) return;
    this.#lose(new Error('Connection terminated unexpectedly'));
    this.#sayGoodbye();
  }

  /** The server has ended the session, or is gone. */
  ended(reason: ServerError | null): void {
    this.#tell(() => {
      const [first] = this.#pending;
      if (first && reason) settle(first, { error: reason });
      this.#lose(reason ? new Error('Connection terminated unexpectedly') : socketError('ECONNRESET'));
    });
  }

  /** Its node was killed. Some of what was on its way still arrives, then the server hears that nobody is there. */
  crash(): void {
    const { random } = this.#parts.chances;
    this.#loseFrom(this.#arrived + random.below(this.#sent - this.#arrived + 1));
    this.#isDeaf = true;
    this.#isLost = true;
    this.#sayGoodbye();
  }

  /** Nothing goes through any more in either direction, and neither side is told. */
  cutOff(): void {
    this.#loseFrom(this.#arrived);
    this.#isDeaf = true;
    this.#isCutOff = true;
  }

  #await(resolve: Pending['resolve'], reject: Pending['reject']): Pending {
    const { gate, statementMs } = this.#parts;
    const timeoutMs = statementMs + SILENCE_MS;
    const cancelTimer = gate.clock.after(timeoutMs, () => {
      settle(pending, { error: new NoAnswer(timeoutMs) });
      this.#pending.delete(pending);
      this.abort();
    });
    const pending = { resolve, reject, cancelTimer };
    this.#pending.add(pending);
    return pending;
  }

  #request(statement: { name: string; values: readonly unknown[] }, pending: Pending): void {
    const fate = this.#parts.chances.fate();
    if (fate === 'cutBefore') this.#cutFrom(this.#sent);
    const serial = this.#sent;
    this.#send(() => {
      if (fate === 'terminated') this.#session?.end(terminated());
      else this.#session?.receive({ ...statement, isCancelled: fate === 'cancelled', answer });
      if (fate === 'cutDuring') this.#cutFrom(serial + 1);
    });
    const answer = (outcome: Outcome) => {
      if (fate === 'cutDuring') return;
      if (fate === 'swallowed') this.cutOff();
      if (fate === 'cutAfter') this.#cutFrom(serial + 1);
      this.#tell(() => {
        if (this.#pending.delete(pending)) settle(pending, outcome);
      });
    };
  }

  #send(arrive: () => void): void {
    const serial = this.#sent;
    this.#sent += 1;
    this.#toServer.send(() => {
      this.#arrived = serial + 1;
      if (serial < this.#lostFrom) arrive();
    });
  }

  /** Something for the node, which it takes in when it runs. */
  #tell(hear: () => void): void {
    if (this.#isDeaf) return;
    this.#toClient.send(() => this.#parts.gate.enter(hear));
  }

  /** The connection breaks: what is sent from this one on is lost, and so are answers; each side finds out in its time. */
  #cutFrom(serial: number): void {
    this.#loseFrom(serial);
    this.#tell(() => this.#lose(socketError('ECONNRESET')));
    this.#isDeaf = true;
    this.#hangUpLater();
  }

  #loseFrom(serial: number): void {
    this.#lostFrom = Math.min(this.#lostFrom, serial);
  }

  #lose(error: Error): void {
    this.#isLost = true;
    const lost = [...this.#pending];
    this.#pending.clear();
    for (const pending of lost) settle(pending, { error });
  }

  /** Behind what is on its way. */
  #sayGoodbye(): void {
    if (!this.#isCutOff) this.#toServer.send(() => this.#hangUpLater());
  }

  #hangUpLater(): void {
    this.#parts.chances.after('noticing', () => this.#session?.hangUp());
  }
}

function settle({ cancelTimer, resolve, reject }: Pending, outcome: Outcome): void {
  cancelTimer();
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.rows);
}

function terminated(): ServerError {
  const message = 'terminating connection due to administrator command';
  return new ServerError(message, { code: SQLSTATE.terminated, severity: 'FATAL' });
}
