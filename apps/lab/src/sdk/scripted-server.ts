// A server's other end as far as the SDK sees it, in the SDK's own process and without a network: it signs anybody in,
// welcomes, and says the entries that it is told to, as the text of frames. So what is measured is the SDK alone. It runs in
// Node and in a page.
import { type Entry, LIMITS, type Summary, type User, type Welcome } from '@kith/protocol';
import type { Platform, PlatformOverrides } from '@kith/sdk';

type Socket = ReturnType<Platform['openSocket']>;

export const URL_OF_SCRIPT = 'http://127.0.0.1';
const ME = '01890a5d-ac97-7000-8000-000000000001';
const OTHER = '01890a5d-ac97-7000-8000-000000000002';
const SELF = '01890a5d-ac98-7000-8000-000000000009';
const STARTED_AT = 1_700_000_000_000;
const TEXT_LENGTH = 200;

export class ScriptedServer {
  readonly conversations: readonly string[];
  readonly #sockets = new Set<Socket>();

  /** @param count conversations of two people, empty at first */
  constructor(count: number) {
    this.conversations = Array.from({ length: count }, (_, index) => idOf(index));
  }

  /** What the SDK is given in the place of a network. */
  get platform(): PlatformOverrides {
    return {
      openSocket: () => this.#open(),
      http: async ({ method, url }) => {
        if (method !== 'POST' || !url.endsWith('/v1/sessions')) throw new Error('nobody answers');
        const text = JSON.stringify({
          user: userOf(ME),
          session: 'session',
          accessToken: 'access',
          refreshToken: 'refresh',
          expiresAt: STARTED_AT,
        });
        return { status: 201, text: async () => text, stream: null };
      },
    };
  }

  /** Says frames as a socket does: some in each turn of the event loop. @param turn resolves in the next one */
  async say(frames: readonly string[], perTurn: number, turn: () => Promise<void>): Promise<void> {
    for (let at = 0; at < frames.length; at += perTurn) {
      for (const data of frames.slice(at, at + perTurn)) {
        for (const socket of this.#sockets) socket.onmessage?.({ data });
      }
      await turn();
    }
  }

  #open(): Socket {
    const socket: Socket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => this.#heard(socket, text),
      close: () => this.#sockets.delete(socket),
    };
    this.#sockets.add(socket);
    queueMicrotask(() => socket.onopen?.());
    return socket;
  }

  #heard(socket: Socket, text: string): void {
    const { type, id } = JSON.parse(text) as { readonly type: string; readonly id?: number };
    if (type === 'hello') socket.onmessage?.({ data: JSON.stringify(this.#welcome()) });
    if (type !== 'command') return;
    const refusal = { type: 'error', id, code: 'not_found', message: 'the script has no such thing', retry: 'never' };
    queueMicrotask(() => socket.onmessage?.({ data: JSON.stringify(refusal) }));
  }

  #welcome(): Welcome {
    return {
      type: 'welcome',
      connection: 'connection',
      user: userOf(ME),
      self: SELF,
      session: 'session',
      serverTime: STARTED_AT,
      heartbeatMs: 30_000,
      authUntil: null,
      limits: LIMITS,
      capabilities: [],
      since: 'cursor',
      reset: false,
      conversations: this.conversations.map(summaryOf),
      users: { [OTHER]: userOf(OTHER) },
      more: false,
    };
  }
}

/** Entries as frames: the first of each conversation makes it, the others are messages of its other member. */
export function framesOf(conversations: readonly string[], { from, to }: { from: number; to: number }): string[] {
  const frames: string[] = [];
  for (let index = from; index <= to; index += 1) {
    const conversation = conversations[(index - 1) % conversations.length] ?? '';
    const seq = Math.ceil(index / conversations.length);
    frames.push(JSON.stringify({ type: 'entry', ...entryOf(conversation, seq) }));
  }
  return frames;
}

function entryOf(conversation: string, seq: number): Entry {
  const place = { conversation, epoch: 1, seq, n: seq - 1, at: STARTED_AT + seq, author: OTHER };
  if (seq === 1) return { ...place, kind: 'conversation.created', body: { kind: 'group', users: [OTHER, ME] } };
  const text = `message ${seq} of a conversation, in words as people write them. `.repeat(4).slice(0, TEXT_LENGTH);
  return {
    ...place,
    key: `${conversation.slice(0, 24)}${String(seq).padStart(12, '0')}`,
    kind: 'message.sent',
    body: { text },
  };
}

function summaryOf(id: string): Summary {
  const marks = { delivered: 0, read: 0, unread: 0, mentions: 0 };
  const log = { epoch: 1, first: 1, head: 0, pushedAfter: 0, last: null };
  return { id, kind: 'group', name: 'group', ...log, ...marks, role: 'member', muted: false, updatedAt: 0, members: 2 };
}

function userOf(id: string): User {
  return { id, kind: 'person', name: id.slice(-4), username: `user${id.slice(-4)}`, avatar: null, version: 1 };
}

function idOf(index: number): string {
  return `01890a5d-ac96-774b-bcce-${index.toString(16).padStart(12, '0')}`;
}
