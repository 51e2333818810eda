// The contract of what knows which messages have had their time: the rules DUE1–… of docs/contracts.md, told to any adapter
// with the log that it stands beside. All tests share one store; each has times of its own, far from those of another one.
import type { DueMessage, DueMessages } from '@kith/server/core/disappearing/due-messages';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amending, deletion, edit, LogWorld, type MakeLog, type Place, people, sent, write } from './log-world.js';

export type DueSetup = { readonly due: DueMessages } & Awaited<ReturnType<MakeLog>>;

const LONG_MS = 1_000_000;
let nextTime = 1_000_000_000_000;

/** Registers the suite for one adapter. */
export function dueContract(name: string, make: () => Promise<DueSetup>): void {
  describe(`${name} keeps the rules of messages that have had their time`, () => {
    let due: DueMessages;
    const world = new LogWorld(async () => {
      const setup = await make();
      due = setup.due;
      return setup;
    });
    beforeAll(() => world.open());
    afterAll(() => world.close());

    const time = () => {
      nextTime += LONG_MS;
      return nextTime;
    };
    const all = async (place: Place, nowMs: number) => {
      const found: DueMessage[] = [];
      for (let after: string | null = null; ; ) {
        const page: readonly DueMessage[] = await due.due({ nowMs, after, limit: 1_000 });
        found.push(...page);
        after = page.at(-1)?.position ?? null;
        if (page.length < 1_000) return found.filter(({ conversation }) => conversation === place.conversation);
      }
    };

    test('[DUE1] a message is due from its time on, and one without a time never', async () => {
      const [ann, ben = ann] = people(2);
      const place = await world.create('group', [ann, ben]);
      const at = time();
      const drafts = [sent('one', { disappearAt: at }), sent('two'), sent('three', { disappearAt: at + 5 })] as const;
      const { seq } = await world.log.append(write(place, ben, { drafts }));
      await world.log.append(write(place, ann, { drafts: [sent('four', { disappearAt: at - 5, thread: seq })] }));
      await world.remove(place, ann, ben);
      expect(await all(place, at - 6)).toEqual([]);
      const { workspace, conversation } = place;
      const message = (number: number, author: string, disappearAt: number) =>
        expect.objectContaining({ workspace, conversation, seq: number, author, disappearAt });
      expect(await all(place, at)).toEqual([message(seq + 3, ann, at - 5), message(seq, ben, at)]);
      expect(await all(place, at + 5)).toHaveLength(3);
    });

    test('[DUE2] what was deleted is not due', async () => {
      const [ann] = people(1);
      const place = await world.create('group', [ann]);
      const at = time();
      const sending = (text: string) => write(place, ann, { drafts: [sent(text, { disappearAt: at })] });
      const [one, two] = [await world.log.append(sending('one')), await world.other.append(sending('two'))];
      await world.other.append(amending(place, ann, deletion(one.seq, ann)));
      expect((await all(place, at)).map(({ seq }) => seq)).toEqual([two.seq]);
      await world.log.append(amending(place, ann, deletion(two.seq, ann)));
      expect(await all(place, at + LONG_MS - 1)).toEqual([]);
    });

    test('[DUE3] pages bring each once, those due for longest first, whatever is deleted meanwhile', async () => {
      const [ann] = people(1);
      const places = [await world.create('group', [ann]), await world.create('group', [ann])];
      const ids = places.map(({ conversation }) => conversation);
      const at = time();
      const wanted: string[] = [];
      for (const [index, time_] of [5, 3, 3, 1, 4, 3, 2].entries()) {
        for (const place of places) {
          const drafts = [sent('x', { disappearAt: at + time_ })] as const;
          const { seq } = await world.log.append(write(place, ann, { drafts }));
          wanted.push(`${place.conversation} ${seq} ${index}`);
        }
      }
      const found: DueMessage[] = [];
      for (let after: string | null = null; ; ) {
        const page: readonly DueMessage[] = await due.due({ nowMs: at + 10, after, limit: 3 });
        const own = page.filter(({ conversation }) => ids.includes(conversation));
        found.push(...own);
        for (const { workspace, conversation, seq } of own.slice(0, 2)) {
          await world.log.append(amending({ workspace, conversation }, ann, deletion(seq, ann)));
        }
        after = page.at(-1)?.position ?? null;
        if (page.length < 3) break;
      }
      expect(new Set(found.map(({ conversation, seq }) => `${conversation} ${seq}`)).size).toBe(wanted.length);
      expect(found).toHaveLength(wanted.length);
      const times = found.map(({ disappearAt }) => disappearAt);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    test('[DUE4] an edit is not due, nor does it make its message due twice', async () => {
      const [ann] = people(1);
      const place = await world.create('group', [ann]);
      const at = time();
      const { seq } = await world.log.append(write(place, ann, { drafts: [sent('one', { disappearAt: at })] }));
      const { kind, body } = edit(seq, 'other');
      await world.log.append(amending(place, ann, { kind, body: { ...body, disappearAt: at } }));
      expect((await all(place, at)).map((one) => one.seq)).toEqual([seq]);
      await world.log.append(amending(place, ann, deletion(seq, ann)));
      expect(await all(place, at)).toEqual([]);
    });
  });
}
