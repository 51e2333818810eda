// A database that is migrated and otherwise empty, on the server that the tests of a project share.
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { queryOnce } from './postgres-server.js';
import { MIGRATED } from './shared-postgres.js';

export type MigratedDatabase = {
  readonly url: string;
  query(text: string): Promise<readonly { readonly [column: string]: unknown }[]>;
  /** Takes it away, whoever is still on it. */
  drop(): Promise<void>;
};

/** @throws Error where this machine has no PostgreSQL to run */
export async function makeMigratedDatabase(): Promise<MigratedDatabase> {
  const server = inject('postgres');
  if (server === null) throw new Error('this machine has no PostgreSQL to run: npm install brings one');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await queryOnce(server, `CREATE DATABASE ${name} TEMPLATE ${MIGRATED}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (text) => queryOnce(url.href, text),
    drop: async () => void (await queryOnce(server, `DROP DATABASE ${name} WITH (FORCE)`)),
  };
}
