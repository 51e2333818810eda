// I5 to I8 of docs/protocol/v1.md: invitations by a code, who comes by one, and how many.
import { randomUUID } from 'node:crypto';
import type { Entry, Invite, SignedIn, User, Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer, Fields } from './http-client.js';
import { told } from './told.js';
import type { Person, World } from './world.js';

type Made = { readonly invite: Invite; readonly code: string; readonly duplicate: boolean };

const NOT_FOUND = { status: 404, body: { code: 'not_found' } };
const PASSWORD = 'seven tall herons 41';

export function inviteRules(world: World): void {
  const askInvite = (by: Person, conversation: string, body: Fields = {}): Promise<Answer<Made>> =>
    world.ask<Made>(by, `POST /v1/conversations/${conversation}/invites`, { body });
  const invite = (by: Person, conversation: string, body: Fields = {}): Promise<Made> =>
    world.do<Made>(by, `POST /v1/conversations/${conversation}/invites`, body);
  const accept = (by: Person, code: string, key: string = randomUUID()): Promise<Answer<Written>> =>
    world.ask<Written>(by, 'POST /v1/invites/accept', { body: { code, key } });
  const look = (code: string): Promise<Answer> => world.ask(null, 'POST /v1/invites/read', { body: { code } });
  const list = async (by: Person, conversation: string): Promise<readonly Invite[]> => {
    const path = `GET /v1/conversations/${conversation}/invites`;
    return (await world.do<{ items: Invite[] }>(by, path)).items;
  };
  const revoke = (by: Person, conversation: string, { id }: Invite): Promise<Answer> =>
    world.ask(by, `DELETE /v1/conversations/${conversation}/invites/${id}`);
  const signUp = (code: string): Promise<Answer<SignedIn>> => {
    const username = `i${randomUUID().slice(0, 18)}`;
    return world.ask<SignedIn>(null, 'POST /v1/accounts', { body: { username, password: PASSWORD, invite: code } });
  };
  const joinedBy = (log: readonly Entry[]) => log.filter(({ kind }) => kind === 'member.joined');

  describe('I: invitations', () => {
    test('[I5] an invitation has a code that is told once and for its key, and is listed with its uses', async () => {
      const [ann, ben, cid] = world.people(3) as [Person, Person, Person];
      const { id } = await world.group(ann, [ben]);
      const key = randomUUID();
      const first = await invite(ann, id, { key, maxUses: 3, role: 'moderator' });
      expect(first.code).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
      expect(first).toMatchObject({
        duplicate: false,
        invite: { conversation: id, maker: ann.id, uses: 0, maxUses: 3 },
      });
      expect(first.invite.expiresAt - first.invite.createdAt).toBe(604_800_000);
      const again = await askInvite(ann, id, { key, maxUses: 3, role: 'moderator' });
      expect(again).toMatchObject({ status: 200, body: { ...first, duplicate: true } });
      const other = await askInvite(ann, id, { key, maxUses: 4, role: 'moderator' });
      expect(other).toMatchObject({ status: 409, body: { code: 'key_reused' } });
      const second = await invite(ann, id, { expiresInMs: 60_000 });
      expect(second.code).not.toBe(first.code);
      expect((await accept(cid, first.code.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
      expect((await world.members(ann, id))[cid.id]).toBe('moderator');
      const listed = await list(ann, id);
      expect(listed.map((each) => [each.id, each.uses])).toEqual([
        [second.invite.id, 0],
        [first.invite.id, 1],
      ]);
      expect(JSON.stringify(listed)).not.toContain(first.code);
      expect(await list(cid, id)).toEqual(listed);
    });

    test('[I5] nobody gives a role that is not theirs to give, or terms beyond the bounds', async () => {
      const [ann, ben, cid] = world.people(3) as [Person, Person, Person];
      const { id } = await world.group(ann, [ben, cid]);
      await world.do(ann, `PATCH /v1/conversations/${id}/members/${ben.id}`, { role: 'moderator' });
      expect((await askInvite(ben, id)).status).toBe(201);
      for (const role of ['moderator', 'admin', 'owner']) expect((await askInvite(ben, id, { role })).status).toBe(403);
      expect((await askInvite(cid, id)).status).toBe(403);
      for (const terms of [
        { expiresInMs: 59_999 },
        { expiresInMs: 7_776_000_001 },
        { maxUses: 0 },
        { maxUses: 10_001 },
        { role: 'reader' },
        { role: 'none' },
        { signUp: 'owner' },
        { guestForMs: 60_000 },
      ]) {
        expect((await askInvite(ann, id, terms)).status, JSON.stringify(terms)).toBe(400);
      }
      const { id: direct } = await world.direct(ann, ben);
      expect((await askInvite(ann, direct)).status).toBe(403);
    });

    test('[I5] a conversation has at most limits.invites, also where many ask for the last at once', async () => {
      const [ann] = world.pair();
      const { id } = await world.group(ann, []);
      const { limits } = (await world.connect(ann)).welcome;
      const made: Made[] = [];
      while (made.length < limits.invites - 1) made.push(await invite(ann, id));
      const answers = await Promise.all([1, 2, 3, 4].map(() => askInvite(ann, id)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
      expect(await list(ann, id)).toHaveLength(limits.invites);
      const [first] = made;
      if (first) await revoke(ann, id, first.invite);
      expect((await askInvite(ann, id)).status).toBe(201);
    });

    test('[I6] who accepts joins by an entry of their own that names who invited them, once for a key', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, []);
      await world.send(ann, id, 'before');
      await world.do(ann, `PATCH /v1/conversations/${id}`, { history: 'closed' });
      const { code } = await invite(ann, id);
      const [client, there] = [await world.connect(ben), await world.connect(ann)];
      const key = randomUUID();
      const { seq } = (await client.command('invite.accept', { code, key })) as unknown as Written;
      await Promise.all([client.entry(id, seq), there.entry(id, seq)]);
      const joined = { kind: 'member.joined', author: ben.id, key, body: { users: [ben.id], invitedBy: ann.id } };
      for (const each of [client, there]) expect(each.entries(id)).toMatchObject([joined]);
      expect((await world.summary(ben, id)).summary).toMatchObject({ first: seq, role: 'member', members: 2 });
      expect(await accept(ben, code, key)).toMatchObject({ status: 200, body: { seq, duplicate: true } });
      expect(await accept(ben, code)).toMatchObject({ status: 409, body: { code: 'conflict' } });
      const [only] = await list(ann, id);
      expect(only?.uses).toBe(1);
      await world.do(ben, `DELETE /v1/conversations/${id}/members/${ben.id}`);
      expect(await accept(ben, code, key)).toMatchObject({ status: 200, body: { seq, duplicate: true } });
      expect(await world.members(ann, id)).not.toHaveProperty(ben.id);
    });

    test('[I6] of many who come at once as many join as there are uses, and nobody twice', async () => {
      const [ann, ...others] = world.everyone.slice(0, 61) as [Person, ...Person[]];
      const { id } = await world.group(ann, []);
      const { code } = await invite(ann, id, { maxUses: 10 });
      const answers = await Promise.all(others.flatMap((who) => [accept(who, code), accept(who, code)]));
      const codes = answers.map(({ status }) => status);
      expect(codes.filter((status) => status === 200)).toHaveLength(10);
      expect(new Set(codes)).toEqual(new Set([200, 404, 409]));
      expect(Object.keys(await world.members(ann, id))).toHaveLength(11);
      expect(joinedBy(await world.log(ann, id))).toHaveLength(10);
      expect((await list(ann, id))[0]?.uses).toBe(10);
      expect(await look(code)).toMatchObject(NOT_FOUND);
    });

    test('[I6] a code that never was, was revoked, or whose uses are over is not_found alike', async () => {
      const [ann, ben, cid] = world.people(3) as [Person, Person, Person];
      const { id } = await world.group(ann, []);
      const [revoked, spent] = [await invite(ann, id), await invite(ann, id, { maxUses: 1 })];
      expect((await revoke(ann, id, revoked.invite)).status).toBe(200);
      expect((await revoke(ann, id, revoked.invite)).status).toBe(200);
      expect((await accept(ben, spent.code)).status).toBe(200);
      const answers: Fields[] = [];
      for (const code of [revoked.code, spent.code, '0000-0000-0000-0000', 'x', "'; --"]) {
        answers.push(told(await accept(cid, code)), told(await look(code)));
      }
      expect(answers[0]).toMatchObject(NOT_FOUND);
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect((await revoke(ann, id, { ...spent.invite, id: randomUUID() })).status).toBe(404);
      expect((await list(ann, id)).map((each) => each.id)).toEqual([spent.invite.id]);
    });

    test('[I6] an invitation holds as long as whoever made it may make it', async () => {
      const [ann, ben, cid] = world.people(3) as [Person, Person, Person];
      const { id } = await world.group(ann, [ben]);
      const role = (to: string) => world.do(ann, `PATCH /v1/conversations/${id}/members/${ben.id}`, { role: to });
      await role('moderator');
      const { code } = await invite(ben, id);
      await role('member');
      expect([(await look(code)).status, (await accept(cid, code)).status]).toEqual([404, 404]);
      await role('moderator');
      expect((await look(code)).status).toBe(200);
      await world.do(ann, `DELETE /v1/conversations/${id}/members/${ben.id}`);
      expect((await accept(cid, code)).status).toBe(404);
      expect(await world.members(ann, id)).not.toHaveProperty(cid.id);
    });

    test('[I6] nobody joins what is archived, and the use that they took stays theirs', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, []);
      const { code } = await invite(ann, id, { maxUses: 1 });
      await world.do(ann, `PATCH /v1/conversations/${id}`, { archived: true });
      expect(await accept(ben, code)).toMatchObject({ status: 409, body: { code: 'conflict' } });
      await world.do(ann, `PATCH /v1/conversations/${id}`, { archived: false });
      expect((await accept(ben, code)).status).toBe(200);
    });

    test('[I7] a code says where it leads and who invites, and nothing else, without a token', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben], 'Lunch');
      await world.do(ann, `PATCH /v1/conversations/${id}`, { avatar: 'color:teal', topic: 'secret soup' });
      const { code } = await invite(ann, id);
      const { name, avatar } = await world.do<User>(ben, `GET /v1/users/${ann.id}`);
      const { status, body } = await look(code);
      expect(status).toBe(200);
      expect(body).toEqual({
        kind: 'group',
        name: 'Lunch',
        avatar: 'color:teal',
        inviter: { name, avatar },
        signUp: false,
      });
      const owner = await world.owner();
      const made = await world.do<Made>(owner, 'POST /v1/workspace/invites', {});
      expect((await look(made.code)).body).toMatchObject({ kind: 'workspace', name: 'default', signUp: true });
    });

    test('[I8] an account that is made by an invitation is what that says, and comes in by its use', async () => {
      const owner = await world.owner();
      const { id } = await world.group(owner, [], 'With guests');
      const made = await invite(owner, id, { signUp: 'guest', guestForMs: 3_600_000, maxUses: 1 });
      expect(made.invite).toMatchObject({ signUp: 'guest', guestForMs: 3_600_000 });
      expect((await look(made.code)).body).toMatchObject({ signUp: true });
      const signed = await signUp(made.code);
      expect(signed).toMatchObject({ status: 201, body: { user: { kind: 'guest' } } });
      expect(await signUp(made.code)).toMatchObject(NOT_FOUND);
      const guest = { ...owner, id: signed.body.user.id, token: signed.body.accessToken };
      expect(await world.do(guest, 'GET /v1/me')).toMatchObject({ workspaceRole: 'guest' });
      expect((await accept(guest, made.code)).status).toBe(200);
      expect((await list(owner, id))[0]?.uses).toBe(1);
      expect(await world.members(guest, id)).toMatchObject({ [guest.id]: 'member' });
    });

    test('[I8] who may not invite to the workspace makes no invitation that makes accounts', async () => {
      const person = await world.signUp();
      const { id } = await world.group(person, []);
      for (const kind of ['member', 'guest']) expect((await askInvite(person, id, { signUp: kind })).status).toBe(403);
      expect((await world.ask(person, 'POST /v1/workspace/invites', { body: {} })).status).toBe(403);
      const { code } = await invite(person, id);
      expect(await signUp(code)).toMatchObject({ status: 201, body: { user: { kind: 'person' } } });
      expect((await list(person, id))[0]?.uses).toBe(0);
      expect(await signUp('0000-0000-0000-0000')).toMatchObject(NOT_FOUND);
    });

    test('[I8] an invitation to the workspace makes accounts, and is not accepted by who has one', async () => {
      const owner = await world.owner();
      const made = await world.do<Made>(owner, 'POST /v1/workspace/invites', { maxUses: 2 });
      expect(await signUp(made.code)).toMatchObject({ status: 201, body: { user: { kind: 'person' } } });
      const person = await world.signUp();
      expect(await accept(person, made.code)).toMatchObject({ status: 409, body: { code: 'conflict' } });
      const listed = await world.do<{ items: Invite[] }>(owner, 'GET /v1/workspace/invites');
      expect(listed.items.find((each) => each.id === made.invite.id)).toMatchObject({ uses: 1, signUp: 'member' });
      const path = `DELETE /v1/workspace/invites/${made.invite.id}`;
      expect((await world.ask(owner, path)).status).toBe(204);
      expect(await signUp(made.code)).toMatchObject(NOT_FOUND);
      expect(await accept(person, made.code)).toMatchObject(NOT_FOUND);
    });
  });
}
