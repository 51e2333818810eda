// What the tests of this page put in the place of the browser: storage in memory, a socket whose other end is the test.
import type { ServerFrame, Summary, Welcome } from '@kith/protocol';

export class MemoryStorage implements Storage {
  readonly #items = new Map<string, string>();

  get length(): number {
    return this.#items.size;
  }
  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
  clear(): void {
    this.#items.clear();
  }
}

type Sent = { readonly type: string; readonly id?: number; readonly [field: string]: unknown };

export class FakeSocket {
  readonly sent: Sent[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }
  close(): void {
    this.isClosed = true;
  }
  /** The connection as the page's own code takes it. */
  get asWebSocket(): WebSocket {
    return this as unknown as WebSocket;
  }
  /** The server says something. */
  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  end(code: number): void {
    this.onclose?.({ code });
  }
}

export const ME = '00000000-0000-7000-8000-00000000000a';
export const PEER = '00000000-0000-7000-8000-00000000000b';
export const THIRD = '00000000-0000-7000-8000-00000000000c';
export const CONVERSATION = '00000000-0000-7000-8000-000000000001';

export function user(id: string, name: string, version = 1) {
  return { id, kind: 'person', name, username: name.toLowerCase(), avatar: null, version } as const;
}

export function message(seq: number, author: string = PEER, epoch = 1) {
  const body = { text: `message ${seq}` };
  return { conversation: CONVERSATION, epoch, seq, n: seq, at: 1_000 + seq, author, kind: 'message.sent', body };
}

export function summary(fields: Partial<Summary> = {}): Summary {
  const head = fields.head ?? 0;
  return {
    id: CONVERSATION,
    kind: 'direct',
    name: null,
    epoch: 1,
    first: 1,
    head,
    pushedAfter: head,
    delivered: head,
    read: head,
    unread: 0,
    mentions: 0,
    role: 'member',
    muted: false,
    updatedAt: 0,
    members: 2,
    peer: { user: PEER, delivered: 0, read: 0 },
    last: head > 0 ? message(head, PEER, fields.epoch) : null,
    ...fields,
  };
}

export function welcome(fields: Partial<Welcome> = {}): Welcome {
  return {
    type: 'welcome',
    connection: 'c',
    user: user(ME, 'Me'),
    self: '00000000-0000-7000-8000-000000000009',
    session: 's',
    serverTime: 0,
    heartbeatMs: 30_000,
    authUntil: null,
    limits: {} as Welcome['limits'],
    capabilities: [],
    since: 'cursor-1',
    reset: false,
    conversations: [],
    users: {},
    more: false,
    ...fields,
  };
}
