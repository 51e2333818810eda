// Contract of the log: what people chose of who sees and reaches them.
import type { UserId } from '@kith/protocol';
import { expect, test } from 'vitest';
import { type LogWorld, people, setting } from './log-world.js';

export function choiceRules(world: LogWorld): void {
  test('[LOG91] choices are the last values of the settings that say who sees a person, on every node', async () => {
    const [me, other, stranger = other] = people(3) as [UserId, UserId, UserId];
    const self = await world.create('self', [me]);
    const theirs = await world.create('self', [other]);
    await world.create('group', [me, other, stranger]);
    const set = (name: string, value: unknown) => world.log.append(setting(self, me, { name, value }));
    for (const name of ['privacy:typing', 'contact:somebody', 'privacy', 'blocked:', `block:${other}`, 'theme'])
      await set(name, true);
    await set('privacy:typing', false);
    const { seq } = await set(`block:${stranger}`, null);
    await world.send(theirs, other, 'a note');
    for (const node of world.nodes) {
      const all = (await node.choices([me, other, stranger])).toSorted((a, b) => a.head - b.head);
      expect(all.map(({ values, ...rest }) => rest)).toEqual([
        { user: other, self: theirs.conversation, head: 2 },
        { user: me, self: self.conversation, head: seq },
      ]);
      expect(all[0]?.values).toEqual([]);
      expect(all[1]?.values.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
        [
          { name: `block:${other}`, value: true },
          { name: `block:${stranger}`, value: null },
          { name: 'privacy:typing', value: false },
        ].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      );
    }
    expect(await world.log.choices([])).toEqual([]);
  });

  test('[LOG91] what was acknowledged before the call is in it, whichever node wrote it', async () => {
    const [me, other] = people(2) as [UserId, UserId];
    const self = await world.create('self', [me]);
    for (const [index, node] of [...world.nodes, ...world.nodes].entries()) {
      await node.append(setting(self, me, { name: `block:${other}`, value: index }));
      for (const reader of world.nodes) {
        const [mine] = await reader.choices([me]);
        expect(mine?.values).toEqual([{ name: `block:${other}`, value: index }]);
      }
    }
  });

  test('[LOG92] a mark that is raised says whether more has been delivered', async () => {
    const [owner, member] = people(2) as [UserId, UserId];
    const place = await world.create('group', [owner, member]);
    for (let message = 0; message < 4; message += 1) await world.send(place, owner);
    const advance = async (delivered: number, read: number) =>
      (await world.log.advance([{ conversation: place.conversation, user: member, delivered, read }])).map(
        ({ isDelivered }) => isDelivered,
      );
    expect(await advance(3, 0)).toEqual([true]);
    expect(await advance(3, 2)).toEqual([false]);
    expect(await advance(3, 4)).toEqual([true]);
    expect(await advance(4, 4)).toEqual([]);
  });
}
