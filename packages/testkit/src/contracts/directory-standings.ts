// Rules DIR39–DIR43 of docs/contracts.md: what people are in a workspace, who may no longer sign in, and whose time is over.
import type { UserId, WorkspaceId } from '@kith/protocol';
import type { Account, StandingChange } from '@kith/server/core/directory';
import { expect, test } from 'vitest';
import { AT, type DirectoryWorld, NEWCOMER, newId, newSession } from './directory-world.js';

export function standingRules(world: DirectoryWorld): void {
  const accountOf = async (workspace: WorkspaceId, user: UserId): Promise<Account> => {
    const account = await world.other.account(workspace, user);
    if (account === null) throw new Error('there is no such account');
    return account;
  };
  const change = async (
    workspace: WorkspaceId,
    user: UserId,
    more: Partial<StandingChange>,
  ): Promise<StandingChange> => {
    const { role, deactivatedAt, expiresAt, user: profile } = await accountOf(workspace, user);
    const { version } = profile;
    return { workspace, user, version, by: null, role, deactivatedAt, expiresAt, at: AT, ...more };
  };
  const owned = async () => {
    const workspace = await world.workspace();
    const owner = await world.person(workspace, { claim: { codeDigest: null } });
    return { workspace, owner, member: await world.person(workspace) };
  };

  test('[DIR39] people are listed by rising ids, in pages, with what each is there', async () => {
    const { workspace, owner, member } = await owned();
    const third = await world.person(workspace);
    await world.directory.changeStanding(await change(workspace, third.id, { deactivatedAt: AT + 5 }));
    const ids = [owner.id, member.id, third.id].toSorted();
    const all = await world.other.people(workspace, { after: null, limit: 10 });
    expect(all.map(({ user }) => user.id)).toEqual(ids);
    for (const account of all) expect(account).toEqual(await accountOf(workspace, account.user.id as UserId));
    expect(all.find(({ user }) => user.id === owner.id)).toMatchObject({ ...NEWCOMER, role: 'owner' });
    expect(all.find(({ user }) => user.id === third.id)).toMatchObject({ role: 'member', deactivatedAt: AT + 5 });
    const [first, second] = ids;
    const page = await world.directory.people(workspace, { after: first ?? null, limit: 1 });
    expect(page.map(({ user }) => user.id)).toEqual([second]);
    expect(await world.directory.people(newId(), { after: null, limit: 10 })).toEqual([]);
  });

  test('[DIR40] a change needs what was judged: the version, and the role of who makes it; of many at once one happens', async () => {
    const { workspace, owner, member } = await owned();
    const by = { user: owner.id, role: 'owner' } as const;
    const wish = await change(workspace, member.id, { by, role: 'guest', expiresAt: AT + 9 });
    for (const stale of [
      { ...wish, version: 2 },
      { ...wish, by: { user: owner.id, role: 'admin' } as const },
      { ...wish, by: { user: newId<UserId>(), role: 'owner' } as const },
      { ...wish, workspace: await world.workspace() },
    ]) {
      expect(await world.other.changeStanding(stale)).toBeNull();
    }
    expect(await accountOf(workspace, member.id)).toMatchObject(NEWCOMER);
    const changed = await world.race(6, (node) => node.changeStanding(wish));
    expect(changed.filter((each) => each !== null)).toHaveLength(1);
    const account = await accountOf(workspace, member.id);
    expect(changed.find((each) => each !== null)).toEqual({ account, ended: [] });
    expect(account).toMatchObject({ role: 'guest', expiresAt: AT + 9, user: { kind: 'guest', version: 2 } });
    await world.directory.changeStanding(await change(workspace, member.id, { role: 'admin', expiresAt: null }));
    expect((await accountOf(workspace, member.id)).user).toMatchObject({ kind: 'person', version: 3 });
  });

  test('[DIR41] a workspace keeps an owner who may sign in, however many lower or deactivate each other at once', async () => {
    const { workspace, owner, member } = await owned();
    expect(await world.directory.changeStanding(await change(workspace, owner.id, { role: 'member' }))).toBeNull();
    expect(await world.directory.changeStanding(await change(workspace, owner.id, { deactivatedAt: AT }))).toBeNull();
    for (let round = 0; round < 5; round += 1) {
      for (const { id } of [owner, member]) {
        await world.directory.changeStanding(await change(workspace, id, { role: 'owner', deactivatedAt: null }));
      }
      const wishes = await Promise.all([
        change(workspace, owner.id, round % 2 ? { role: 'member' } : { deactivatedAt: AT }),
        change(workspace, member.id, { role: 'admin' }),
      ]);
      const changed = await Promise.all(
        wishes.map((wish, index) => (index % 2 ? world.other : world.directory).changeStanding(wish)),
      );
      expect(changed.filter((each) => each !== null)).toHaveLength(1);
    }
  });

  test('[DIR42] a deactivation ends all sessions, none begins after it, and the person is not found by a search', async () => {
    const { workspace, member } = await owned();
    const sessions = [await world.session(member), await world.session(member)];
    const wish = await change(workspace, member.id, { deactivatedAt: AT + 1 });
    const changed = await world.directory.changeStanding(wish);
    const ids = sessions.map(({ id }) => id).toSorted();
    expect(changed?.ended.toSorted()).toEqual(ids);
    expect(await world.setup.revoked()).toEqual(expect.arrayContaining(ids));
    expect(await world.other.sessionsOf(workspace, member.id)).toEqual([]);
    expect(await world.other.createSession(newSession(member), 10)).toBeNull();
    expect(await world.other.sessionsOf(workspace, member.id)).toEqual([]);
    expect(await world.other.search(workspace, member.username, 5)).toEqual([]);
    expect(await world.other.users(workspace, [member.id])).toEqual([
      expect.objectContaining({ id: member.id, deactivated: true, version: 2 }),
    ]);
    await world.directory.changeStanding(await change(workspace, member.id, { deactivatedAt: null }));
    const [user] = await world.other.users(workspace, [member.id]);
    expect(user).not.toHaveProperty('deactivated');
    expect(await world.other.createSession(newSession(member), 10)).toEqual([]);
    expect(await world.other.search(workspace, member.username, 5)).toEqual([user]);
  });

  test('[DIR42] sign-ins and a deactivation at once: no session lives on', async () => {
    const { workspace, owner } = await owned();
    for (let round = 0; round < 5; round += 1) {
      const person = await world.person(workspace);
      const by = { user: owner.id, role: 'owner' } as const;
      const wish = await change(workspace, person.id, { by, deactivatedAt: AT });
      const begin = (index: number) =>
        (index % 2 ? world.other : world.directory).createSession(newSession(person), 10);
      await Promise.all([begin(0), begin(1), world.directory.changeStanding(wish), begin(0), begin(1), begin(0)]);
      expect((await accountOf(workspace, person.id)).deactivatedAt).toBe(AT);
      expect(await world.other.sessionsOf(workspace, person.id)).toEqual([]);
    }
  });

  test('[DIR43] accounts whose time is over are given until they are deactivated', async () => {
    const { workspace, member } = await owned();
    await world.directory.changeStanding(await change(workspace, member.id, { role: 'guest', expiresAt: 1_000 }));
    const isGiven = async (at: number) => {
      const found = await world.other.expired(at, 100);
      return found.some(({ workspace: of, user }) => of === workspace && user === member.id);
    };
    expect([await isGiven(999), await isGiven(1_000)]).toEqual([false, true]);
    await world.directory.changeStanding(await change(workspace, member.id, { deactivatedAt: 1_000 }));
    expect(await isGiven(2_000)).toBe(false);
  });
}
