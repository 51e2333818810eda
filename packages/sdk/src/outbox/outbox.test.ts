import { settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { entry, HERE, OutboxScene, THERE, wish, written } from '../../test/fixtures/outbox-scene.js';
import type { Stored } from '../storage/replica-store.js';

let scene: OutboxScene;

beforeEach(() => {
  scene = new OutboxScene();
});

describe('taking', () => {
  it('shows and sends an item once the store has it', async () => {
    await scene.connect();
    scene.keeper.isSlow = true;
    let isTaken = false;
    const added = scene.outbox.add(wish('a')).then((item) => {
      isTaken = true;
      return item;
    });
    await settle();
    expect([scene.shown, scene.link.calls, isTaken]).toEqual([[], [], false]);
    await scene.keeper.goOn();
    expect(await added).toMatchObject({ isDurable: true, status: 'sending' });
    expect([scene.states, scene.link.calls.length]).toEqual([[['a', 'sending']], 1]);
  });

  it('takes items in memory where storage is gone, says so, and writes them when it takes something again', async () => {
    scene.keeper.isBroken = true;
    await scene.connect();
    await scene.say('a');
    expect(scene.shown).toMatchObject([{ status: 'sending', isDurable: false }]);
    scene.keeper.isBroken = false;
    await scene.say('b');
    expect(scene.shown).toMatchObject([{ isDurable: true }, { isDurable: true }]);
    const stored = [...scene.keeper.records.values()].map(({ params }) => (params as Stored).text);
    expect(stored.sort()).toEqual(['a', 'b']);
  });

  it('forgets what was removed while storage failed when it takes something again', async () => {
    const [a = '', b = ''] = await scene.say('a', 'b');
    scene.keeper.isBroken = true;
    await scene.outbox.remove(a);
    expect([...scene.keeper.records.keys()]).toEqual([a, b]);
    scene.keeper.isBroken = false;
    await scene.outbox.edit(b, { text: 'B' });
    await settle();
    expect([...scene.keeper.records.keys()]).toEqual([b]);
  });

  it('keeps a copy of what it was given', async () => {
    const params = { text: 'a' };
    await scene.outbox.add({ conversation: HERE, command: 'message.send', params });
    params.text = 'b';
    expect(scene.shown[0]?.params).toEqual({ text: 'a' });
  });

  it('takes 1,000 items and refuses the next one', async () => {
    await scene.say(...Array.from({ length: 1_000 }, (_, index) => String(index)));
    await expect(scene.outbox.add(wish('one more'))).rejects.toMatchObject({ code: 'rate_limited' });
    expect(scene.shown).toHaveLength(1_000);
    await scene.outbox.remove(scene.shown[0]?.key ?? '');
    await expect(scene.outbox.add(wish('one more'))).resolves.toMatchObject({ isDurable: true });
  });

  it('tells only the conversation that changed, and gives the same list until it does', async () => {
    let calls = 0;
    await scene.say('a');
    const list = scene.shown;
    const end = scene.outbox.of(HERE).subscribe(() => {
      calls += 1;
    });
    await scene.add(wish('b', THERE));
    expect([scene.shown === list, calls]).toEqual([true, 0]);
    expect(scene.outbox.items.getSnapshot()).toHaveLength(2);
    await scene.say('c');
    expect([scene.shown.length, calls]).toEqual([2, 1]);
    end();
    await scene.say('d');
    expect(calls).toBe(1);
  });

  it('goes on where a listener of the app throws', async () => {
    await scene.connect();
    const end = scene.outbox.items.subscribe(() => {
      throw new Error('a fault of the app');
    });
    await expect(scene.outbox.add(wish('a'))).rejects.toThrow('a fault of the app');
    end();
    await scene.say('b');
    expect(scene.calls().map(({ params }) => params.text)).toEqual(['a', 'b']);
  });
});

describe('reloading', () => {
  it('[S57] sends 20 that were written offline once each and in order after a reload', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    const keys = await scene.say(...texts);
    await scene.reload();
    await scene.connect();
    const params: unknown[] = [];
    for (let seq = 1; seq <= 20; seq += 1) {
      const call = scene.link.calls.shift();
      params.push([call?.params.text, call?.params.key]);
      await call?.answer(written(seq));
    }
    expect(params).toEqual(texts.map((text, index) => [text, keys[index]]));
    expect(scene.link.calls).toEqual([]);
  });

  it('keeps what was on its way, with its key, until its entry is seen', async () => {
    await scene.connect();
    const [a, b] = await scene.say('a', 'b');
    await scene.calls()[0]?.answer(written(1));
    await scene.reload();
    expect(scene.states).toEqual([
      ['a', 'pending'],
      ['b', 'pending'],
    ]);
    await scene.connect();
    expect(scene.sent()).toEqual([
      ['a', a, undefined],
      ['b', b, a],
    ]);
  });

  it('takes in what another tab has added, in the order of writing, and lets go of what it has removed', async () => {
    const tab = scene.outbox;
    const [a = ''] = await scene.say('a');
    scene.clock.advance(10);
    scene.outbox = scene.open();
    await scene.outbox.reload();
    const [b] = await scene.say('b');
    await scene.outbox.remove(a);
    scene.clock.advance(10);
    const c = await tab.add(wish('c'));
    await tab.reload();
    expect(tab.items.getSnapshot().map(({ key }) => key)).toEqual([b, c.key]);
    tab.connected();
    await settle();
    expect(scene.sent()).toEqual([
      ['b', b, undefined],
      ['c', c.key, b],
    ]);
  });

  it('puts what is added behind what was read, whatever the clock says', async () => {
    await scene.say('a');
    scene.clock.jump(-1_000_000);
    await scene.reload();
    await scene.say('b');
    await scene.reload();
    expect(scene.states).toEqual([
      ['a', 'pending'],
      ['b', 'pending'],
    ]);
  });

  it('loses nothing that is written or removed while the store is read', async () => {
    const [a = ''] = await scene.say('a', 'b');
    let answer: (records: ReadonlyMap<string, Stored>) => void = () => {};
    const stored = () =>
      new Promise<ReadonlyMap<string, Stored>>((resolve) => {
        answer = resolve;
      });
    scene.outbox = scene.open({ stored });
    const before = new Map(scene.keeper.records);
    const first = scene.outbox.reload();
    await settle();
    answer(before);
    await first;
    const again = scene.outbox.reload();
    await settle();
    await scene.outbox.remove(a);
    await scene.say('c');
    answer(before);
    await again;
    expect(scene.shown.map(({ params }) => params.text)).toEqual(['b', 'c']);
  });

  it('lets nothing come in from the store whose entry came while that was read, and removes it there', async () => {
    const [a = ''] = await scene.say('a');
    let answer: (records: ReadonlyMap<string, Stored>) => void = () => {};
    const stored = () =>
      new Promise<ReadonlyMap<string, Stored>>((resolve) => {
        answer = resolve;
      });
    const tab = scene.open({ stored });
    const before = new Map(scene.keeper.records);
    const reload = tab.reload();
    await settle();
    tab.took(HERE, [entry(a)]);
    answer(before);
    await reload;
    expect(tab.items.getSnapshot()).toEqual([]);
    expect([...scene.keeper.records.keys()]).toEqual([]);
  });

  it('reads the store once at a time, so that what was read first does not win', async () => {
    const answers: ((records: ReadonlyMap<string, Stored>) => void)[] = [];
    const stored = () => new Promise<ReadonlyMap<string, Stored>>((resolve) => answers.push(resolve));
    const tab = scene.open({ stored });
    const both = [tab.reload(), tab.reload()];
    await settle();
    expect(answers).toHaveLength(1);
    answers[0]?.(new Map());
    await settle();
    await scene.say('a');
    answers[1]?.(new Map(scene.keeper.records));
    await Promise.all(both);
    expect(tab.items.getSnapshot()).toHaveLength(1);
  });

  it('keeps what is in memory alone when the store is read', async () => {
    scene.keeper.isBroken = true;
    await scene.say('a');
    await scene.outbox.reload();
    expect(scene.states).toEqual([['a', 'pending']]);
  });

  it('keeps what is being written when the store is read', async () => {
    scene.keeper.isSlow = true;
    const added = scene.outbox.add(wish('a'));
    await scene.outbox.reload();
    await scene.keeper.goOn();
    await added;
    expect(scene.states).toEqual([['a', 'pending']]);
  });

  it('keeps the last of several changes that are being written when the store is read', async () => {
    const [a = ''] = await scene.say('a');
    scene.keeper.isSlow = true;
    const edits = [scene.outbox.edit(a, { text: 'A' }), scene.outbox.edit(a, { text: 'B' })];
    await scene.keeper.goOn(1);
    await scene.outbox.reload();
    expect(scene.states).toEqual([['B', 'pending']]);
    await scene.keeper.goOn();
    await Promise.all(edits);
  });

  it('does not lose how far an item got when the store is read', async () => {
    await scene.connect();
    const [a = ''] = await scene.say('a');
    const list = scene.shown;
    await scene.outbox.reload();
    expect(scene.shown).toBe(list);
    await scene.calls()[0]?.answer(written(5));
    await scene.outbox.reload();
    expect(scene.states).toEqual([['a', 'sent']]);
    const record = { ...scene.keeper.records.get(a), params: { text: 'A' } };
    scene.keeper.records.set(a, record);
    await scene.outbox.reload();
    expect(scene.states).toEqual([['A', 'sent']]);
    scene.keeper.records.set(a, { ...record, failure: { code: 'x', message: 'x', retry: 'never' } });
    await scene.outbox.reload();
    expect(scene.states).toEqual([['A', 'failed']]);
  });

  it('leaves records alone that are not of its form', async () => {
    const record = { conversation: HERE, command: 'message.send', params: {}, order: 1 };
    scene.keeper.records.set('w', { ...record, conversation: 1 });
    scene.keeper.records.set('x', { ...record, command: undefined });
    scene.keeper.records.set('y', { ...record, params: null });
    scene.keeper.records.set('z', { ...record, order: 'one' });
    await scene.outbox.reload();
    expect([scene.shown.length, scene.keeper.records.size]).toEqual([0, 4]);
    scene.keeper.records.set('v', record);
    await scene.outbox.reload();
    expect(scene.shown).toMatchObject([{ key: 'v', mayBeSent: true, held: null, behind: null, failure: null }]);
  });

  it('says where the store can not be read, and reads it the next time', async () => {
    let isBroken = true;
    await scene.say('a');
    scene.outbox = scene.open({
      stored: async () => {
        if (isBroken) throw new Error('gone');
        return scene.keeper.records;
      },
    });
    await expect(scene.outbox.reload()).rejects.toThrow('gone');
    isBroken = false;
    await scene.outbox.reload();
    expect(scene.shown).toHaveLength(1);
  });
});
