// Rules DIR33–DIR38 of docs/contracts.md: accounts of a product's people, and the keys that sign them in.
import { expect, test } from 'vitest';
import {
  AT,
  type DirectoryWorld,
  NEWCOMER,
  newAccount,
  newId,
  newName,
  newSession,
  newWorkspaceKey,
} from './directory-world.js';

const MOST = 3;
/** Alike to whoever trims, folds, parses or cuts. */
const SUBJECTS = ['ann', 'Ann', ' ann', 'ann ', '', "'; --", 'é', 'e\u0301', '1', '01', '{"a":1}', 'x'.repeat(200)];

export function handInRules(world: DirectoryWorld): void {
  test('[DIR33] an account made for a subject is found by it alone, exactly, and has no credential without a password', async () => {
    const [here, there] = [await world.workspace(), await world.workspace()];
    const accounts = SUBJECTS.map((subject) => newAccount(here, { subject, passwordHash: null, avatar: 'a.png' }));
    for (const account of accounts) expect(await world.directory.createAccount(account)).toBe('created');
    for (const { subject = '', id, username, name } of accounts) {
      const user = { id, kind: 'person', name, username, avatar: 'a.png', version: 1 };
      expect(await world.other.accountOfSubject(here, subject)).toEqual({ user, ...NEWCOMER });
      expect(await world.other.accountOfSubject(there, subject)).toBeNull();
    }
    expect(await world.other.accountOfSubject(here, 'nobody')).toBeNull();
    const [ann] = accounts;
    if (ann === undefined) throw new Error('nobody was made');
    expect(await world.other.credential(here, ann.usernameKey, '')).toBeNull();
    const session = newSession(ann);
    await world.directory.createSession(session, 10);
    expect(await world.other.credential(here, ann.usernameKey, session.origin)).toBeNull();
    const both = newAccount(here, { subject: 'both', passwordHash: '$some$hash' });
    expect(await world.directory.createAccount(both)).toBe('created');
    expect((await world.other.credential(here, both.usernameKey, ''))?.passwordHash).toBe('$some$hash');
    expect(await world.directory.createAccount(newAccount(there, { subject: 'ann' }))).toBe('created');
  });

  test('[DIR34] of many accounts made for one subject at once one is made, and a refused one leaves nothing', async () => {
    const workspace = await world.workspace();
    const sameName = newName();
    for (const username of [sameName, undefined]) {
      const subject = newName();
      const accounts = Array.from({ length: 8 }, () => {
        return newAccount(workspace, { subject, passwordHash: null, ...(username ? { username } : {}) });
      });
      const results = await world.race(8, (node, index) =>
        node.createAccount(accounts[index] ?? newAccount(workspace)),
      );
      expect(results.filter((result) => result === 'created')).toHaveLength(1);
      expect(new Set(results)).toEqual(new Set(['created', expect.stringMatching(/^(?:username|subject)_taken$/)]));
      const made = accounts[results.indexOf('created')];
      expect((await world.other.accountOfSubject(workspace, subject))?.user.id).toBe(made?.id);
      const there = await world.other.users(
        workspace,
        accounts.map(({ id }) => id),
      );
      expect(there.map(({ id }) => id)).toEqual([made?.id]);
      const [refused] = accounts.filter((_, index) => results[index] === 'subject_taken');
      if (refused !== undefined) expect(await world.other.search(workspace, refused.username, 10)).toEqual([]);
    }
  });

  test('[DIR35] a key is there as it was added, in its own workspace alone, and listed newest first', async () => {
    const [here, there] = [await world.workspace(), await world.workspace()];
    const keys = [1, 2, 3].map((time) => newWorkspaceKey(here, { name: `Kéy ${time}`, createdAt: AT + time }));
    for (const key of keys) expect(await world.directory.addWorkspaceKey(key, MOST)).toEqual(key);
    for (const key of keys) {
      expect(await world.other.workspaceKey(here, key.kid)).toEqual(key);
      expect(await world.other.workspaceKey(there, key.kid)).toBeNull();
      expect(await world.other.removeWorkspaceKey(there, key.kid)).toBe(false);
    }
    expect(await world.other.workspaceKey(here, newId())).toBeNull();
    expect(await world.other.workspaceKeys(here)).toEqual(keys.toReversed());
    expect(await world.other.workspaceKeys(there)).toEqual([]);
  });

  test('[DIR36] the same public key again is the key that was added first, also many at once', async () => {
    const [here, there] = [await world.workspace(), await world.workspace()];
    const { publicKey } = newWorkspaceKey(here);
    const added = await world.race(8, (node) => node.addWorkspaceKey(newWorkspaceKey(here, { publicKey }), MOST));
    expect(new Set(added.map((key) => (key === 'too_many' ? key : key.kid))).size).toBe(1);
    expect(await world.other.workspaceKeys(here)).toEqual([added[0]]);
    const elsewhere = newWorkspaceKey(there, { publicKey });
    expect(await world.directory.addWorkspaceKey(elsewhere, MOST)).toEqual(elsewhere);
  });

  test('[DIR37] a key beyond the most is not added, one of those that are there is given again', async () => {
    const workspace = await world.workspace();
    const keys = Array.from({ length: MOST }, () => newWorkspaceKey(workspace));
    for (const key of keys) await world.directory.addWorkspaceKey(key, MOST);
    expect(await world.other.addWorkspaceKey(newWorkspaceKey(workspace), MOST)).toBe('too_many');
    expect(await world.other.workspaceKeys(workspace)).toHaveLength(MOST);
    const [{ publicKey } = newWorkspaceKey(workspace)] = keys;
    expect(await world.other.addWorkspaceKey(newWorkspaceKey(workspace, { publicKey }), MOST)).toEqual(keys[0]);
  });

  test('[DIR37] of many keys that are added at once, one gets the last place', async () => {
    for (let round = 0; round < 10; round += 1) {
      const workspace = await world.workspace();
      for (let count = 1; count < MOST; count += 1) {
        await world.directory.addWorkspaceKey(newWorkspaceKey(workspace), MOST);
      }
      const keys = Array.from({ length: 8 }, () => newWorkspaceKey(workspace));
      const given = await world.race(keys.length, (node, index) =>
        node.addWorkspaceKey(keys[index] ?? newWorkspaceKey(workspace), MOST),
      );
      expect(given.filter((key) => key !== 'too_many')).toHaveLength(1);
      expect(given).toEqual(keys.map((key, index) => (given[index] === 'too_many' ? 'too_many' : key)));
      expect(await world.other.workspaceKeys(workspace)).toHaveLength(MOST);
    }
  });

  test('[DIR38] a key is removed once, by one of many at once, and then it is nowhere and its place is free', async () => {
    const workspace = await world.workspace();
    const keys = Array.from({ length: MOST }, () => newWorkspaceKey(workspace));
    for (const key of keys) await world.directory.addWorkspaceKey(key, MOST);
    const [first = newWorkspaceKey(workspace)] = keys;
    const removed = await world.race(8, (node) => node.removeWorkspaceKey(workspace, first.kid));
    expect(removed.filter(Boolean)).toHaveLength(1);
    for (const node of [world.directory, world.other]) {
      expect(await node.workspaceKey(workspace, first.kid)).toBeNull();
      expect((await node.workspaceKeys(workspace)).map(({ kid }) => kid)).not.toContain(first.kid);
    }
    const again = newWorkspaceKey(workspace, { publicKey: first.publicKey });
    expect(await world.other.addWorkspaceKey(again, MOST)).toEqual(again);
  });
}
