// Contract of the log: which messages are pinned, what pinning is decided on, and what is read of it.
import type { UserId } from '@kith/protocol';
import type { ConversationLog, Draft, Target } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { amending, deletion, edit, freshId, type LogWorld, numbersTo, type Place, people } from './log-world.js';

/** Fewer than the contract has: the log keeps as many as it is told to. */
const MOST = 5;

export function pinRules(world: LogWorld): void {
  const pin = (place: Place, author: UserId, { seq, on = true, node = world.log }: Wish) =>
    node.append({
      ...amending(place, author, draft(seq, on)),
      decide: (_, target) => {
        if (!target || on === (target.pinned?.on ?? false)) return { settledBy: target?.pinned ?? { seq, at: 1 } };
        return on && target.pins >= MOST ? { settledBy: { seq: 0, at: 0 } } : [draft(seq, on)];
      },
    });

  test('[LOG94] pinning is decided on what was pinned by then, and a deletion unpins', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const [a, b] = [await world.send(place, owner), await world.send(place, owner)];
    const found: (Target | null)[] = [];
    const look = async (seq: number) => {
      const looking = amending(place, member, edit(seq, 'x'));
      await world.other.append({
        ...looking,
        decide: (_, target) => {
          found.push(target);
          return { settledBy: { seq, at: 1 } };
        },
      });
      return found.at(-1);
    };
    expect(await look(a.seq)).toMatchObject({ pinned: null, pins: 0 });
    const first = await pin(place, owner, { seq: a.seq });
    await pin(place, member, { seq: b.seq, node: world.other });
    expect(await look(a.seq)).toMatchObject({ pinned: { seq: first.seq, at: first.at, on: true }, pins: 2 });
    const last = await pin(place, member, { seq: a.seq, on: false });
    expect(await look(a.seq)).toMatchObject({ pinned: { seq: last.seq, at: last.at, on: false }, pins: 1 });
    await world.log.append(amending(place, owner, deletion(b.seq, owner)));
    expect(await look(b.seq)).toMatchObject({ pins: 0 });
    await pin(place, owner, { seq: a.seq });
    await pin(place, owner, { seq: a.seq, on: false });
    await pin(place, owner, { seq: a.seq });
    expect(await look(a.seq)).toMatchObject({ pinned: { on: true }, pins: 1 });
  });

  test('[LOG94] however many pin at once on both nodes, each is decided on those before it', async () => {
    const users = people(4);
    const place = await world.create('group', users);
    const sent = await Promise.all(numbersTo(MOST + 4).map(() => world.send(place, users[0])));
    const wishes = sent.map(({ seq }, index) => ({ seq, node: world.nodes[index % 2] ?? world.log }));
    await Promise.all(wishes.map((wish, index) => pin(place, users[index % 4] ?? users[0], wish)));
    const pinned = (await world.entries(place)).filter(({ kind }) => kind === 'message.pinned');
    expect(pinned).toHaveLength(MOST);
    const seqs = pinned.map(({ seq, body }) => ({ target: body.target, seq })).reverse();
    for (const node of world.nodes) expect((await node.pins(place.conversation))?.pins).toEqual(seqs);
  });

  test('[LOG95] what is pinned is listed, is in pages as of an entry, and among the changes', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const [a, b, c] = [await world.send(place, owner), await world.send(place, owner), await world.send(place, owner)];
    const seqs: number[] = [];
    for (const [message, on] of [
      [a, true],
      [b, true],
      [c, true],
      [b, false],
      [a, false],
      [a, true],
    ] as const) {
      seqs.push((await pin(place, owner, { seq: message.seq, on })).seq);
    }
    for (const node of world.nodes) {
      const page = await node.pins(place.conversation);
      expect(page).toMatchObject({ record: { id: place.conversation, state: { head: seqs.at(-1) } } });
      expect(page?.pins).toEqual([
        { target: a.seq, seq: seqs[5] },
        { target: c.seq, seq: seqs[2] },
      ]);
      const range = { ...place, after: 0, limit: 100, from: 'lower', reader: owner } as const;
      const changes = async (upTo = {}) =>
        (await node.readEdited({ ...range, ...upTo }))?.changes.map(({ seq }) => seq);
      expect(await changes()).toEqual([seqs[2], seqs[3], seqs[5]]);
      expect(await changes({ upToChange: seqs[3] })).toEqual([seqs[0], seqs[2], seqs[3]]);
      const all = await node.readChanges({ conversation: place.conversation, after: 0, limit: 100 });
      expect(all?.entries.map(({ seq }) => seq)).toEqual(seqs);
      expect(await node.pins(freshId<Place['conversation']>())).toBeNull();
    }
  });
}

type Wish = { readonly seq: number; readonly on?: boolean; readonly node?: ConversationLog };

function draft(target: number, on: boolean): Draft {
  return { kind: 'message.pinned', body: { target, on } };
}
