// A client on a raw TCP socket: greets, sends commands, counts and checks every entry that comes. Commands of one turn go
// out in one write. It does no more than that: no replica, no reconnect; whatever ends the stream early is an error.
import { randomBytes } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import type { Dialect } from '../stack/stack.js';
import { EntryScan } from './entry-scan.js';
import { type FrameListener, FrameWalker } from './frame-walker.js';
import { maskedPong, maskedText } from './masked-frame.js';
import { type Numbering, OrderCheck, type OrderCounts } from './order-check.js';
import { XmppSession } from './xmpp-session.js';

export type ClientOptions = {
  readonly port: number;
  readonly token: string;
  readonly numbering: Numbering;
  readonly counts: OrderCounts;
  readonly dialect?: Dialect | undefined;
  /** Where an earlier connection was: what changed since is announced alone. */
  readonly since?: string | undefined;
  /** One entry in so many is parsed as JSON (100), and its text is given to `parsed`. */
  readonly parsedEvery?: number;
  readonly parsed?: (text: string) => void;
  /** Told of each entry that came, by its number. */
  readonly taken?: (seq: number) => void;
  /** The connection ended, and not by `close`. */
  readonly ended?: (error: Error) => void;
};

/** The answer to a command, as it came. */
export type Answer =
  | { readonly type: 'ack'; readonly id: number; readonly result: { readonly [field: string]: unknown } }
  | {
      readonly type: 'error';
      readonly id: number;
      readonly code: string;
      readonly message: string;
      readonly retry: string;
      readonly retryAfterMs?: number;
    };

type Announced = { readonly id: string; readonly pushedAfter: number; readonly head: number; readonly epoch: number };

/** Of a rush that takes its turn the last one waits long on a slow machine. */
const GREETING_MS = 120_000;
const [LETTER_A, LETTER_C, LETTER_E, LETTER_G, LETTER_W] = [...'acegw'].map((letter) => letter.charCodeAt(0));
/** A frame in an event of Socket.IO, and the digits that such a packet begins with. */
const [EVENT_HEAD, EVENT_TAIL] = ['42["f",', ']'];
const [MESSAGE, EVENT] = [0x34, 0x32];
/** Of the first letter of a frame's type, in `{"type":"`. */
const TYPE_AT = 9;

export class LabClient implements FrameListener {
  readonly order: OrderCheck;
  /** Of conversations that were announced. */
  readonly epochs = new Map<string, number>();
  /** Of those in `welcome`: where what is pushed begins, and how far each had got. */
  readonly welcomed = new Map<string, { readonly pushedAfter: number; readonly head: number }>();
  /** The cursor of `welcome`. */
  since = '';
  readonly #options: ClientOptions;
  readonly #isSocketIo: boolean;
  /** Null for the other dialects. */
  readonly #xmpp: XmppSession | null;
  readonly #socket: Socket;
  readonly #walker = new FrameWalker(this);
  readonly #scan: EntryScan;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #outgoing: Buffer[] = [];
  #head: Buffer | null = Buffer.alloc(0);
  #nextId = 1;
  #isClosed = false;
  #greeted: () => void = () => {};
  #failed: (error: Error) => void = () => {};

  private constructor(options: ClientOptions) {
    this.#options = options;
    this.#scan = new EntryScan(options.parsedEvery, Math.floor(Math.random() * (options.parsedEvery ?? 0)));
    this.order = new OrderCheck(options.numbering, options.counts);
    this.#socket = createConnection({ host: '127.0.0.1', port: options.port, noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error('the server closed a connection')));
    this.#isSocketIo = options.dialect === 'socket.io';
    this.#xmpp = options.dialect === 'xmpp' ? this.#xmppSession() : null;
    this.#socket.write(upgradeRequest(options.port, UPGRADES[options.dialect ?? 'kith']));
    if (this.#xmpp === null && !this.#isSocketIo)
      this.#write(
        JSON.stringify({ type: 'hello', token: options.token, client: 'lab', since: options.since, lean: true }),
      );
  }

  /** Resolves after `welcome`. @throws Error where it does not come within two minutes */
  static open(options: ClientOptions): Promise<LabClient> {
    return new Promise((resolve, reject) => {
      const client = new LabClient(options);
      const timer = setTimeout(() => client.#end(new Error('no welcome within two minutes')), GREETING_MS);
      client.#greeted = () => {
        clearTimeout(timer);
        resolve(client);
      };
      client.#failed = (error) => {
        clearTimeout(timer);
        reject(error);
      };
    });
  }

  /** Sends a command; `settled` is called once with its answer. @param fields the rest of the frame, as JSON */
  command(name: string, fields: string, settled: (answer: Answer) => void): void {
    const id = this.#waitingId(settled);
    this.#write(`{"type":"command","id":${id},"name":"${name}",${fields}}`);
  }

  /** Sends a message; `settled` is called once with the answer. */
  send(
    { conversation, key, text }: { readonly conversation: string; readonly key: string; readonly text: string },
    settled: (answer: Answer) => void,
  ): void {
    if (this.#xmpp !== null) this.#xmpp.send(this.#waitingId(settled), text);
    else this.command('message.send', `"conversation":"${conversation}","key":"${key}","text":"${text}"`, settled);
  }

  /** The same as `command` for one that must succeed. @throws Error with the code */
  request(name: string, params: object): Promise<{ readonly [field: string]: unknown }> {
    return new Promise((resolve, reject) => {
      this.command(name, JSON.stringify(params).slice(1, -1), (answer) => {
        if (answer.type === 'ack') resolve(answer.result);
        else reject(new Error(`${name}: ${answer.code}, ${answer.message}`));
      });
    });
  }

  /** Commands without an answer. */
  get pending(): number {
    return this.#waiting.size;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @param fields the rest of the frame, as JSON */
  signal(name: string, fields: string): void {
    this.#write(`{"type":"signal","name":"${name}",${fields}}`);
  }

  /** Says that everything up to the last entry that came is delivered and read. */
  mark(conversation: string): void {
    const [last, epoch] = [this.order.last(conversation), this.epochs.get(conversation)];
    if (epoch === undefined || last === 0) return;
    this.signal('marks', `"conversation":"${conversation}","epoch":${epoch},"delivered":${last},"read":${last}`);
  }

  /** Reads nothing any more. */
  pause(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  text(data: Buffer, start: number, end: number): void {
    if (this.#xmpp !== null) this.#xmpp.take(data, start, end);
    else if (!this.#isSocketIo) this.#frame(data, start, end);
    else if (data[start] === MESSAGE && data[start + 1] === EVENT) {
      this.#frame(data, start + EVENT_HEAD.length, end - EVENT_TAIL.length);
    } else this.#engine(data.toString('utf8', start, end));
  }

  /** What is no event: Engine.IO opens, and looks whether somebody is there. */
  #engine(packet: string): void {
    if (packet.startsWith('0')) this.#socket.write(maskedText(`40${JSON.stringify({ token: this.#options.token })}`));
    else if (packet === '2') this.#socket.write(maskedText('3'));
    else if (!packet.startsWith('40')) this.#end(new Error(`the server said ${packet.slice(0, 100)}`));
  }

  #xmppSession(): XmppSession {
    return new XmppSession(this.#options.token, {
      write: (text) => this.#write(text),
      greeted: () => this.#greeted(),
      answered: (answer) => this.#answered(answer),
      copied: (conversation, number) => this.order.take(conversation, number),
      kept: (conversation, number) => this.order.begin(conversation, number),
      failed: (error) => this.#end(error),
    });
  }

  /** The id of what goes out now, whose answer is awaited. */
  #waitingId(settled: (answer: Answer) => void): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#waiting.set(id, settled);
    return id;
  }

  #frame(data: Buffer, start: number, end: number): void {
    const { parsed } = this.#scan;
    if (this.#scan.read(data, start, end)) {
      if (this.#scan.parsed !== parsed) this.#options.parsed?.(this.#scan.text);
      this.order.take(this.#scan.conversation, this.#scan.seq);
      this.#options.taken?.(this.#scan.seq);
      return;
    }
    const letter = data[start + TYPE_AT];
    if (letter === LETTER_A || letter === LETTER_E) this.#answered(JSON.parse(data.toString('utf8', start, end)));
    else if (letter === LETTER_C || letter === LETTER_G || letter === LETTER_W) {
      this.#told(JSON.parse(data.toString('utf8', start, end)));
    }
  }

  ping(payload: Buffer): void {
    this.#socket.write(maskedPong(payload));
  }

  closed(code: number): void {
    this.#end(new Error(`the server closed a connection with ${code}`));
  }

  #take(chunk: Buffer): void {
    if (this.#head === null) {
      this.#walker.push(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [status = ''] = this.#head.toString('latin1').split('\r\n');
    if (!status.includes(' 101 ')) {
      this.#end(new Error(`no WebSocket: ${status}`));
      return;
    }
    const rest = this.#head.subarray(end + 4);
    this.#head = null;
    this.#xmpp?.begin();
    if (rest.length > 0) this.#walker.push(rest);
  }

  #answered(answer: Answer): void {
    const settled = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    settled?.(answer);
  }

  /** Where the pushed entries of conversations begin, and where they go on after a gap. */
  #told(frame: {
    type: string;
    conversations?: Announced[];
    summary?: Announced;
    conversation?: string;
    head?: number;
    since?: string;
  }) {
    for (const summary of frame.conversations ?? []) this.#announced(summary);
    if (frame.summary) this.#announced(frame.summary);
    if (frame.type === 'gap' && frame.conversation !== undefined) this.order.gap(frame.conversation, frame.head ?? 0);
    if (frame.type !== 'welcome') return;
    for (const { id, pushedAfter, head } of frame.conversations ?? []) this.welcomed.set(id, { pushedAfter, head });
    this.since = frame.since ?? '';
    this.#greeted();
  }

  #announced({ id, pushedAfter, epoch }: Announced): void {
    this.order.begin(id, pushedAfter);
    this.epochs.set(id, epoch);
  }

  #write(text: string): void {
    this.#outgoing.push(maskedText(this.#isSocketIo ? `42["c",${text}]` : text));
    if (this.#outgoing.length > 1) return;
    queueMicrotask(() => {
      this.#socket.write(this.#outgoing.length === 1 ? (this.#outgoing[0] ?? '') : Buffer.concat(this.#outgoing));
      this.#outgoing = [];
    });
  }

  #end(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    this.#failed(error);
    this.#options.ended?.(error);
    for (const [id, settled] of this.#waiting) {
      settled({ type: 'error', id, code: 'connection_lost', message: error.message, retry: 'never' });
    }
    this.#waiting.clear();
  }
}

type Upgrade = { readonly path: string; readonly heads: readonly string[] };

const UPGRADES: { readonly [dialect in Dialect]: Upgrade } = {
  kith: { path: '/v1/ws', heads: ['Sec-WebSocket-Protocol: kith.v1'] },
  'socket.io': { path: '/socket.io/?EIO=4&transport=websocket', heads: [] },
  xmpp: { path: '/ws', heads: ['Sec-WebSocket-Protocol: xmpp'] },
};

function upgradeRequest(port: number, { path, heads }: Upgrade): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    ...heads,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
