import { settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { entry, HERE, OutboxScene, THERE, wish, written } from '../../test/fixtures/outbox-scene.js';

let scene: OutboxScene;

beforeEach(async () => {
  scene = new OutboxScene();
  await scene.connect();
});

const NOW = { retry: 'same_key' } as const;

describe('sending', () => {
  it('[O2] sends at once, each after the one before while that is unanswered', async () => {
    const [a, b, c] = await scene.say('a', 'b', 'c');
    const calls = [...scene.link.calls];
    expect(scene.sent()).toEqual([
      ['a', a, undefined],
      ['b', b, a],
      ['c', c, b],
    ]);
    for (const [index, call] of calls.entries()) await call.answer(written(index + 1));
    await scene.say('d');
    expect(scene.sent()).toEqual([['d', expect.any(String), undefined]]);
  });

  it('does not put items of other conversations, or other commands, in the line of messages', async () => {
    await scene.say('a');
    await scene.add(wish('b', THERE));
    await scene.add({ conversation: HERE, command: 'conversation.update', params: { name: 'n' } });
    const [c] = await scene.say('c');
    const params = scene.calls().map((call) => call.params);
    expect(params.map(({ after }) => after)).toEqual([undefined, undefined, undefined, params[0]?.key]);
    expect(params.map(({ conversation }) => conversation)).toEqual([HERE, THERE, HERE, HERE]);
    expect(params[3]?.key).toBe(c);
  });

  it('has at most 16 on their way', async () => {
    await scene.say(...Array.from({ length: 40 }, (_, index) => String(index)));
    const calls = scene.calls();
    expect(calls).toHaveLength(16);
    await calls[0]?.answer(written(1));
    expect(scene.calls()).toHaveLength(1);
  });

  it('[M10] sends what was not answered again with the same keys and order, over any number of connections', async () => {
    const [a, b] = await scene.say('a', 'b');
    for (let turn = 0; turn < 3; turn += 1) {
      const calls = scene.calls();
      scene.outbox.disconnected();
      for (const call of calls) await call.refuse('unavailable', NOW);
      expect(scene.states).toEqual([
        ['a', 'pending'],
        ['b', 'pending'],
      ]);
      expect(scene.link.calls).toEqual([]);
      await scene.connect();
      expect(scene.link.calls.map(({ params }) => [params.key, params.after])).toEqual([
        [a, undefined],
        [b, a],
      ]);
    }
  });

  it('takes no notice of what an earlier connection refused', async () => {
    await scene.say('a');
    const [first] = scene.calls();
    scene.outbox.disconnected();
    await scene.connect();
    await first?.refuse('forbidden', { retry: 'new_key' });
    expect(scene.states).toEqual([['a', 'sending']]);
    await scene.calls()[0]?.answer(written(1));
    expect(scene.states).toEqual([['a', 'sent']]);
  });

  it('takes an acknowledgement that came over an earlier connection', async () => {
    await scene.say('a');
    const [first] = scene.calls();
    scene.outbox.disconnected();
    await first?.answer(written(1));
    await scene.connect();
    expect([scene.states, scene.calls()]).toEqual([[['a', 'sent']], []]);
  });

  it('does not send before the store has it, whatever the connection does meanwhile', async () => {
    scene = new OutboxScene();
    await scene.say('a');
    scene.keeper.isSlow = true;
    await scene.connect();
    scene.outbox.disconnected();
    await scene.connect();
    expect([scene.calls(), scene.states]).toEqual([[], [['a', 'sending']]]);
    await scene.keeper.goOn();
    expect(scene.calls()).toHaveLength(1);
  });

  it('puts what another tab wrote earlier behind what was sent before that was known', async () => {
    const tab = scene.open();
    const b = await tab.add(wish('b'));
    const c = await tab.add(wish('c'));
    scene.clock.advance(10);
    const [a] = await scene.say('a');
    expect(scene.sent()).toEqual([['a', a, undefined]]);
    await scene.outbox.reload();
    await settle();
    expect(scene.sent()).toEqual([
      ['b', b.key, a],
      ['c', c.key, b.key],
    ]);
    await scene.reload();
    await scene.connect();
    expect(scene.sent().map((sent) => (sent as string[])[0])).toEqual(['a', 'b', 'c']);
  });

  it('puts it behind as well where it is known only after a reload', async () => {
    const tab = scene.open();
    await tab.add(wish('b'));
    await tab.add({ ...wish('image'), held: 'upload', blocksOthers: false });
    scene.clock.advance(10);
    const [a] = await scene.say('a');
    scene.outbox.disconnected();
    await scene.say('d');
    await scene.reload();
    scene.calls();
    await scene.connect();
    expect(scene.sent()).toMatchObject([
      ['a', a, undefined],
      ['b', expect.any(String), a],
      ['d', expect.any(String), expect.any(String)],
    ]);
    expect(scene.shown.map(({ params }) => params.text)).toEqual(['image', 'a', 'b', 'd']);
    scene.clock.jump(-60_000);
    await scene.say('e');
    expect(scene.shown.at(-1)?.params.text).toBe('e');
  });

  it('has nothing on its way and no timer after its end, and what was taken is in the store', async () => {
    await scene.say('a', 'b');
    const [first, second] = scene.calls();
    await first?.refuse('rate_limited', { ...NOW, retryAfterMs: 9_000 });
    scene.outbox.close();
    scene.held = { epoch: 1, to: 1 };
    await second?.answer(written(1));
    await scene.say('c');
    expect([scene.calls(), scene.clock.pending, scene.keeper.records.size]).toEqual([[], 0, 3]);
  });
});

describe('refusals', () => {
  it('[E2] wait as long as a rate limit asks for, each conversation for itself and over connections, then go on in order', async () => {
    const [a, b] = await scene.say('a', 'b');
    await scene.add(wish('c', THERE));
    await scene.add(wish('d', THERE));
    const [first, second, third, fourth] = scene.calls();
    await second?.refuse('out_of_order', NOW);
    await third?.refuse('rate_limited', { ...NOW, retryAfterMs: 5_000 });
    await first?.refuse('rate_limited', { ...NOW, retryAfterMs: 60_000 });
    await fourth?.refuse('rate_limited', { ...NOW, retryAfterMs: 5_000 });
    await scene.clock.advanceAsync(30_000);
    expect(scene.sent()).toEqual([
      ['c', expect.any(String), undefined],
      ['d', expect.any(String), expect.any(String)],
    ]);
    scene.outbox.disconnected();
    await scene.connect();
    await scene.clock.advanceAsync(29_999);
    expect(scene.calls().filter(({ params }) => params.conversation === HERE)).toEqual([]);
    await scene.clock.advanceAsync(1);
    expect(scene.sent().slice(-2)).toEqual([
      ['a', a, undefined],
      ['b', b, a],
    ]);
  });

  it('[E3] send the same key again after an unknown outcome, later each time, and at once over a new connection', async () => {
    const [a] = await scene.say('a');
    const waits: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      await scene.calls()[0]?.refuse('unavailable', NOW);
      let waitedMs = 0;
      for (; scene.link.calls.length === 0; waitedMs += 50) await scene.clock.advanceAsync(50);
      waits.push(waitedMs);
      expect(scene.link.calls[0]?.params).toEqual({ conversation: HERE, key: a, text: 'a' });
    }
    expect(waits[0]).toBeLessThanOrEqual(500);
    expect(waits[3]).toBeGreaterThanOrEqual(2_000);
    expect(waits[8]).toBeGreaterThanOrEqual(15_000);
    expect(waits[8]).toBeLessThanOrEqual(30_000);
    await scene.calls()[0]?.refuse('unavailable', NOW);
    await scene.connect();
    await scene.calls()[0]?.refuse('unavailable', NOW);
    await scene.clock.advanceAsync(500);
    expect(scene.calls()).toHaveLength(1);
  });

  it.each(['unavailable', 'rate_limited'] as const)(
    'with %s begin with a short wait again after a success',
    async (code) => {
      for (const text of ['a', 'b']) {
        await scene.say(text);
        for (let turn = 0; turn < 4; turn += 1) {
          await scene.calls()[0]?.refuse(code, NOW);
          expect(scene.link.calls).toEqual([]);
          await scene.clock.advanceAsync(turn === 0 ? 500 : 30_000);
          expect(scene.link.calls).toHaveLength(1);
        }
        await scene.calls()[0]?.answer(written(1));
      }
    },
  );

  it('of many at once count as one try', async () => {
    await scene.say(...Array.from({ length: 16 }, (_, index) => String(index)));
    for (const call of scene.calls()) await call.refuse('unavailable', NOW);
    await scene.clock.advanceAsync(500);
    expect(scene.calls()).toHaveLength(16);
  });

  it('hold up one conversation alone where they are of one', async () => {
    await scene.say('a');
    await scene.calls()[0]?.refuse('unavailable', { ...NOW, retryAfterMs: 9_000 });
    await scene.add(wish('b', THERE));
    expect(scene.sent()).toEqual([['b', expect.any(String), undefined]]);
  });

  it('for good let the next one go at once, without what was refused', async () => {
    const [, b, c] = await scene.say('a', 'b', 'c');
    const [first, second, third] = scene.calls();
    await first?.refuse('too_large', { retry: 'never' });
    await second?.refuse('out_of_order', NOW);
    expect(scene.sent()).toEqual([['b', b, undefined]]);
    await third?.refuse('out_of_order', NOW);
    expect(scene.sent()).toEqual([]);
    await scene.clock.advanceAsync(1_000);
    expect(scene.sent()).toEqual([['c', c, b]]);
    expect(scene.shown[0]).toMatchObject({
      status: 'failed',
      failure: { code: 'too_large', message: 'why', retry: 'never' },
    });
  });

  it.each(['acknowledged', 'seen'])('of order go again at once where the one before is %s by now', async (how) => {
    const [a = '', b] = await scene.say('a', 'b');
    const [first, second] = scene.calls();
    if (how === 'seen') await scene.took(entry(a));
    else await first?.answer(written(1));
    await second?.refuse('out_of_order', NOW);
    expect(scene.sent()).toEqual([['b', b, undefined]]);
  });

  it('for good are in the store before the next one goes without them: else a later run would send them behind it', async () => {
    await scene.say('a', 'b');
    const [first, second] = scene.calls();
    scene.keeper.isSlow = true;
    await first?.refuse('forbidden', { retry: 'new_key' });
    await second?.refuse('out_of_order', NOW);
    expect(scene.calls()).toEqual([]);
    await scene.keeper.goOn();
    expect(scene.sent()).toEqual([['b', second?.params.key, undefined]]);
  });

  it('count less than an acknowledgement of the same key', async () => {
    await scene.say('a');
    scene.outbox.disconnected();
    await scene.connect();
    const [first, second] = scene.calls();
    await second?.refuse('forbidden', { retry: 'new_key' });
    await first?.answer(written(1));
    expect(scene.shown).toMatchObject([{ status: 'sent', failure: null }]);
  });

  it.each(['too_large', 'forbidden', 'not_found', 'key_reused', 'bad_request', 'unknown_command', 'conflict'] as const)(
    'with %s are shown, also after a reload, and hold up nobody',
    async (code) => {
      await scene.say('a');
      await scene.calls()[0]?.refuse(code, { retry: code === 'too_large' ? 'never' : 'new_key' });
      await scene.reload();
      await scene.connect();
      expect(scene.shown).toMatchObject([{ status: 'failed', failure: { code } }]);
      await scene.say('b');
      expect(scene.sent()).toEqual([['b', expect.any(String), undefined]]);
    },
  );

  it('[E4] with a code that nobody knows are treated by their retry', async () => {
    await scene.say('a', 'b');
    const [first, second] = scene.calls();
    await first?.refuse('from_the_future' as 'conflict', { retry: 'never' });
    await second?.refuse('from_the_future' as 'conflict', NOW);
    expect(scene.states).toEqual([
      ['a', 'failed'],
      ['b', 'pending'],
    ]);
  });

  it('of the link itself are shown', async () => {
    await scene.say('a');
    await scene.calls()[0]?.break(new TypeError('no such thing'));
    expect(scene.shown).toMatchObject([{ status: 'failed', failure: { message: 'TypeError: no such thing' } }]);
  });
});
