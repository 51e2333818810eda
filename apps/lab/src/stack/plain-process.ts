// The role `plain-server` of this program: the plain stack that Kith is compared with, as it is usually written. `ws`, a
// pool of ten connections, one INSERT per message, then `ws.send` for each member. It has no resume, no marks, no
// presence, no limits, no idempotency, and (ten connections being ten) no order; it speaks the few frames that the load
// generator needs. Ends with its standard input or SIGTERM.
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';

/** Made by the bench in the plain stack's own database. */
export const PLAIN_SCHEMA = `
  CREATE TABLE member (conversation uuid NOT NULL, person uuid NOT NULL, PRIMARY KEY (conversation, person));
  CREATE TABLE message (
    id bigserial PRIMARY KEY,
    conversation uuid NOT NULL,
    author uuid NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX message_conversation ON message (conversation, id);
`;

const INSERT = {
  name: 'insert_message',
  text: 'INSERT INTO message (conversation, author, text) VALUES ($1, $2, $3) RETURNING id, created_at',
};

type Incoming =
  | { readonly type: 'hello'; readonly token: string }
  | { readonly type: 'command'; readonly id: number; readonly conversation: string; readonly text: string };

export async function runPlainServer(databaseUrl: string): Promise<void> {
  const server = new PlainServer(databaseUrl);
  const stop = () => {
    server.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.stdin.once('end', stop).resume();
  process.stdout.write(`The plain stack is at ${await server.start()}\n`);
}

class PlainServer {
  readonly #pool: pg.Pool;
  readonly #sockets = new Map<string, Set<WebSocket>>();
  readonly #members = new Map<string, Promise<readonly string[]>>();
  #server: WebSocketServer | null = null;

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl, max: 10, idleTimeoutMillis: 500 });
  }

  /** @returns its port */
  start(): Promise<number> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    this.#server = server;
    server.on('connection', (socket) => this.#connected(socket));
    return new Promise((resolve) => {
      server.once('listening', () => resolve((server.address() as AddressInfo).port));
    });
  }

  async stop(): Promise<void> {
    for (const client of this.#server?.clients ?? []) client.terminate();
    this.#server?.close();
    await this.#pool.end();
  }

  #connected(socket: WebSocket): void {
    let person = '';
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Incoming;
      if (frame.type === 'command') {
        this.#message(socket, person, frame).catch((error: unknown) => {
          const answer = { type: 'error', id: frame.id, code: 'failed', message: String(error), retry: 'never' };
          socket.send(JSON.stringify(answer));
        });
        return;
      }
      person = frame.token;
      const sockets = this.#sockets.get(person) ?? new Set();
      this.#sockets.set(person, sockets.add(socket));
      socket.once('close', () => sockets.delete(socket));
      socket.send('{"type":"welcome"}');
    });
  }

  async #message(socket: WebSocket, person: string, frame: Incoming & { type: 'command' }): Promise<void> {
    const { conversation, text } = frame;
    const members = await this.#membersOf(conversation);
    if (!members.includes(person)) throw new Error('no such conversation');
    const { rows } = await this.#pool.query<{ id: string; created_at: Date }>({
      ...INSERT,
      values: [conversation, person, text],
    });
    const seq = Number(rows[0]?.id);
    const at = rows[0]?.created_at.getTime();
    socket.send(JSON.stringify({ type: 'ack', id: frame.id, result: { conversation, seq, at } }));
    const entry = {
      type: 'entry',
      conversation,
      epoch: 1,
      seq,
      at,
      author: person,
      kind: 'message.sent',
      body: { text },
    };
    const copy = JSON.stringify(entry);
    for (const member of members) for (const open of this.#sockets.get(member) ?? []) open.send(copy);
  }

  #membersOf(conversation: string): Promise<readonly string[]> {
    const known = this.#members.get(conversation);
    if (known !== undefined) return known;
    const asked = this.#pool
      .query<{ person: string }>('SELECT person FROM member WHERE conversation = $1', [conversation])
      .then(({ rows }) => rows.map(({ person }) => person));
    this.#members.set(conversation, asked);
    return asked;
  }
}
