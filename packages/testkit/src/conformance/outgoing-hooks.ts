// A12 to A16 of docs/protocol/v1.md as far as they can be seen without a receiver that the server may reach: what is made, what
// waits, and who sees it. Deliveries themselves are in the tests of the server, which allows them to this machine.
import { randomUUID } from 'node:crypto';
import type { Job, NewOutgoingHook, OutgoingHook } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { makeBot, retire } from './bots.js';
import type { Fields } from './http-client.js';
import type { Person, World } from './world.js';

const NOWHERE = { name: 'a webhook', url: 'https://hooks.invalid/kith', events: ['message.sent'] };

export function outgoingHookRules(world: World): void {
  const codeOf = async (person: Person, route: string, body?: Fields) => {
    const answer = await world.ask(person, route, body === undefined ? {} : { body });
    return [answer.status, answer.body.code];
  };

  describe('A: outgoing webhooks', () => {
    test('[A12] a subscription is of a bot, of kinds that there are, and to an address of the internet', async () => {
      const made = await makeBot(world);
      const owner = await world.owner();
      const asked = { ...NOWHERE, bot: made.bot.id };
      const create = (change: Fields) => codeOf(owner, 'POST /v1/hooks/outgoing', { ...asked, ...change });
      const private4 = [
        '127.0.0.1',
        '10.1.2.3',
        '172.16.0.1',
        '192.168.1.1',
        '169.254.169.254',
        '0.0.0.0',
        '100.64.0.1',
      ];
      const private6 = [
        '[::1]',
        '[::ffff:127.0.0.1]',
        '[fe80::1]',
        '[fd00::1]',
        '[::]',
        '[64:ff9b::7f00:1]',
        '[2002:7f00:1::]',
      ];
      const disguised = ['2130706433', '0x7f.1', '127.1', '017700000001'];
      for (const host of [...private4, ...private6, ...disguised]) {
        expect([host, ...(await create({ url: `http://${host}/x` }))]).toEqual([host, 400, 'bad_request']);
      }
      for (const url of ['ftp://x.example', 'file:///etc/passwd', 'x', 'https://a:b@x.example', 'https://']) {
        expect([url, ...(await create({ url }))]).toEqual([url, 400, 'bad_request']);
      }
      expect(await create({ events: ['setting.set'] })).toEqual([400, 'bad_request']);
      expect(await create({ events: [] })).toEqual([400, 'bad_request']);
      expect(await create({ bot: owner.id })).toEqual([404, 'not_found']);
      expect(await create({ bot: randomUUID() })).toEqual([404, 'not_found']);
      expect(await codeOf(made.person, 'POST /v1/hooks/outgoing', asked)).toEqual([403, 'forbidden']);
      await retire(world, made);
    });

    test('[A12] [A14] its secret is told once; it is stopped, goes on, is removed, and ends with its bot', async () => {
      const made = await makeBot(world);
      const owner = await world.owner();
      const list = async () => (await world.do<{ items: OutgoingHook[] }>(owner, 'GET /v1/hooks/outgoing')).items;
      const asked = { ...NOWHERE, bot: made.bot.id };
      const { secret, ...hook } = await world.do<NewOutgoingHook>(owner, 'POST /v1/hooks/outgoing', asked);
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(hook).toMatchObject({ ...asked, disabled: null });
      expect(await list()).toContainEqual(hook);
      const route = `/v1/hooks/outgoing/${hook.id}`;
      const stopped = await world.do<OutgoingHook>(owner, `PATCH ${route}`, { enabled: false });
      expect(stopped.disabled).toMatchObject({ why: expect.stringContaining('owner') });
      expect(await world.do(owner, `PATCH ${route}`, { enabled: true })).toEqual(hook);
      await world.do(owner, `DELETE ${route}`);
      expect(await codeOf(owner, `DELETE ${route}`)).toEqual([404, 'not_found']);
      expect(await codeOf(owner, `PATCH ${route}`, { enabled: true })).toEqual([404, 'not_found']);
      const again = await world.do<NewOutgoingHook>(owner, 'POST /v1/hooks/outgoing', asked);
      await retire(world, made);
      expect((await list()).map(({ id }) => id)).not.toContain(again.id);
    });

    test('[A13] [A15] [A16] what nobody takes waits, is listed without its text, and is tried when an owner says so', async () => {
      const made = await makeBot(world);
      const [ann, ben] = world.pair();
      const owner = await world.owner();
      const asked = { ...NOWHERE, bot: made.bot.id };
      const hook = await world.do<NewOutgoingHook>(owner, 'POST /v1/hooks/outgoing', asked);
      const group = await world.group(ann, [made.person]);
      const other = await world.group(ann, [ben]);
      await world.send(ann, other.id, 'not for the bot');
      await world.send(made.person, group.id, 'of the bot');
      const { seq } = await world.send(ann, group.id, 'a secret word');
      const jobs = async () => {
        const answer = await world.ask<{ items: Job[] }>(owner, 'GET /v1/admin/jobs?state=waiting&limit=200');
        expect(answer.text).not.toContain('secret word');
        return answer.body.items.filter((job) => job.hook === hook.id);
      };
      for (;;) {
        const [job] = await jobs();
        if (job !== undefined && job.attempts > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const [job, ...more] = await jobs();
      expect(more).toEqual([]);
      expect(job).toMatchObject({
        kind: 'webhook',
        conversation: group.id,
        seq,
        event: 'message.sent',
        lastStatus: null,
      });
      expect(job?.nextAt).toBeGreaterThan(job?.createdAt ?? 0);
      expect((await world.ask(owner, `POST /v1/admin/jobs/${job?.id}/retry`, { body: {} })).status).toBe(204);
      expect(await codeOf(owner, `POST /v1/admin/jobs/${randomUUID()}/retry`, {})).toEqual([404, 'not_found']);
      for (const person of [await world.other(), made.person]) {
        expect(await codeOf(person, 'GET /v1/admin/jobs')).toEqual([403, 'forbidden']);
      }
      await world.do(owner, `DELETE /v1/hooks/outgoing/${hook.id}`);
      expect(await jobs()).toEqual([]);
      await retire(world, made);
    });
  });
}
