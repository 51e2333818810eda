import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionScene } from '../../test/fixtures/connection-scene.js';
import { BYE, welcome } from '../../test/fixtures/wire.js';
import { Refusal, unavailable } from '../refusal.js';

describe('the end of a stream', () => {
  let scene: ConnectionScene;

  beforeEach(() => {
    scene = new ConnectionScene();
  });

  describe('[L4] after a close', () => {
    it.each([
      { why: 'draining', bye: { ...BYE, afterMs: 1_200 }, code: 4000, waitMs: 1_200 },
      {
        why: 'too many connections',
        bye: { ...BYE, code: 'too_many_connections', afterMs: 50 },
        code: 4004,
        waitMs: 10_000,
      },
      { why: 'a cut after bye', bye: BYE, code: null, waitMs: 1_200 },
      { why: 'too slow', bye: null, code: 4001, waitMs: 250 },
      { why: 'replaced', bye: null, code: 4410, waitMs: 250 },
    ])('waits as it is asked to: $why', async ({ bye, code, waitMs }) => {
      const stream = await scene.open();
      if (bye) stream.say(bye);
      stream.end({ code });
      expect(scene.waits).toEqual([waitMs]);
    });

    it('forgets a wait that was asked for once it is open again', async () => {
      await scene.start();
      scene.socket.last.say(BYE);
      scene.socket.last.say(welcome());
      scene.socket.last.end();
      expect(scene.waits).toEqual([250]);
    });

    it('waits once for each time that it is asked to', async () => {
      const stream = await scene.open();
      stream.say(BYE);
      stream.end();
      await scene.pass(1_200);
      scene.socket.last.end();
      expect(scene.waits).toEqual([1_200, 500]);
    });

    it('waits as a refused stream asks it to', async () => {
      await scene.start();
      scene.socket.last.end({ code: null, wasOpen: true, retryAfterMs: 900 });
      expect(scene.waits).toEqual([900]);
    });

    it('comes back under another name where it was replaced', async () => {
      const first = await scene.open();
      first.end({ code: 4410 });
      await scene.pass(250);
      expect(scene.socket.last.hello.instance).not.toBe(first.hello.instance);
    });

    it('renews a refused token at once, and goes on with backoff where each fresh one is refused too', async () => {
      await scene.start();
      scene.socket.last.end({ code: 4401 });
      await scene.pass(0);
      expect(scene.asked).toEqual([undefined, 'token-1']);
      for (const waitMs of [250, 500, 1_000]) {
        scene.socket.last.end({ code: 4401 });
        expect(scene.waits.at(-1)).toBe(waitMs);
        await scene.pass(waitMs);
      }
      expect(scene.asked).toEqual([undefined, 'token-1', 'token-2', 'token-3', 'token-4']);
      scene.socket.last.say(welcome());
      expect(scene.kinds.at(-1)).toBe('open');
    });

    it('stops where there is no fresh token because the session has ended', async () => {
      await scene.open();
      scene.giveToken = () => Promise.reject(new Refusal({ code: 'unauthenticated', message: 'm', retry: 'never' }));
      scene.socket.last.end({ code: 4403 });
      await scene.pass(0);
      expect(scene.states.at(-1)).toEqual({ kind: 'stopped', why: 'signed_out' });
      expect(scene.clock.pending).toBe(0);
    });

    it('does not go in a circle with a server that welcomes and then refuses', async () => {
      await scene.open();
      scene.socket.last.end({ code: 4401 });
      await scene.pass(0);
      scene.socket.last.say(welcome());
      scene.socket.last.end({ code: 4401 });
      await scene.pass(0);
      expect([scene.socket.streams.length, scene.waits]).toEqual([2, [250]]);
      await scene.pass(250);
      expect(scene.asked.at(-1)).toBe('token-2');
      scene.socket.last.say(welcome());
      await scene.live(40_000);
      scene.socket.last.end({ code: 4401 });
      await scene.pass(0);
      expect(scene.socket.streams).toHaveLength(4);
    });

    it('keeps in mind which token was refused while the next one is not to be had', async () => {
      await scene.open();
      scene.giveToken = () => Promise.reject(unavailable('away'));
      scene.socket.last.end({ code: 4403 });
      await scene.pass(10_000);
      expect(scene.asked.length).toBeGreaterThan(2);
      expect(new Set(scene.asked.slice(1))).toEqual(new Set(['token-1']));
      expect(scene.socket.streams).toHaveLength(1);
    });

    it('stops where nobody is signed in', async () => {
      scene.giveToken = () => Promise.reject(new Refusal({ code: 'unauthenticated', message: 'm', retry: 'never' }));
      await scene.start();
      expect(scene.states.at(-1)).toEqual({ kind: 'stopped', why: 'signed_out' });
      expect(scene.socket.streams).toEqual([]);
      expect(scene.clock.pending).toBe(0);
    });

    it('stops where its version is not spoken, and can be started again', async () => {
      const stream = await scene.open();
      stream.end({ code: 4409 });
      expect(scene.states.at(-1)).toEqual({ kind: 'stopped', why: 'outdated' });
      scene.connection.start();
      await scene.start();
      expect(scene.socket.streams).toHaveLength(2);
    });
  });

  describe('[L2] renews its token in place', () => {
    const LIMITED = { serverTime: 1_000, authUntil: 601_000 };

    it('before the server ends the stream, again and again', async () => {
      const stream = await scene.open(LIMITED);
      await scene.live(560_000);
      expect(scene.asked).toHaveLength(1);
      await scene.live(10_000);
      expect(scene.asked).toEqual([undefined, 'token-1']);
      expect(stream.sent.filter(({ type }) => type === 'auth')).toEqual([{ type: 'auth', token: 'token-2' }]);
      await scene.live(570_000);
      expect(stream.sent.filter(({ type }) => type === 'auth')).toHaveLength(2);
    });

    it('and tries again soon where there is none', async () => {
      const stream = await scene.open(LIMITED);
      const give = scene.giveToken;
      scene.giveToken = () => Promise.reject(unavailable('away'));
      await scene.live(570_000);
      scene.giveToken = give;
      await scene.live(10_000);
      expect(stream.sent.filter(({ type }) => type === 'auth')).toHaveLength(1);
      await scene.live(500_000);
      expect(scene.asked).toHaveLength(3);
    });

    it('for the stream that is there alone', async () => {
      await scene.open(LIMITED);
      let give: (token: string) => void = () => {};
      scene.giveToken = () => new Promise((resolve) => (give = resolve));
      await scene.live(570_000);
      scene.connection.stop();
      give('late');
      await scene.pass(60_000);
      expect(scene.asked).toHaveLength(2);
      expect(scene.clock.pending).toBe(0);
    });
  });
});
