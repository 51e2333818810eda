// I9 of docs/protocol/v1.md: what a guest sees of the workspace, and what they may not do; and I8, how their time ends.
import { randomUUID } from 'node:crypto';
import type { Summary, User } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Person, World } from './world.js';

export function guestRules(world: World): void {
  const become = async (person: Person, role: string): Promise<void> => {
    await world.do(await world.owner(), `PATCH /v1/workspace/people/${person.id}`, { role });
  };
  /** A guest in a group of `ann`'s with `ben`; `cid` is in none of theirs. */
  const scene = async () => {
    const [ann, ben, cid] = world.people(3) as [Person, Person, Person];
    const guest = await world.signUp();
    const { id } = await world.group(ann, [ben, guest], 'With a guest');
    await become(guest, 'guest');
    return { ann, ben, cid, guest, id };
  };
  const channel = (by: Person, name: string): Promise<Summary> =>
    world.do(by, 'POST /v1/conversations', { kind: 'channel', members: [], name, visibility: 'public' });

  describe('I: guests', () => {
    test('[I9] a guest finds the people of their conversations, and nobody else', async () => {
      const { ann, ben, cid, guest, id } = await scene();
      const search = async ({ username }: Person) => {
        const { users } = await world.do<{ users: User[] }>(guest, `GET /v1/users?query=${username}`);
        return users.map((user) => user.id);
      };
      expect([await search(ann), await search(guest), await search(cid)]).toEqual([[ann.id], [guest.id], []]);
      expect((await world.ask(guest, `GET /v1/users/${cid.id}`)).status).toBe(404);
      const read = async () => {
        const path = `GET /v1/users?ids=${ann.id},${ben.id.toUpperCase()},${cid.id}`;
        return (await world.do<{ users: User[] }>(guest, path)).users.map((user) => user.id).toSorted();
      };
      expect(await read()).toEqual([ann.id, ben.id].toSorted());
      await world.do(ben, `DELETE /v1/conversations/${id}/members/${ben.id}`);
      expect(await read()).toEqual([ann.id, ben.id].toSorted());
      expect(await search(ben)).toEqual([]);
      await world.connect(cid);
      const watched = await world.do(guest, 'PUT /v1/presence/watch', { users: [cid.id] });
      expect(watched).toEqual({ presence: [{ user: cid.id, status: 'unknown' }] });
      const { users } = await world.do<{ users: User[] }>(cid, `GET /v1/users?query=${guest.username}`);
      expect(users).toMatchObject([{ id: guest.id, kind: 'guest' }]);
    });

    test('[I9] a guest begins direct conversations with those people alone, and anyone one with them', async () => {
      const { ann, cid, guest } = await scene();
      const direct = (by: Person, other: Person) =>
        world.ask(by, 'POST /v1/conversations', { body: { kind: 'direct', members: [other.id] } });
      expect((await direct(guest, ann)).status).toBe(201);
      expect((await direct(guest, cid)).status).toBe(404);
      expect((await direct(cid, guest)).status).toBe(201);
      expect((await direct(guest, cid)).status).toBe(200);
    });

    test('[I9] a guest makes no groups and channels, and adds and invites nobody, whatever their role there', async () => {
      const { ann, cid, guest, id } = await scene();
      await world.do(ann, `PATCH /v1/conversations/${id}/members/${guest.id}`, { role: 'admin' });
      for (const kind of ['group', 'channel']) {
        const body = { kind, members: [], name: 'mine' };
        expect((await world.ask(guest, 'POST /v1/conversations', { body })).status).toBe(403);
      }
      const at = `/v1/conversations/${id}`;
      expect((await world.ask(guest, `PUT ${at}/members/${ann.id}`, { body: {} })).status).toBe(403);
      expect((await world.ask(guest, `PUT ${at}/members/${cid.id}`, { body: {} })).status).toBe(403);
      expect((await world.ask(guest, `POST ${at}/invites`, { body: {} })).status).toBe(403);
      expect((await world.ask(guest, `PATCH ${at}`, { body: { topic: 'still an admin' } })).status).toBe(200);
      expect((await world.send(guest, id, 'hello')).seq).toBeGreaterThan(1);
    });

    test('[I9] a guest finds the public channels that they are in, and joins no other but by an invitation', async () => {
      const { ann, guest } = await scene();
      const name = randomUUID();
      const [open, other] = [await channel(ann, `${name} one`), await channel(ann, `${name} two`)];
      await world.do(ann, `PUT /v1/conversations/${open.id}/members/${guest.id}`, {});
      const found = await world.do<{ items: { id: string }[] }>(guest, `GET /v1/channels?query=${name}`);
      expect(found.items.map((each) => each.id)).toEqual([open.id]);
      expect((await world.ask(guest, `POST /v1/channels/${other.id}/join`, { body: {} })).status).toBe(404);
      const { code } = await world.do<{ code: string }>(ann, `POST /v1/conversations/${other.id}/invites`, {});
      expect((await world.ask(guest, 'POST /v1/invites/accept', { body: { code } })).status).toBe(200);
      await become(guest, 'member');
      const all = await world.do<{ items: { id: string }[] }>(guest, `GET /v1/channels?query=${name}`);
      expect(all.items).toHaveLength(2);
    });

    test('[I8] a guest whose time is over is deactivated by itself, within 10 s', async () => {
      const { ann, guest, id } = await scene();
      const client = await world.connect(guest);
      const owner = await world.owner();
      const expiresAt = Date.now() + 1_500;
      await world.do(owner, `PATCH /v1/workspace/people/${guest.id}`, { role: 'guest', expiresAt });
      expect(await client.ended).toMatchObject({ code: 4403 });
      expect(Date.now() - expiresAt).toBeGreaterThanOrEqual(0);
      expect(Date.now() - expiresAt).toBeLessThan(10_000);
      const { username, password } = guest;
      const again = await world.ask(null, 'POST /v1/sessions', { body: { username, password } });
      expect(again).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      expect(await world.do(ann, `GET /v1/users/${guest.id}`)).toMatchObject({ deactivated: true });
      expect(await world.members(ann, id)).toHaveProperty(guest.id);
      const back = await world.do(owner, `DELETE /v1/workspace/people/${guest.id}/deactivation`);
      expect(back).toMatchObject({ role: 'guest', deactivatedAt: null, expiresAt: null });
    });
  });
}
