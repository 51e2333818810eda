import { FakeClock } from '@kith/testkit/fake-clock';
import { expect, it } from 'vitest';
import { StreamLog } from '../../test/fixtures/stream-log.js';
import { FakeTransport, welcome } from '../../test/fixtures/wire.js';
import { Refusal, unavailable } from '../refusal.js';
import { fallbackTo } from './fallback-stream.js';
import { TransportChoice } from './transport-choice.js';

it('ends at once where nothing answers when it looks again, and not where it is asked for patience', async () => {
  const clock = new FakeClock();
  const [socket, events] = [new FakeTransport('websocket'), new FakeTransport('events')];
  let refusal: Refusal | null = null;
  const choice = new TransportChoice({
    clock,
    socket,
    reach: async () => {
      if (refusal) throw refusal;
      return fallbackTo([events]);
    },
    hello: async () => ({ type: 'hello', token: 't' }),
  });
  const log = new StreamLog();
  const stream = choice.open({ type: 'hello', token: 't' }, log);
  socket.last.end({ code: null, wasOpen: false });
  await clock.advanceAsync(0);
  events.last.say(welcome());

  refusal = new Refusal({ code: 'rate_limited', message: 'm', retry: 'same_key', retryAfterMs: 500 });
  stream.recheck();
  await clock.advanceAsync(0);
  expect([log.ends, socket.streams.length]).toEqual([[], 1]);

  refusal = unavailable();
  stream.recheck();
  await clock.advanceAsync(0);
  expect(log.ends).toEqual([{ code: null, wasOpen: true }]);
  expect([events.last.isClosed, clock.pending]).toEqual([true, 0]);
});
