// Contract of the log: writes that rest on the heads of other conversations.
import { ChatError, type UserId } from '@kith/protocol';
import type { Write } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { type LogWorld, message, type Place, people, setting } from './log-world.js';

export function groundRules(world: LogWorld): void {
  async function newPlaces() {
    const [me, other] = people(2) as [UserId, UserId];
    const self = await world.create('self', [me]);
    const place = await world.create('direct', [me, other]);
    return { me, other, self, place, head: 1 };
  }

  /** A message that counts how often it was judged again, and is refused where `isRefused` says so then. */
  function resting(place: Place, author: UserId, on: { self: Place; head: number; isRefused?: boolean }) {
    let [count, isRefused] = [0, false];
    const again = () => {
      count += 1;
      isRefused = on.isRefused === true;
      return Promise.resolve();
    };
    const plain = message(place, author, 'hello');
    const write: Write = {
      ...plain,
      restsOn: { heads: [{ conversation: on.self.conversation, head: on.head }], again },
      decide(...state) {
        if (isRefused) throw new ChatError('forbidden', 'not any more');
        return plain.decide(...state);
      },
    };
    return { write, asked: () => count };
  }

  const textsOf = async (place: Place) => {
    const page = await world.log.read({ conversation: place.conversation, after: 0, limit: 100, from: 'lower' });
    return (page?.entries ?? []).flatMap(({ body }) => (typeof body.text === 'string' ? [body.text] : []));
  };

  test('[LOG105] a write is made at once while what it rests on is as it was', async () => {
    const { me, self, place, head } = await newPlaces();
    for (const node of world.nodes) {
      const { write, asked } = resting(place, me, { self, head });
      expect(await node.append(write)).toMatchObject({ duplicate: false });
      expect(asked()).toBe(0);
    }
  });

  test('[LOG105] what was acknowledged before, on any node, has it judged again, once', async () => {
    const { me, self, place, head } = await newPlaces();
    let seq = head;
    for (const teller of world.nodes) {
      for (const node of world.nodes) {
        const before = seq;
        ({ seq } = await teller.append(setting(self, me, { name: 'theme', value: before })));
        const { write, asked } = resting(place, me, { self, head: before });
        expect(await node.append(write)).toMatchObject({ duplicate: false });
        expect(asked()).toBe(1);
        const refused = resting(place, me, { self, head: before, isRefused: true });
        await expect(node.append(refused.write)).rejects.toMatchObject({ code: 'forbidden' });
      }
    }
    expect(await textsOf(place)).toHaveLength(4);
  });

  test('[LOG105] what is thrown then refuses the write alone', async () => {
    const { me, other, self, place, head } = await newPlaces();
    await world.other.append(setting(self, me, { name: 'theme', value: 1 }));
    const failing = message(place, me, 'never');
    const again = () => Promise.reject(new ChatError('unavailable', 'not now'));
    const heads = [{ conversation: self.conversation, head }];
    const [refused, written] = await Promise.allSettled([
      world.log.append({ ...failing, restsOn: { heads, again } }),
      world.log.append(message(place, other, 'written')),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    expect(written).toMatchObject({ status: 'fulfilled' });
    expect(await textsOf(place)).toEqual(['written']);
  });

  test('[LOG105] nothing that was called later comes before one that is judged again', async () => {
    const { me, self, place, head } = await newPlaces();
    const { seq } = await world.other.append(setting(self, me, { name: 'theme', value: 1 }));
    const again = async () => {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    };
    const writes = Array.from({ length: 6 }, (_, index) => {
      const heads = [{ conversation: self.conversation, head: index % 2 === 0 ? head : seq }];
      return world.log.append({ ...message(place, me, String(index)), restsOn: { heads, again } });
    });
    await Promise.all(writes);
    expect(await textsOf(place)).toEqual(['0', '1', '2', '3', '4', '5']);
  });
}
