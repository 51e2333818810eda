import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeSocket, welcome } from '../testing/fakes.js';
import { Refusal } from './api.js';
import { Connection, type ConnectionState } from './connection.js';

describe('the connection', () => {
  let sockets: FakeSocket[];
  let states: ConnectionState[];
  let asked: (string | undefined)[];
  let connection: Connection;
  const last = () => sockets.at(-1) ?? new FakeSocket();
  const settle = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    sockets = [];
    states = [];
    asked = [];
    connection = new Connection({
      openSocket: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket.asWebSocket;
      },
      accessToken: async (rejected) => {
        asked.push(rejected);
        return `token-${asked.length}`;
      },
      hello: () => ({ instance: 'run' }),
      onFrame: () => {},
      onState: (state) => states.push(state),
      random: () => 1,
    });
  });
  afterEach(() => {
    connection.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  async function open(): Promise<FakeSocket> {
    connection.connectNow();
    await settle();
    last().onopen?.();
    last().say(welcome());
    return last();
  }

  it('says hello with a token and is open after the welcome', async () => {
    const socket = await open();
    expect(socket.sent).toEqual([{ type: 'hello', token: 'token-1', instance: 'run' }]);
    expect(states.map(({ kind }) => kind)).toEqual(['connecting', 'open']);
  });

  it('matches answers to commands in whatever order they come', async () => {
    const socket = await open();
    const first = connection.command('users.read', { ids: [] });
    const second = connection.command('users.read', { ids: [] });
    const ids = socket.sent.slice(1).map(({ id }) => id ?? 0);
    socket.say({
      type: 'error',
      id: ids[1] ?? 0,
      code: 'rate_limited',
      message: 'm',
      retry: 'same_key',
      retryAfterMs: 9,
    });
    socket.say({ type: 'ack', id: ids[0] ?? 0, result: { users: [] } });
    await expect(first).resolves.toEqual({ users: [] });
    await expect(second).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 9 });
  });

  it('refuses what waits for an answer when the connection goes, and hears nothing more of the old socket', async () => {
    const socket = await open();
    const waiting = connection.command('users.read', { ids: [] });
    socket.end(1006);
    await expect(waiting).rejects.toBeInstanceOf(Refusal);
    expect(socket.onmessage).toBeNull();
    await expect(connection.command('users.read', { ids: [] })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('[S9] waits longer after each failure, and starts over only after 30 s connected', async () => {
    const waits: number[] = [];
    const fail = async () => {
      last().end(1006);
      const state = states.at(-1);
      waits.push(state?.kind === 'waiting' ? state.untilMs - Date.now() : -1);
      await vi.advanceTimersByTimeAsync(waits.at(-1) ?? 0);
    };
    connection.connectNow();
    await settle();
    for (let round = 0; round < 3; round += 1) await fail();
    last().say(welcome());
    await vi.advanceTimersByTimeAsync(10_000);
    await fail();
    last().say(welcome());
    for (let beat = 0; beat < 4; beat += 1) {
      await vi.advanceTimersByTimeAsync(10_000);
      last().say({ type: 'pong' });
    }
    await fail();
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 500]);
  });

  it('asks for a pong in silence, and lets go of a socket that is silent for two heartbeats', async () => {
    const socket = await open();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(socket.sent.at(-1)).toEqual({ type: 'ping' });
    socket.say({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(45_000);
    expect(states.at(-1)?.kind).toBe('open');
    await vi.advanceTimersByTimeAsync(16_000);
    expect(socket.isClosed).toBe(true);
    expect(states.some(({ kind }) => kind === 'waiting')).toBe(true);
  });

  it('renews a refused token once, and stops when the fresh one is refused too', async () => {
    connection.connectNow();
    await settle();
    last().end(4401);
    await settle();
    expect(asked).toEqual([undefined, 'token-1']);
    last().end(4401);
    expect(states.at(-1)).toEqual({ kind: 'stopped', why: 'signed_out' });
  });

  it('gives up a server that never welcomes', async () => {
    connection.connectNow();
    await settle();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(states.at(-1)?.kind).toBe('waiting');
  });

  it('waits as long as a bye asks for', async () => {
    const socket = await open();
    socket.say({ type: 'bye', code: 'draining', reconnect: true, afterMs: 1_200 });
    socket.end(4000);
    expect(states.at(-1)).toEqual({ kind: 'waiting', untilMs: Date.now() + 1_200 });
  });
});
