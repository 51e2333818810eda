// The contract of what retention needs of a store: the rules RET1–… of docs/contracts.md, told to any adapter with the log that it
// stands beside. All tests share one store; each makes conversations and people of its own.
import type { Entry, Key, WorkspaceId } from '@kith/protocol';
import type { AgedConversation, RetentionStore } from '@kith/server/core/retention/retention-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  amending,
  deletion,
  edit,
  freshId,
  LogWorld,
  type MakeLog,
  type Place,
  people,
  sent,
  setting,
  write,
} from './log-world.js';

export type RetentionSetup = {
  readonly retention: RetentionStore;
  /** The same of another node. */
  readonly other: RetentionStore;
} & Awaited<ReturnType<MakeLog>>;

const DAY_MS = 86_400_000;

/** Registers the suite for one adapter. */
export function retentionContract(name: string, make: () => Promise<RetentionSetup>): void {
  describe(`${name} keeps the rules of retention`, () => {
    let stores: readonly [RetentionStore, RetentionStore];
    const world = new LogWorld(async () => {
      const setup = await make();
      stores = [setup.retention, setup.other];
      return setup;
    });
    beforeAll(() => world.open());
    afterAll(() => world.close());

    const headOf = async ({ conversation }: Place) => {
      const record = (await world.log.records([conversation])).get(conversation);
      if (!record) throw new Error('the conversation is there');
      return record.state;
    };
    const trim = async (place: Place, to: number, given: { first?: number; epoch?: number; since?: number } = {}) => {
      const { epoch } = await headOf(place);
      const { conversation } = place;
      return stores[0].trim({ conversation, epoch, first: 1, since: Date.now(), ...given, to });
    };
    const pin = (target: number) => ({ kind: 'message.pinned', body: { target, on: true } }) as const;
    const react = (target: number, emoji: string) => {
      const body = { target, emoji, on: true, count: 1, reactions: [{ emoji, count: 1 }] };
      return { kind: 'reaction.set', body } as const;
    };
    const agedIn = async (nowMs: number, standardDays: number | null, limit = 1_000) => {
      const found: AgedConversation[] = [];
      for (let after: string | null = null, pages = 0; pages < 1_000; pages += 1) {
        const { conversations, next } = await stores[1].aged({ nowMs, standardDays, after, limit });
        found.push(...conversations);
        after = next;
        if (next === null) return found;
      }
      throw new Error('the pages do not end');
    };

    test('[RET1] a policy is what was set last, of its workspace alone, on every node; null where none was', async () => {
      const [workspace, other] = [freshId<WorkspaceId>(), freshId<WorkspaceId>()];
      const [ann] = people(1);
      const { conversation } = await world.create('group', [ann], workspace);
      for (const store of stores) expect(await store.policy(workspace)).toBeNull();
      await stores[0].setPolicy(workspace, { days: 30, longer: true, kept: [conversation] });
      for (const store of stores)
        expect(await store.policy(workspace)).toEqual({ days: 30, longer: true, kept: [conversation] });
      await stores[1].setPolicy(workspace, { days: null, longer: false, kept: [] });
      for (const store of stores)
        expect(await store.policy(workspace)).toEqual({ days: null, longer: false, kept: [] });
      expect(await stores[0].policy(other)).toBeNull();
    });

    test('[RET2] every conversation whose log may have had its time is named, with its own setting, over pages of any size', async () => {
      const [ann] = people(1);
      const workspace = freshId<WorkspaceId>();
      const places = [
        await world.create('group', [ann], workspace),
        await world.create('group', [ann], workspace),
        await world.create('group', [ann], workspace),
      ] as const;
      const self = await world.create('self', [ann], workspace);
      const [plain, own, young] = places;
      await world.log.append(
        write(own, ann, { drafts: [{ kind: 'conversation.updated', body: { retentionDays: 2 } }] }),
      );
      const nowMs = Date.now() + 10 * DAY_MS;
      await trim(young, 1, { since: nowMs - DAY_MS / 2 });
      for (const limit of [1, 2, 1_000]) {
        const found = await agedIn(nowMs, 1, limit);
        const named = (place: Place) => found.filter(({ conversation }) => conversation === place.conversation);
        const [epoch, since] = [expect.any(Number), expect.any(Number)];
        expect(named(plain)).toEqual([{ ...plain, epoch, first: 1, since, retentionDays: null }]);
        expect(named(own)).toEqual([{ ...own, epoch, first: 1, since, retentionDays: 2 }]);
        expect(named(plain)[0]?.since).toBeLessThan(nowMs - 9 * DAY_MS);
        expect(named(self)).toEqual([]);
      }
    });

    test('[RET3] below the new beginning nothing that was said is there, and numbers, times, keys and members are as before', async () => {
      const [ann, ben = ann] = people(2);
      const place = await world.create('group', [ann, ben]);
      const key = freshId<Key>();
      const first = await world.log.append({ ...write(place, ann, { drafts: [sent('secret one')] }), key });
      await world.log.append(amending(place, ann, edit(first.seq, 'secret two')));
      await world.log.append(amending(place, ben, react(first.seq, '👍')));
      await world.log.append(amending(place, ben, pin(first.seq)));
      await world.log.append(
        write(place, ann, { drafts: [{ kind: 'conversation.updated', body: { name: 'named' } }] }),
      );
      const before = await world.entries(place);
      const to = before.length + 1;
      await world.log.append(amending(place, ann, edit(first.seq, 'secret three')));
      const kept = await world.send(place, ann, 'kept');
      expect(await trim(place, to)).toBe(true);
      for (const node of world.nodes) {
        const after = await world.entries(place, node);
        const bare = (entries: readonly Entry[]) =>
          entries.map(({ seq, n, at, author, kind }) => ({ seq, n, at, author, kind }));
        expect(bare(after.slice(0, before.length))).toEqual(bare(before));
        const text = JSON.stringify(after);
        expect(text).not.toContain('secret');
        expect(text).not.toContain('👍');
        expect(text).toContain('kept');
        const said = after.filter(
          ({ seq, kind }) => seq < to && (kind.startsWith('message.s') || kind === 'reaction.set'),
        );
        expect(said.every(({ erased }) => erased)).toBe(true);
        expect((await node.pins(place.conversation))?.pins).toEqual([]);
        const reactors = { conversation: place.conversation, target: first.seq, after: 0, limit: 10 };
        expect((await node.reactors(reactors))?.reactors).toEqual([]);
        const page = await node.read({ conversation: place.conversation, after: 0, limit: 10, from: 'lower' });
        expect(page?.record).toMatchObject({ first: to, state: { name: 'named', size: 2, head: kept.seq } });
        const again = { ...write(place, ann, { drafts: [sent('secret one')] }), key };
        expect(await node.append(again)).toMatchObject({ seq: first.seq, duplicate: true });
      }
    });

    test('[RET4] a step is made once, where the log still begins where it was seen to, in the same epoch', async () => {
      const [ann] = people(1);
      const place = await world.create('group', [ann]);
      for (let count = 0; count < 5; count += 1) await world.send(place, ann);
      const { epoch, head } = await headOf(place);
      expect(await trim(place, 3, { epoch: epoch + 1 })).toBe(false);
      expect(await trim(place, 4, { first: 2 })).toBe(false);
      const step = { conversation: place.conversation, epoch, first: 1, to: 3, since: 7 };
      const both = await Promise.all(stores.map((store) => store.trim(step)));
      // Neither waits for the other: it may be left to be done again.
      expect(both.filter(Boolean)).toHaveLength(1);
      expect(await trim(place, 3)).toBe(false);
      expect(await trim(place, head + 1, { first: 3 })).toBe(true);
      const { seq } = await world.send(place, ann, 'next');
      const summary = await world.log.summary(place.conversation, ann);
      expect(summary).toMatchObject({ first: seq, head: seq, last: { body: { text: 'next' } } });
    });

    test('[RET5] from then on it begins there for everybody, who joins later too, and nothing below counts or is listed', async () => {
      const [ann, ben = ann, cat = ann] = people(3);
      const place = await world.create('group', [ann, ben]);
      const old = await world.send(place, ann);
      const answer = (thread: number) => write(place, ann, { drafts: [sent('a', { thread, count: 1 })] });
      await world.log.append({ ...answer(old.seq), target: old.seq });
      await world.log.append(write(place, ann, { drafts: [sent('b', { mentions: { users: [ben] } })] }));
      const kept = await world.send(place, ann, 'kept');
      const cursor = await world.cursor(place, ben);
      expect(await trim(place, kept.seq)).toBe(true);
      await world.add(place, ann, cat);
      for (const node of world.nodes) {
        for (const user of [ann, ben, cat]) {
          expect(await node.summary(place.conversation, user)).toMatchObject({ first: kept.seq });
          const heads = await node.conversationsOf(user);
          expect(heads.find(({ id }) => id === place.conversation)).toMatchObject({ first: kept.seq });
        }
        expect(await node.summary(place.conversation, ben)).toMatchObject({ unread: 1, mentions: 0 });
        expect((await node.threads({ workspace: place.workspace, user: ann, limit: 10 })).threads).toEqual([]);
      }
      const [listed] = await world.list(place, ben, cursor);
      expect(listed).toMatchObject({ id: place.conversation, first: kept.seq });
    });

    test('[RET6] the feed names it with where it begins, a listing since before has it, and one since after it has not', async () => {
      const [ann, ben = ann] = people(2);
      const place = await world.create('group', [ann, ben]);
      const { seq, epoch } = await world.send(place, ann);
      const [{ mark }, cursor] = [await world.other.changes(null), await world.cursor(place, ben)];
      const nothing = await world.list(place, ben, cursor);
      expect(await trim(place, seq + 1)).toBe(true);
      const { trimmed } = await world.other.changes(mark);
      const { conversation: id } = place;
      expect(trimmed.filter((one) => one.id === id)).toEqual([{ id, epoch, first: seq + 1 }]);
      expect(await world.list(place, ben, cursor)).toMatchObject([
        { id, first: seq + 1, head: seq, last: null, unread: 0 },
      ]);
      expect(nothing.every((one) => one.id === id)).toBe(true);
      const { mark: later } = await world.other.changes(null);
      expect((await world.other.changes(later)).trimmed.filter((one) => one.id === id)).toEqual([]);
    });

    test('[RET7] people’s settings and what was deleted before stay as they are', async () => {
      const [ann] = people(1);
      const place = await world.create('group', [ann]);
      const self = await world.create('self', [ann], place.workspace);
      await world.log.append(setting(self, ann, { name: 'draft', value: 'x' }));
      const { seq } = await world.send(place, ann);
      await world.log.append(amending(place, ann, deletion(seq, ann)));
      const { head } = await headOf(place);
      expect(await trim(place, head + 1)).toBe(true);
      const entries = await world.entries(place);
      expect(entries.at(-1)).toMatchObject({ kind: 'message.deleted', body: { target: seq, author: ann } });
      expect((await world.log.settings(self.conversation))?.entries).toMatchObject([{ body: { value: 'x' } }]);
    });
  });
}
