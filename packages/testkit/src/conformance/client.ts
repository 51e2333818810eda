// A client of the contract for tests: it says hello, keeps every frame in the order in which it came, matches answers to
// commands, and waits for facts. It never connects again by itself and hides nothing.
import { randomUUID } from 'node:crypto';
import type { Entry, ServerFrame, Welcome } from '@kith/protocol';
import { type Ending, type OpenOptions, RawWebSocket } from './raw-web-socket.js';

type Fields = { readonly [field: string]: unknown };
type ErrorFrame = Extract<ServerFrame, { type: 'error' }>;

/** A command that was answered with an error. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly frame: ErrorFrame;

  constructor(frame: ErrorFrame) {
    super(`${frame.code}: ${frame.message}`);
    this.frame = frame;
  }
}

export const WAIT_MS = 10_000;

export class Client {
  readonly socket: RawWebSocket;
  /** Everything that came, oldest first. */
  readonly frames: ServerFrame[] = [];
  readonly #waiting = new Set<() => void>();
  #nextId = 1;

  /** A connection that has not said hello. */
  static async open(url: string, options: OpenOptions = {}): Promise<Client> {
    return new Client(await RawWebSocket.open(url, options));
  }

  private constructor(socket: RawWebSocket) {
    this.socket = socket;
    socket.listen((text) => {
      this.frames.push(JSON.parse(text) as ServerFrame);
      for (const look of this.#waiting) look();
    });
  }

  async hello(fields: Fields): Promise<Welcome> {
    this.send({ type: 'hello', ...fields });
    return (await this.until((frame) => frame.type === 'welcome')) as Welcome;
  }

  get welcome(): Welcome {
    const [first] = this.frames;
    if (first?.type !== 'welcome') throw new Error('there is no welcome yet');
    return first;
  }

  send(frame: Fields): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** @returns the result. @throws Refused */
  command(name: string, params: Fields = {}): Promise<Fields> {
    const [answer] = this.commands([{ name, params }]);
    return answer ?? Promise.reject(new Error('no command'));
  }

  /** Several commands in one write; their answers, in the order of the commands. */
  commands(wanted: readonly { readonly name: string; readonly params: Fields }[]): readonly Promise<Fields>[] {
    const ids = wanted.map(() => {
      this.#nextId += 1;
      return this.#nextId;
    });
    const texts = wanted.map(({ name, params }, index) =>
      JSON.stringify({ type: 'command', id: ids[index], name, params }),
    );
    this.socket.sendAll(texts);
    return ids.map((id) => this.answer(id));
  }

  /** The answer to a command that was sent by hand. @throws Refused */
  async answer(id: number): Promise<Fields> {
    const frame = await this.until((each) => (each.type === 'ack' || each.type === 'error') && each.id === id);
    if (frame.type === 'error') throw new Refused(frame);
    return (frame as Extract<ServerFrame, { type: 'ack' }>).result;
  }

  /** Sends a message. */
  say(conversation: string, text: string, more: Fields = {}): Promise<Fields> {
    return this.command('message.send', { conversation, key: randomUUID(), text, ...more });
  }

  signal(name: string, fields: Fields): void {
    this.send({ type: 'signal', name, ...fields });
  }

  entries(conversation: string): readonly Entry[] {
    return this.frames.filter((frame) => frame.type === 'entry' && frame.conversation === conversation) as Entry[];
  }

  /** Signals of a name, and of a conversation where one is given. */
  signals(name: string, conversation?: string): readonly ServerFrame[] {
    return this.frames.filter(
      (frame) =>
        frame.type === 'signal' &&
        frame.name === name &&
        (conversation === undefined || ('conversation' in frame && frame.conversation === conversation)),
    );
  }

  async entry(conversation: string, seq: number): Promise<Entry> {
    const isIt = (frame: ServerFrame) =>
      frame.type === 'entry' && frame.conversation === conversation && frame.seq === seq;
    return (await this.until(isIt)) as unknown as Entry;
  }

  /** The first frame of which this holds, of those that came and those that come. */
  until(holds: (frame: ServerFrame) => boolean, waitMs = WAIT_MS): Promise<ServerFrame> {
    return new Promise((resolve, reject) => {
      let seen = 0;
      const look = () => {
        for (; seen < this.frames.length; seen += 1) {
          const frame = this.frames[seen];
          if (frame === undefined || !holds(frame)) continue;
          end();
          resolve(frame);
          return;
        }
      };
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const fail = (why: string) => {
        end();
        const types = this.frames.slice(-10).map((frame) => JSON.stringify(frame).slice(0, 200));
        reject(new Error(`${why}; the last frames were\n${types.join('\n')}`));
      };
      const timer = setTimeout(() => fail(`the frame did not come within ${waitMs} ms`), waitMs);
      this.#waiting.add(look);
      look();
      void this.socket.ended.then(({ code }) => {
        if (this.#waiting.has(look)) fail(`the connection ended with ${code}`);
      });
    });
  }

  /** Asks and waits for the answer: all that the server sent before has come then. */
  async settle(): Promise<void> {
    const pongs = () => this.frames.filter(({ type }) => type === 'pong').length;
    const before = pongs();
    this.send({ type: 'ping' });
    await this.until(() => pongs() > before);
  }

  get ended(): Promise<Ending> {
    return this.socket.ended;
  }

  close(): Promise<void> {
    return this.socket.close();
  }
}
