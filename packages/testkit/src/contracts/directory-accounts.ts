// Rules DIR1–DIR11 of docs/contracts.md: workspaces, accounts and their credentials.
import { expect, test } from 'vitest';
import {
  AT,
  DAY_MS,
  type DirectoryWorld,
  newAccount,
  newDigest,
  newId,
  newName,
  newSession,
} from './directory-world.js';

export function accountRules(world: DirectoryWorld): void {
  test('[DIR1] a name has one workspace, however many open it at once', async () => {
    const name = newName();
    const opened = await world.race(8, (node) => node.openWorkspace({ id: newId(), name, at: AT }));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(opened[0]).toMatchObject({ name, isOwned: false });
    expect(await world.other.openWorkspace({ id: newId(), name, at: AT })).toEqual(opened[0]);
  });

  test('[DIR2] a workspace is found by name and by id', async () => {
    const name = newName();
    const opened = await world.directory.openWorkspace({ id: newId(), name, at: AT });
    expect(await world.other.workspaceNamed(name)).toEqual(opened);
    expect(await world.other.workspace(opened.id)).toEqual(opened);
    expect(await world.other.workspaceNamed(newName())).toBeNull();
    expect(await world.other.workspace(newId())).toBeNull();
  });

  test('[DIR3] a claim without a code makes the first account the owner, and the workspace is owned', async () => {
    const workspace = await world.workspace();
    const owner = await world.person(workspace, { claim: { codeDigest: null } });
    expect((await world.other.account(workspace, owner.id))?.role).toBe('owner');
    expect((await world.other.workspace(workspace))?.isOwned).toBe(true);
    const member = await world.person(workspace);
    expect((await world.other.account(workspace, member.id))?.role).toBe('member');
  });

  test('[DIR4] of many claims at once one becomes the owner, and the others leave nothing', async () => {
    const workspace = await world.workspace();
    const accounts = Array.from({ length: 6 }, () => newAccount(workspace, { claim: { codeDigest: null } }));
    const results = await Promise.all(
      accounts.map((account, index) => (index % 2 ? world.other : world.directory).createAccount(account)),
    );
    expect(results.toSorted()).toEqual([
      'claim_refused',
      'claim_refused',
      'claim_refused',
      'claim_refused',
      'claim_refused',
      'created',
    ]);
    const found = await world.directory.users(
      workspace,
      accounts.map(({ id }) => id),
    );
    expect(found.map(({ id }) => id)).toEqual(
      accounts.filter((_, index) => results[index] === 'created').map(({ id }) => id),
    );
    const [refused] = accounts.filter((_, index) => results[index] === 'claim_refused');
    if (refused === undefined) throw new Error('nobody was refused');
    expect(await world.directory.credential(workspace, refused.usernameKey, '')).toBeNull();
    expect(await world.directory.search(workspace, refused.username, 10)).toEqual([]);
  });

  test('[DIR5] a claim with a code needs the code set last, which is used up by it', async () => {
    const workspace = await world.workspace();
    const [first, last] = [newDigest(), newDigest()];
    const claim = (codeDigest: string) => world.other.createAccount(newAccount(workspace, { claim: { codeDigest } }));
    expect(await claim(last)).toBe('claim_refused');
    expect(await world.directory.setSetupCode(workspace, first)).toBe(true);
    expect(await world.directory.setSetupCode(workspace, last)).toBe(true);
    expect(await claim(first)).toBe('claim_refused');
    expect(await claim(last)).toBe('created');
    expect(await claim(last)).toBe('claim_refused');
    expect(await world.directory.setSetupCode(workspace, first)).toBe(false);
    expect(await claim(first)).toBe('claim_refused');
  });

  test('[DIR6] a claim with a username that is taken is not used up', async () => {
    const workspace = await world.workspace();
    const code = newDigest();
    const { username } = await world.person(workspace);
    await world.directory.setSetupCode(workspace, code);
    const claim = { codeDigest: code };
    expect(await world.directory.createAccount(newAccount(workspace, { username, claim }))).toBe('username_taken');
    expect((await world.other.workspace(workspace))?.isOwned).toBe(false);
    expect(await world.directory.createAccount(newAccount(workspace, { claim }))).toBe('created');
  });

  test('[DIR7] of many accounts with one username key at once, one is made', async () => {
    const workspace = await world.workspace();
    const username = newName();
    const accounts = Array.from({ length: 6 }, (_, index) => {
      return newAccount(workspace, { username: index % 2 ? username.toUpperCase() : username });
    });
    const results = await Promise.all(
      accounts.map((account, index) => (index % 2 ? world.other : world.directory).createAccount(account)),
    );
    expect(results.filter((result) => result === 'created')).toHaveLength(1);
    expect(results.filter((result) => result === 'username_taken')).toHaveLength(5);
    const found = await world.directory.users(
      workspace,
      accounts.map(({ id }) => id),
    );
    expect(found.map(({ id }) => id)).toEqual(
      accounts.filter((_, index) => results[index] === 'created').map(({ id }) => id),
    );
  });

  test('[DIR8] a workspace knows nothing of what another one has', async () => {
    const [here, there] = [await world.workspace(), await world.workspace()];
    const person = await world.person(here);
    const session = await world.session(person);
    await world.directory.seen(here, [{ user: person.id, at: AT }]);
    const conversation = await world.directory.reserve(here, 'self', newId());
    expect(await world.directory.account(there, person.id)).toBeNull();
    expect(await world.directory.users(there, [person.id])).toEqual([]);
    expect(await world.directory.search(there, person.username, 10)).toEqual([]);
    expect(await world.directory.credential(there, person.usernameKey, session.origin)).toBeNull();
    expect(await world.directory.session(there, session.id)).toBeNull();
    expect(await world.directory.sessionsOf(there, person.id)).toEqual([]);
    expect(await world.directory.revoke(there, session.id, AT)).toBe(false);
    expect((await world.record(session)).isRevoked).toBe(false);
    await world.directory.seen(there, [{ user: person.id, at: AT }]);
    expect(await world.directory.lastSeen(there, [person.id])).toEqual([]);
    expect(await world.directory.reserve(there, 'self', newId())).not.toBe(conversation);
    const { username } = person;
    expect(await world.directory.createAccount(newAccount(there, { username }))).toBe('created');
  });

  test('[DIR9] a credential comes with the account and by the username key alone', async () => {
    const workspace = await world.workspace();
    const person = await world.person(workspace, { passwordHash: '$some$hash' });
    const found = await world.other.credential(workspace, person.usernameKey, newDigest());
    expect(found).toEqual({
      account: await world.directory.account(workspace, person.id),
      passwordHash: '$some$hash',
      isKnownOrigin: false,
    });
    expect(found?.account.user.id).toBe(person.id);
    expect(await world.other.credential(workspace, newName(), '')).toBeNull();
  });

  test('[DIR10] a password hash is replaced only where it is still the one seen', async () => {
    const { workspace, id, usernameKey } = await world.someone({ passwordHash: 'one' });
    await world.directory.replacePasswordHash(workspace, id, { from: 'another', to: 'wrong' });
    expect((await world.other.credential(workspace, usernameKey, ''))?.passwordHash).toBe('one');
    await world.directory.replacePasswordHash(workspace, id, { from: 'one', to: 'two' });
    expect((await world.other.credential(workspace, usernameKey, ''))?.passwordHash).toBe('two');
  });

  test('[DIR11] an origin is known from a sign-in on, until 90 days without one', async () => {
    const person = await world.someone();
    const isKnown = async (origin: string) => {
      const found = await world.other.credential(person.workspace, person.usernameKey, origin);
      return found?.isKnownOrigin;
    };
    const { origin } = await world.session(person);
    expect(await isKnown(origin)).toBe(true);
    expect(await isKnown(newDigest())).toBe(false);
    const [renewed, elsewhere] = [newSession(person, { origin, at: AT + 80 * DAY_MS }), newDigest()];
    await world.session(person, renewed);
    await world.session(person, { origin: elsewhere, at: AT + 100 * DAY_MS });
    expect([await isKnown(origin), await isKnown(elsewhere)]).toEqual([true, true]);
    await world.session(person, { origin: elsewhere, at: AT + 180 * DAY_MS });
    expect([await isKnown(origin), await isKnown(elsewhere)]).toEqual([false, true]);
  });
}
