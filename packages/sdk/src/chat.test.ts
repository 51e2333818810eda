import { FakeClock } from '@kith/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import { FakeHttp } from '../test/fixtures/fake-http.js';
import { FakeDevice, welcome } from '../test/fixtures/wire.js';
import { Chat } from './chat.js';
import { memoryKeyValues } from './platform/key-values.js';
import type { SocketLike } from './ports.js';
import { MemoryStores } from './storage/memory.js';

const USER = { id: 'u1', kind: 'person', name: 'Ann', username: 'ann', avatar: null, version: 1 };

/** A server that gives tokens, and sockets that refuse or take them. */
class Scene {
  readonly clock = new FakeClock();
  readonly http = new FakeHttp();
  readonly tokens: string[] = [];
  mayRefresh = true;
  refusesFirst = 0;
  readonly chat: Chat;
  #pairs = 0;

  constructor() {
    this.http.answer = ({ url }) => {
      if (url.endsWith('/refresh') && !this.mayRefresh) {
        return { status: 401, body: { code: 'unauthenticated', message: 'm', retry: 'same_key' } };
      }
      this.#pairs += 1;
      const [accessToken, refreshToken] = [`access-${this.#pairs}`, `refresh-${this.#pairs}`];
      return { body: { accessToken, refreshToken, session: 's1', user: USER, expiresAt: 0 } };
    };
    this.chat = new Chat({
      url: 'http://chat.test',
      stores: new MemoryStores(),
      platform: {
        clock: this.clock,
        random: { fraction: () => 0.5, bytes: (size) => new Uint8Array(size) },
        http: this.http.port,
        device: new FakeDevice(),
        keyValues: memoryKeyValues(),
        openSocket: () => this.#socket(),
      },
    });
  }

  #socket(): SocketLike {
    const socket: SocketLike = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      close: () => {},
      send: (text) => {
        const { type, token } = JSON.parse(text);
        if (type !== 'hello') return;
        this.tokens.push(token);
        if (this.tokens.length > this.refusesFirst) socket.onmessage?.({ data: JSON.stringify(welcome()) });
        else socket.onclose?.({ code: 4401 });
      },
    };
    this.clock.after(1, () => socket.onopen?.());
    return socket;
  }
}

describe('a chat whose tokens the stream refuses', () => {
  async function signedIn(refusesFirst: number) {
    const scene = new Scene();
    scene.refusesFirst = refusesFirst;
    const person = await scene.chat.signIn({ username: 'ann', password: 'p' });
    return { scene, person };
  }

  it('[L4] goes on trying with fresh ones while the session lives, and connects once one is taken', async () => {
    const { scene, person } = await signedIn(4);
    await scene.clock.advanceAsync(20_000);
    expect(scene.tokens).toEqual(['access-1', 'access-2', 'access-3', 'access-4', 'access-5']);
    expect(person.connection.getSnapshot().kind).toBe('open');
    expect(scene.chat.person.getSnapshot()).toBe(person);
    expect(scene.chat.session.getSnapshot().kind).toBe('signed_in');
    await scene.chat.close();
  });

  it('[E5] leaves the person where the refresh is refused too: the session has ended', async () => {
    const { scene, person } = await signedIn(Number.POSITIVE_INFINITY);
    await scene.clock.advanceAsync(20_000);
    expect(person.connection.getSnapshot().kind).not.toBe('stopped');
    scene.mayRefresh = false;
    await scene.clock.advanceAsync(60_000);
    expect(scene.chat.session.getSnapshot()).toEqual({ kind: 'signed_out', isEnded: true });
    expect(scene.chat.person.getSnapshot()).toBeNull();
    expect(scene.clock.pending).toBe(0);
    await scene.chat.close();
  });
});
