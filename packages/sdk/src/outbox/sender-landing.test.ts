import { beforeEach, describe, expect, it } from 'vitest';
import { entry, HERE, OTHER, OutboxScene, THERE, wish, written } from '../../test/fixtures/outbox-scene.js';

let scene: OutboxScene;

beforeEach(async () => {
  scene = new OutboxScene();
  await scene.connect();
});

describe('landing', () => {
  it('shows an acknowledged item as sent until its entry is here', async () => {
    const [a = ''] = await scene.say('a');
    await scene.calls()[0]?.answer(written(7));
    expect(scene.states).toEqual([['a', 'sent']]);
    await scene.took(entry('another', { seq: 6 }));
    expect(scene.shown).toHaveLength(1);
    await scene.took(entry(a, { seq: 7 }));
    expect([scene.shown, scene.keeper.records.size]).toEqual([[], 0]);
  });

  it('removes an item whose entry comes before its acknowledgement', async () => {
    const [a = ''] = await scene.say('a');
    await scene.took(entry(a));
    expect(scene.shown).toEqual([]);
    await scene.calls()[0]?.answer(written(1));
    expect([scene.shown, scene.keeper.records.size]).toEqual([[], 0]);
  });

  it('removes an item whose acknowledgement was lost when its entry is caught up with', async () => {
    const [a = '', b] = await scene.say('a', 'b');
    scene.calls();
    scene.outbox.disconnected();
    await scene.took(entry(a));
    await scene.reload();
    expect(scene.states).toEqual([['b', 'pending']]);
    await scene.connect();
    expect(scene.sent()).toEqual([['b', b, undefined]]);
  });

  it('removes an acknowledged item when the log is held up to it, whatever came of the entry itself', async () => {
    await scene.say('a', 'b');
    const [first, second] = scene.calls();
    scene.held = { epoch: 1, to: 9 };
    await first?.answer(written(9));
    expect(scene.states).toEqual([['b', 'sending']]);
    await second?.answer(written(10));
    expect(scene.states).toEqual([['b', 'sent']]);
    scene.held = { epoch: 1, to: 10 };
    await scene.took();
    expect(scene.shown).toEqual([]);
  });

  it('does not take the log of another conversation for it', async () => {
    await scene.add(wish('a', THERE));
    await scene.calls()[0]?.answer(written(5));
    scene.held = { epoch: 1, to: 9 };
    await scene.took();
    expect(scene.outbox.of(THERE).getSnapshot()).toMatchObject([{ status: 'sent' }]);
    scene.outbox.took(THERE, []);
    expect(scene.outbox.of(THERE).getSnapshot()).toEqual([]);
  });

  it('is not fooled by the same key of another author', async () => {
    const [a = ''] = await scene.say('a');
    await scene.took(entry(a, { author: OTHER }));
    expect(scene.shown).toHaveLength(1);
  });

  it('removes a failed item whose entry is seen', async () => {
    const [a = ''] = await scene.say('a');
    await scene.calls()[0]?.refuse('key_reused', { retry: 'new_key' });
    await scene.took(entry(a));
    expect(scene.shown).toEqual([]);
  });

  it('[M6] sends acknowledged items that a restored log may lack again, with their old keys and in order', async () => {
    const [a, b] = await scene.say('a', 'b');
    const [first, second] = scene.calls();
    await first?.answer(written(7));
    await second?.answer(written(8));
    scene.held = { epoch: 2, to: 3 };
    await scene.took();
    const again = [...scene.link.calls];
    expect(scene.sent()).toEqual([
      ['a', a, undefined],
      ['b', b, a],
    ]);
    await again[0]?.answer(written(4, 2));
    expect(scene.states).toEqual([
      ['a', 'sent'],
      ['b', 'sending'],
    ]);
  });

  it('[M6] asks again where an acknowledgement is of another log than the one that is held', async () => {
    const [a] = await scene.say('a');
    scene.held = { epoch: 2, to: 3 };
    await scene.calls()[0]?.answer(written(2, 1));
    expect(scene.states).toEqual([['a', 'pending']]);
    await scene.clock.advanceAsync(1_000);
    expect(scene.sent()).toEqual([['a', a, undefined]]);
  });

  it.each([{ summary: {}, users: {}, duplicate: false }, null])(
    'is done with an answer that names no entry',
    async (answer) => {
      await scene.add({ conversation: HERE, command: 'conversation.create', params: { kind: 'group', members: [] } });
      await scene.calls()[0]?.answer(answer);
      expect([scene.shown, scene.keeper.records.size]).toEqual([[], 0]);
    },
  );
});
