// Contract of the log: one key is one write, whoever repeats it, wherever and however often.
import { ChatError, type Key } from '@kith/protocol';
import { expect, test } from 'vitest';
import { codeOf, freshId, type LogWorld, message, numbersTo, people } from './log-world.js';

export function keyRules(world: LogWorld): void {
  test('[LOG15] the same key again gets the first answer, on every node, and writes nothing', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const one = message(place, owner, 'once');
    const first = await world.log.append(one);
    await world.send(place, owner, 'later');
    for (const node of world.nodes) {
      expect(await node.append({ ...one })).toEqual({ ...first, duplicate: true, entries: [] });
    }
    expect(await world.entries(place)).toHaveLength(3);
  });

  test('[LOG16] the same key ten times at once is written once', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const one = message(place, owner, 'once');
    const answers = await Promise.all(numbersTo(10).map(() => world.log.append({ ...one })));
    expect(new Set(answers.map(({ seq }) => seq))).toEqual(new Set([2]));
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await world.entries(place)).toHaveLength(2);
  });

  test('[LOG16] the same key on two nodes at once is written once', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    for (const count of numbersTo(10)) {
      const one = message(place, owner, `once ${count}`);
      const answers = await Promise.all(
        world.nodes.flatMap((node) => [node.append({ ...one }), node.append({ ...one })]),
      );
      expect(new Set(answers.map(({ seq }) => seq)).size).toBe(1);
      expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    }
    const keys = (await world.entries(place)).map(({ key }) => key);
    expect(keys).toHaveLength(11);
    expect(new Set(keys).size).toBe(11);
  });

  test('[LOG17] the same key with other content is key_reused', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const one = message(place, owner, 'this');
    await world.log.append(one);
    for (const node of world.nodes) {
      expect(await codeOf(node.append({ ...message(place, owner, 'that'), key: one.key }))).toBe('key_reused');
    }
    expect(await world.entries(place)).toHaveLength(2);
  });

  test('[LOG17] one key with two contents at once: one is written, the other refused', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    for (const nodes of [[world.log, world.log], world.nodes]) {
      const key = freshId<Key>();
      const codes = await Promise.all(
        nodes.map((node, index) => codeOf(node.append({ ...message(place, owner, `content ${index}`), key }))),
      );
      expect(codes.sort()).toEqual(['key_reused', null].sort());
    }
    expect(await world.entries(place)).toHaveLength(3);
  });

  test('[LOG18] a key belongs to one author in one conversation', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const elsewhere = await world.create('group', [owner, member], place.workspace);
    const key = freshId<Key>();
    const answers = [
      await world.log.append({ ...message(place, owner, 'a'), key }),
      await world.log.append({ ...message(place, member, 'b'), key }),
      await world.log.append({ ...message(elsewhere, owner, 'c'), key }),
    ];
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, false, false]);
    expect(answers.map(({ seq }) => seq)).toEqual([3, 4, 3]);
  });

  test('[LOG19] a removed member who repeats an acknowledged key gets its first answer, and may write nothing new', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const one = message(place, member, 'still in');
    const first = await world.log.append(one);
    await world.remove(place, owner, member);
    for (const node of world.nodes) {
      expect(await node.append({ ...one })).toEqual({ ...first, duplicate: true, entries: [] });
      expect(await codeOf(node.append(message(place, member, 'out')))).toBe('not_found');
    }
  });

  test('[LOG19] a known key is answered without asking decide, which would refuse by now', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const one = message(place, owner, 'hello');
    const first = await world.log.append(one);
    const refusing = {
      ...one,
      decide: () => {
        throw new Error('decide must not be asked');
      },
    };
    for (const node of world.nodes) expect((await node.append(refusing)).seq).toBe(first.seq);
  });

  test('[LOG20] a key that was refused is judged afresh', async () => {
    const [owner, guest = owner] = people(2);
    const place = await world.create('group', [owner]);
    const one = message(place, guest, 'may I?');
    expect(await codeOf(world.log.append(one))).toBe('not_found');
    await world.add(place, owner, guest);
    const other = { ...message(place, guest, 'other words'), key: one.key };
    expect(await world.other.append(other)).toMatchObject({ seq: 3, duplicate: false });
  });

  test('[LOG21] a write after a key that is not there is out_of_order, and goes once it is', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const first = message(place, owner, 'first');
    const second = { ...message(place, owner, 'second'), after: first.key };
    expect(await codeOf(world.log.append(second))).toBe('out_of_order');
    await world.log.append({ ...message(place, member, 'of another author'), key: first.key });
    expect(await codeOf(world.log.append(second))).toBe('out_of_order');
    await world.log.append(first);
    expect((await world.other.append(second)).seq).toBe(5);
    expect(await world.entries(place)).toHaveLength(5);
  });

  test('[LOG21] a write may come after one that is still pending on its node', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const keys = numbersTo(20).map(() => freshId<Key>());
    const answers = await Promise.all(
      keys.map((key, index) => {
        const after = keys[index - 1];
        return world.log.append({
          ...message(place, owner, `${index}`),
          key,
          ...(after === undefined ? {} : { after }),
        });
      }),
    );
    expect(answers.map(({ seq }) => seq)).toEqual(keys.map((_, index) => index + 2));
  });

  test('[LOG21] a write after one that was refused is out_of_order', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const refuse = () => {
      throw new ChatError('forbidden', 'not this one');
    };
    const first = { ...message(place, owner, 'refused'), decide: refuse };
    const second = { ...message(place, owner, 'second'), after: first.key };
    expect(await Promise.all([first, second].map((one) => codeOf(world.log.append(one))))).toEqual([
      'forbidden',
      'out_of_order',
    ]);
  });

  test('[LOG21] whom decide refuses is told that, not out_of_order', async () => {
    const [owner, stranger = owner] = people(2);
    const place = await world.create('group', [owner]);
    const one = { ...message(place, stranger, 'hello'), after: freshId<Key>() };
    expect(await codeOf(world.log.append(one))).toBe('not_found');
  });
}
