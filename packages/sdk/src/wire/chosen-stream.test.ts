import { FakeClock } from '@kith/testkit/fake-clock';
import { expect, it } from 'vitest';
import { StreamLog } from '../../test/fixtures/stream-log.js';
import { FakeTransport } from '../../test/fixtures/wire.js';
import { TransportChoice } from './transport-choice.js';

it('asks no further whether the server is there once it is let go of', async () => {
  const clock = new FakeClock();
  const socket = new FakeTransport('websocket');
  const asked: AbortSignal[] = [];
  const choice = new TransportChoice({
    clock,
    socket,
    reach: (signal) => {
      asked.push(signal);
      return new Promise(() => {});
    },
    hello: async () => ({ type: 'hello', token: 't' }),
  });
  const stream = choice.open({ type: 'hello', token: 't' }, new StreamLog());
  socket.last.end({ code: null, wasOpen: false });
  expect(asked.map(({ aborted }) => aborted)).toEqual([false]);
  stream.close();
  expect(asked.map(({ aborted }) => aborted)).toEqual([true]);
});
