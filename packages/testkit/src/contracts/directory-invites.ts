// Rules DIR44–DIR48 of docs/contracts.md: invitations, how many there are, and how many come by one.
import type { UserId } from '@kith/protocol';
import type { InviteUse, NewInvite } from '@kith/server/core/invites/invite-store';
import { expect, test } from 'vitest';
import { AT, DAY_MS, type DirectoryWorld, newAccount, newDigest, newId, newInvite } from './directory-world.js';

const MOST = 3;

export function inviteRules(world: DirectoryWorld): void {
  const add = async (invite: NewInvite): Promise<NewInvite> => {
    if ((await world.directory.invites.addInvite(invite, MOST)) === 'too_many') throw new Error('too many');
    return invite;
  };
  const read = ({ workspace, codeDigest }: NewInvite) => world.other.invites.inviteOfCode(workspace, codeDigest);
  const useOf = ({ workspace, id: invite }: NewInvite, user: UserId): InviteUse => ({ workspace, invite, user });
  const people = async (invite: NewInvite, count: number): Promise<readonly UserId[]> => {
    const made = await Promise.all(Array.from({ length: count }, () => world.person(invite.workspace)));
    return made.map(({ id }) => id);
  };

  test('[DIR44] an invitation is found by the digest of its code, and listed at its place, newest first', async () => {
    const maker = await world.someone();
    const [other] = [await world.someone()];
    const { codeDigest, keyDigest, contentDigest, sealedCode, ...record } = newInvite(maker, {
      role: 'moderator',
      signUp: 'guest',
      guestForMs: DAY_MS * 1_000,
      maxUses: 10,
    });
    const invite = await add({ codeDigest, keyDigest, contentDigest, sealedCode, ...record });
    expect(await read(invite)).toEqual({ ...record, uses: 0, isRevoked: false });
    expect(await read({ ...invite, workspace: other.workspace })).toBeNull();
    expect(await read({ ...invite, codeDigest: newDigest() })).toBeNull();
    const { conversation } = record;
    const second = await add(newInvite(maker, { conversation, createdAt: AT + 1 }));
    const ofWorkspace = await add(newInvite(maker, { conversation: null, signUp: 'member' }));
    const listed = async (place: typeof conversation, at = AT) => {
      const invites = await world.other.invites.invites({ workspace: maker.workspace, conversation: place }, at);
      return invites.map(({ id }) => id);
    };
    expect(await listed(conversation)).toEqual([invite.id, second.id].toSorted().toReversed());
    expect(await listed(null)).toEqual([ofWorkspace.id]);
    expect(await listed(newId())).toEqual([]);
    expect(await listed(conversation, AT + DAY_MS)).toEqual([]);
    expect((await read(ofWorkspace))?.conversation).toBeNull();
  });

  test('[DIR45] the same key again gives the invitation that is there, and a place has no more than its most', async () => {
    const maker = await world.someone();
    const invite = newInvite(maker);
    const { conversation, keyDigest } = invite;
    const added = await world.race(6, (node) => {
      return node.invites.addInvite(newInvite(maker, { conversation, keyDigest }), MOST);
    });
    expect(new Set(added.map((each) => (each === 'too_many' ? each : each.invite.id))).size).toBe(1);
    expect(new Set(added.map((each) => (each === 'too_many' ? each : each.sealedCode))).size).toBe(1);
    await add(newInvite(maker, { conversation }));
    const last = await world.race(8, (node) => node.invites.addInvite(newInvite(maker, { conversation }), MOST));
    expect(last.filter((each) => each !== 'too_many')).toHaveLength(1);
    const again = await world.other.invites.addInvite(newInvite(maker, { conversation, keyDigest }), MOST);
    expect(again).toEqual(added[0]);
    const [first] = await world.other.invites.invites(invite, AT);
    await world.other.invites.revokeInvite(invite, first?.id ?? newId(), AT);
    await add(newInvite(maker, { conversation }));
    expect(await world.other.invites.addInvite(newInvite(maker, { conversation }), MOST)).toBe('too_many');
    await add(newInvite(maker, { conversation, createdAt: AT + DAY_MS, expiresAt: AT + 2 * DAY_MS }));
  });

  test('[DIR46] of many who take a use at once as many get one as there are, and each holds one', async () => {
    const maker = await world.someone();
    const invite = await add(newInvite(maker, { maxUses: 4 }));
    const users = await people(invite, 12);
    const taken = await world.race(24, (node, index) => {
      return node.invites.takeUse(useOf(invite, users[index >> 1] ?? newId()), AT);
    });
    const winners = users.filter((_, index) => taken[2 * index]);
    expect(winners).toHaveLength(4);
    for (const [index] of users.entries()) expect(taken[2 * index]).toBe(taken[2 * index + 1]);
    expect((await read(invite))?.uses).toBe(4);
    const [winner] = winners;
    if (winner === undefined) throw new Error('nobody won');
    expect(await world.other.invites.takeUse(useOf(invite, winner), AT)).toBe(true);
    await world.other.invites.spendUse(useOf(invite, winner));
    expect(await world.directory.invites.takeUse(useOf(invite, winner), AT)).toBe(false);
    expect((await read(invite))?.uses).toBe(4);
    const endless = await add(newInvite(maker));
    for (const user of users.slice(0, 5))
      expect(await world.other.invites.takeUse(useOf(endless, user), AT)).toBe(true);
    expect((await read(endless))?.uses).toBe(5);
  });

  test('[DIR47] no use is taken of an invitation that is revoked, or past its time', async () => {
    const maker = await world.someone();
    const invite = await add(newInvite(maker));
    const [user = newId<UserId>()] = await people(invite, 1);
    expect(await world.other.invites.takeUse(useOf(invite, user), invite.expiresAt)).toBe(false);
    const elsewhere = { ...invite, conversation: newId<NonNullable<typeof invite.conversation>>() };
    expect(await world.other.invites.revokeInvite(elsewhere, invite.id, AT)).toBe(false);
    for (const _ of [1, 2]) expect(await world.other.invites.revokeInvite(invite, invite.id, AT)).toBe(true);
    expect(await world.directory.invites.takeUse(useOf(invite, user), AT)).toBe(false);
    expect(await read(invite)).toMatchObject({ isRevoked: true, uses: 0 });
    expect(await world.other.invites.invites(invite, AT)).toEqual([]);
  });

  test('[DIR48] an account that is made by an invitation takes a use of it, and is what that says', async () => {
    const maker = await world.someone();
    const { workspace } = maker;
    const invite = await add(newInvite(maker, { signUp: 'guest', guestForMs: 1_000, maxUses: 2 }));
    const taken = { username: maker.username, invite: invite.id };
    expect(await world.directory.createAccount(newAccount(workspace, taken))).toBe('username_taken');
    expect((await read(invite))?.uses).toBe(0);
    const accounts = Array.from({ length: 8 }, () => newAccount(workspace, { invite: invite.id }));
    const results = await world.race(8, (node, index) => node.createAccount(accounts[index] ?? newAccount(workspace)));
    expect(results.filter((result) => result === 'created')).toHaveLength(2);
    expect(results.filter((result) => result === 'invite_refused')).toHaveLength(6);
    for (const [index, { id }] of accounts.entries()) {
      const account = await world.other.account(workspace, id);
      if (results[index] !== 'created') expect(account).toBeNull();
      else expect(account).toMatchObject({ role: 'guest', expiresAt: AT + 1_000, user: { kind: 'guest' } });
      expect(await world.other.invites.takeUse(useOf(invite, id), AT)).toBe(results[index] === 'created');
    }
    expect((await read(invite))?.uses).toBe(2);
    const plain = await add(newInvite(maker));
    const refused = newAccount(workspace, { invite: plain.id });
    expect(await world.directory.createAccount(refused)).toBe('invite_refused');
    const member = await add(newInvite(maker, { conversation: null, signUp: 'member' }));
    const made = newAccount(workspace, { invite: member.id });
    expect(await world.directory.createAccount(made)).toBe('created');
    expect(await world.other.account(workspace, made.id)).toMatchObject({ role: 'member', expiresAt: null });
    await world.other.invites.revokeInvite(member, member.id, AT);
    expect(await world.other.createAccount(newAccount(workspace, { invite: member.id }))).toBe('invite_refused');
  });
}
