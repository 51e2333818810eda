/**
 * The one error of the embedded PostgreSQL.
 * It promises a code that a program can switch on and a message that tells
 * the operator what is wrong and what to do about it.
 */

export type EmbeddedPostgresErrorCode =
  | 'platform_unsupported'
  | 'binaries_missing'
  | 'binaries_unusable'
  | 'system_user_unusable'
  | 'data_directory_in_use'
  | 'data_directory_unusable'
  | 'cluster_missing'
  | 'cluster_unreadable'
  | 'cluster_version_mismatch'
  | 'cluster_init_failed'
  | 'socket_directory_unsafe'
  | 'socket_in_use'
  | 'postgres_did_not_start'
  | 'disk_full'
  | 'postgres_would_not_stop'
  | 'postgres_keeps_failing';

export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What every refusal offers as the way out that always works. */
export const useDatabaseUrl = 'or set DATABASE_URL to a PostgreSQL server (15 or later) of your own';
