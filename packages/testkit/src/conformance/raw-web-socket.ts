// A WebSocket on a bare TCP connection that a test holds in its hand: it sends bytes as they are, stops reading, answers
// pings or does not, and vanishes without a word. It promises nothing that a library would.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { clientFrame, type FrameForm, FrameReader, OPCODES, type RawFrame } from './web-socket-frames.js';

/** How a connection ended: the code of the server's close frame, or null where there was none. */
export type Ending = { readonly code: number | null; readonly reason: string };

export type UpgradeAnswer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
};

/** The server did not become a WebSocket. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';
  readonly answer: UpgradeAnswer;

  constructor(answer: UpgradeAnswer) {
    super(`the upgrade was answered with ${answer.status}: ${answer.body.slice(0, 200)}`);
    this.answer = answer;
  }
}

export type OpenOptions = {
  readonly path?: string;
  /** Null for none. */
  readonly protocol?: string | null;
  readonly headers?: { readonly [name: string]: string };
  /** Address of this machine to come from. */
  readonly localAddress?: string;
};

const OPEN_MS = 10_000;
const HEAD_END = '\r\n\r\n';

export class RawWebSocket {
  readonly protocol: string;
  /** Resolves when the TCP connection has ended. */
  readonly ended: Promise<Ending>;
  /** Moments of the server's pings, in milliseconds of `performance.now()`. */
  readonly pingedAt: number[] = [];
  answersPings = true;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #take: (text: string) => void = () => {};
  #untaken: string[] = [];
  #parts: Buffer[] = [];
  #ending: Ending = { code: null, reason: '' };

  /** @throws UpgradeRefused */
  static async open(url: string, options: OpenOptions = {}): Promise<RawWebSocket> {
    const { hostname, port } = new URL(url);
    const { localAddress } = options;
    const socket = connect({ host: hostname, port: Number(port), ...(localAddress ? { localAddress } : {}) });
    socket.setNoDelay(true);
    try {
      const { answer, rest } = await upgraded(socket, requestOf(url, options));
      if (answer.status !== 101) throw new UpgradeRefused(answer);
      return new RawWebSocket(socket, answer.headers['sec-websocket-protocol'] ?? '', rest);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  private constructor(socket: Socket, ...[protocol, rest]: [string, Buffer]) {
    this.#socket = socket;
    this.protocol = protocol;
    this.ended = new Promise((resolve) => {
      socket.once('close', () => resolve(this.#ending));
    });
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    if (rest.length > 0) this.#read(rest);
  }

  /** False from the server's close frame on. */
  get isOpen(): boolean {
    return this.#socket.writable && this.#socket.readyState === 'open';
  }

  /** Hands over every text that comes, those that came already included. */
  listen(take: (text: string) => void): void {
    this.#take = take;
    for (const text of this.#untaken.splice(0)) take(text);
    this.#untaken = [];
  }

  send(payload: Buffer | string, form?: FrameForm): void {
    this.sendBytes(clientFrame(payload, form));
  }

  /** Several texts in one write, so that the server reads them at once. */
  sendAll(texts: readonly string[]): void {
    this.sendBytes(Buffer.concat(texts.map((text) => clientFrame(text))));
  }

  sendBytes(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Reads no more: what the server sends piles up on its side. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Says goodbye as the RFC wants it, and waits for the end. */
  async close(): Promise<void> {
    this.#socket.resume();
    this.send(Buffer.from([0x03, 0xe8]), { opcode: OPCODES.close });
    const timer = setTimeout(() => this.#socket.destroy(), 1_000);
    await this.ended;
    clearTimeout(timer);
  }

  /** Vanishes without a word. */
  cut(): Promise<Ending> {
    this.#socket.destroy();
    return this.ended;
  }

  #read(bytes: Buffer): void {
    for (const frame of this.#reader.read(bytes)) this.#takeFrame(frame);
  }

  #takeFrame({ opcode, payload, isLast }: RawFrame): void {
    switch (opcode) {
      case OPCODES.ping:
        this.pingedAt.push(performance.now());
        if (this.answersPings) this.send(payload, { opcode: OPCODES.pong });
        return;
      case OPCODES.close:
        this.#ending = {
          code: payload.length >= 2 ? payload.readUInt16BE(0) : null,
          reason: payload.subarray(2).toString(),
        };
        this.#socket.end(clientFrame(payload.subarray(0, 2), { opcode: OPCODES.close }));
        return;
      case OPCODES.text:
      case OPCODES.continuation: {
        this.#parts.push(payload);
        if (!isLast) return;
        const text = Buffer.concat(this.#parts.splice(0)).toString();
        this.#hand(text);
        return;
      }
      default:
    }
  }

  #hand(text: string): void {
    if (this.#take.length === 0) this.#untaken.push(text);
    else this.#take(text);
  }
}

function requestOf(url: string, { path = '/v1/ws', protocol = 'kith.v1', headers = {} }: OpenOptions): string {
  const all = {
    Host: new URL(url).host,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
    ...(protocol === null ? {} : { 'Sec-WebSocket-Protocol': protocol }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function upgraded(socket: Socket, request: string): Promise<{ answer: UpgradeAnswer; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(new Error('no answer to the upgrade in time')), OPEN_MS);
    const end = () => {
      clearTimeout(timer);
      socket.off('data', take).off('close', finish);
    };
    /** A refusal has a body; it is whole when the connection ends. */
    const finish = () => {
      end();
      if (read.includes(HEAD_END)) resolve(answerOf(read));
      else reject(new Error('the connection ended before an answer'));
    };
    const take = (bytes: Buffer) => {
      read = Buffer.concat([read, bytes]);
      if (!read.includes(HEAD_END) || !read.toString('latin1', 0, 12).endsWith('101')) return;
      end();
      socket.off('error', fail);
      resolve(answerOf(read));
    };
    const fail = (error: Error) => {
      end();
      reject(error);
    };
    socket.once('error', fail);
    socket.on('data', take);
    socket.once('close', finish);
    socket.write(request);
  });
}

function answerOf(read: Buffer): { answer: UpgradeAnswer; rest: Buffer } {
  const at = read.indexOf(HEAD_END);
  const [first = '', ...lines] = read.toString('latin1', 0, at).split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  const rest = read.subarray(at + HEAD_END.length);
  const answer = { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers), body: rest.toString() };
  return { answer, rest };
}
