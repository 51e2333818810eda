import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { StreamLog } from '../../test/fixtures/stream-log.js';
import { entry, welcome } from '../../test/fixtures/wire.js';
import type { SocketLike } from '../ports.js';
import type { TransportStream } from './transport.js';
import { webSocketTransport } from './websocket-transport.js';

class FakeSocket implements SocketLike {
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  readonly sent: unknown[] = [];
  readonly closes: (number | undefined)[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(code?: number): void {
    this.closes.push(code);
  }
}

const HELLO = { type: 'hello', token: 't', instance: 'i' } as const;

describe('the stream over a WebSocket', () => {
  let socket: FakeSocket;
  let log: StreamLog;
  let opened: string[];
  let stream: TransportStream;
  const say = (text: unknown) => socket.onmessage?.({ data: text });

  beforeEach(() => {
    socket = new FakeSocket();
    log = new StreamLog();
    opened = [];
    const openSocket = (...names: string[]) => {
      opened.push(...names);
      return socket;
    };
    const transport = webSocketTransport({ openSocket, clock: new FakeClock(), url: 'https://chat.example' });
    stream = transport.open(HELLO, log);
  });

  it('[W1] [W2] is opened with the subprotocol, and says hello first and by itself', () => {
    expect(opened).toEqual(['wss://chat.example/v1/ws', 'kith.v1']);
    stream.send({ type: 'ping' });
    expect(socket.sent).toEqual([]);
    socket.onopen?.();
    stream.send({ type: 'ping' });
    expect(socket.sent).toEqual([HELLO, { type: 'ping' }]);
    expect(log.heard).toBe(1);
  });

  it('carries frames, and passes over what it does not know as a sign of life', () => {
    socket.onopen?.();
    for (const frame of [welcome(), { type: 'novelty' }, entry(1)]) say(JSON.stringify(frame));
    expect(log.types).toEqual(['welcome', 'entry']);
    expect(log.heard).toBe(2);
  });

  it('ends with the close code, or with none of ours', () => {
    socket.onopen?.();
    socket.onclose?.({ code: 4001 });
    expect(log.ends).toEqual([{ code: 4001, wasOpen: true }]);
  });

  it('ends unopened where the upgrade is refused, and where the platform throws', async () => {
    socket.onclose?.({ code: 1006 });
    expect(log.ends).toEqual([{ code: null, wasOpen: false }]);
    const clock = new FakeClock();
    const openSocket = () => {
      throw new Error('forbidden by the policy of the page');
    };
    const thrown = new StreamLog();
    webSocketTransport({ openSocket, clock, url: 'http://chat.example' }).open(HELLO, thrown);
    expect(thrown.ends).toEqual([]);
    await clock.advanceAsync(0);
    expect(thrown.ends).toEqual([{ code: null, wasOpen: false }]);
  });

  it.each([['{'], ['[]'], ['{"type":"entry","seq":1}'], [new Uint8Array(2)]])(
    'ends with nonsense and hears nothing after it: %j',
    (nonsense) => {
      socket.onopen?.();
      say(nonsense);
      say(JSON.stringify(welcome()));
      expect(log.ends).toEqual([{ code: null, wasOpen: true, isNonsense: true }]);
      expect(log.frames).toEqual([]);
      expect(socket.closes).toEqual([undefined]);
    },
  );

  it('tells nothing after it was closed, and closes with the code that is given', () => {
    socket.onopen?.();
    const { onmessage, onclose } = socket;
    stream.close(4002);
    onmessage?.({ data: JSON.stringify(welcome()) });
    onclose?.({ code: 4002 });
    stream.send({ type: 'ping' });
    expect(socket.closes).toEqual([4002]);
    expect([log.frames, log.ends, socket.sent.length]).toEqual([[], [], 1]);
  });

  it('leaves nobody without a listener for errors, which some libraries would throw', () => {
    stream.close();
    expect(socket.onerror).not.toBeNull();
  });
});
