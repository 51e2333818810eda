// The consumer that keeps the index of messages: it follows the log within 5 s, catches up in bounded batches, goes on where
// it was after a restart or an outage, and is harmless where several do the same.
import { ChatError, type ConversationId, type Cursor } from '@kith/protocol';
import { delay } from '@kith/server/core/clock';
import type { LogPage } from '@kith/server/core/log';
import type { SearchIndex } from '@kith/server/core/search/search-index';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SearchScene, WatchedLog } from './fixtures/search-scene.js';

const SOON_MS = 5_000;

let scene: SearchScene;
beforeEach(() => {
  scene = new SearchScene();
});
afterEach(() => scene.stop());

const watchedLog = () => new WatchedLog({ store: scene.store, clock: scene.clock });

describe('the index follows the log', () => {
  test('what is sent, edited and deleted is found, found anew, and gone within 5 s', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    scene.follow();
    const [one, two] = [await scene.say(ann, group, 'cherry one'), await scene.say(ann, group, 'cherry two')];
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ann, 'cherry')).toEqual(['cherry two', 'cherry one']);
    await scene.edit(ann, group, { target: one, text: 'damson one' });
    await scene.remove(ann, group, two);
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ann, 'damson')).toEqual(['damson one']);
    const query = { terms: ['cherry'], conversations: [group], order: 'newest', limit: 9 } as const;
    expect(await scene.index.query(query)).toEqual([]);
  });

  test('an edit of a message far back, and several of one, end with the last', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    const target = await scene.say(ann, group, 'first');
    for (let count = 0; count < 300; count += 1) await scene.say(ann, group, 'between');
    scene.follow();
    await scene.clock.advanceAsync(SOON_MS);
    for (const text of ['second', 'third']) await scene.edit(ann, group, { target, text });
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ann, 'third')).toEqual(['third']);
    expect([await scene.texts(ann, 'first'), await scene.texts(ann, 'second')]).toEqual([[], []]);
  });

  test('an idle consumer reads no entries, and writes nothing', async () => {
    const log = watchedLog();
    await scene.group([scene.person()]);
    scene.follow({ log });
    await scene.clock.advanceAsync(SOON_MS);
    const [reads, mark] = [log.reads.flat().length, await scene.consumers.mark('search')];
    await scene.clock.advanceAsync(60_000);
    expect(log.reads.flat()).toHaveLength(reads);
    expect(await scene.consumers.mark('search')).toBe(mark);
  });
});

test('a consumer whom nothing concerns reads nothing, and takes what comes once something does', async () => {
  const ann = scene.person();
  const group = await scene.group([ann]);
  const log = watchedLog();
  const taken: unknown[] = [];
  let isWanted = false;
  scene.follow({
    log,
    taker: {
      name: 'test',
      isWanted: async () => isWanted,
      take: async (pages) => {
        taken.push(...pages.flatMap(({ entries }) => entries.map(({ body }) => body.text)));
      },
      restart: async () => {},
      beginAfter: async ({ state }) => state.head - 1,
    },
  });
  await scene.clock.advanceAsync(SOON_MS);
  await scene.say(ann, group, 'nectarine');
  await scene.clock.advanceAsync(SOON_MS);
  expect(log.reads).toEqual([]);
  expect((await scene.consumers.positions('test', [group])).size).toBe(0);
  isWanted = true;
  await scene.say(ann, group, 'orange');
  await scene.clock.advanceAsync(SOON_MS);
  expect(taken).toEqual(['orange']);
});

test('a conversation that was behind and grows is taken to its end, though it was not heard that the rest had been', async () => {
  const ann = scene.person();
  const group = await scene.group([ann]);
  for (let count = 0; count < 250; count += 1) await scene.say(ann, group, 'between');
  const raise = scene.consumers.raise.bind(scene.consumers);
  const raising = vi.spyOn(scene.consumers, 'raise').mockImplementation(async (...positions) => {
    await raise(...positions);
    // The second page reaches its end.
    if (raising.mock.calls.length !== 2) return;
    await scene.say(ann, group, 'persimmon');
    throw new ChatError('unavailable', 'the answer is lost');
  });
  scene.follow();
  await scene.clock.advanceAsync(SOON_MS);
  expect(raising.mock.calls.length).toBeGreaterThan(2);
  expect(await scene.texts(ann, 'persimmon')).toEqual(['persimmon']);
});

describe('of several nodes', () => {
  /** A taker that takes its time, and notes on which node each text was taken. */
  const takerOf = (node: number, taken: [number, unknown][]) => ({
    name: 'test',
    take: async (pages: readonly LogPage[]) => {
      await delay(scene.clock, 300);
      const entries = pages.flatMap(({ entries: all }) => all).filter(({ kind }) => kind === 'message.sent');
      taken.push(...entries.map(({ body }): [number, unknown] => [node, body.text]));
    },
    restart: async () => {},
  });

  test('one takes what there is, once, and the others no entry; where it ends another goes on at once', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    const taken: [number, unknown][] = [];
    const [first] = [0, 1, 2].map((node) => scene.follow({ taker: takerOf(node, taken) }));
    for (let count = 0; count < 20; count += 1) {
      await scene.say(ann, group, String(count));
      await scene.clock.advanceAsync(700);
    }
    await scene.clock.advanceAsync(1_000);
    expect(taken.map(([, text]) => text)).toEqual(Array.from({ length: 20 }, (_, count) => String(count)));
    expect(new Set(taken.map(([node]) => node))).toEqual(new Set([0]));
    await first?.stop();
    await scene.say(ann, group, 'next');
    await scene.clock.advanceAsync(1_500);
    expect(taken.at(-1)).toEqual([expect.any(Number), 'next']);
    expect(taken.filter(([, text]) => text === 'next')).toHaveLength(1);
  });

  test('another goes on where one is gone without a word, with what that had left', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    const taken: [number, unknown][] = [];
    expect(await scene.consumers.hold('test', 'who is gone', 5_000)).toBe(true);
    scene.follow({ taker: takerOf(1, taken) });
    await scene.say(ann, group, 'left');
    await scene.clock.advanceAsync(4_000);
    expect(taken).toEqual([]);
    await scene.clock.advanceAsync(2_000);
    expect(taken).toEqual([[1, 'left']]);
  });

  test('another takes what one can’t', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    const taken: [number, unknown][] = [];
    const broken = async () => {
      throw new ChatError('unavailable', 'the engine is away, for this node');
    };
    scene.follow({ taker: { ...takerOf(0, taken), take: broken } });
    scene.follow({ taker: takerOf(1, taken) });
    await scene.say(ann, group, 'taken');
    await scene.clock.advanceAsync(5_000);
    expect(taken).toEqual([[1, 'taken']]);
  });

  test('those that have nothing to take write nothing', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    const taken: [number, unknown][] = [];
    for (const node of [0, 1]) scene.follow({ taker: takerOf(node, taken) });
    await scene.say(ann, group, 'once');
    await scene.clock.advanceAsync(20_000);
    const hold = vi.spyOn(scene.consumers, 'hold');
    await scene.clock.advanceAsync(60_000);
    expect(hold).not.toHaveBeenCalled();
    expect(taken).toHaveLength(1);
  });
});

describe('catching up from nothing', () => {
  test('goes in bounded batches, and what is sent meanwhile is found within 5 s', async () => {
    const [ann, ben] = [scene.person(), scene.person()];
    const groups: ConversationId[] = [];
    for (let count = 0; count < 450; count += 1) groups.push(await scene.group([ann]));
    for (const group of groups) await scene.say(ann, group, 'elderberry');
    const long = await scene.group([ann]);
    for (let count = 0; count < 4_000; count += 1) await scene.say(ann, long, 'elderberry at length');
    const log = watchedLog();
    const consumer = scene.follow({ log });
    await scene.clock.advanceAsync(25);
    expect(consumer.isUpToDate).toBe(false);
    const fresh = await scene.group([ben]);
    await scene.say(ben, fresh, 'fig of late');
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ben, 'fig')).toEqual(['fig of late']);
    await scene.clock.advanceAsync(60_000);
    expect(consumer.isUpToDate).toBe(true);
    const query = { terms: ['elderberry'], order: 'newest', limit: 10_000 } as const;
    expect(await scene.index.query({ ...query, conversations: [...groups, long] })).toHaveLength(4_450);
    for (const ranges of log.reads) {
      expect(ranges.length).toBeLessThanOrEqual(50);
      expect(ranges.reduce((sum, { limit }) => sum + limit, 0)).toBeLessThanOrEqual(200);
    }
  });

  test('many texts go to the index in batches, with a rest as long as a batch took between them', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    for (let count = 0; count < 60; count += 1) await scene.say(ann, group, 'grapefruit');
    const batches: { readonly size: number; readonly fromMs: number; readonly toMs: number }[] = [];
    const index: SearchIndex = {
      query: (query) => scene.index.query(query),
      remove: (removals) => scene.index.remove(removals),
      index: async (documents) => {
        const fromMs = scene.clock.monotonic();
        await new Promise<void>((resolve) => scene.clock.after(7 * documents.length, resolve));
        batches.push({ size: documents.length, fromMs, toMs: scene.clock.monotonic() });
        await scene.index.index(documents);
      },
    };
    scene.follow({ index });
    await scene.clock.advanceAsync(SOON_MS);
    expect(batches.map(({ size }) => size)).toEqual([16, 16, 16, 12]);
    batches.slice(1).forEach(({ fromMs }, index) => {
      const before = batches[index];
      expect(fromMs - (before?.toMs ?? 0)).toBe(7 * 16);
    });
  });

  test('a restart goes on where it was, also in the middle, and reads nothing twice that was taken', async () => {
    const ann = scene.person();
    const groups: ConversationId[] = [];
    for (let count = 0; count < 120; count += 1) groups.push(await scene.group([ann]));
    const first = scene.follow();
    await scene.clock.advanceAsync(60);
    await first.stop();
    const before = await scene.consumers.positions('search', groups);
    expect(before.size).toBeGreaterThan(0);
    expect(before.size).toBeLessThan(120);
    const log = watchedLog();
    const second = scene.follow({ log });
    await scene.clock.advanceAsync(SOON_MS);
    await second.stop();
    expect(log.reads.flat().map(({ conversation }) => conversation)).toHaveLength(120 - before.size);
    // From here on its mark is kept: a third one lists nothing.
    await scene.say(ann, groups[0] ?? scene.id(), 'guava');
    const third = watchedLog();
    scene.follow({ log: third });
    await scene.clock.advanceAsync(SOON_MS);
    expect(third.reads.flat()).toHaveLength(1);
    expect(await scene.texts(ann, 'guava')).toEqual(['guava']);
  });
});

describe('what goes wrong', () => {
  test('while the log is away it tries again, says so once a second, and goes on afterwards', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    const log = watchedLog();
    log.failure = new ChatError('unavailable', 'the database cannot be reached at the moment');
    scene.follow({ log });
    await scene.clock.advanceAsync(10_500);
    expect(scene.warnings.length).toBeGreaterThanOrEqual(10);
    expect(scene.warnings.length).toBeLessThanOrEqual(12);
    await scene.say(ann, group, 'huckleberry');
    log.failure = null;
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ann, 'huckleberry')).toEqual(['huckleberry']);
    log.failure = new Error('something else');
    await scene.clock.advanceAsync(1_500);
    expect(scene.errors).toContain(log.failure);
  });

  test('what could not be taken comes again, and its position stays', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    await scene.say(ann, group, 'jackfruit');
    let failures = 3;
    const index: SearchIndex = {
      query: (query) => scene.index.query(query),
      remove: (removals) => scene.index.remove(removals),
      index: (documents) => {
        failures -= 1;
        return failures >= 0 ? Promise.reject(new ChatError('unavailable', 'away')) : scene.index.index(documents);
      },
    };
    scene.follow({ index });
    await scene.clock.advanceAsync(1_500);
    expect((await scene.consumers.positions('search', [group])).get(group)).toBeUndefined();
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ann, 'jackfruit')).toEqual(['jackfruit']);
  });

  test('it ends with its node: the turn under way is waited for, and no timer is left', async () => {
    const ann = scene.person();
    await scene.say(ann, await scene.group([ann]), 'kumquat');
    const consumer = scene.follow();
    const turn = consumer.poll();
    await consumer.stop();
    await turn;
    expect(scene.clock.pending).toBe(0);
    await scene.clock.advanceAsync(SOON_MS);
    expect(scene.clock.pending).toBe(0);
  });

  test('after a restore the index is that of the log which was put back: what is lost is not found, what was deleted since is', async () => {
    const ann = scene.person();
    const group = await scene.group([ann]);
    const kept = await scene.say(ann, group, 'lychee kept');
    scene.follow();
    await scene.clock.advanceAsync(SOON_MS);
    const snapshot = scene.store.snapshot();
    await scene.remove(ann, group, kept);
    for (const text of ['lychee lost', 'lychee lost too']) await scene.say(ann, group, text);
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ann, 'lychee')).toEqual(['lychee lost too', 'lychee lost']);
    scene.store.restore(snapshot);
    await scene.say(ann, group, 'lychee anew');
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ann, 'lychee')).toEqual(['lychee anew', 'lychee kept']);
    const hits = await scene.index.query({ terms: ['lychee'], conversations: [group], order: 'newest', limit: 9 });
    expect(hits.map(({ seq }) => seq)).toEqual([kept + 1, kept]);
  });

  test('a mark that is of no store begins with everything', async () => {
    const ann = scene.person();
    await scene.say(ann, await scene.group([ann]), 'mulberry');
    await scene.consumers.saveMark('search', 'nonsense' as Cursor);
    scene.follow();
    await scene.clock.advanceAsync(SOON_MS);
    expect(await scene.texts(ann, 'mulberry')).toEqual(['mulberry']);
  });
});
