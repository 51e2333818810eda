// The workspace that a command is about, by the name that it was given.
import type { Workspace } from '@kith/server/core/directory';
import { PostgresDirectory } from '@kith/server/store/postgres/directory';
import type { Database } from '@kith/server/store/postgres/pool';
import { Refusal } from './command.js';

/** The one that every server has. */
export const DEFAULT_WORKSPACE = 'default';

/** @throws Refusal where there is none of that name */
export async function workspaceNamed(database: Database, name: string = DEFAULT_WORKSPACE): Promise<Workspace> {
  const workspace = await new PostgresDirectory(database).workspaceNamed(name);
  if (workspace === null) throw new Refusal(`there is no workspace named ${name}`);
  return workspace;
}
