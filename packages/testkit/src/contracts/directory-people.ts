// Rules DIR12–DIR20 of docs/contracts.md: profiles, search and when people were last there.
import { searchTerms } from '@kith/server/core/accounts/names';
import { expect, test } from 'vitest';
import { AT, type DirectoryWorld, NEWCOMER, newId } from './directory-world.js';

const STRANGE_NAMES = [
  'é 👩‍🚀 עברית',
  "O'Brien; DROP TABLE account",
  '  spaced  out  ',
  '%_\\',
  'ﷺ'.repeat(100),
  '\u{10FFFF}',
];

export function peopleRules(world: DirectoryWorld): void {
  test('[DIR12] an account is there as it was made, in version 1', async () => {
    const { workspace, id, username } = await world.someone({ username: 'Ann.Smith', name: 'Ann' });
    const user = { id, kind: 'person', name: 'Ann', username, avatar: null, version: 1 };
    expect(await world.other.account(workspace, id)).toEqual({ user, ...NEWCOMER });
    expect(await world.other.users(workspace, [id])).toEqual([user]);
    expect(await world.other.account(workspace, newId())).toBeNull();
  });

  test('[DIR13] users gives those that exist, each once', async () => {
    const workspace = await world.workspace();
    const [ann, ben] = [await world.person(workspace), await world.person(workspace)];
    const users = await world.directory.users(workspace, [ann.id, newId(), ben.id, ann.id]);
    expect(users.map(({ id }) => id).toSorted()).toEqual([ann.id, ben.id].toSorted());
    expect(await world.directory.users(workspace, [])).toEqual([]);
  });

  test('[DIR14] names and avatars come back exactly as given', async () => {
    const { workspace, id, username } = await world.someone();
    for (const [index, name] of STRANGE_NAMES.entries()) {
      const terms = searchTerms(username, name);
      await world.directory.updateProfile({ workspace, user: id, version: index + 1, name, avatar: name, terms });
      const [user] = await world.other.users(workspace, [id]);
      expect(user).toMatchObject({ name, avatar: name });
    }
    const version = STRANGE_NAMES.length + 1;
    await world.directory.updateProfile({ workspace, user: id, version, name: 'Ann', avatar: null, terms: [] });
    expect((await world.other.account(workspace, id))?.user.avatar).toBeNull();
  });

  test('[DIR15] a change needs the present version and makes it one higher; of many at once one happens', async () => {
    const { workspace, id, username } = await world.someone();
    const changed = await world.race(8, (node, index) => {
      const name = `Name ${index}`;
      const terms = searchTerms(username, name);
      return node.updateProfile({ workspace, user: id, version: 1, name, avatar: null, terms });
    });
    expect(changed.filter((user) => user !== null)).toEqual([expect.objectContaining({ id, version: 2 })]);
    expect((await world.other.account(workspace, id))?.user).toEqual(changed.find((user) => user !== null));
    const again = { workspace, user: id, version: 2, name: 'Again', avatar: null, terms: [] };
    expect(await world.other.updateProfile(again)).toMatchObject({ name: 'Again', version: 3 });
    const unknown = { ...again, user: newId<typeof id>() };
    expect(await world.directory.updateProfile(unknown)).toBeNull();
  });

  test('[DIR16] a search finds by the beginning of username, name and words, without case and accents', async () => {
    const workspace = await world.workspace();
    const { id } = await world.person(workspace, { username: 'Mary_Ann', name: 'Márÿ Ann  Smith-Łódź' });
    await world.person(workspace, { username: 'other', name: 'Someone else' });
    for (const query of ['mary', 'MARY_A', 'ann', 'Ánn smi', 'smith', 'mary ann', '  mary   ann s ']) {
      const found = await world.other.search(workspace, query, 10);
      expect([query, ...found.map((user) => user.id)]).toEqual([query, id]);
    }
    for (const query of ['', '   ', 'ary', 'smith mary', 'marya', '%', '_', '\\', "'", 'm%']) {
      expect([query, await world.other.search(workspace, query, 10)]).toEqual([query, []]);
    }
  });

  test('[DIR17] a search gives the whole name first, then its beginning, then words; each person once', async () => {
    const workspace = await world.workspace();
    await world.person(workspace, { username: 'w2', name: 'Miss Anna' });
    await world.person(workspace, { username: 'w1', name: 'Ms Ann' });
    await world.person(workspace, { username: 'p2', name: 'Annabel Anna' });
    await world.person(workspace, { username: 'anna', name: 'Anna Annason' });
    await world.person(workspace, { username: 'e2', name: 'ANN' });
    await world.person(workspace, { username: 'Ann', name: 'Zoe' });
    const order = async (limit: number) => {
      return (await world.directory.search(workspace, 'ann', limit)).map(({ username }) => username);
    };
    expect(await order(10)).toEqual(['Ann', 'e2', 'anna', 'p2', 'w1', 'w2']);
    expect(await order(2)).toEqual(['Ann', 'e2']);
  });

  test('[DIR18] after a change a person is found by the new name and not by the old one', async () => {
    const workspace = await world.workspace();
    const { id, username } = await world.person(workspace, { username: 'same', name: 'Old Name' });
    const rename = (version: number, name: string) => {
      return { workspace, user: id, version, name, avatar: null, terms: searchTerms(username, name) };
    };
    await world.directory.updateProfile(rename(1, 'New Name'));
    const finds = async (query: string) => (await world.other.search(workspace, query, 10)).length;
    expect([await finds('old'), await finds('new'), await finds('name'), await finds('same')]).toEqual([0, 1, 1, 1]);
    await world.race(6, (node, index) => node.updateProfile(rename(2, `Turn${index} Common`)));
    const last = (await world.directory.account(workspace, id))?.user.name;
    for (let index = 0; index < 6; index += 1) {
      expect(await finds(`turn${index}`)).toBe(last === `Turn${index} Common` ? 1 : 0);
    }
    expect(await finds('common')).toBe(1);
  });

  test('[DIR19] last seen is the latest time told, whatever the order', async () => {
    const workspace = await world.workspace();
    const [ann, ben, eve] = [
      await world.person(workspace),
      await world.person(workspace),
      await world.person(workspace),
    ];
    await world.directory.seen(workspace, [
      { user: ann.id, at: 5 },
      { user: ben.id, at: 7 },
      { user: ann.id, at: 9 },
    ]);
    await world.other.seen(workspace, [{ user: ann.id, at: 8 }]);
    await world.race(6, (node, index) => node.seen(workspace, [{ user: ben.id, at: AT + index }]));
    const seen = await world.other.lastSeen(workspace, [ann.id, ben.id, eve.id, ann.id]);
    expect(seen.toSorted((a, b) => a.at - b.at)).toEqual([
      { user: ann.id, at: 9 },
      { user: ben.id, at: AT + 5 },
    ]);
  });

  test('[DIR20] who does not exist is never seen, and does not spoil the rest', async () => {
    const { workspace, id } = await world.someone();
    const nobody = newId<typeof id>();
    await world.directory.seen(workspace, []);
    await world.directory.seen(workspace, [
      { user: nobody, at: 1 },
      { user: id, at: 2 },
    ]);
    expect(await world.directory.lastSeen(workspace, [nobody, id])).toEqual([{ user: id, at: 2 }]);
    expect(await world.directory.lastSeen(workspace, [])).toEqual([]);
  });
}
