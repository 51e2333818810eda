// The one WebSocket of this page: says hello, matches answers to commands, notices silence, and comes back after every
// ending as `reconnect.ts` decides. States: connecting, open (after `welcome`), waiting, stopped.
// A command's wait ends with its connection, and a connection that is silent for two heartbeats ends.
import {
  type CommandName,
  type Params,
  parseServerFrame,
  type Result,
  type ServerFrame,
  SUBPROTOCOL,
  type Welcome,
} from '@kith/protocol';
import { Refusal, unavailable } from './api.js';
import { afterClose, STEADY_MS } from './reconnect.js';

export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'stopped'; readonly why: 'signed_out' | 'outdated' | 'closed' };

export type ConnectionParts = {
  readonly openSocket: (subprotocol: string) => WebSocket;
  readonly accessToken: (rejected?: string) => Promise<string>;
  /** What `hello` says beside the token; asked anew at every attempt. */
  readonly hello: () => { readonly [field: string]: unknown };
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onState: (state: ConnectionState) => void;
  readonly random: () => number;
};

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (refusal: Refusal) => void };

const WELCOME_MS = 15_000;

export class Connection {
  readonly #parts: ConnectionParts;
  readonly #waiting = new Map<number, Waiting>();
  #state: ConnectionState = { kind: 'stopped', why: 'closed' };
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #nextId = 1;
  #attempt = 0;
  #byeMs: number | null = null;
  #token = '';
  #rejected: string | undefined;
  #openedAt = 0;
  #heardAt = 0;
  /** Counts attempts, so that what belongs to an earlier one is dropped. */
  #run = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /** Connects, or at once where it waits for its next attempt. */
  connectNow(): void {
    if (this.#state.kind === 'waiting' || this.#state.kind === 'stopped') void this.#connect();
  }

  stop(): void {
    this.#drop();
    this.#move({ kind: 'stopped', why: 'closed' });
  }

  /** @throws Refusal, `unavailable` where the connection is not open or goes before the answer */
  command<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>> {
    if (!this.isOpen) return Promise.reject(unavailable('there is no connection'));
    const id = this.#nextId++;
    return new Promise<Result<N>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#send({ type: 'command', id, name, params });
    });
  }

  /** Lost without harm where the connection is not open. */
  signal(signal: { readonly name: 'typing' | 'marks'; readonly [field: string]: unknown }): void {
    if (this.isOpen) this.#send({ type: 'signal', ...signal });
  }

  async #connect(): Promise<void> {
    this.#drop();
    const run = this.#run;
    this.#move({ kind: 'connecting' });
    try {
      this.#token = await this.#parts.accessToken(this.#rejected);
    } catch (error) {
      if (run !== this.#run) return;
      const isEnded = error instanceof Refusal && error.code === 'unauthenticated';
      this.#ended(isEnded ? 4403 : null);
      return;
    }
    if (run !== this.#run) return;
    const socket = this.#parts.openSocket(SUBPROTOCOL);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#ended(null), WELCOME_MS);
    socket.onopen = () => this.#send({ type: 'hello', token: this.#token, ...this.#parts.hello() });
    socket.onmessage = ({ data }) => this.#take(parseServerFrame(String(data)));
    socket.onclose = ({ code }) => this.#ended(code);
  }

  #take(frame: ServerFrame): void {
    this.#heardAt = Date.now();
    switch (frame.type) {
      case 'welcome':
        this.#opened(frame);
        break;
      case 'ack':
        this.#answer(frame.id)?.resolve(frame.result);
        break;
      case 'error':
        if (frame.id !== undefined) this.#answer(frame.id)?.reject(new Refusal(frame));
        break;
      case 'bye':
        this.#byeMs = frame.afterMs;
        break;
      default:
        break;
    }
    this.#parts.onFrame(frame);
  }

  #answer(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #opened({ heartbeatMs, authUntil, serverTime }: Welcome): void {
    clearTimeout(this.#timer);
    this.#openedAt = Date.now();
    this.#rejected = undefined;
    this.#watch = setInterval(() => this.#checkSilence(heartbeatMs), heartbeatMs / 2);
    if (authUntil !== null) {
      this.#timer = setTimeout(() => void this.#renewInPlace(), Math.max(0, authUntil - serverTime - 2 * WELCOME_MS));
    }
    this.#move({ kind: 'open' });
  }

  /** The server's own pings are invisible to a page, so it asks for a `pong`. */
  #checkSilence(heartbeatMs: number): void {
    const silentMs = Date.now() - this.#heardAt;
    if (silentMs >= 2 * heartbeatMs) this.#ended(null);
    else if (silentMs >= heartbeatMs / 2) this.#send({ type: 'ping' });
  }

  /** A failure here is met by the close that follows it. */
  async #renewInPlace(): Promise<void> {
    const run = this.#run;
    const token = await this.#parts.accessToken(this.#token).catch(() => null);
    if (token === null || run !== this.#run) return;
    this.#token = token;
    this.#send({ type: 'auth', token });
  }

  #ended(code: number | null): void {
    const wasSteady = this.isOpen && Date.now() - this.#openedAt >= STEADY_MS;
    if (wasSteady) this.#attempt = 0;
    const next = afterClose({
      code,
      byeMs: this.#byeMs,
      attempt: this.#attempt,
      hasRenewed: this.#rejected !== undefined,
      random: this.#parts.random(),
    });
    this.#drop();
    switch (next.kind) {
      case 'retry':
        this.#attempt += 1;
        this.#timer = setTimeout(() => void this.#connect(), next.afterMs);
        this.#move({ kind: 'waiting', untilMs: Date.now() + next.afterMs });
        return;
      case 'renew':
        this.#rejected = this.#token;
        void this.#connect();
        return;
      case 'stop':
        this.#move({ kind: 'stopped', why: next.why });
        return;
    }
  }

  /** Lets go of the socket and all that waits for it; what it says later is not heard. */
  #drop(): void {
    this.#run += 1;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#byeMs = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(unavailable('the connection went'));
  }

  #send(frame: { readonly type: string; readonly [field: string]: unknown }): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #move(state: ConnectionState): void {
    this.#state = state;
    this.#parts.onState(state);
  }
}
