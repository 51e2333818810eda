// The contract of the place where what is to be done later is kept: the rules LATER1–… of docs/contracts.md, told to any
// adapter. Each test has people of its own, and does away with what it leaves due, as all of them share one store.
import type { ConversationId, Key, UserId, WorkspaceId } from '@kith/protocol';
import { type LaterItem, type LaterStore, NEVER, type NewLaterItem } from '@kith/server/core/later/later-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshId } from './log-world.js';

export type LaterSetup = {
  readonly store: LaterStore;
  /** A second node on the same store. */
  readonly other: LaterStore;
  close(): Promise<void>;
};

const BOUNDS = { most: 5, mostOfAll: 8 };
const LEASE_MS = 30_000;
/** Times of a test are these and a few more, far from those of another one. */
let nextTime = 1_000_000_000;

class Scene {
  readonly #setup: LaterSetup;
  readonly author = { workspace: freshId<WorkspaceId>(), user: freshId<UserId>() };
  readonly conversation = freshId<ConversationId>();
  readonly t: number;

  constructor(setup: LaterSetup) {
    this.#setup = setup;
    nextTime += 1_000_000_000;
    this.t = nextTime;
  }

  wish(at: number, more: Partial<NewLaterItem> = {}): NewLaterItem {
    const item = { ...this.author, key: freshId<Key>(), conversation: this.conversation, at, due: at };
    return { ...item, wish: { kind: 'message', body: { text: 'x' } }, content: 'c', ...more };
  }

  async add(at: number, more: Partial<NewLaterItem> = {}): Promise<LaterItem> {
    const added = await this.#setup.store.add(this.wish(at, more), BOUNDS);
    if (added === 'too_many') throw new Error('the list is full');
    return added.item;
  }

  /** What is due then of this scene. */
  async claim(nowMs: number, { store = this.#setup.store, limit = 1_000 } = {}): Promise<readonly LaterItem[]> {
    const claimed = await store.claim({ nowMs, leaseMs: LEASE_MS, limit });
    return claimed.filter(({ user }) => user === this.author.user);
  }

  async end(item: LaterItem): Promise<void> {
    const { store } = this.#setup;
    await store.settle(item, { from: ['waiting', 'sending', 'refused'], to: 'cancelled', due: NEVER });
    await store.forget(item);
  }
}

/** Registers the suite for one adapter. */
export function laterContract(name: string, make: () => Promise<LaterSetup>): void {
  describe(`${name} keeps the rules of what is to be done later`, () => {
    let setup: LaterSetup;
    beforeAll(async () => {
      setup = await make();
    });
    afterAll(() => setup.close());
    const scene = () => new Scene(setup);

    test('[LATER1] a row is what it was added as, on every node, and the same key again is the same row', async () => {
      const { store, other } = setup;
      const here = scene();
      const body = { text: 'ä "\\ \n', replyTo: 3, mentions: { all: true }, thread: 2, epoch: 2 ** 40 };
      const wanted = here.wish(here.t, { wish: { kind: 'message', body } });
      const added = await store.add(wanted, BOUNDS);
      if (added === 'too_many') throw new Error('the list is full');
      const { content: _content, due: _due, ...rest } = wanted;
      const fresh = { state: 'waiting', refused: null, attempts: 0, version: 1, isTold: false };
      expect(added).toMatchObject({ item: { ...rest, ...fresh }, isNew: true, isSame: true });
      expect(await other.find(wanted)).toMatchObject({ ...rest, ...fresh });
      expect(await other.add({ ...wanted, at: here.t + 9 }, BOUNDS)).toMatchObject({
        item: { at: here.t },
        isNew: false,
        isSame: true,
      });
      expect(await other.add({ ...wanted, content: 'another' }, BOUNDS)).toMatchObject({ isNew: false, isSame: false });
      expect(await store.find({ ...wanted, user: freshId<UserId>() })).toBeNull();
      expect(await store.find({ ...wanted, workspace: freshId<WorkspaceId>() })).toBeNull();
      await here.end(added.item);
    });

    test('[LATER2] a person has so many in their list and no more, whoever adds them on which node at once', async () => {
      const { store, other } = setup;
      const here = scene();
      const asked = Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? store : other).add(here.wish(here.t + index), BOUNDS),
      );
      const answers = await Promise.all(asked);
      expect(answers.filter((answer) => answer === 'too_many')).toHaveLength(12 - BOUNDS.most);
      const listed = await other.list(here.author);
      expect(listed).toHaveLength(BOUNDS.most);
      expect(listed.map(({ at }) => at)).toEqual(listed.map(({ at }) => at).toSorted((a, b) => a - b));
      for (const item of listed) await here.end(item);
      expect(await store.list(here.author)).toEqual([]);
    });

    test('[LATER3] what has ended is empty, is in no list, and is the same for any content; the oldest make room', async () => {
      const { store } = setup;
      const here = scene();
      const ended: LaterItem[] = [];
      for (let count = 0; count < BOUNDS.mostOfAll; count += 1) {
        const item = await here.add(here.t + count);
        const done = await store.settle(item, { from: ['waiting'], to: 'cancelled', due: here.t + count });
        expect(done).toMatchObject({ state: 'cancelled', wish: null, isTold: false, version: 2 });
        if (done) ended.push(done);
      }
      const [oldest, ...others] = ended;
      if (!oldest) throw new Error('some have ended');
      expect(await store.add(here.wish(0, { key: oldest.key, content: 'another' }), BOUNDS)).toMatchObject({
        isNew: false,
        isSame: true,
      });
      expect(await store.list(here.author)).toEqual([]);
      const live = await here.add(here.t);
      expect(await store.find(oldest)).toBeNull();
      for (const item of others) expect(await store.find(item)).not.toBeNull();
      await here.end(live);
      for (const item of others) await here.end(item);
    });

    test('[LATER4] what waits or was refused is changed as long as it is what it was, and waits then', async () => {
      const { store, other } = setup;
      const here = scene();
      const item = await here.add(here.t);
      const wish = { kind: 'message', body: { text: 'other' } } as const;
      const change = { at: here.t + 1, wish, due: here.t + 1 };
      const both = await Promise.all([store.change(item, change), other.change(item, change)]);
      expect(both.filter((changed) => changed !== null)).toHaveLength(1);
      const changed = await store.find(item);
      expect(changed).toMatchObject({ at: here.t + 1, wish, state: 'waiting', version: 2, isTold: false });
      const [held] = await here.claim(here.t + 1);
      expect(held).toMatchObject({ state: 'sending', attempts: 1 });
      expect(await store.change(held ?? item, change)).toBeNull();
      const refusal = { from: ['sending'], to: 'refused', refused: 'forbidden', due: NEVER } as const;
      const refused = await store.settle(item, refusal);
      expect(refused).toMatchObject({ state: 'refused', refused: 'forbidden', wish, version: 3, isTold: false });
      const again = await other.change(refused ?? item, { ...change, at: here.t + 2 });
      expect(again).toMatchObject({ state: 'waiting', refused: null, attempts: 0, version: 4 });
      await here.end(item);
    });

    test('[LATER5] what is due is held by one node, and again once its lease is over', async () => {
      const { store, other } = setup;
      const here = scene();
      const items: LaterItem[] = [];
      for (let count = 0; count < 4; count += 1) {
        items.push(await here.add(here.t, { conversation: freshId<ConversationId>() }));
      }
      expect(await here.claim(here.t - 1)).toEqual([]);
      const held = (await Promise.all([here.claim(here.t), here.claim(here.t, { store: other })])).flat();
      expect(held.map(({ key }) => key).toSorted()).toEqual(items.map(({ key }) => key).toSorted());
      expect(held.map(({ state }) => state)).toEqual(items.map(() => 'sending'));
      expect(await here.claim(here.t + LEASE_MS - 1)).toEqual([]);
      const again = await here.claim(here.t + LEASE_MS, { store: other });
      expect(again.map(({ attempts }) => attempts)).toEqual([2, 2, 2, 2]);
      const [first] = again;
      const sent = { from: ['sending'], to: 'sent', due: NEVER } as const;
      if (first) {
        const ended = await Promise.all([store.settle(first, sent), other.settle(first, sent)]);
        expect(ended.filter((item) => item !== null)).toHaveLength(1);
      }
      for (const item of items) await here.end(item);
    });

    test('[LATER6] one of a person in a conversation comes after another, by time and then by key', async () => {
      const { store, other } = setup;
      const here = scene();
      const late = await here.add(here.t + 1);
      const two = await Promise.all([here.add(here.t), here.add(here.t)]);
      const elsewhere = await here.add(here.t + 1, { conversation: freshId<ConversationId>() });
      const reminder = { kind: 'reminder', body: { epoch: 1, target: 1 } } as const;
      const apart = await here.add(here.t + 1, { wish: reminder });
      const [first, second] = two.toSorted((one, another) => (one.key < another.key ? -1 : 1));
      const keysAt = async (nowMs: number, on: LaterStore) =>
        (await here.claim(nowMs, { store: on })).map(({ key }) => key).toSorted();
      const now = here.t + 10;
      expect(await keysAt(now, store)).toEqual([first?.key, elsewhere.key, apart.key].toSorted());
      expect(await keysAt(now, other)).toEqual([]);
      const waits = { from: ['sending'], to: 'waiting', due: now + 5 } as const;
      if (first) expect(await store.settle(first, waits)).toMatchObject({ state: 'waiting', version: 1 });
      expect(await keysAt(now, other)).toEqual([]);
      expect(await keysAt(now + 5, other)).toEqual([first?.key]);
      if (first) await store.settle(first, { from: ['sending'], to: 'sent', due: NEVER });
      expect(await keysAt(now + 5, store)).toEqual([second?.key]);
      if (second) await store.settle(second, { from: ['sending'], to: 'refused', refused: 'conflict', due: NEVER });
      expect(await keysAt(now + 5, other)).toEqual([late.key]);
      for (const item of [late, ...two, elsewhere, apart]) await here.end(item);
    });

    test('[LATER7] a change is due until its person was told of that very version', async () => {
      const { store, other } = setup;
      const here = scene();
      const item = await here.add(here.t + 1_000, { due: here.t });
      const [held] = await here.claim(here.t);
      expect(held).toMatchObject({ key: item.key, state: 'waiting', isTold: false, attempts: 0 });
      const change = { at: here.t + 2_000, wish: { kind: 'message', body: { text: 'y' } }, due: here.t } as const;
      await other.change(item, change);
      await store.told(item, NEVER);
      expect(await here.claim(here.t)).toMatchObject([{ version: 2, isTold: false }]);
      const changed = await store.find(item);
      if (changed) await other.told(changed, NEVER);
      expect(await here.claim(here.t + 1_999)).toEqual([]);
      expect(await here.claim(here.t + 2_000)).toMatchObject([{ isTold: true, state: 'sending' }]);
      const ended = await store.settle(item, { from: ['sending'], to: 'sent', due: here.t + 2_001 });
      if (ended) await store.told(ended, here.t + 9_000);
      expect(await here.claim(here.t + 8_999)).toEqual([]);
      expect(await here.claim(here.t + 9_000)).toMatchObject([{ state: 'sent', isTold: true, wish: null }]);
      await store.forget(item);
      expect(await other.find(item)).toBeNull();
    });

    test('[LATER8] only what has ended is forgotten', async () => {
      const here = scene();
      const item = await here.add(here.t);
      await setup.store.forget(item);
      expect(await setup.store.find(item)).not.toBeNull();
      await here.end(item);
      expect(await setup.store.find(item)).toBeNull();
    });
  });
}
