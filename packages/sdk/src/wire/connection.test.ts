import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionScene } from '../../test/fixtures/connection-scene.js';
import { BYE, CONVERSATION, entry, welcome } from '../../test/fixtures/wire.js';
import { unavailable } from '../refusal.js';

describe('the connection', () => {
  let scene: ConnectionScene;

  beforeEach(() => {
    scene = new ConnectionScene();
  });

  it('is open after the welcome, which is the first frame that it tells', async () => {
    const stream = await scene.open();
    expect(stream.hello).toMatchObject({ type: 'hello', token: 'token-1', device: 'd', client: 'test/1' });
    expect(stream.hello.instance).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    stream.say(entry(1));
    expect(scene.states).toEqual([{ kind: 'connecting' }, { kind: 'open', transport: 'websocket' }]);
    expect(scene.frames.map(({ type }) => type)).toEqual(['welcome', 'entry']);
    expect([scene.socket, scene.events, scene.poll].map(({ streams }) => streams.length)).toEqual([1, 0, 0]);
  });

  it('sends commands and signals while it is open, and refuses them else', async () => {
    await expect(scene.connection.command('users.read', { ids: [] })).rejects.toMatchObject({ code: 'unavailable' });
    const stream = await scene.open();
    const users = scene.connection.command('users.read', { ids: [] });
    scene.connection.signal({ name: 'typing', conversation: CONVERSATION });
    stream.say({ type: 'ack', id: 1, result: { users: [] } });
    await expect(users).resolves.toEqual({ users: [] });
    expect(stream.sent).toEqual([
      { type: 'command', id: 1, name: 'users.read', params: { ids: [] } },
      { type: 'signal', name: 'typing', conversation: CONVERSATION },
    ]);
    stream.end();
    scene.connection.signal({ name: 'typing', conversation: CONVERSATION });
    await expect(scene.connection.command('users.read', { ids: [] })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('[W7] keeps to the limit of the server', async () => {
    const stream = await scene.open({ limits: { ...welcome().limits, pending: 2 } });
    for (let count = 0; count < 3; count += 1) scene.connection.command('users.read', { ids: [] }).catch(() => {});
    expect(stream.commands).toEqual([1, 2]);
    stream.say({ type: 'error', id: 2, code: 'rate_limited', message: 'm', retry: 'same_key' });
    expect(stream.commands).toEqual([1, 2, 3]);
  });

  it('[W4] lets no command cost the connection', async () => {
    const stream = await scene.open();
    const value = JSON.parse('['.repeat(40) + ']'.repeat(40)) as unknown;
    await expect(scene.connection.command('setting.set', { name: 'a', value })).rejects.toMatchObject({
      code: 'bad_request',
    });
    expect(stream.sent).toEqual([]);
  });

  it('[E3] refuses what waits for an answer when the stream goes, and hears no more of that stream', async () => {
    const stream = await scene.open();
    const waiting = scene.connection.command('users.read', { ids: [] });
    stream.end();
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable', retry: 'same_key' });
    expect(scene.kinds.at(-1)).toBe('waiting');
    const heard = scene.frames.length;
    stream.isClosed = false;
    stream.say(entry(1));
    stream.end();
    expect([scene.frames.length, scene.waits.length]).toEqual([heard, 1]);
  });

  it('says where it was, anew for each stream', async () => {
    await scene.open();
    scene.since = 'later';
    scene.socket.last.end();
    await scene.pass(250);
    expect(scene.socket.last.hello.since).toBe('later');
    expect(scene.socket.last.hello.instance).toBe(scene.socket.streams[0]?.hello.instance);
  });

  it('[S9] [L4] waits longer after each failure, and starts over only after 30 s connected', async () => {
    scene.fraction = 1;
    await scene.start();
    const fail = async () => {
      scene.socket.last.end({ wasOpen: false });
      await scene.pass(0);
      await scene.pass(scene.waits.at(-1) ?? 0);
    };
    for (let round = 0; round < 3; round += 1) await fail();
    scene.socket.last.say(welcome());
    await scene.live(20_000);
    await fail();
    scene.socket.last.say(welcome());
    await scene.live(30_000);
    await fail();
    expect(scene.waits).toEqual([500, 1_000, 2_000, 4_000, 500]);
    expect(
      scene.states.filter(({ kind }) => kind === 'waiting').map((state) => 'attempt' in state && state.attempt),
    ).toEqual([1, 2, 3, 4, 1]);
  });

  it('gives up a server that never welcomes', async () => {
    await scene.start();
    scene.socket.last.hear();
    await scene.pass(20_000);
    expect(scene.socket.streams[0]?.isClosed).toBe(true);
    expect(scene.kinds).toContain('waiting');
  });

  it('[C1] takes frames before the welcome for nonsense, and begins anew', async () => {
    await scene.start();
    scene.socket.last.say(entry(1));
    expect([scene.kinds.at(-1), scene.frames]).toEqual(['waiting', []]);
    await scene.pass(500);
    scene.socket.last.end({ isNonsense: true });
    expect([scene.kinds.at(-1), scene.socket.streams.length]).toEqual(['waiting', 2]);
  });

  describe('[L1] notices silence', () => {
    it('asks for a pong after half a heartbeat, and is content with any answer', async () => {
      const stream = await scene.open();
      await scene.pass(14_999);
      expect(stream.sent).toEqual([]);
      await scene.pass(1);
      expect(stream.sent).toEqual([{ type: 'ping' }]);
      stream.say({ type: 'pong' });
      await scene.pass(14_000);
      expect(stream.sent).toHaveLength(1);
      await scene.live(200_000);
      expect(scene.states.at(-1)?.kind).toBe('open');
    });

    it('closes with 4002 after two heartbeats and a last question, and connects again', async () => {
      const stream = await scene.open();
      await scene.pass(64_999);
      expect(stream.isClosed).toBe(false);
      await scene.pass(1);
      expect(stream.closeCode).toBe(4002);
      await scene.pass(250);
      expect(scene.socket.streams).toHaveLength(2);
    });

    it('reads what came while the device slept before it gives up', async () => {
      const stream = await scene.open();
      await scene.pass(59_000);
      await scene.pass(1_500);
      stream.say(entry(1));
      await scene.pass(10_000);
      expect(stream.isClosed).toBe(false);
    });

    it('gives waiting polls the time that they have, whatever the heartbeat', async () => {
      scene.isReachable = true;
      await scene.start();
      for (const { last } of [scene.socket, scene.events]) {
        last.end({ wasOpen: false });
        await scene.pass(0);
      }
      scene.poll.last.say(welcome({ heartbeatMs: 5_000 }));
      await scene.pass(49_000);
      expect(scene.poll.streams[0]?.isClosed).toBe(false);
      await scene.pass(7_000);
      expect(scene.poll.streams[0]?.isClosed).toBe(true);
    });

    it('is not in a rush where the server names a heartbeat of nothing', async () => {
      const stream = await scene.open({ heartbeatMs: 0 });
      await scene.pass(1_000);
      expect(stream.sent.length).toBeLessThanOrEqual(50);
    });
  });

  describe('[S11] when the device wakes', () => {
    it('asks for a sign of life, and connects again where none comes within 5 s', async () => {
      const stream = await scene.open();
      scene.device.wake();
      scene.device.wake();
      expect(stream.sent).toEqual([{ type: 'ping' }]);
      await scene.pass(4_999);
      expect(stream.isClosed).toBe(false);
      await scene.pass(1);
      expect(stream.isClosed).toBe(true);
      expect(scene.kinds.at(-1)).toBe('waiting');
    });

    it('stays where the server answers', async () => {
      const stream = await scene.open();
      scene.device.wake();
      stream.say({ type: 'pong' });
      await scene.pass(10_000);
      expect(stream.isClosed).toBe(false);
    });

    it('connects at once where it waits, unless the server asked for the wait', async () => {
      await scene.open();
      scene.socket.last.end();
      scene.device.wake();
      await scene.pass(0);
      expect(scene.socket.streams).toHaveLength(2);
      scene.socket.last.say(welcome());
      scene.socket.last.say(BYE);
      scene.socket.last.end({ code: 4000 });
      scene.device.wake();
      await scene.pass(1_199);
      expect(scene.socket.streams).toHaveLength(2);
      await scene.pass(1);
      expect(scene.socket.streams).toHaveLength(3);
    });

    it('begins with a socket again, as the network may be another one', async () => {
      scene.isReachable = true;
      await scene.start();
      scene.socket.last.end({ wasOpen: false });
      await scene.pass(0);
      scene.events.last.say(welcome());
      scene.events.last.end();
      scene.device.wake();
      await scene.pass(0);
      expect([scene.socket.streams.length, scene.events.streams.length]).toEqual([2, 1]);
    });

    it('gives an attempt on the old network 5 s more', async () => {
      await scene.start();
      scene.socket.last.hear();
      scene.device.wake();
      await scene.pass(5_000);
      expect(scene.kinds.at(-1)).toBe('waiting');
    });

    it('expects of events no more than their next comment, and tries for a socket', async () => {
      scene.isReachable = true;
      await scene.start();
      scene.socket.last.end({ wasOpen: false });
      await scene.pass(0);
      scene.events.last.say(welcome());
      await scene.pass(5_000);
      scene.device.wake();
      await scene.pass(0);
      expect(scene.socket.streams).toHaveLength(2);
      await scene.pass(10_000);
      scene.events.last.hear();
      await scene.pass(10_000);
      expect(scene.events.last.isClosed).toBe(false);
      scene.clock.jump(3_600_000);
      scene.device.wake();
      await scene.pass(5_000);
      expect(scene.events.last.isClosed).toBe(true);
    });

    it('hears of nothing once it has stopped', async () => {
      await scene.open();
      scene.connection.stop();
      expect(scene.device.listeners).toBe(0);
      scene.device.wake();
      await scene.pass(60_000);
      expect(scene.socket.streams).toHaveLength(1);
    });
  });

  it('is as after a reconnection when a socket takes over from scene.events, without a gap in between', async () => {
    scene.isReachable = true;
    await scene.start();
    scene.socket.last.end({ wasOpen: false });
    await scene.pass(0);
    scene.events.last.say(welcome());
    const result = scene.connection.command('users.read', { ids: [] });
    scene.since = 'later';
    for (let beat = 0; beat < 3; beat += 1) {
      await scene.pass(10_000);
      scene.events.last.hear();
    }
    scene.socket.last.say(welcome({ since: 'newest' }));
    expect(scene.states.slice(1)).toEqual([
      { kind: 'open', transport: 'events' },
      { kind: 'open', transport: 'websocket' },
    ]);
    expect(scene.socket.last.hello).toMatchObject({ since: 'later', instance: scene.events.last.hello.instance });
    scene.events.last.say({ type: 'ack', id: 1, result: { users: [] } });
    await expect(result).resolves.toEqual({ users: [] });
    expect([scene.socket.streams.length, scene.events.streams.length]).toEqual([2, 1]);
    scene.connection.stop();
    expect(scene.clock.pending).toBe(0);
  });

  it('is given up by whoever stops it while it tells of its state', async () => {
    scene.onState = ({ kind }) => {
      if (kind === 'connecting') scene.connection.stop();
    };
    await scene.start();
    expect([scene.asked, scene.kinds]).toEqual([[], ['connecting', 'stopped']]);
  });

  it('does not hear of a token that it could not get for an attempt that is over', async () => {
    let refuse: (error: Error) => void = () => {};
    scene.giveToken = () => new Promise((_, reject) => (refuse = reject));
    await scene.start();
    scene.connection.stop();
    refuse(unavailable('away'));
    await scene.pass(60_000);
    expect(scene.kinds).toEqual(['connecting', 'stopped']);
  });

  it('[L4] has lasted since it opened, also where a socket took over meanwhile', async () => {
    scene.fraction = 1;
    scene.isReachable = true;
    await scene.start();
    scene.socket.last.end({ wasOpen: false });
    await scene.pass(0);
    scene.events.last.end({ code: 4001 });
    await scene.pass(500);
    scene.socket.last.end({ wasOpen: false });
    await scene.pass(0);
    scene.events.last.say(welcome());
    await scene.pass(20_000);
    scene.device.wake();
    await scene.pass(0);
    scene.socket.last.say(welcome());
    await scene.live(10_000);
    scene.socket.last.end();
    expect(scene.waits).toEqual([500, 500]);
  });

  it('lets go of everything when it is stopped, at any moment', async () => {
    scene.connection.start();
    scene.connection.stop();
    await scene.pass(0);
    expect(scene.socket.streams).toEqual([]);
    await scene.open();
    scene.connection.stop();
    expect(scene.socket.last.isClosed).toBe(true);
    await scene.start();
    scene.socket.last.end();
    scene.connection.stop();
    await scene.pass(120_000);
    expect(scene.socket.streams).toHaveLength(2);
    expect(scene.states.at(-1)).toEqual({ kind: 'stopped', why: 'closed' });
    await scene.start();
    scene.socket.last.end();
    expect(scene.states.at(-1), 'from the beginning').toMatchObject({ attempt: 1 });
    scene.connection.stop();
    expect([scene.clock.pending, scene.device.listeners]).toEqual([0, 0]);
  });
});
