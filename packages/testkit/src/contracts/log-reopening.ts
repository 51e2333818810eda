// Contract of the log: what was acknowledged is there after a restart, and so is what follows from it.
import type { ConversationLog } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { amending, codeOf, deletion, type LogWorld, message, type Place, people, setting } from './log-world.js';

export function reopeningRules(world: LogWorld): void {
  test('[LOG61] a node that starts again finds entries, keys, marks and cursors as they were', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('direct', [owner, member]);
    const self = await world.create('self', [member], place.workspace);
    const one = message(place, owner, 'before the restart');
    const answer = await world.log.append(one);
    await world.log.append(setting(self, member, { name: `mute:${place.conversation}`, value: true }));
    await world.log.advance([{ conversation: place.conversation, user: member, delivered: 2, read: 1 }]);
    const gone = message(place, owner, 'erased before the restart');
    const { seq, at } = await world.log.append(gone);
    await world.log.append(amending(place, owner, deletion(seq, owner)));
    const cursor = await world.cursor(place, owner);
    const { mark } = await world.log.changes(null);
    const before = await everythingOf(world.log, place, [owner, member]);

    await world.reopen();

    expect(await everythingOf(world.log, place, [owner, member])).toEqual(before);
    expect(await world.log.append({ ...one })).toEqual({ ...answer, duplicate: true, entries: [] });
    expect(await codeOf(world.log.append({ ...message(place, owner, 'other'), key: one.key }))).toBe('key_reused');
    const again = { ...message(place, owner, 'whatever'), key: gone.key };
    expect(await world.log.append(again)).toMatchObject({ seq, at, duplicate: true });
    expect((await world.send(place, member)).seq).toBe(answer.seq + 3);
    const since = { workspace: place.workspace, user: owner, limit: 10, since: cursor };
    const page = await world.log.summaries(since);
    expect(page.reset).toBe(false);
    expect(page.summaries.map(({ id }) => id)).toEqual([place.conversation]);
    const { conversations } = await world.log.changes(mark);
    expect(conversations).toContainEqual({ id: place.conversation, head: answer.seq + 3 });
  });
}

async function everythingOf(log: ConversationLog, place: Place, users: ReturnType<typeof people>) {
  const range = { conversation: place.conversation, after: 0, limit: 1_001, from: 'lower' } as const;
  return {
    page: await log.read(range),
    summaries: await Promise.all(users.map((user) => log.summary(place.conversation, user))),
    marks: await log.marks(place.conversation, { after: 0, limit: 10 }),
    conversations: await Promise.all(users.map((user) => log.conversationsOf(user))),
  };
}
