// The contract of the stores that a replica and an outbox are kept in: the rules STO1–… of docs/contracts.md, told to any
// adapter. Each test quotes the rule that it shows.
import type { Batch, EntryQuery } from '@kith/sdk/storage/replica-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ANOTHER,
  CONVERSATION,
  contentsOf,
  type Device,
  message,
  messages,
  mixed,
  person,
  reasonOf,
  StoreWorld,
} from './replica-store-world.js';

const TEXTS = ['', ' ', '{"\\"}\n\r\t', '👩‍🚀 עברית \u2028\u2029 é', 'ÿ\u0001'.repeat(40_000)];

export function replicaStoreContract(name: string, make: () => Promise<Device>): void {
  describe(`${name} keeps the rules of a store`, () => {
    const world = new StoreWorld(make);
    beforeAll(() => world.begin());
    afterAll(() => world.end());
    describe('batches', () => batchRules(world));
    describe('reading', () => readingRules(world));
    describe('names and ends', () => nameRules(world));
  });
}

/** Of stores that several tabs open at once. */
export function sharedStoreContract(name: string, make: () => Promise<Device>): void {
  describe(`${name} keeps the rules of a store that tabs share`, () => {
    const world = new StoreWorld(make);
    beforeAll(() => world.begin());
    afterAll(() => world.end());
    sharedRules(world);
  });
}

function sharedRules(world: StoreWorld<Device>): void {
  test('[STO18] of one that led before another does nothing is kept but its outbox', async () => {
    const [run, name] = [world.device.run(), `${world.freshName()} in tabs`];
    const [one, other] = [await world.open(name, run), await world.open(name, run)];
    const passed: string[] = [];
    const lead = (store: typeof one, by: string) => store.lead?.(() => passed.push(by));
    await lead(one, 'one');
    await one.write(mixed(1, messages(1, 3)));
    const leading = lead(other, 'other');
    const late = { ...mixed(2, [message(1, 'late')]), drop: [{ conversation: CONVERSATION, from: 2, to: 3 }] };
    await Promise.all([leading, one.write(late), other.write({ entries: [message(4)] })]);
    const { meta, outbox, entries } = await contentsOf(other);
    expect(meta.get('cursor')).toEqual({ mark: 1 });
    expect([...outbox.keys()]).toEqual(['key 1', 'key 2']);
    expect([entries, passed]).toEqual([messages(1, 4), ['one']]);
    await lead(one, 'one');
    await one.write(late);
    expect((await contentsOf(one)).entries).toEqual([message(1, 'late'), message(4)]);
  });
}

function batchRules(world: StoreWorld<Device>): void {
  test('[STO1] what is kept is there in all parts, exactly as it was given', async () => {
    const store = await world.open();
    const entries = TEXTS.map((text, index) => message(index + 1, text));
    const odd = { ...message(9), body: { deep: [{ a: null, b: [1.5, true, ''] }], __key: 'x' }, erased: true as const };
    const batch = mixed(1, [...entries, odd]);
    await store.write(batch);
    const { entries: kept, ...held } = await contentsOf(store);
    const { entries: given, ...parts } = batch;
    expect(held).toEqual(parts);
    expect(kept).toEqual(given);
  });

  test('[STO2] batches take effect in the order of the calls, without a wait between them', async () => {
    const store = await world.open();
    const writing = Array.from({ length: 60 }, (_, index) => store.write(mixed(index, [message(1, `text ${index}`)])));
    await Promise.all(writing);
    const { meta, conversations, outbox, entries } = await contentsOf(store);
    expect([meta.get('cursor'), conversations.get(CONVERSATION)]).toEqual([{ mark: 59 }, { mark: 59 }]);
    expect(outbox.size).toBe(60);
    expect(entries.map(({ body }) => body.text)).toEqual(['text 59']);
  });

  test('[STO3] a batch that is refused leaves nothing of it, and the next one is kept', async () => {
    const store = await world.open(world.freshName(), world.device.small());
    await store.write(mixed(1, messages(1, 3)));
    const before = await contentsOf(store);
    const large = Array.from({ length: 500 }, (_, index) => message(10 + index, 'x'.repeat(1_000)));
    const drop = [{ conversation: CONVERSATION, from: 1, to: 2 }];
    expect(await reasonOf(store.write({ ...mixed(2, large), drop }))).toBe('full');
    expect(await contentsOf(store)).toEqual(before);
    await store.write(mixed(3, messages(4, 5)));
    const { meta, entries } = await contentsOf(store);
    expect(meta.get('cursor')).toEqual({ mark: 3 });
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test('[STO4] null removes, and what a batch does not name stays', async () => {
    const store = await world.open();
    await store.write({
      meta: new Map([
        ['a', { one: 1 }],
        ['b', { two: 2 }],
      ]),
      conversations: new Map([
        ['a', { one: 1 }],
        ['b', { two: 2 }],
      ]),
      users: new Map([
        ['a', person('a', 'Ann')],
        ['b', person('b', 'Ben')],
      ]),
      outbox: new Map([
        ['a', { one: 1 }],
        ['b', { two: 2 }],
      ]),
      entries: messages(1, 2),
    });
    const gone = new Map([
      ['a', null],
      ['nobody', null],
    ]);
    await store.write({ meta: gone, conversations: gone, users: gone, outbox: gone });
    const { meta, conversations, users, outbox, entries } = await contentsOf(store);
    for (const part of [meta, conversations, users, outbox]) expect([...part.keys()]).toEqual(['b']);
    expect(entries).toEqual(messages(1, 2));
    await store.write({});
    expect((await contentsOf(store)).entries).toEqual(messages(1, 2));
  });

  test('[STO5] ranges are dropped before entries are put, both ends of a range included', async () => {
    const store = await world.open();
    await store.write({ entries: [...messages(1, 9), ...messages(1, 9, ANOTHER)] });
    const drop = [
      { conversation: CONVERSATION, from: 3, to: 5 },
      { conversation: CONVERSATION, from: 8, to: Number.MAX_SAFE_INTEGER },
    ];
    await store.write({ drop, entries: [message(4, 'new')] });
    const { entries } = await contentsOf(store);
    const [own, others] = [CONVERSATION, ANOTHER].map((id) => entries.filter((entry) => entry.conversation === id));
    expect(own).toEqual([message(1), message(2), message(4, 'new'), message(6), message(7)]);
    expect(others).toEqual(messages(1, 9, ANOTHER));
  });

  test('[STO6] of two entries with one number the newer takes the place of the older', async () => {
    const store = await world.open();
    await store.write({ entries: [message(1), message(2), message(2, 'again')] });
    await store.write({ entries: [message(1, 'edited')] });
    expect((await contentsOf(store)).entries).toEqual([message(1, 'edited'), message(2, 'again')]);
  });
}

function readingRules(world: StoreWorld<Device>): void {
  test('[STO7] a query gives what is in its range, from either end, at most `limit`, rising', async () => {
    const store = await world.open();
    const seqs = [1, 2, 3, 5, 8, 13, 400, 10_000, 10_001];
    await store.write({ entries: [...seqs.map((seq) => message(seq)), ...messages(1, 20, ANOTHER)] });
    const ask = async (from: number, to: number, rest: Pick<EntryQuery, 'limit' | 'nearest'>) =>
      (await store.entries({ conversation: CONVERSATION, from, to, ...rest })).map(({ seq }) => seq);
    expect(await ask(2, 8, { limit: 10, nearest: 'from' })).toEqual([2, 3, 5, 8]);
    expect(await ask(2, 8, { limit: 2, nearest: 'from' })).toEqual([2, 3]);
    expect(await ask(2, 8, { limit: 2, nearest: 'to' })).toEqual([5, 8]);
    expect(await ask(1, Number.MAX_SAFE_INTEGER, { limit: 3, nearest: 'to' })).toEqual([400, 10_000, 10_001]);
    expect(await ask(0, 9_999, { limit: 5, nearest: 'to' })).toEqual([3, 5, 8, 13, 400]);
    expect(await ask(0, Number.MAX_SAFE_INTEGER, { limit: 100, nearest: 'to' })).toEqual(seqs);
    expect(await ask(6, 7, { limit: 5, nearest: 'to' })).toEqual([]);
    expect(await ask(9, 8, { limit: 5, nearest: 'from' })).toEqual([]);
  });

  test('[STO8] what is read after a write was called includes it', async () => {
    const store = await world.open();
    const one = store.write({ meta: new Map([['a', { one: 1 }]]), entries: messages(1, 5) });
    const query = { conversation: CONVERSATION, from: 1, to: 9, limit: 9, nearest: 'from' } as const;
    const [{ meta }, entries] = await Promise.all([store.load(), store.entries(query)]);
    expect(meta.get('a')).toEqual({ one: 1 });
    expect(entries).toHaveLength(5);
    await one;
  });
}

function nameRules(world: StoreWorld<Device>): void {
  test('[STO9] two names never see each other', async () => {
    const run = world.device.run();
    const names = ['a', 'A', 'a/../A', 'a.journal', 'é', 'e\u0301', ''].map((end) => world.freshName() + end);
    const shared = names[0] ?? '';
    names.push(shared.toUpperCase(), `${shared} `);
    const opened = await Promise.all(names.map((name) => world.open(name, run)));
    await Promise.all(opened.map((store, index) => store.write(mixed(index, [message(index + 1)]))));
    for (const [index, store] of opened.entries()) {
      const { meta, entries } = await contentsOf(store);
      expect(meta.get('cursor')).toEqual({ mark: index });
      expect(entries).toEqual([message(index + 1)]);
    }
    await (await run).remove(shared);
    expect((await contentsOf(await world.open(shared, run))).meta.size).toBe(0);
    for (const [index, store] of opened.entries()) {
      if (index > 0) expect((await contentsOf(store)).entries).toEqual([message(index + 1)]);
    }
    await (await run).remove('a name that was never opened');
  });

  test('[STO10] clear removes everything of its own name, and the store can be written again', async () => {
    const run = world.device.run();
    const [name, another] = [world.freshName(), world.freshName()];
    const [store, beside] = await Promise.all([world.open(name, run), world.open(another, run)]);
    await Promise.all([store.write(mixed(1, messages(1, 5))), beside.write(mixed(2, messages(1, 2)))]);
    const clearing = store.clear();
    const after: Batch = { meta: new Map([['later', { than: 'that' }]]) };
    await Promise.all([clearing, store.write(after)]);
    const { entries, ...held } = await contentsOf(store);
    expect([held.meta, held.conversations.size, held.users.size, held.outbox.size]).toEqual([after.meta, 0, 0, 0]);
    expect(entries).toEqual([]);
    expect((await contentsOf(beside)).entries).toEqual(messages(1, 2));
  });

  test('[STO11] close waits for what is being written, and afterwards all is refused with `gone`', async () => {
    const run = world.device.run();
    const name = world.freshName();
    const store = await world.open(name, run);
    const writing = store.write(mixed(1, messages(1, 50)));
    await store.close();
    await writing;
    const query = { conversation: CONVERSATION, from: 1, to: 9, limit: 9, nearest: 'from' } as const;
    expect(await reasonOf(store.write(mixed(2, [])))).toBe('gone');
    expect(await reasonOf(store.entries(query))).toBe('gone');
    expect(await reasonOf(store.load())).toBe('gone');
    expect(await reasonOf(store.clear())).toBe('gone');
    await store.close();
    const again = await world.open(name, run);
    expect((await contentsOf(again)).entries).toEqual(messages(1, 50));
  });

  test('[STO12] a store that is taken away while it is open refuses with `gone`, at once and from then on', async () => {
    const run = world.device.run();
    const name = world.freshName();
    const store = await world.open(name, run);
    await store.write(mixed(1, messages(1, 5)));
    await world.device.wipe(name);
    expect(await reasonOf(store.write(mixed(2, messages(6, 7))))).toBe('gone');
    expect(await reasonOf(store.write(mixed(3, [])))).toBe('gone');
    const { meta, entries } = await contentsOf(await world.open(name, run));
    expect([meta.size, entries]).toEqual([0, []]);
  });
}
