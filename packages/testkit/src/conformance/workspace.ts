// I1 to I4 of docs/protocol/v1.md: what people are in the workspace, and who changes that. Everyone here signs up for it.
import type { WorkspacePerson } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer, Fields } from './http-client.js';
import type { Person, World } from './world.js';

const PEOPLE = '/v1/workspace/people';

export function workspaceRules(world: World): void {
  const rank = (by: Person, { id }: Person, body: Fields): Promise<Answer> =>
    world.ask(by, `PATCH ${PEOPLE}/${id}`, { body });
  const become = async (role: string): Promise<Person> => {
    const person = await world.signUp();
    await world.do(await world.owner(), `PATCH ${PEOPLE}/${person.id}`, { role });
    return person;
  };
  const deactivate = (by: Person, { id }: Person): Promise<Answer> => world.ask(by, `PUT ${PEOPLE}/${id}/deactivation`);
  const reactivate = (by: Person, { id }: Person): Promise<Answer> =>
    world.ask(by, `DELETE ${PEOPLE}/${id}/deactivation`);
  const codeOf = ({ status, body }: Answer) => [status, body.code];

  describe('I: the workspace', () => {
    test('[I1] everyone has a role in the workspace, and a guest is of the kind guest', async () => {
      const guest = await become('guest');
      expect(await world.do(guest, 'GET /v1/me')).toMatchObject({ kind: 'guest', workspaceRole: 'guest' });
      await world.do(await world.owner(), `PATCH ${PEOPLE}/${guest.id}`, { role: 'member' });
      expect(await world.do(guest, 'GET /v1/me')).toMatchObject({ kind: 'person', workspaceRole: 'member' });
    });

    test('[I2] everyone is listed, in pages, in the order in which they came', async () => {
      const owner = await world.owner();
      const people: WorkspacePerson[] = [];
      for (let next: string | null = ''; next !== null; ) {
        const page: { items: WorkspacePerson[]; next: string | null } = await world.do(
          owner,
          `GET ${PEOPLE}?limit=7${next && `&cursor=${next}`}`,
        );
        expect(page.items.length).toBeLessThanOrEqual(7);
        people.push(...page.items);
        next = page.next;
      }
      const ids = people.map(({ user }) => user.id);
      expect(ids).toEqual([...new Set(ids)].toSorted());
      expect(ids).toEqual(expect.arrayContaining(world.everyone.map(({ id }) => id)));
      const mine = people.find(({ user }) => user.id === owner.id);
      expect(mine).toMatchObject({ role: 'owner', deactivatedAt: null, expiresAt: null });
      expect(mine?.createdAt).toBeGreaterThan(Date.UTC(2020, 0, 1));
      expect((await world.ask(owner, `GET ${PEOPLE}?cursor=none`)).status).toBe(400);
      expect((await world.ask(owner, `GET ${PEOPLE}?limit=201`)).status).toBe(400);
    });

    test('[I3] nobody re-ranks who stands beside or above them, or gives a role that is not below their own', async () => {
      const [owner, admin, peer] = [await world.owner(), await become('admin'), await become('admin')];
      const member = await world.signUp();
      for (const [other, role] of [
        [owner, 'member'],
        [peer, 'member'],
        [member, 'admin'],
        [member, 'owner'],
        [admin, 'owner'],
      ] as const) {
        expect(codeOf(await rank(admin, other, { role }))).toEqual([403, 'forbidden']);
        expect(codeOf(await rank(member, other, { role }))).toEqual([403, 'forbidden']);
      }
      expect(await rank(admin, member, { role: 'guest' })).toMatchObject({ status: 200, body: { role: 'guest' } });
      expect(await rank(admin, admin, { role: 'member' })).toMatchObject({ status: 200, body: { role: 'member' } });
      expect(codeOf(await rank(admin, member, { role: 'member' }))).toEqual([403, 'forbidden']);
      expect(codeOf(await rank(owner, { ...member, id: owner.session }, { role: 'member' }))).toEqual([
        404,
        'not_found',
      ]);
    });

    test('[I3] the last owner stays, and of two who lower each other at once one does', async () => {
      const [owner, second] = [await world.owner(), await become('owner')];
      const answers = await Promise.all([
        rank(owner, second, { role: 'admin' }),
        rank(second, owner, { role: 'admin' }),
      ]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
      const [left, lowered] = answers[0]?.status === 200 ? [owner, second] : [second, owner];
      expect(codeOf(await rank(left, left, { role: 'member' }))).toEqual([409, 'conflict']);
      expect(codeOf(await deactivate(left, left))).toEqual([409, 'conflict']);
      await world.do(left, `PATCH ${PEOPLE}/${lowered.id}`, { role: 'owner' });
      await world.do(owner, `PATCH ${PEOPLE}/${second.id}`, { role: 'member' });
      expect(await world.do(owner, 'GET /v1/me')).toMatchObject({ workspaceRole: 'owner' });
    });

    test('[I3] the time of a guest may end, and of nobody else, and only in a time to come', async () => {
      const [owner, person] = [await world.owner(), await world.signUp()];
      const expiresAt = Date.now() + 3_600_000;
      expect(codeOf(await rank(owner, person, { role: 'member', expiresAt }))).toEqual([400, 'bad_request']);
      expect(codeOf(await rank(owner, person, { role: 'guest', expiresAt: 1 }))).toEqual([400, 'bad_request']);
      expect((await rank(owner, person, { role: 'guest', expiresAt })).body).toMatchObject({ expiresAt });
      expect((await rank(owner, person, { role: 'guest' })).body).toMatchObject({ expiresAt: null });
      expect((await rank(owner, person, { role: 'chief' })).status).toBe(400);
    });

    test('[I4] who is deactivated has no session, gets none, and is found by nobody; what they wrote stays', async () => {
      const [owner, person] = [await world.owner(), await world.signUp()];
      const { id } = await world.group(owner, [person]);
      const { seq } = await world.send(person, id, 'here');
      const client = await world.connect(person);
      const { body } = await deactivate(owner, person);
      expect(body).toMatchObject({ role: 'member', deactivatedAt: expect.any(Number), user: { deactivated: true } });
      expect(await client.ended).toMatchObject({ code: 4403 });
      const { refreshToken, username, password } = person;
      expect((await world.ask(null, 'POST /v1/sessions/refresh', { body: { refreshToken } })).status).toBe(401);
      await expect.poll(async () => (await world.ask(person, 'GET /v1/me')).status, { timeout: 5_000 }).toBe(401);
      const right = await world.ask(null, 'POST /v1/sessions', { body: { username, password } });
      expect(codeOf(right)).toEqual([403, 'forbidden']);
      const wrong = await world.ask(null, 'POST /v1/sessions', { body: { username, password: 'a wrong one 12' } });
      expect(codeOf(wrong)).toEqual([401, 'unauthenticated']);
      expect(await world.do(owner, `GET /v1/users?query=${username}`)).toEqual({ users: [] });
      expect(await world.do(owner, `GET /v1/users/${person.id}`)).toMatchObject({ deactivated: true, version: 2 });
      expect((await world.log(owner, id)).at(-1)).toMatchObject({ seq, author: person.id, body: { text: 'here' } });
      const { id: other } = await world.group(owner, []);
      const added = await world.ask(owner, `PUT /v1/conversations/${other}/members/${person.id}`, { body: {} });
      expect(codeOf(added)).toEqual([409, 'conflict']);
      expect(
        codeOf(await world.ask(owner, 'POST /v1/conversations', { body: { kind: 'group', members: [person.id] } })),
      ).toEqual([409, 'conflict']);
      expect((await deactivate(owner, person)).body).toEqual(body);
    });

    test('[I4] who is let in again signs in, and is who they were', async () => {
      const [owner, person] = [await world.owner(), await world.signUp()];
      const { id } = await world.group(owner, [person]);
      await deactivate(owner, person);
      expect((await reactivate(owner, person)).body).toMatchObject({ role: 'member', deactivatedAt: null });
      const again = await world.signIn(person);
      expect(await world.do(again, 'GET /v1/me')).toMatchObject({ id: person.id, workspaceRole: 'member' });
      expect((await world.send(again, id, 'back')).seq).toBeGreaterThan(1);
      expect(codeOf(await world.ask(person, 'GET /v1/me'))).toEqual([401, 'unauthenticated']);
    });

    test('[I4] an admin deactivates those below them alone, and a member nobody', async () => {
      const [owner, admin, peer] = [await world.owner(), await become('admin'), await become('admin')];
      const member = await world.signUp();
      for (const other of [owner, peer, admin]) {
        expect(codeOf(await deactivate(admin, other))).toEqual([403, 'forbidden']);
        expect(codeOf(await reactivate(admin, other))).toEqual([403, 'forbidden']);
      }
      expect(codeOf(await deactivate(member, member))).toEqual([403, 'forbidden']);
      expect((await deactivate(admin, member)).status).toBe(200);
      expect((await reactivate(admin, member)).status).toBe(200);
    });
  });
}
