// N and E of docs/protocol/v1.md: numbers of messages, and what errors look like.
import { randomUUID } from 'node:crypto';
import { ERROR_CODES, type ErrorCode, isCounted } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { Refused } from './client.js';
import type { World } from './world.js';

export function countingRules(world: World): void {
  describe('N: counting', () => {
    test('[N1] n is the number of messages so far', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      await world.send(ann, id, 'one');
      await world.do(ann, `PATCH /v1/conversations/${id}`, { name: 'x' });
      await world.send(ben, id, 'two');
      const log = await world.log(ann, id);
      expect(log.map(({ n }) => n)).toEqual(log.map((_, index) => log.slice(0, index + 1).filter(isCounted).length));
      expect(log.at(-1)?.n).toBe(2);
    });

    test('[N2] unread are the messages of others above read', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben]);
      const unread = async () => (await world.summary(ben, id)).summary.unread;
      expect(await unread()).toBe(0);
      await world.send(ann, id, 'one');
      const { seq } = await world.send(ann, id, 'two');
      await world.do(ann, `PATCH /v1/conversations/${id}`, { name: 'no message' });
      expect(await unread()).toBe(2);
      await world.do(ben, `PUT /v1/conversations/${id}/marks`, { epoch, read: seq - 1 });
      expect(await unread()).toBe(1);
      await world.do(ben, `PUT /v1/conversations/${id}/marks`, { epoch, read: seq });
      expect(await unread()).toBe(0);
    });

    test('[N3] mentions count those that name the person or all, once each', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      await world.send(ann, id, { text: 'a', mentions: { users: [ben.id, ben.id, ben.id.toUpperCase()] } });
      await world.send(ann, id, { text: 'b', mentions: { all: true } });
      await world.send(ann, id, { text: 'c', mentions: { users: [ann.id] } });
      await world.send(ann, id, 'd');
      expect((await world.summary(ben, id)).summary).toMatchObject({ unread: 4, mentions: 2 });
      expect((await world.log(ben, id)).at(-4)?.body.mentions).toEqual({ users: [ben.id] });
      const all = await world.ask(ben, `POST /v1/conversations/${id}/messages`, {
        body: { key: randomUUID(), text: 'e', mentions: { all: true } },
      });
      expect(all).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    });

    test('[N4] a message raises its author’s own read to it, and no signal tells so', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const client = await world.connect(ben);
      await world.send(ann, id, 'one');
      const { seq } = await client.say(id, 'two');
      await expect
        .poll(async () => (await world.summary(ben, id)).summary, { timeout: 5_000 })
        .toMatchObject({ read: seq, delivered: seq, unread: 0 });
      await client.settle();
      expect(client.signals('marks', id)).toEqual([]);
    });
  });

  describe('E: errors', () => {
    test('[E1] [E2] every error has its code, a message without content, and the retry of its code', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben]);
      const client = await world.connect(ben);
      const key = randomUUID();
      const secret = 'tangerine';
      await client.say(id, secret, { key });
      const provoked: { readonly [code in ErrorCode]?: () => Promise<unknown> } = {
        bad_request: () => client.command('message.send', { conversation: secret, text: secret }),
        unknown_command: () => client.command(secret),
        forbidden: () => client.command('conversation.update', { conversation: id, name: secret }),
        not_found: () => client.say(randomUUID(), secret),
        conflict: () => client.say(id, secret, { basis: 0 }),
        key_reused: () => client.say(id, `${secret} again`, { key }),
        epoch_changed: () => client.command('entries.read', { conversation: id, epoch: epoch + 1, after: 1 }),
        out_of_order: () => client.say(id, secret, { after: randomUUID() }),
        too_large: () => client.say(id, secret.repeat(2_000)),
      };
      for (const [code, provoke] of Object.entries(provoked)) {
        const error: unknown = await provoke().catch((caught: unknown) => caught);
        if (!(error instanceof Refused)) throw new Error(`${code} was not provoked`);
        expect(error.frame).toMatchObject({ code, retry: ERROR_CODES[code as ErrorCode].retry });
        expect(error.frame.message).not.toBe('');
        expect(error.frame.message).not.toContain(secret);
      }
    });
  });
}
