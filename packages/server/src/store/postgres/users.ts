// Profiles of people by their ids, read for all who ask at the same time in one statement: those who come back together are
// named the same people.
import type { User, UserId, WorkspaceId } from '@kith/protocol';
import { GATHERED, Gathered } from '../../core/gathered.js';
import { parseUser, type UserRow } from './directory-rows.js';

type Ask = { readonly workspace: WorkspaceId; readonly ids: readonly UserId[] };

/** Those that are there. */
type ReadUsers = (workspace: WorkspaceId, ids: readonly UserId[]) => Promise<readonly UserRow[]>;

export class Users {
  readonly #read: ReadUsers;
  readonly #gathered: Gathered<Ask, readonly User[]>;

  constructor(read: ReadUsers) {
    this.#read = read;
    this.#gathered = new Gathered({ ...GATHERED, ask: (asks) => this.#of(asks) });
  }

  /** In the order of the ids, each once. */
  async of(workspace: WorkspaceId, ids: readonly UserId[]): Promise<readonly User[]> {
    return ids.length === 0 ? [] : this.#gathered.ask({ workspace, ids: [...new Set(ids)] });
  }

  async #of(asks: readonly Ask[]): Promise<readonly (readonly User[])[]> {
    const wanted = new Map<WorkspaceId, Set<UserId>>();
    for (const { workspace, ids } of asks) {
      const known = wanted.get(workspace) ?? new Set();
      for (const id of ids) known.add(id);
      wanted.set(workspace, known);
    }
    const found = new Map<string, User>();
    for (const [workspace, ids] of wanted) {
      for (const row of await this.#read(workspace, [...ids])) found.set(`${workspace} ${row.id}`, parseUser(row));
    }
    return asks.map(({ workspace, ids }) => ids.flatMap((id) => found.get(`${workspace} ${id}`) ?? []));
  }
}
