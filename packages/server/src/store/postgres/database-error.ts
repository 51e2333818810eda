// What stops a start: a database that this build can't or must not use. A code for programs, a sentence for the operator.

export type DatabaseErrorCode =
  | 'database_url_invalid'
  | 'server_too_old'
  | 'server_unsafe'
  | 'encoding_unusable'
  | 'schema_too_new'
  | 'migration_changed'
  | 'migration_misplaced'
  | 'migration_failed';

export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;

  constructor(code: DatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The code that PostgreSQL or the operating system gave an error, or '' where it has none. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
