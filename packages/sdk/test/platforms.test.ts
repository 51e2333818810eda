// The built SDK runs wherever there is JavaScript: against a real server, in worlds whose globals are cut down to what Node 20,
// a later Node, and React Native have.

import { randomUUID, webcrypto } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import type { Chat } from '../src/chat.js';
import type { Person } from '../src/person.js';
import type { PlatformOverrides } from '../src/platform/platform.js';
import type { KeyValueStore } from '../src/ports.js';
import type { MemoryStores } from '../src/storage/memory.js';
import { typed, typingOf } from '../src/typing/typing.js';
import { bundledSdk, loadSdk, type Sdk } from './fixtures/cut-down-platform.js';
import { until } from './fixtures/facts.js';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
/** What only Node can have: a store in files. */
const FOR_NODE = ['storage/file.js', 'storage/journal.js'];
const PASSWORD = 'a long pass phrase of the tests';

const { setTimeout, clearTimeout, setInterval, clearInterval, performance, console } = globalThis;
const EVERYWHERE = { setTimeout, clearTimeout, setInterval, clearInterval, performance, console, AbortController };
const getRandomValues = <T extends Uint8Array>(into: T): T => webcrypto.getRandomValues(into);

/** Of Node 20: there is no WebSocket, no navigator, no page. */
const NODE_20 = {
  ...EVERYWHERE,
  AbortSignal,
  BroadcastChannel,
  Event,
  EventTarget,
  TextDecoder,
  URL,
  crypto: webcrypto,
  fetch,
};

/** Of React Native: `window` hears nothing, an answer's body comes whole, and randomness is all that there is of crypto. */
const REACT_NATIVE = {
  ...EVERYWHERE,
  window: {},
  navigator: { product: 'ReactNative' },
  crypto: { getRandomValues },
  WebSocket,
  fetch: async (url: string, init: RequestInit) => {
    const { status, ...answer } = await wholeAnswer(url, init);
    return { status, ...answer };
  },
};

async function wholeAnswer(url: string, init: RequestInit) {
  const answer = await fetch(url, init);
  const text = await answer.text();
  return { status: answer.status, ok: answer.ok, text: async () => text, body: undefined };
}

/** As the asynchronous storage of a phone. */
class PhoneValues implements KeyValueStore {
  readonly texts = new Map<string, string>();

  async get(name: string): Promise<string | null> {
    return this.texts.get(name) ?? null;
  }

  async set(name: string, value: string): Promise<void> {
    this.texts.set(name, value);
  }

  async remove(name: string): Promise<void> {
    this.texts.delete(name);
  }
}

it('is built without anything of Node but where it keeps files', async () => {
  const files = (await readdir(DIST, { recursive: true })).filter((name) => name.endsWith('.js'));
  expect(files.length).toBeGreaterThan(50);
  const found: string[] = [];
  for (const file of files) {
    const name = file.split(sep).join('/');
    const text = await readFile(join(DIST, file), 'utf8');
    const imported = [...text.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
      (match) => match[1] ?? '',
    );
    const isOfNode = imported.some((from) => from.startsWith('node:') || builtinModules.includes(from));
    if (isOfNode) found.push(name);
  }
  expect(found.sort()).toEqual(FOR_NODE);
});

describe('the built SDK against a real server', () => {
  let server: RealServer;
  let script: string;
  const open: Chat[] = [];

  beforeAll(async () => {
    [server, script] = await Promise.all([startRealServer({ RATE_FACTOR: '20' }), bundledSdk()]);
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const chat of open.splice(0)) await chat.close();
  });

  type Place = { readonly sdk: Sdk; readonly stores: MemoryStores; readonly platform: PlatformOverrides };

  function chatAt({ sdk, stores, platform }: Place): Chat {
    const chat = new sdk.Chat({ url: server.url, stores, client: 'test/1', platform });
    open.push(chat);
    return chat;
  }

  async function somebodyAt(place: Place): Promise<{ chat: Chat; person: Person }> {
    const chat = chatAt(place);
    const person = await chat.signUp({ username: `u${randomUUID().slice(0, 8)}`, password: PASSWORD });
    await until(person.connection, ({ kind }) => kind === 'open');
    return { chat, person };
  }

  /** Two people talk both ways; then one of them starts the app again and goes on where it was. */
  async function talk(globals: { readonly [name: string]: unknown }, platform: PlatformOverrides): Promise<string> {
    const sdk = loadSdk(script, globals);
    const place = () => ({
      sdk,
      stores: new sdk.MemoryStores(),
      platform: { ...platform, keyValues: new PhoneValues() },
    });
    const own = place();
    const { chat, person: ann } = await somebodyAt(own);
    const { person: ben } = await somebodyAt(place());
    const conversation = await ann.create({ kind: 'direct', members: [ben.id] });
    await ann.send(conversation, 'there');
    await until(ben.conversation(conversation), (view) => view?.last?.body.text === 'there');
    const typists = typingOf(ann, conversation);
    typed(ben, conversation);
    await until(typists, ([typist]) => typist === ben.id);
    await ben.send(conversation, 'and back');
    await until(ann.conversation(conversation), (view) => view?.last?.body.text === 'and back');
    const state = ann.connection.getSnapshot();

    await chat.close();
    const again = await chatAt(own).start();
    if (!again) throw new Error('nobody is signed in any more');
    expect(again.conversation(conversation).getSnapshot()?.last?.body.text).toBe('and back');
    await again.send(conversation, 'once more');
    await until(ben.conversation(conversation), (view) => view?.last?.body.text === 'once more');
    return state.kind === 'open' ? state.transport : state.kind;
  }

  it('runs with the globals of Node 20, and a WebSocket that it is given', async () => {
    await expect(talk(NODE_20, { WebSocket })).resolves.toBe('websocket');
  });

  it('runs with the globals of a later Node, which has a WebSocket and no page', async () => {
    const later = { ...NODE_20, WebSocket, navigator: { hardwareConcurrency: 2 } };
    await expect(talk(later, {})).resolves.toBe('websocket');
  });

  it('[S196] runs with the globals of React Native, and storage that it is given', async () => {
    await expect(talk(REACT_NATIVE, {})).resolves.toBe('websocket');
  });
});
