// Errors as the driver gives them: the server's own, with a SQLSTATE, and those of a connection that is gone.

export type ServerErrorFields = {
  /** SQLSTATE. */
  readonly code: string;
  readonly constraint?: string;
  /** A FATAL one ends the connection. */
  readonly severity?: 'ERROR' | 'FATAL';
};

/** What the server says: the fields of `pg.DatabaseError` that the log reads. */
export class ServerError extends Error {
  override readonly name = 'error';
  readonly code: string;
  readonly severity: 'ERROR' | 'FATAL';
  readonly constraint: string | undefined;

  constructor(message: string, fields: ServerErrorFields) {
    super(message);
    this.code = fields.code;
    this.severity = fields.severity ?? 'ERROR';
    this.constraint = fields.constraint;
  }
}

export const SQLSTATE = {
  uniqueViolation: '23505',
  notNull: '23502',
  failedTransaction: '25P02',
  idleInTransaction: '25P03',
  deadlock: '40P01',
  notModelled: '42601',
  diskFull: '53100',
  lockTimeout: '55P03',
  cancelled: '57014',
  terminated: '57P01',
  crashed: '57P02',
  numberOutOfRange: '22003',
  divisionByZero: '22012',
  notInEncoding: '22021',
  invalidText: '22P02',
} as const;

export function uniqueViolation(constraint: string): ServerError {
  const message = `duplicate key value violates unique constraint "${constraint}"`;
  return new ServerError(message, { code: SQLSTATE.uniqueViolation, constraint });
}

/** An error of the socket, with its code in the place where the operating system's is. */
export function socketError(code: 'ECONNRESET' | 'ECONNREFUSED'): Error {
  const call = code === 'ECONNREFUSED' ? 'connect' : 'read';
  return Object.assign(new Error(`${call} ${code}`), { code, syscall: call });
}
