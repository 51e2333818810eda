import { settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { entry, HERE, OutboxScene, THERE, wish, written } from '../../test/fixtures/outbox-scene.js';
import type { Stored } from '../storage/replica-store.js';

let scene: OutboxScene;

beforeEach(() => {
  scene = new OutboxScene();
});

describe('changing', () => {
  it('replaces the text of a message that was never sent, and removes one, also after a reload', async () => {
    const [a = '', b = ''] = await scene.say('a', 'b');
    await scene.reload();
    expect(await scene.outbox.edit(a, { text: 'A' })).toMatchObject({ key: a, params: { text: 'A' } });
    expect(await scene.outbox.remove(b)).toBeNull();
    await scene.reload();
    await scene.connect();
    expect(scene.sent()).toEqual([['A', a, undefined]]);
  });

  it('sends no text that the store does not have yet', async () => {
    const [a = ''] = await scene.say('a');
    scene.keeper.isSlow = true;
    const edited = scene.outbox.edit(a, { text: 'A' });
    await scene.connect();
    expect(scene.link.calls).toEqual([]);
    await scene.keeper.goOn();
    await edited;
    expect(scene.sent()).toEqual([['A', a, undefined]]);
  });

  it('says in the store that a message may be in the log before it is sent', async () => {
    const [a = ''] = await scene.say('a');
    expect(scene.keeper.records.get(a)).toMatchObject({ mayBeSent: false });
    scene.keeper.isSlow = true;
    await scene.connect();
    expect(scene.link.calls).toEqual([]);
    await scene.keeper.goOn();
    expect(scene.link.calls).toHaveLength(1);
    expect(scene.keeper.records.get(a)).toMatchObject({ mayBeSent: true });
  });

  it('does not take what another tab says of before it was sent', async () => {
    const [a = ''] = await scene.say('a');
    const older = scene.keeper.records.get(a) ?? null;
    await scene.connect();
    await scene.outbox.take([[a, older]], true);
    await scene.outbox.edit(a, { text: 'A' });
    expect(scene.states).toEqual([
      ['a', 'sending'],
      ['A', 'pending'],
    ]);
  });

  it('keeps what another tab hands over while the store is being read', async () => {
    const [a = ''] = await scene.say('a');
    const record = scene.keeper.records.get(a) ?? null;
    let answer: (records: ReadonlyMap<string, Stored>) => void = () => {};
    const other = scene.open({
      stored: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const reading = other.reload();
    await settle();
    await other.take([[a, record]], true);
    answer(new Map());
    await reading;
    expect(other.items.getSnapshot().map(({ key }) => key)).toEqual([a]);
  });

  it('does not send what waited for the store when the connection went', async () => {
    scene.keeper.isSlow = true;
    const added = scene.say('a');
    await scene.connect();
    scene.outbox.disconnected();
    await scene.keeper.goOn();
    await added;
    expect([scene.link.calls, scene.states]).toEqual([[], [['a', 'pending']]]);
  });

  it.each(['on its way', 'on its way before a reload', 'acknowledged'])(
    'keeps the edit of a message that is %s behind it, and shows that the server knows no such command',
    async (how) => {
      await scene.connect();
      const [a = ''] = await scene.say('a');
      const isAcknowledged = how === 'acknowledged';
      if (isAcknowledged) await scene.calls()[0]?.answer(written(4));
      if (how === 'on its way before a reload') {
        await scene.reload();
        scene.calls();
      }
      const edit = await scene.outbox.edit(a, { text: 'A' });
      expect([edit?.command, scene.shown[0]?.params]).toEqual(['message.edit', { text: 'a' }]);
      if (how === 'on its way before a reload') await scene.connect();
      expect(scene.link.calls.map(({ name }) => name)).toEqual([isAcknowledged ? 'message.edit' : 'message.send']);
      if (!isAcknowledged) await scene.calls()[0]?.answer(written(4));
      const [call] = scene.calls();
      const params = { conversation: HERE, key: edit?.key, text: 'A', epoch: 1, target: 4 };
      expect(call).toMatchObject({ name: 'message.edit', params });
      await call?.refuse('unknown_command', { retry: 'never' });
      await scene.took(entry(a, { seq: 4 }));
      expect(scene.shown).toMatchObject([{ key: edit?.key, status: 'failed', failure: { code: 'unknown_command' } }]);
    },
  );

  it('lets an edit wait behind its message through a reload, and go when the entry is seen', async () => {
    await scene.connect();
    const [a = ''] = await scene.say('a');
    await scene.outbox.edit(a, { text: 'A' });
    await scene.say('b');
    expect(scene.calls().map(({ name }) => name)).toEqual(['message.send', 'message.send']);
    await scene.reload();
    await scene.took(entry(a, { seq: 6 }));
    await scene.reload();
    await scene.connect();
    expect(scene.calls().map(({ name, params: { text, target } }) => [name, text, target])).toEqual([
      ['message.edit', 'A', 6],
      ['message.send', 'b', undefined],
    ]);
  });

  it('puts an edit into a message that failed, and removes one that was to be deleted', async () => {
    await scene.connect();
    const [a = '', b = ''] = await scene.say('a', 'b');
    await scene.outbox.edit(a, { text: 'A' });
    await scene.outbox.remove(b);
    expect(scene.shown.map(({ command }) => command)).toEqual([
      'message.send',
      'message.send',
      'message.edit',
      'message.delete',
    ]);
    for (const call of scene.calls()) await call.refuse('forbidden', { retry: 'new_key' });
    expect(scene.shown).toMatchObject([{ key: a, status: 'failed', params: { text: 'A' } }]);
    expect([...scene.keeper.records.keys()]).toEqual([a]);
  });

  it('sends the edit of a message that is gone, so that it is refused visibly', async () => {
    const [a = ''] = await scene.say('a');
    scene.keeper.records.set(a, { ...scene.keeper.records.get(a), command: 'message.edit', behind: 'nothing' });
    await scene.reload();
    await scene.connect();
    expect(scene.calls().map(({ name, params }) => [name, params.key])).toEqual([['message.edit', a]]);
  });

  it('refuses to change other commands that may have been sent, and knows nothing of other keys', async () => {
    await scene.connect();
    const item = await scene.add({ conversation: HERE, command: 'conversation.update', params: { name: 'n' } });
    await expect(scene.outbox.edit(item.key, { name: 'm' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(scene.outbox.remove(item.key)).rejects.toMatchObject({ code: 'conflict' });
    const { outbox } = scene;
    expect([await outbox.edit('x', {}), await outbox.remove('x'), await outbox.retry('x')]).toEqual([null, null, null]);
  });

  it('sends a failed item again behind the others, with the same key', async () => {
    await scene.connect();
    const [a = '', b] = await scene.say('a', 'b');
    const [first] = scene.calls();
    await first?.refuse('forbidden', { retry: 'new_key' });
    await scene.outbox.retry(a);
    await settle();
    expect(scene.sent()).toEqual([['a', a, b]]);
    await scene.reload();
    expect(scene.states).toEqual([
      ['b', 'pending'],
      ['a', 'pending'],
    ]);
  });

  it('[M11] sends one whose key bears something else already again with a new key', async () => {
    await scene.connect();
    const [a = ''] = await scene.say('a');
    await scene.calls()[0]?.refuse('key_reused', { retry: 'new_key' });
    const again = await scene.outbox.retry(a);
    await settle();
    expect(again?.key).not.toBe(a);
    expect(scene.sent()).toEqual([['a', again?.key, undefined]]);
    expect([...scene.keeper.records.keys()]).toEqual([again?.key]);
  });

  it('corrects a failed message and sends it again, or discards it', async () => {
    await scene.connect();
    const [a = '', b = ''] = await scene.say('a', 'b');
    for (const call of scene.calls()) await call.refuse('bad_request', { retry: 'never' });
    await scene.outbox.edit(a, { text: 'A' });
    expect([scene.states, scene.sent()]).toEqual([
      [
        ['A', 'failed'],
        ['b', 'failed'],
      ],
      [],
    ]);
    await scene.outbox.retry(a);
    await scene.outbox.remove(b);
    await settle();
    expect(scene.sent()).toEqual([['A', a, undefined]]);
    expect(scene.shown).toHaveLength(1);
  });

  it('replaces the text of one that is to be sent again, as long as it was not', async () => {
    await scene.connect();
    const [a = ''] = await scene.say('a');
    await scene.calls()[0]?.refuse('forbidden', { retry: 'new_key' });
    scene.outbox.disconnected();
    await scene.outbox.retry(a);
    expect(await scene.outbox.edit(a, { text: 'A' })).toMatchObject({ key: a, params: { text: 'A' } });
  });

  it('leaves an item alone that did not fail when it is to be sent again', async () => {
    await scene.connect();
    const [a = ''] = await scene.say('a');
    scene.calls();
    expect(await scene.outbox.retry(a)).toMatchObject({ key: a, status: 'sending' });
    await settle();
    expect(scene.calls()).toEqual([]);
  });
});

describe('holding', () => {
  const image = (blocksOthers?: boolean) =>
    scene.add({ ...wish('look'), held: 'upload', ...(blocksOthers === undefined ? {} : { blocksOthers }) });

  beforeEach(() => scene.connect());

  it('[S60] keeps the order of a text that is sent while the image before it is still uploading', async () => {
    const { key } = await image();
    const [text] = await scene.say('text');
    await scene.add(wish('elsewhere', THERE));
    expect(scene.sent()).toEqual([['elsewhere', expect.any(String), undefined]]);
    expect(scene.shown).toMatchObject([{ status: 'pending', held: 'upload' }, { status: 'pending' }]);
    await scene.outbox.release(key, { attachments: ['blob'] });
    await settle();
    expect(scene.calls().map(({ params }) => params)).toEqual([
      { conversation: HERE, key, text: 'look', attachments: ['blob'] },
      { conversation: HERE, key: text, text: 'text', after: key },
    ]);
  });

  it('[S60] fails visibly where the upload does, sends what waited behind it, and waits again when it is retried', async () => {
    const { key } = await image();
    const [text] = await scene.say('text');
    await scene.outbox.fail(key, { code: 'upload', message: 'the file is gone', retry: 'never' });
    await settle();
    expect(scene.sent()).toEqual([['text', text, undefined]]);
    expect(scene.shown[0]).toMatchObject({ key, status: 'failed', failure: { code: 'upload' } });
    await scene.outbox.retry(key);
    expect(scene.shown[1]).toMatchObject({ key, status: 'pending', held: 'upload' });
    expect(scene.sent()).toEqual([]);
    await scene.outbox.release(key);
    await settle();
    expect(scene.sent()).toEqual([['look', key, text]]);
  });

  it('[S60] waits for its upload through a reload', async () => {
    const { key } = await image();
    await scene.reload();
    await scene.connect();
    expect(scene.shown).toMatchObject([{ held: 'upload', status: 'pending' }]);
    expect(scene.sent()).toEqual([]);
    await scene.outbox.release(key);
    await settle();
    expect(scene.sent()).toEqual([['look', key, undefined]]);
  });

  it('lets the text be changed while it waits for the image before it', async () => {
    await image();
    const [text = ''] = await scene.say('text');
    expect(await scene.outbox.edit(text, { text: 'TEXT' })).toMatchObject({ key: text, params: { text: 'TEXT' } });
  });

  it('lets others go first where it does not block them', async () => {
    const { key } = await image(false);
    const [text] = await scene.say('text');
    expect(scene.sent()).toEqual([['text', text, undefined]]);
    await scene.outbox.release(key);
    await settle();
    expect(scene.sent()).toEqual([['look', key, undefined]]);
  });

  it('leaves items alone that are not held', async () => {
    const [a = ''] = await scene.say('a');
    await scene.outbox.release(a, { text: 'b' });
    await scene.outbox.fail(a, { code: 'x', message: 'x', retry: 'never' });
    expect(scene.states).toEqual([['a', 'sending']]);
  });
});
