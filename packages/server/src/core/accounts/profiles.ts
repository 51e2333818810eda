// How a profile changes, whoever changes it: against its present version, so that of two changes at once the later one is
// made on top of the other, and those who know the person are told.
import { ChatError, toId, type User, type UserId, type WorkspaceId } from '@kith/protocol';
import type { Account, People } from '../directory.js';
import { searchTerms } from './names.js';

/** A change that loses this many races against others gives up. */
const MOST_RACES = 10;

export type ProfilePorts = {
  readonly directory: Pick<People, 'account' | 'updateProfile'>;
  readonly onProfileChanged: (changed: { readonly workspace: WorkspaceId; readonly user: User }) => void;
};

/** What becomes of a profile; a field that is not given stays. */
export type ProfileWish = { readonly name?: string | undefined; readonly avatar?: string | null | undefined };

/** @throws unauthenticated where the account does not exist any more */
export async function changeProfile(
  ports: ProfilePorts,
  of: { readonly workspace: WorkspaceId; readonly user: UserId },
  wish: ProfileWish,
): Promise<Account> {
  for (let race = 0; race < MOST_RACES; race += 1) {
    const account = await requireAccount(ports.directory, of);
    if (isAsWished(account.user, wish)) return account;
    const user = await change(ports, of.workspace, { ...account.user, ...definedOf(wish) });
    if (user !== null) return { ...account, user };
  }
  throw new ChatError('unavailable', 'too many changes of one profile at once');
}

/** @throws unauthenticated where the account does not exist any more */
export async function requireAccount(
  directory: Pick<People, 'account'>,
  { workspace, user }: { readonly workspace: WorkspaceId; readonly user: UserId },
): Promise<Account> {
  const account = await directory.account(workspace, user);
  if (account === null) throw new ChatError('unauthenticated', 'this account does not exist any more');
  return account;
}

export function isAsWished(user: User, { name, avatar }: ProfileWish): boolean {
  return (name === undefined || name === user.name) && (avatar === undefined || avatar === user.avatar);
}

/** @throws bad_request for a name of nothing but white space */
export function requireVisible(name: string): void {
  if (name.trim() === '') throw new ChatError('bad_request', 'a name needs at least one visible character');
}

/** Null where another change came first. */
async function change(
  { directory, onProfileChanged }: ProfilePorts,
  workspace: WorkspaceId,
  { id, name, avatar, version, username }: User,
): Promise<User | null> {
  const terms = searchTerms(username, name);
  const changed = await directory.updateProfile({ workspace, user: toId<UserId>(id), version, name, avatar, terms });
  if (changed !== null) onProfileChanged({ workspace, user: changed });
  return changed;
}

function definedOf({ name, avatar }: ProfileWish): { readonly name?: string; readonly avatar?: string | null } {
  return { ...(name === undefined ? {} : { name }), ...(avatar === undefined ? {} : { avatar }) };
}
