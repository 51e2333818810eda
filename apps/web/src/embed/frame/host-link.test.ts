import { afterEach, describe, expect, it } from 'vitest';
import { connect, type Settings, type ToFrame } from '../contract.js';
import { frameSession } from './frame-session.js';
import { type HostLink, linkToHost, NobodyError } from './host-link.js';

const SHOP = 'https://shop.example';
const SETTINGS: Settings = { language: null, theme: 'system', place: null, isPanel: true, isShown: false };

type Said = {
  readonly source: unknown;
  readonly origin: string;
  readonly data: unknown;
  readonly ports: readonly MessagePort[];
};

/** A frame's window in a page, and what comes to it. */
function makeFrame() {
  const listeners = new Set<(event: Said) => void>();
  const greeted: unknown[] = [];
  const parent = { postMessage: (...words: unknown[]) => greeted.push(words) };
  const frame = {
    parent,
    addEventListener: (_: string, listener: (event: Said) => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: (event: Said) => void) => listeners.delete(listener),
  };
  const hears = (event: Said) => {
    for (const listener of [...listeners]) listener(event);
  };
  return { frame: frame as unknown as Window, parent, greeted, hears, listeners };
}

const opened: MessagePort[] = [];
function channel() {
  const { port1, port2 } = new MessageChannel();
  opened.push(port1, port2);
  return { port1, port2 };
}

/** What the page sends is with the frame when the answer to this is. */
async function linked(): Promise<{ link: HostLink; host: MessagePort; said: unknown[] }> {
  const { frame, parent, hears } = makeFrame();
  const { port1: host, port2 } = channel();
  const said: unknown[] = [];
  host.onmessage = ({ data }) => said.push(data);
  const linking = linkToHost(frame, new Set([SHOP]));
  hears({ source: parent, origin: SHOP, data: connect(SETTINGS), ports: [port2] });
  return { link: await linking, host, said };
}

afterEach(() => {
  for (const port of opened.splice(0)) port.close();
});

describe('the way from a frame to the page around it', () => {
  it('is opened by that page alone, of an origin that the server names, and once', async () => {
    const { frame, parent, greeted, hears, listeners } = makeFrame();
    const { port1, port2 } = channel();
    const linking = linkToHost(frame, new Set([SHOP]));
    expect(greeted).toEqual([[{ kith: 'hello', contract: 1 }, '*']]);
    const right: Said = { source: parent, origin: SHOP, data: connect(SETTINGS), ports: [port2] };
    for (const wrong of [
      { source: {} },
      { source: null },
      { origin: 'https://shop.example.evil.example' },
      { origin: 'http://shop.example' },
      { origin: 'null' },
      { ports: [] },
      { data: { kith: 'connect', contract: 2, settings: SETTINGS } },
    ])
      hears({ ...right, ...wrong });
    expect(listeners.size).toBe(1);
    hears(right);
    expect(listeners.size).toBe(0);
    expect((await linking).settings).toEqual(SETTINGS);
    port1.close();
  });

  it('brings tokens for what was asked, by its number, and says where there is nobody', async () => {
    const { link, host } = await linked();
    const answers: ToFrame[] = [
      { type: 'token', id: 7, token: 'of nobody’s asking' },
      { type: 'token', id: 2, token: 'second' },
      { type: 'token', id: 1, token: null },
    ];
    const [first, second] = [link.ask(), link.ask()];
    for (const answer of answers) host.postMessage(answer);
    await expect(second).resolves.toBe('second');
    await expect(first).rejects.toBeInstanceOf(NobodyError);
  });

  it('is bounded in what is asked at a time', async () => {
    const { link, host } = await linked();
    const asked = Array.from({ length: 8 }, () => link.ask());
    await expect(link.ask()).rejects.toThrow('too many');
    for (let id = 1; id <= 8; id += 1) host.postMessage({ type: 'token', id, token: 'a' });
    await expect(Promise.all(asked)).resolves.toHaveLength(8);
  });

  it('says that it is closed when the session has ended, and not before', async () => {
    const { link, host, said } = await linked();
    const order: string[] = [];
    link.onClose = async () => {
      await Promise.resolve();
      order.push('ended');
    };
    const closed = new Promise<void>((resolve) => {
      host.onmessage = ({ data }) => {
        order.push((data as { readonly type: string }).type);
        resolve();
      };
    });
    host.postMessage({ type: 'close' });
    await closed;
    expect([order, said]).toEqual([['ended', 'closed'], []]);
  });
});

describe('the session of a frame', () => {
  it('asks without cookies, and ends itself at once with the last token that came', async () => {
    const asked: [string, RequestInit][] = [];
    const { fetch, revoke } = frameSession('https://chat.example', async (url, init) => {
      asked.push([url, init]);
      return Response.json({ accessToken: `token ${asked.length}` });
    });
    revoke();
    expect(asked).toEqual([]);
    await fetch('https://chat.example/v1/sessions', { method: 'POST', credentials: 'include' });
    await fetch('https://chat.example/v1/sessions/refresh', { method: 'POST' });
    await fetch('https://chat.example/v1/me', { method: 'PATCH' });
    revoke();
    revoke();
    expect(asked.map(([, { credentials }]) => credentials)).toEqual(['omit', 'omit', 'omit', 'omit']);
    const [url, init] = asked.at(-1) ?? [];
    expect([url, init?.method, init?.keepalive]).toEqual(['https://chat.example/v1/sessions/current', 'DELETE', true]);
    expect(init?.headers).toEqual({ authorization: 'Bearer token 2' });
  });

  it('is not ended twice', async () => {
    let asked = 0;
    const { fetch, revoke } = frameSession('https://chat.example', async () => {
      asked += 1;
      return asked === 1 ? Response.json({ accessToken: 'token' }) : new Response(null, { status: 204 });
    });
    await fetch('https://chat.example/v1/sessions', { method: 'POST' });
    await fetch('https://chat.example/v1/sessions/current', { method: 'DELETE' });
    revoke();
    expect(asked).toBe(2);
  });
});
