// AU of docs/protocol/v1.md: the audit trail, as owners and admins of the workspace read it.
import { randomUUID } from 'node:crypto';
import type { AuditRecord } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { type Person, refusal, type World } from './world.js';

const PATH = 'GET /v1/admin/audit';
const FORBIDDEN = { status: 403, body: { code: 'forbidden' } };

type Page = { readonly items: readonly AuditRecord[]; readonly next: string | null };

export function auditRules(world: World): void {
  const read = async (query: { readonly [name: string]: string | number }): Promise<Page> => {
    const asked = Object.entries(query).map(([name, value]) => `${name}=${value}`);
    const answer = await world.ask<Page>(await world.owner(), `${PATH}?${asked.join('&')}`);
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const last = async (query: { readonly [name: string]: string }): Promise<AuditRecord> => {
    const [record] = (await read({ ...query, limit: 1 })).items;
    if (record === undefined) throw new Error(`nothing is recorded of ${JSON.stringify(query)}`);
    return record;
  };
  const of = ({ id, session }: Person) => ({ actor: id, session, address: '127.0.0.1', outcome: 'done' });

  describe('AU: the audit trail', () => {
    test('[AU1] owners and admins read it, the last first, by pages, and by whom, on whom, what and when', async () => {
      const owner = await world.owner();
      const [admin, ben] = [await world.signUp(), await world.signUp()];
      for (const role of ['guest', 'member', 'admin']) {
        await world.do(owner, `PATCH /v1/workspace/people/${admin.id}`, { role });
      }
      for (const one of [ben, await world.signIn(admin)]) {
        const answer = await world.ask(one, PATH);
        expect(answer).toMatchObject(one === ben ? FORBIDDEN : { status: 200 });
      }
      const about = { target: admin.id, act: 'workspacePerson.update' };
      const first = await read({ ...about, limit: 2 });
      expect(first.items.map(({ detail }) => detail.role)).toEqual(['admin', 'member']);
      const { items, next } = await read({ ...about, limit: 2, cursor: first.next ?? '' });
      expect([items.map(({ detail }) => detail.role), next]).toEqual([['guest'], null]);
      const [one, two] = first.items;
      expect((await read({ ...about, since: one?.at ?? 0 })).items).toContainEqual(one);
      expect((await read({ ...about, until: (items[0]?.at ?? 0) - 1 })).items).toEqual([]);
      expect((await read({ ...about, actor: ben.id })).items).toEqual([]);
      for (const bad of ['cursor=x', 'cursor=0', 'actor=x', 'since=soon', 'limit=0', 'act=']) {
        expect([bad, (await world.ask(owner, `${PATH}?${bad}`)).status]).toEqual([bad, 400]);
      }
      const all = (await read({ limit: 100 })).items;
      const numbers = all.map(({ number }) => number);
      expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) - index));
      const times = all.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((at, other) => other - at));
      expect(one?.hash).not.toBe(two?.hash);
    });

    test('[AU2] who signs in, out, up, is given a role or taken out, and what was made or revoked is there, over HTTP', async () => {
      const owner = await world.owner();
      const ann = await world.signUp();
      const signedUp = { target: ann.id, detail: { setupCode: false, invite: false } };
      expect(await last({ act: 'account.create', actor: ann.id })).toMatchObject({ ...of(ann), ...signedUp });
      const [again, other] = [await world.signIn(ann), await world.signIn(ann)];
      expect(await last({ act: 'session.create', actor: ann.id })).toMatchObject({
        ...of(other),
        detail: { by: 'password' },
      });
      await world.do(ann, `DELETE /v1/sessions/${other.session}`);
      expect(await last({ actor: ann.id })).toMatchObject({ ...of(ann), act: 'session.revoke', target: other.session });
      await world.do(again, 'DELETE /v1/sessions/current');
      expect(await last({ actor: ann.id })).toMatchObject({ ...of(again), act: 'session.end' });
      const bot = await world.do<{ id: string }>(owner, 'POST /v1/bots', { username: `b${randomUUID().slice(0, 18)}` });
      const token = await world.do<{ id: string }>(owner, `POST /v1/bots/${bot.id}/tokens`, { name: 'a token' });
      const made = { target: bot.id, detail: { token: token.id, scopes: 'all' } };
      expect(await last({ act: 'botToken.create', actor: owner.id })).toMatchObject({ ...of(owner), ...made });
      await world.do(owner, `DELETE /v1/bots/${bot.id}`);
      expect(await last({ target: bot.id })).toMatchObject({ ...of(owner), act: 'bot.retire' });
      await world.do(owner, `PUT /v1/workspace/people/${ann.id}/deactivation`);
      expect(await last({ target: ann.id })).toMatchObject({ ...of(owner), act: 'workspacePerson.deactivate' });
      const asked = {
        headers: { 'x-request-id': 'request-of-an-auditor', traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` },
      };
      await world.ask(owner, `DELETE /v1/workspace/people/${ann.id}/deactivation`, asked);
      const traced = { request: 'request-of-an-auditor', trace: 'ab'.repeat(16) };
      expect(await last({ target: ann.id })).toMatchObject({ ...traced, act: 'workspacePerson.reactivate' });
    });

    test('[AU2] and over a socket: members, their roles, invitations; what is asked again is marked', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, []);
      const there = { ...of(ann), conversation: group.id };
      expect(await last({ act: 'conversation.create', actor: ann.id })).toMatchObject(there);
      const client = await world.connect(ann);
      const place = { conversation: group.id, user: ben.id };
      const key = randomUUID();
      for (const repeated of [undefined, true]) {
        await client.command('member.add', { ...place, key });
        const record = await last({ act: 'member.add', target: ben.id });
        expect(record).toMatchObject({ ...there, request: expect.stringContaining(':') });
        expect(record.detail.repeated).toBe(repeated);
      }
      await client.command('member.role', { ...place, role: 'moderator' });
      expect(await last({ target: ben.id })).toMatchObject({
        ...there,
        act: 'member.role',
        detail: { role: 'moderator' },
      });
      await client.command('conversation.update', { conversation: group.id, name: 'a name', retentionDays: 30 });
      const changed = { ...there, detail: { retentionDays: 30 } };
      expect(await last({ act: 'conversation.update', actor: ann.id })).toMatchObject(changed);
      const { invite } = (await client.command('invite.create', { conversation: group.id })) as {
        invite: { id: string };
      };
      await client.command('invite.revoke', { conversation: group.id, invite: invite.id });
      const invites = await read({ target: invite.id });
      expect(invites.items.map(({ act }) => act)).toEqual(['invite.revoke', 'invite.create']);
      await client.command('member.remove', place);
      expect(await last({ target: ben.id })).toMatchObject({ ...there, act: 'member.remove' });
    });

    test('[AU3] what was refused for want of a right is there, and a sign-in that failed with whom it was meant for', async () => {
      const [ann, ben] = [await world.signUp(), await world.signUp()];
      await world.ask(null, 'POST /v1/sessions', { body: { username: ann.username, password: 'not the password' } });
      const failed = { actor: null, session: null, target: ann.id, address: '127.0.0.1', detail: { by: 'password' } };
      expect(await last({ act: 'session.create', target: ann.id })).toMatchObject({
        ...failed,
        outcome: 'unauthenticated',
      });
      await world.ask(ben, `PATCH /v1/workspace/people/${ann.id}`, { body: { role: 'guest' } });
      const tried = { ...of(ben), act: 'workspacePerson.update', outcome: 'forbidden', detail: { role: 'guest' } };
      expect(await last({ target: ann.id })).toMatchObject(tried);
      const group = await world.group(ann, [ben]);
      const client = await world.connect(ben);
      const place = { conversation: group.id, user: ben.id };
      await expect(client.command('member.role', { ...place, role: 'owner' })).rejects.toMatchObject(
        refusal('forbidden'),
      );
      expect(await last({ target: ben.id })).toMatchObject({ ...of(ben), outcome: 'forbidden', act: 'member.role' });
      const guessed = `${ben.refreshToken.slice(0, 64)}${'0'.repeat(96)}`;
      await world.ask(null, 'POST /v1/sessions/refresh', { body: { refreshToken: guessed } });
      const shown = { actor: null, session: ben.session, outcome: 'unauthenticated' };
      expect(await last({ act: 'session.refresh' })).toMatchObject(shown);
    });

    test('[AU4] no text, no secret and no name that somebody chose is in it, and nothing of a message', async () => {
      const owner = await world.owner();
      const [ann, ben] = world.pair();
      const word = `w${randomUUID().slice(0, 12)}`;
      const group = await world.group(ann, [ben], word);
      const before = (await read({ limit: 1 })).items[0]?.number ?? 0;
      await world.do(ann, `POST /v1/conversations/${group.id}/messages`, { text: word, key: randomUUID() });
      await world.ask(null, 'POST /v1/sessions', { body: { username: word, password: word.repeat(2) } });
      await world.ask(null, 'POST /v1/accounts', { body: { username: word, password: 'short', displayName: word } });
      const bot = await world.do<{ id: string }>(owner, 'POST /v1/bots', { username: word, displayName: word });
      const token = await world.do<{ token: string }>(owner, `POST /v1/bots/${bot.id}/tokens`, { name: word });
      const { items } = await read({ limit: 100 });
      expect(items.filter(({ number }) => number > before).map(({ act }) => act)).toEqual([
        ...['botToken.create', 'bot.create', 'session.create'],
      ]);
      for (const secret of [word, token.token, ann.token]) expect(JSON.stringify(items)).not.toContain(secret);
    });
  });
}
