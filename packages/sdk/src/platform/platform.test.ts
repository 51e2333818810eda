import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { choosePlatform } from './platform.js';

describe('the platform', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is bound to what is there', async () => {
    const platform = choosePlatform();
    expect(Math.abs(platform.clock.now() - Date.now())).toBeLessThan(10_000);
    const startedMs = platform.clock.monotonic();
    await new Promise<void>((resolve) => platform.clock.after(5, resolve));
    expect(platform.clock.monotonic()).toBeGreaterThan(startedMs);
    expect(platform.random.bytes(16)).toHaveLength(16);
    expect(platform.random.fraction()).toBeLessThan(1);
    await platform.keyValues.set('a', '1');
    await expect(platform.keyValues.get('a')).resolves.toBe('1');
    await expect(platform.exclusive('a', async () => 5)).resolves.toBe(5);
  });

  it('waits for its longest where it is asked to wait longer, and does not run at once', async () => {
    const { clock } = choosePlatform();
    let hasRun = false;
    const cancel = clock.after(Number.MAX_SAFE_INTEGER, () => {
      hasRun = true;
    });
    await new Promise<void>((resolve) => clock.after(10, resolve));
    cancel();
    expect(hasRun).toBe(false);
  });

  it('takes the WebSocket that is given, else the one that is there, and says so where there is none', () => {
    const opened: unknown[] = [];
    class Socket {
      constructor(...args: unknown[]) {
        opened.push(...args);
      }
    }
    choosePlatform({ WebSocket: Socket }).openSocket('ws://a', 'kith.v1');
    vi.stubGlobal('WebSocket', Socket);
    choosePlatform().openSocket('ws://b', 'kith.v1');
    expect(opened).toEqual(['ws://a', 'kith.v1', 'ws://b', 'kith.v1']);
    vi.stubGlobal('WebSocket', undefined);
    expect(() => choosePlatform().openSocket('ws://c', 'kith.v1')).toThrow('no WebSocket');
  });

  it('keeps texts in the localStorage of a page', async () => {
    const texts = new Map<string, string>();
    vi.stubGlobal('document', new EventTarget());
    vi.stubGlobal('localStorage', {
      getItem: (name: string) => texts.get(name) ?? null,
      setItem: (name: string, value: string) => texts.set(name, value),
    });
    await choosePlatform().keyValues.set('a', '1');
    expect(texts.get('a')).toBe('1');
  });

  it('takes the locks of the browser', async () => {
    const names: string[] = [];
    vi.stubGlobal('navigator', {
      locks: {
        request: (name: string, _: object, work: () => unknown) => {
          names.push(name);
          return work();
        },
      },
    });
    await expect(choosePlatform().exclusive('renew', async () => 5)).resolves.toBe(5);
    expect(names).toEqual(['renew']);
  });

  it('makes no keys of anything that could be guessed: random bytes are there or given', () => {
    vi.stubGlobal('crypto', undefined);
    expect(() => choosePlatform()).toThrow('random');
    const random = { fraction: () => 0, bytes: (size: number) => new Uint8Array(size) };
    expect(choosePlatform({ random }).random).toBe(random);
  });
});

describe('HTTP by fetch', () => {
  let server: Server;
  let url: string;
  let hasEnded: Promise<void>;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/stream') {
        hasEnded = new Promise((resolve) => response.on('close', () => resolve()));
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`accepts ${request.headers.accept}`);
        return;
      }
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.writeHead(201).end(JSON.stringify({ method: request.method, a: request.headers['x-a'], body }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const signal = () => new AbortController().signal;

  it('sends method, headers and body, and gives the status and the text', async () => {
    const { http } = choosePlatform();
    const request = { method: 'PUT', url, headers: { 'x-a': 'b' }, body: 'text', signal: signal() } as const;
    const answer = await http(request);
    expect([answer.status, answer.stream]).toEqual([201, null]);
    expect(JSON.parse(await answer.text())).toEqual({ method: 'PUT', a: 'b', body: 'text' });
  });

  it('gives a body as it comes, and ends the request when nobody reads on', async () => {
    const { http } = choosePlatform();
    const answer = await http({ method: 'GET', url: `${url}/stream`, headers: {}, isStream: true, signal: signal() });
    let text = '';
    for await (const chunk of answer.stream ?? []) {
      text += new TextDecoder().decode(chunk);
      break;
    }
    expect(text).toBe('accepts text/event-stream');
    await hasEnded;
  });

  it('ends a stream that is aborted while it is read', async () => {
    const { http } = choosePlatform();
    const aborter = new AbortController();
    const path = `${url}/stream`;
    const answer = await http({ method: 'GET', url: path, headers: {}, isStream: true, signal: aborter.signal });
    const read = async () => {
      for await (const chunk of answer.stream ?? []) if (chunk.length > 0) aborter.abort();
    };
    await expect(read()).rejects.toThrow();
    await hasEnded;
  });

  it('has no stream where the platform gives none, as React Native', async () => {
    const fetch = async () => ({ status: 200, text: async () => 'all of it', body: undefined }) as unknown as Response;
    const { http } = choosePlatform({ fetch });
    const answer = await http({ method: 'GET', url, headers: {}, isStream: true, signal: signal() });
    expect([answer.stream, await answer.text()]).toEqual([null, 'all of it']);
  });
});
