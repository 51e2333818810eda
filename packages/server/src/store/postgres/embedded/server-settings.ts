/**
 * How the embedded PostgreSQL is set. Given on the command line, so that no
 * file in the cluster decides about durability or about what is logged.
 */
import { access, constants } from 'node:fs/promises';
import type { RunAs } from './command.js';
import { runCommand } from './command.js';
import { fitTo, lookAtMachine } from './machine-fit.js';

export interface SettingsRequest {
  readonly postgres: string;
  readonly cluster: string;
  readonly socketDirectory: string;
  readonly port: number;
  readonly runAs: RunAs;
}

/** The arguments of `postgres`, `-D` included. */
export async function serverArguments(request: SettingsRequest): Promise<readonly string[]> {
  const settings = {
    ...networkSettings(request),
    ...durabilitySettings,
    ...fitTo(await lookAtMachine(request.cluster)),
    ...quietSettings,
    ...logSettings,
    wal_compression: (await supportsLz4(request)) ? 'lz4' : 'off',
    ...(await sharedMemorySettings()),
  };
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', request.cluster, ...pairs];
}

function networkSettings(request: SettingsRequest): Readonly<Record<string, string>> {
  return {
    listen_addresses: '',
    port: String(request.port),
    // A list separated by commas: in quotes, a path may hold one.
    unix_socket_directories: `"${request.socketDirectory.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0600',
  };
}

const durabilitySettings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
} as const;

const quietSettings = {
  max_connections: '40',
  // Short statements only: compiling them costs more than it saves.
  jit: 'off',
  track_io_timing: 'off',
  compute_query_id: 'off',
  // Nothing is replicated from here: a process less.
  max_logical_replication_workers: '0',
  TimeZone: 'UTC',
} as const;

/** No statement, parameter or row value is written; `%e` is the SQLSTATE, which log-lines.ts goes by. */
const logSettings = {
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '%e ',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
  log_connections: 'off',
  log_autovacuum_min_duration: '-1',
} as const;

/** The packages of 2026 are built without it; pglz would cost more time than the smaller log saves. */
async function supportsLz4(request: SettingsRequest): Promise<boolean> {
  const question = ['-C', 'wal_compression', '-c', 'wal_compression=lz4', '-D', request.cluster];
  return (await runCommand(request.postgres, question, request.runAs)).exitCode === 0;
}

/** Some containers have no /dev/shm. */
async function sharedMemorySettings(): Promise<Readonly<Record<string, string>>> {
  if (process.platform !== 'linux') return {};
  const hasSharedMemory = await access('/dev/shm', constants.W_OK).then(
    () => true,
    () => false,
  );
  return { dynamic_shared_memory_type: hasSharedMemory ? 'posix' : 'mmap' };
}
