import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { StreamLog } from '../../test/fixtures/stream-log.js';
import { entry, FakeTransport, welcome } from '../../test/fixtures/wire.js';
import { Refusal, unavailable } from '../refusal.js';
import { fallbackTo } from './fallback-stream.js';
import type { CarriedStream, OutgoingFrame } from './transport.js';
import { TransportChoice } from './transport-choice.js';

const SHUT = { code: null, wasOpen: false } as const;

describe('the choice of a transport', () => {
  let clock: FakeClock;
  let socket: FakeTransport;
  let events: FakeTransport;
  let poll: FakeTransport;
  let [reached, since, isReachable] = [0, 0, true];
  let choice: TransportChoice;
  let log: StreamLog;
  let stream: CarriedStream;

  beforeEach(() => {
    clock = new FakeClock();
    socket = new FakeTransport('websocket');
    events = new FakeTransport('events');
    poll = new FakeTransport('poll');
    [reached, since, isReachable] = [0, 0, true];
    choice = new TransportChoice({
      clock,
      socket,
      reach: async () => {
        reached += 1;
        if (!isReachable) throw unavailable('away');
        return fallbackTo([events, poll]);
      },
      hello: async () => ({ type: 'hello', token: 't', since: `since ${since}` }),
    });
  });

  /** Opens a stream as a connection does. */
  async function open(): Promise<void> {
    log = new StreamLog();
    stream = choice.open({ type: 'hello', token: 't' }, log);
    await pass(0);
  }
  const pass = (ms: number) => clock.advanceAsync(ms);
  const opened = () => [socket.streams.length, events.streams.length, poll.streams.length];
  async function openEvents(): Promise<void> {
    await open();
    socket.last.end(SHUT);
    await pass(0);
    events.last.say(welcome());
  }
  const command = (id: number): OutgoingFrame => ({ type: 'command', id, name: 'users.read', params: { ids: [] } });

  it('[W1] is a WebSocket where that opens, and asks for nothing over HTTP', async () => {
    await open();
    await pass(1_900);
    socket.last.hear();
    await pass(5_000);
    socket.last.say(welcome());
    expect(stream.transport).toBe('websocket');
    expect(log.types).toEqual(['welcome']);
    expect([reached, opened()]).toEqual([0, [1, 0, 0]]);
    stream.close();
    expect(clock.pending).toBe(0);
  });

  it('[S2] goes on to events at once where a socket is refused and the server answers over HTTP', async () => {
    await open();
    socket.last.end(SHUT);
    await pass(0);
    expect(opened()).toEqual([1, 1, 0]);
    events.last.say(welcome());
    events.last.say(entry(1));
    expect(stream.transport).toBe('events');
    expect(log.types).toEqual(['welcome', 'entry']);
  });

  it('[S2] goes on to events where a socket is swallowed, within 2 s', async () => {
    await open();
    await pass(1_999);
    expect(reached).toBe(0);
    await pass(1);
    expect(opened()).toEqual([1, 1, 0]);
    expect(socket.last.isClosed).toBe(true);
  });

  it('keeps a slow socket that opens before the server has answered over HTTP', async () => {
    let answer: () => void = () => {};
    choice = new TransportChoice({
      clock,
      socket,
      reach: () => new Promise((resolve) => (answer = () => resolve(fallbackTo([events, poll])))),
      hello: async () => ({ type: 'hello', token: 't' }),
    });
    await open();
    await pass(2_500);
    socket.last.hear();
    answer();
    await pass(0);
    expect(opened()).toEqual([1, 0, 0]);
    expect(socket.last.isClosed).toBe(false);
  });

  it('[S2] goes on to polls where events are held back for 1.5 s, all within 5 s', async () => {
    await open();
    await pass(2_000);
    expect(opened()).toEqual([1, 1, 0]);
    await pass(1_499);
    expect(opened()).toEqual([1, 1, 0]);
    await pass(1);
    expect(opened()).toEqual([1, 1, 1]);
    expect(events.last.isClosed).toBe(true);
    poll.last.say(welcome());
    expect(stream.transport).toBe('poll');
  });

  it('gives events their time as long as something comes', async () => {
    await open();
    socket.last.end(SHUT);
    await pass(0);
    for (let part = 0; part < 4; part += 1) {
      await pass(1_400);
      events.last.hear();
    }
    events.last.say(welcome());
    await pass(10_000);
    expect(opened()).toEqual([1, 1, 0]);
  });

  it('makes no storm where the server is away altogether: one socket, one request', async () => {
    isReachable = false;
    await open();
    socket.last.end(SHUT);
    await pass(0);
    expect(log.ends).toEqual([SHUT]);
    await pass(60_000);
    expect([reached, opened()]).toEqual([1, [1, 0, 0]]);
    expect(clock.pending).toBe(0);
  });

  it('waits for a socket that is slow while nothing answers over HTTP', async () => {
    isReachable = false;
    await open();
    await pass(3_000);
    expect(log.ends).toEqual([]);
    socket.last.say(welcome());
    expect(stream.transport).toBe('websocket');
  });

  it('ends with what the server has said, instead of trying another way', async () => {
    await open();
    socket.last.end({ code: 4401, wasOpen: true });
    await pass(0);
    expect(log.ends).toEqual([{ code: 4401, wasOpen: true }]);
    expect([reached, opened()]).toEqual([0, [1, 0, 0]]);
  });

  it('ends with what the server says where it is asked for a ticket', async () => {
    choice = new TransportChoice({
      clock,
      socket,
      reach: () => Promise.reject(new Refusal({ code: 'unauthenticated', message: 'm', retry: 'same_key' })),
      hello: async () => ({ type: 'hello', token: 't' }),
    });
    await open();
    socket.last.end(SHUT);
    await pass(0);
    expect(log.ends).toEqual([{ code: 4401, wasOpen: false }]);
  });

  it('ends where no way brings a welcome, and begins with the first again', async () => {
    await open();
    socket.last.end(SHUT);
    await pass(0);
    events.last.end(SHUT);
    await pass(0);
    poll.last.end({ ...SHUT, retryAfterMs: 7 });
    expect(log.ends).toEqual([{ ...SHUT, retryAfterMs: 7 }]);
    await open();
    expect(opened()).toEqual([2, 1, 1]);
  });

  it('begins the next time with what worked', async () => {
    await openEvents();
    events.last.end();
    await open();
    expect(opened()).toEqual([1, 2, 0]);
    choice.forget();
    stream.close();
    await open();
    expect(opened()).toEqual([2, 2, 0]);
  });

  it('begins with the first again when the last resort does not work any more', async () => {
    await openEvents();
    stream.abandon(4002);
    await open();
    poll.last.say(welcome());
    poll.last.end();
    await open();
    expect(opened()).toEqual([1, 1, 2]);
    poll.last.end(SHUT);
    await open();
    expect(opened()).toEqual([2, 1, 2]);
  });

  it('remembers what worked while the server is away', async () => {
    await openEvents();
    events.last.end();
    isReachable = false;
    for (let attempt = 0; attempt < 5; attempt += 1) await open();
    expect(opened()).toEqual([1, 1, 0]);
    isReachable = true;
    await open();
    expect(opened()).toEqual([1, 2, 0]);
  });

  it('tries a socket again where HTTP does not get through any more', async () => {
    await openEvents();
    stream.close();
    isReachable = false;
    for (const sockets of [1, 1, 1, 1, 1, 1, 2]) {
      await open();
      expect(opened()).toEqual([sockets, 1, 0]);
    }
  });

  it('takes a server that restarts for no proxy: a socket that worked is in doubt only at its third failure', async () => {
    await open();
    socket.last.say(welcome());
    socket.last.end();
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await open();
      socket.last.end(SHUT);
      await pass(0);
      expect(log.ends, `attempt ${attempt}`).toEqual([SHUT]);
    }
    await open();
    socket.last.say(welcome());
    socket.last.end();
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await open();
      socket.last.end(SHUT);
    }
    expect(reached).toBe(0);
    await open();
    socket.last.end(SHUT);
    await pass(0);
    expect(opened()).toEqual([7, 1, 0]);
  });

  it('has more patience with a socket that is swallowed where one has worked', async () => {
    await open();
    socket.last.say(welcome());
    socket.last.end();
    await open();
    await pass(5_999);
    expect(opened()).toEqual([2, 0, 0]);
    await pass(1);
    expect(opened()).toEqual([2, 1, 0]);
  });

  it('leaves a socket that opens twice and never brings a welcome', async () => {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await open();
      socket.last.hear();
      await pass(20_000);
      stream.close();
    }
    await open();
    expect(opened()).toEqual([2, 1, 0]);
  });

  it('does not begin again with events that fall silent once they are open', async () => {
    await openEvents();
    stream.abandon(4002);
    expect(events.last.closeCode).toBe(4002);
    await open();
    expect(opened()).toEqual([1, 1, 1]);
  });

  describe('takes a better way later', () => {
    beforeEach(openEvents);

    it('tries a socket after 30 s, then half as often each time, down to every 10 minutes', async () => {
      const tries: number[] = [];
      let beforeMs = 0;
      while (tries.length < 7) {
        const count = socket.streams.length;
        await pass(1_000);
        if (socket.streams.length === count) continue;
        tries.push(Math.round((clock.monotonic() - beforeMs) / 1_000));
        beforeMs = clock.monotonic();
        socket.last.end(SHUT);
      }
      expect(tries).toEqual([30, 60, 120, 240, 480, 600, 600]);
    });

    it('moves over when it welcomes, from where it is by then, and loses no frame', async () => {
      since = 7;
      await pass(30_000);
      expect(socket.last.hello.since).toBe('since 7');
      events.last.say(entry(1));
      socket.last.say(welcome());
      events.last.say(entry(2));
      socket.last.say(entry(2));
      expect(stream.transport).toBe('websocket');
      expect(log.frames.slice(1)).toMatchObject([{ seq: 1 }, { type: 'welcome' }, { seq: 2 }]);
      expect(events.last.isRetired).toBe(true);
      socket.last.end();
      await open();
      expect(socket.last.hello.since).toBeUndefined();
      expect(events.streams).toHaveLength(1);
    });

    it('expects that the server closes the older stream as replaced', async () => {
      await pass(30_000);
      events.last.end({ code: 4410, wasOpen: true });
      expect(log.ends).toEqual([]);
      socket.last.say(welcome());
      expect(stream.transport).toBe('websocket');
    });

    it('ends where the older stream is replaced and the newer one comes to nothing', async () => {
      await pass(30_000);
      events.last.end({ code: 4410, wasOpen: true });
      socket.last.hear();
      await pass(15_000);
      expect(log.ends).toEqual([{ code: null, wasOpen: true }]);
      expect(clock.pending).toBe(0);
    });

    it('is told where it was replaced by another', async () => {
      events.last.end({ code: 4410, wasOpen: true });
      expect(log.ends).toEqual([{ code: 4410, wasOpen: true }]);
    });

    it('gives up a try after 15 s without a welcome, and stays', async () => {
      await pass(30_000);
      socket.last.hear();
      await pass(15_000);
      expect(socket.last.isClosed).toBe(true);
      events.last.say(entry(1));
      expect(log.types.at(-1)).toBe('entry');
      await pass(60_000);
      expect(socket.streams).toHaveLength(3);
    });

    it('tries at once when it is told to, one at a time', async () => {
      stream.recheck();
      stream.recheck();
      await pass(0);
      stream.recheck();
      await pass(0);
      expect(socket.streams).toHaveLength(2);
      await pass(15_000);
      expect(socket.last.isClosed).toBe(true);
    });

    it('[O1] holds commands until those on the older way are answered', async () => {
      stream.send(command(1));
      stream.send(command(2));
      await pass(30_000);
      socket.last.say(welcome());
      stream.send(command(3));
      stream.send({ type: 'signal', name: 'typing' });
      expect(socket.last.sent).toEqual([{ type: 'signal', name: 'typing' }]);
      events.last.say({ type: 'ack', id: 1, result: {} });
      expect(socket.last.commands).toEqual([]);
      events.last.say({ type: 'error', id: 2, code: 'unavailable', message: 'm', retry: 'same_key' });
      expect(socket.last.commands).toEqual([3]);
      expect(log.types.slice(-2)).toEqual(['ack', 'error']);
      stream.send(command(4));
      expect(socket.last.commands).toEqual([3, 4]);
      expect(clock.pending).toBe(0);
    });

    it('holds them for no longer than 20 s', async () => {
      stream.send(command(1));
      await pass(30_000);
      socket.last.say(welcome());
      stream.send(command(2));
      await pass(20_000);
      expect(socket.last.commands).toEqual([2]);
    });

    it('lets go of everything when it is closed', async () => {
      stream.send(command(1));
      await pass(30_000);
      socket.last.say(welcome());
      stream.close();
      expect([socket.last.isClosed, events.last.isClosed, clock.pending]).toEqual([true, true, 0]);
    });
  });
});
