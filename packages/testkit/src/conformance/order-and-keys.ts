// O of docs/protocol/v1.md: the order of what one connection asks, and what a write may be made to depend on.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { refusal, type World } from './world.js';

export function orderRules(world: World): void {
  const message = (conversation: string, text: string) => ({
    name: 'message.send',
    params: { conversation, key: randomUUID(), text },
  });

  describe('O: order and keys', () => {
    test('[O1] commands that were not waited for are executed in their order, reads too', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      const sends = Array.from({ length: 30 }, (_, index) => message(id, `${index}`));
      const read = { name: 'entries.read', params: { conversation: id } };
      const [one, two] = [sends.slice(0, 15), sends.slice(15)];
      const answers = await Promise.all(client.commands([...one, read, ...two]));
      expect(answers.flatMap(({ seq }) => seq ?? [])).toEqual(sends.map((_, index) => head + 1 + index));
      expect(answers[15]?.entries as readonly object[]).toHaveLength(head + 15);
      expect((await world.log(ann, id)).slice(head).map(({ body }) => body.text)).toEqual(
        sends.map(({ params }) => params.text),
      );
    });

    test('[O1] a faulty command among others stops none of them', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      const wanted = [message(id, 'a'), message(id, ''), message(randomUUID(), 'b'), message(id, 'c')];
      const answers = await Promise.allSettled(client.commands(wanted));
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      expect(answers.at(-1)).toMatchObject({ value: { seq: head + 2 } });
    });

    test('[O2] a message after a key that is not in the log is out_of_order', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      const [first, second] = [randomUUID(), randomUUID()];
      const wait = () => client.say(id, 'second', { key: second, after: first });
      await expect(wait()).rejects.toMatchObject({ frame: { code: 'out_of_order', retry: 'same_key' } });
      await world.send(ben, id, { key: first, text: 'of another author' });
      await expect(wait()).rejects.toMatchObject(refusal('out_of_order'));
      await client.say(id, 'first', { key: first });
      expect(await wait()).toMatchObject({ duplicate: false });
      expect(await wait()).toMatchObject({ duplicate: true });
    });

    test('[M11] [O2] after and basis are no content: a key is the same with others, or with none', async () => {
      const [ann, ben] = world.pair();
      const { id, head: basis } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      const [first, key] = [randomUUID(), randomUUID()];
      await client.say(id, 'first', { key: first });
      const { seq } = await client.say(id, 'second', { key, after: first, basis });
      for (const conditions of [{}, { after: randomUUID() }, { basis: 0 }, { thread: null }]) {
        expect(await client.say(id, 'second', { key, ...conditions })).toMatchObject({ seq, duplicate: true });
      }
    });

    test('[O3] the author gets the entry on all devices, with the key', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const devices = [await world.connect(ann), await world.connect(ann), await world.connect(ben)];
      const key = randomUUID();
      await devices[0]?.say(id, 'x', { key });
      for (const device of devices) {
        expect(await device.entry(id, head + 1)).toMatchObject({ key, author: ann.id, body: { text: 'x' } });
      }
    });

    test('[O4] a write whose basis was passed is conflict', async () => {
      const [ann, ben] = world.pair();
      const { id, head: basis } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      await client.say(id, 'messages are no basis');
      expect(await client.say(id, 'x', { basis })).toMatchObject({ duplicate: false });
      const renamed = await client.command('conversation.update', { conversation: id, name: 'n', basis });
      await expect(client.say(id, 'y', { basis })).rejects.toMatchObject({
        frame: { code: 'conflict', retry: 'new_key' },
      });
      const remove = client.command('member.remove', { conversation: id, user: ben.id, basis });
      await expect(remove).rejects.toMatchObject(refusal('conflict'));
      expect(await client.say(id, 'y', { basis: renamed.seq })).toMatchObject({ duplicate: false });
    });

    test('[O5] replyTo is the seq of an entry that is there', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      await expect(client.say(id, 'x', { replyTo: head + 1 })).rejects.toMatchObject(refusal('bad_request'));
      await expect(client.say(id, 'x', { replyTo: 0 })).rejects.toMatchObject(refusal('bad_request'));
      const { seq } = await client.say(id, 'x', { replyTo: head });
      expect((await client.entry(id, Number(seq))).body).toEqual({ text: 'x', replyTo: head });
    });
  });
}
