// What a search answers, while everything about it changes: nothing that was erased, nothing that the asker may not see, and
// in the end all that they may.
import { type ConversationId, makeId, type WorkspaceId } from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { searchMessages } from '@kith/server/core/search/search';
import type { SearchIndex } from '@kith/server/core/search/search-index';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SearchScene } from './fixtures/search-scene.js';
import { SearchedLife } from './fixtures/searched-life.js';

const SOON_MS = 5_000;

let scene: SearchScene;
beforeEach(() => {
  scene = new SearchScene();
});
afterEach(() => scene.stop());

describe('between the index and the log', () => {
  /** Searches while `meanwhile` happens after the index has answered, and before the log is read. */
  const searchWhile = (person: Principal, query: string, meanwhile: () => Promise<unknown>) => {
    const index: SearchIndex = {
      index: (documents) => scene.index.index(documents),
      remove: (removals) => scene.index.remove(removals),
      query: async (asked) => {
        const hits = await scene.index.query(asked);
        await meanwhile();
        return hits;
      },
    };
    return searchMessages({ log: scene.log, index }, person, { query });
  };

  const said = async (text: string) => {
    const [ann, ben] = [scene.person(), scene.person()];
    const group = await scene.group([ann, ben]);
    const seq = await scene.say(ann, group, text);
    scene.follow();
    await scene.clock.advanceAsync(SOON_MS);
    return { ann, ben, group, seq };
  };

  test('[K4] a deletion leaves nothing in the answer', async () => {
    const { ann, ben, group, seq } = await said('nectarine secret');
    const found = await searchWhile(ben, 'nectarine', () => scene.remove(ann, group, seq));
    expect(found).toEqual({ items: [], next: null });
  });

  test('[K4] an edit that takes the words away leaves nothing, and another shows the new text', async () => {
    const { ann, ben, group, seq } = await said('nectarine secret');
    const other = await searchWhile(ben, 'nectarine', () =>
      scene.edit(ann, group, { target: seq, text: 'nectarine public' }),
    );
    expect(
      other.items.map(({ message, snippet }) => [message.body.text, snippet.map(({ text }) => text).join('')]),
    ).toEqual([['nectarine public', 'nectarine public']]);
    await scene.clock.advanceAsync(SOON_MS);
    const gone = await searchWhile(ben, 'nectarine', () => scene.edit(ann, group, { target: seq, text: 'x' }));
    expect(gone).toEqual({ items: [], next: null });
  });

  test('[K3] who is removed then gets nothing', async () => {
    const { ben, group } = await said('nectarine secret');
    const found = await searchWhile(ben, 'nectarine', async () => {
      await scene.leave(ben, group);
      await scene.say(ben, group, 'x');
    });
    expect(found).toEqual({ items: [], next: null });
  });

  test('[K3] an index that names what is not the asker’s shows them nothing of it', async () => {
    const { ann, group, seq } = await said('nectarine secret');
    const stranger = scene.person();
    const own = await scene.group([stranger]);
    await scene.say(stranger, own, 'nectarine own');
    const lying: SearchIndex = {
      ...{ index: async () => {}, remove: async () => {} },
      query: async () => [
        { conversation: group, epoch: 1, seq, place: '1' },
        { conversation: own, epoch: 1, seq: 2, place: '2' },
        { conversation: own, epoch: 1, seq: 99, place: '3' },
      ],
    };
    const found = await searchMessages({ log: scene.log, index: lying }, stranger, { query: 'nectarine' });
    expect(found.items.map(({ message }) => message.body.text)).toEqual(['nectarine own']);
    expect(ann.user).not.toBe(stranger.user);
  });
});

test('[K3] the conversations of another workspace are not found, nor named', async () => {
  const ann = scene.person();
  const group = await scene.group([ann]);
  await scene.say(ann, group, 'orange');
  scene.follow();
  await scene.clock.advanceAsync(SOON_MS);
  const elsewhere: Principal = { ...ann, workspace: makeId<WorkspaceId>(0, scene.random.bytes(10)) };
  expect(await scene.search(ann, 'orange')).toMatchObject({ items: [{}] });
  await expect(scene.search(elsewhere, 'orange', { conversation: group })).rejects.toMatchObject({ code: 'not_found' });
  await expect(
    scene.search(scene.person(), 'orange', { conversation: scene.id<ConversationId>() }),
  ).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('[K6] a page that the index names wrongly is filled with what comes behind', async () => {
  const ann = scene.person();
  const group = await scene.group([ann]);
  const sent: number[] = [];
  for (let count = 0; count < 30; count += 1) sent.push(await scene.say(ann, group, `papaya ${count}`));
  const consumer = scene.follow();
  await scene.clock.advanceAsync(SOON_MS);
  await consumer.stop();
  // The index does not hear of these.
  for (const seq of sent.slice(-7)) await scene.remove(ann, group, seq);
  const page = await scene.search(ann, 'papaya', { limit: 5 });
  expect(page.items.map(({ message }) => message.seq)).toEqual(sent.slice(-12, -7).reverse());
  expect(page.next).not.toBeNull();
});

describe('what was erased is in no answer, on any node and at any moment; in the end all is found that is there', () => {
  test.each([1, 2, 3, 4, 5, 6])('seed %i', async (seed) => {
    const life = await SearchedLife.begin(seed);
    for (let step = 0; step < 150; step += 1) {
      await life.step(step);
      // The search itself is one moment of the log: what it shows is as it is then.
      const found = await life.scene.texts(step % 2 === 0 ? life.ann : life.ben, 'quince');
      expect(found.filter((text) => life.erased.has(text))).toEqual([]);
    }
    await life.scene.clock.advanceAsync(SOON_MS);
    const found = await life.scene.search(life.ben, 'quince', { limit: 100 });
    const texts = new Set([...life.alive].map(({ text }) => text));
    expect(new Set(found.items.map(({ message }) => message.body.text))).toEqual(texts);
    const query = { terms: ['quince'], conversations: life.groups, order: 'newest', limit: 500 } as const;
    expect(await life.scene.index.query(query)).toHaveLength(life.alive.length);
    expect(life.erased.size).toBeGreaterThan(20);
    expect(life.scene.errors).toEqual([]);
    await life.end();
  });
});
