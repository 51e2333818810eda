// Contract of the log: whom a person writes to.
import type { UserId, WorkspaceId } from '@kith/protocol';
import { TALKED } from '@kith/server/core/talks';
import { expect, test } from 'vitest';
import { freshId, type LogWorld, people } from './log-world.js';

export function talkRules(world: LogWorld): void {
  test('[LOG93] talks are the own messages in direct conversations, on every node, by the other person', async () => {
    const [me, ben, carol, dora] = people(4) as [UserId, UserId, UserId, UserId];
    const workspace = freshId<WorkspaceId>();
    const [withBen, withCarol] = [
      await world.create('direct', [me, ben], workspace),
      await world.create('direct', [carol, me], workspace),
    ];
    await world.create('direct', [me, dora], workspace);
    const group = await world.create('group', [me, dora], workspace);
    const elsewhere = await world.create('direct', [me, dora]);
    for (const place of [group, elsewhere]) await world.send(place, me);
    const times = [(await world.send(withBen, me)).at, (await world.send(withBen, me)).at];
    await world.send(withBen, ben);
    await world.send(withCarol, carol);
    for (const node of world.nodes) {
      expect(await node.talks({ workspace, user: me })).toEqual([{ user: ben, times }]);
      expect(await node.talks({ workspace, user: ben })).toEqual([{ user: me, times: [expect.any(Number)] }]);
      expect(await node.talks({ workspace, user: dora })).toEqual([]);
    }
  });

  test('[LOG93] the newest entries alone count', async () => {
    const [me, ben] = people(2) as [UserId, UserId];
    const place = await world.create('direct', [me, ben]);
    await world.send(place, me);
    for (let sent = 0; sent < TALKED.entries - 1; sent += 1) await world.send(place, ben);
    expect(await world.log.talks({ ...place, user: me })).toHaveLength(1);
    await world.send(place, ben);
    expect(await world.log.talks({ ...place, user: me })).toEqual([]);
  });
}
