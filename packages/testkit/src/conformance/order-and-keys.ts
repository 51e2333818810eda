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

    test('[O1] what is looked up first is not overtaken: who is added, what is forwarded and what is set', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch, head } = await world.group(ann, []);
      const client = await world.connect(ann);
      const { seq } = await world.send(ann, id, 'x');
      const forward = { conversation: id, epoch, seq };
      const add = { name: 'member.add', params: { conversation: id, user: ben.id } };
      const repeat = { name: 'message.send', params: { conversation: id, key: randomUUID(), text: 'x', forward } };
      const answers = await Promise.all(
        client.commands([add, message(id, 'welcome'), repeat, message(id, 'after it')]),
      );
      expect(answers.map((answer) => answer.seq)).toEqual([2, 3, 4, 5].map((after) => head + after));
      const contact = (value: unknown) => ({ name: 'setting.set', params: { name: `contact:${ben.id}`, value } });
      const set = await Promise.all(client.commands([contact({}), contact({ note: 'x' }), contact(null)]));
      const [one] = set;
      expect(set.map((answer) => answer.seq)).toEqual([0, 1, 2].map((after) => Number(one?.seq) + after));
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

    test('[O6] a forwarded message repeats what stands there now, and says where it is from, however often', async () => {
      const [ann, ben] = world.pair();
      const cat = world.alone();
      const [from, to] = [await world.group(ann, [ben]), await world.group(ann, [cat])];
      const [mine, theirs] = [await world.connect(ann), await world.connect(cat)];
      const { seq, at } = await world.send(ben, from.id, { text: 'teh', mentions: { users: [ann.id] } });
      const place = { conversation: from.id, epoch: from.epoch, seq };
      const told = await world.connect(ben);
      await told.command('message.edit', {
        conversation: from.id,
        epoch: from.epoch,
        target: seq,
        text: 'the',
        key: randomUUID(),
      });
      const params = { conversation: to.id, key: randomUUID(), text: 'what it was here', forward: place };
      const written = await mine.command('message.send', params);
      const body = { text: 'the', forward: { ...place, author: ben.id, at } };
      expect((await theirs.entry(to.id, Number(written.seq))).body).toEqual(body);
      // Whoever sees it here may pass it on, and it is still ben's.
      const again = { conversation: to.id, epoch: to.epoch, seq: Number(written.seq) };
      const passed = await theirs.say(to.id, 'x', { forward: again });
      expect((await mine.entry(to.id, Number(passed.seq))).body).toEqual(body);

      // A copy stays, and its key has its answer, whatever becomes of the other.
      const deletion = { conversation: from.id, epoch: from.epoch, target: seq, key: randomUUID() };
      await told.command('message.delete', deletion);
      expect(await mine.command('message.send', params)).toEqual({ ...written, duplicate: true });
      expect((await world.log(cat, to.id)).at(-1)?.body).toEqual(body);
      await expect(mine.say(to.id, 'x', { forward: place })).rejects.toMatchObject(refusal('conflict'));
      const other = { ...params, forward: { ...place, seq: 1 } };
      await expect(mine.command('message.send', other)).rejects.toMatchObject(refusal('key_reused'));
    });

    test('[O6] nobody forwards what they may not read, or what is no message, and nobody edits what was forwarded', async () => {
      const [ann, ben] = world.pair();
      const cat = world.alone();
      const [from, to] = [await world.group(ann, [ben]), await world.group(ann, [cat])];
      const { seq } = await world.send(ann, from.id, 'theirs alone');
      const place = { conversation: from.id, epoch: from.epoch, seq };
      const [mine, theirs] = [await world.connect(ann), await world.connect(cat)];
      await expect(theirs.say(to.id, 'x', { forward: place })).rejects.toMatchObject(refusal('not_found'));
      const nowhere = { ...place, conversation: randomUUID() };
      for (const forward of [
        nowhere,
        { ...place, seq: 1 },
        { ...place, seq: seq + 9 },
        { ...place, seq: 2 ** 53 - 1 },
      ]) {
        await expect(mine.say(to.id, 'x', { forward })).rejects.toMatchObject(refusal('not_found'));
      }
      const restored = { ...place, epoch: from.epoch + 1 };
      await expect(mine.say(to.id, 'x', { forward: restored })).rejects.toMatchObject(refusal('epoch_changed'));
      for (const forward of [{ ...place, seq: 0 }, { ...place, seq: '1' }, { conversation: from.id }, 'x', null]) {
        await expect(mine.say(to.id, 'x', { forward })).rejects.toMatchObject(refusal('bad_request'));
      }
      const written = await mine.say(to.id, 'x', { forward: place });
      const change = { conversation: to.id, epoch: to.epoch, target: Number(written.seq) };
      const edit = mine.command('message.edit', { ...change, text: 'never said', key: randomUUID() });
      await expect(edit).rejects.toMatchObject(refusal('forbidden'));
      expect(await mine.command('message.delete', { ...change, key: randomUUID() })).toMatchObject({
        duplicate: false,
      });
    });
  });
}
