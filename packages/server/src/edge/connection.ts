// One connection of a client as a state machine: waiting for hello, opening, open, closing, closed. Over a WebSocket, or
// over HTTP, where nothing but the stream itself comes this way and a ticket stands for hello. It parses what comes,
// asks the core, and answers through its outbox; it holds no timer and, while idle, little memory.
// Rules 1, 10 and 16-19 of the live stream. Any frame but `hello` or `ping` before `hello` closes with 4400.
import {
  ChatError,
  CLOSE_CODES,
  type ClientFrame,
  type CloseReason,
  type Command,
  FrameError,
  type Hello,
  LIMITS,
  parseClientFrame,
  type RefusedFrame,
} from '@kith/protocol';
import type { Stream } from '../core/chat.js';
import { outgoing, outgoingRefusal } from '../core/live/sink.js';
import type { Principal } from '../core/principal.js';
import type { ClientSocket, SocketListener, TransportName } from './client-socket.js';
import { CommandOrder, laneOf, wayOf } from './command-order.js';
import type { ConnectionShared } from './connection-shared.js';
import type { Beating, Deadline } from './heartbeat.js';
import { Outbox, type StreamOwner, type WritableSocket } from './outbox.js';
import { ReadCount } from './read-budget.js';
import { pongFrame } from './wire.js';

export type ConnectionState = 'waiting' | 'opening' | 'open' | 'closing' | 'closed';

/** From the decision to close to the end of the socket, however the client behaves. Milliseconds. */
export const CLOSE_MS = 5_000;
/** Wait that is asked for where too many commands are pending. Milliseconds. */
const PENDING_RETRY_MS = 250;
/** RFC 6455, 7.4.1 and the registry of IANA: try again later. */
const TRY_AGAIN_LATER = 1013;
const INTERNAL_ERROR = 1011;

const PONG = outgoing({ type: 'pong' });

export class Connection implements StreamOwner, SocketListener, Beating, Deadline {
  readonly outbox: Outbox;
  /** The key of the client's address, for limits. */
  readonly address: string;
  slot = -1;
  readonly #socket: ClientSocket;
  readonly #shared: ConnectionShared;
  #state: ConnectionState = 'waiting';
  #principal: Principal | null = null;
  #stream: Stream | null = null;
  #order: CommandOrder | null = null;
  /** Frames that came while the stream was opening: what one read of the socket holds, as it is paused meanwhile. */
  #held: (ClientFrame | RefusedFrame)[] | null = null;
  #heardTick: number;
  #pending = 0;
  #isDraining = false;
  readonly #read = new ReadCount();

  /** @param parts.writable what the frames are written to, below the socket */
  constructor(parts: { socket: ClientSocket; writable: WritableSocket; address: string; shared: ConnectionShared }) {
    const { socket, writable, shared } = parts;
    this.#socket = socket;
    this.address = parts.address;
    this.#shared = shared;
    this.#heardTick = shared.heartbeat.now;
    this.outbox = new Outbox({ socket: writable, framing: socket.framing, owner: this, shared: shared.outbox });
    socket.listen(this);
    parts.shared.connections.opened(this);
    parts.shared.heartbeat.expect(this, parts.shared.helloMs);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get transport(): TransportName {
    return this.#socket.transport;
  }

  get heardTick(): number {
    return this.#socket.isPresent ? this.#shared.heartbeat.now : this.#heardTick;
  }

  /** Null until the stream is open. */
  get stream(): Stream | null {
    return this.#stream;
  }

  /** Null until `hello` was taken; the latest token's afterwards. */
  get principal(): Principal | null {
    return this.#principal;
  }

  get person(): string | null {
    return this.#principal?.user ?? null;
  }

  /** Opens the stream of someone who is known already; instead of the frame `hello`. */
  greet(principal: Principal, hello: Hello): void {
    void this.#open(hello, async () => principal);
  }

  /** Says `bye`, answers what is pending, then closes with 4000. */
  drain(afterMs: number): void {
    if (this.#isDraining || this.#state === 'closing' || this.#state === 'closed') return;
    this.#isDraining = true;
    this.outbox.send(outgoing({ type: 'bye', code: 'draining', reconnect: true, afterMs }));
    this.#closeIfDrained();
  }

  /** Says `bye` and closes: this connection is one too many. */
  refuse(reason: CloseReason, afterMs?: number): void {
    this.outbox.close(reason, afterMs);
  }

  /** Ends at once, without a word. */
  end(): void {
    this.#socket.terminate();
  }

  /** An error of our own ends this connection and nothing else. */
  message(data: Buffer, isBinary: boolean): void {
    try {
      this.#readFrame(data, isBinary);
    } catch (error) {
      this.#report('frame', error);
      this.#socket.close(INTERNAL_ERROR);
    }
  }

  #readFrame(data: Buffer, isBinary: boolean): void {
    this.#heardTick = this.#shared.heartbeat.now;
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#spend(data.length);
    if (isBinary) {
      this.outbox.close('bad_frame');
      return;
    }
    let frame: ClientFrame | RefusedFrame | null;
    try {
      frame = parseClientFrame(
        data.toString('utf8'),
        this.#state === 'open' ? this.#shared.dispatch.refusalByLoad : undefined,
      );
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.outbox.close('bad_frame');
      return;
    }
    if (frame !== null) this.#take(frame);
  }

  ping(payload?: Buffer): void {
    if (payload === undefined) {
      const { heartbeat } = this.#socket.framing;
      if (heartbeat !== null) this.outbox.sendControl(heartbeat);
      return;
    }
    this.#heardTick = this.#shared.heartbeat.now;
    this.#spend(payload.length);
    this.outbox.sendControl(pongFrame(payload));
  }

  pong(): void {
    this.#heardTick = this.#shared.heartbeat.now;
  }

  silent(): void {
    this.outbox.close('no_heartbeat');
  }

  expired(): void {
    if (this.#state === 'waiting') this.outbox.close('no_hello');
    else if (this.#state === 'opening') this.#socket.close(TRY_AGAIN_LATER);
    else if (this.#state === 'closing') this.#socket.terminate();
  }

  ending(reason: CloseReason, afterMs: number | undefined): void {
    if (afterMs !== undefined && !this.#isDraining) {
      this.outbox.send(outgoing({ type: 'bye', code: reason, reconnect: true, afterMs }));
    }
    this.#close();
  }

  emptied(reason: CloseReason): void {
    this.#socket.close(CLOSE_CODES[reason]);
  }

  closing(): void {
    this.outbox.discard();
    this.#close();
  }

  closed(): void {
    if (this.#state === 'closed') return;
    this.#shared.heartbeat.met(this);
    this.#shared.heartbeat.remove(this);
    this.outbox.discard();
    this.#move('closed');
    try {
      this.#stream?.closed();
    } catch (error) {
      this.#report('closed', error);
    }
  }

  /** What is no refusal goes to the log; what to tell the client comes back. */
  #report(name: string, error: unknown): ChatError {
    return this.#shared.dispatch.refusalOf(error, { name, requestId: this.#stream?.id ?? 'not open' });
  }

  #close(): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#move('closing');
    this.#held = null;
    this.#shared.heartbeat.met(this);
    this.#shared.heartbeat.remove(this);
    this.#shared.heartbeat.expect(this, CLOSE_MS);
    this.#socket.resume();
  }

  #move(state: ConnectionState): void {
    const from = this.#state;
    this.#state = state;
    this.#shared.connections.moved(this, from);
  }

  #take(frame: ClientFrame | RefusedFrame): void {
    if (frame.type === 'ping') {
      this.outbox.send(PONG);
      return;
    }
    switch (this.#state) {
      case 'waiting':
        if (frame.type === 'hello') void this.#open(frame, () => this.#shared.accounts.authenticate(frame.token));
        else this.outbox.close('bad_frame');
        return;
      case 'opening':
        this.#held?.push(frame);
        return;
      case 'open':
        this.#takeOpen(frame);
        return;
      case 'closing':
      case 'closed':
        return;
    }
  }

  #takeOpen(frame: Exclude<ClientFrame | RefusedFrame, { type: 'ping' }>): void {
    switch (frame.type) {
      case 'command':
        this.#command(frame);
        return;
      case 'signal':
        if (this.#principal === null || this.#stream === null) return;
        if (this.#shared.dispatch.signalRefusal(this.#principal) !== null) return;
        this.#shared.chat.signal({ principal: this.#principal, stream: this.#stream }, frame.signal);
        return;
      case 'refused':
        this.#refuse(frame.id, frame.error);
        return;
      case 'auth':
        void this.#renew(frame.token);
        return;
      case 'hello':
        this.outbox.close('bad_frame');
        return;
    }
  }

  /** Takes the greeting, at its turn: until then the time for `hello` runs on. */
  #open(hello: Hello, authenticate: () => Promise<Principal>): Promise<void> {
    this.#move('opening');
    this.#held = [];
    this.#socket.pause();
    return this.#shared.openings.run(() => this.#openStream(hello, authenticate));
  }

  /** Who it is, whether the session lives, then the core's stream. */
  async #openStream(hello: Hello, authenticate: () => Promise<Principal>): Promise<void> {
    if (this.#state !== 'opening') return;
    const { accounts, chat, dispatch, heartbeat } = this.#shared;
    heartbeat.met(this);
    try {
      const principal = await authenticate();
      if (dispatch.streamRefusal(principal) !== null) {
        this.outbox.close('scope_missing');
        return;
      }
      this.#principal = principal;
      this.#opened(await chat.open(principal, hello, this.outbox));
      // It may have ended between the two, when no stream was there yet to be ended with it.
      if (!(await accounts.isSessionLive(principal))) this.outbox.close('session_revoked');
    } catch (error) {
      this.#notOpened(error);
    }
  }

  #opened(stream: Stream): void {
    if (this.#state !== 'opening') {
      stream.closed();
      return;
    }
    this.#stream = stream;
    this.#heardTick = this.#shared.heartbeat.now;
    this.#shared.heartbeat.add(this);
    this.#move('open');
    const held = this.#held ?? [];
    this.#held = null;
    this.#socket.resume();
    for (const frame of held) this.#take(frame);
  }

  #notOpened(error: unknown): void {
    const refusal = this.#report('hello', error);
    if (refusal.code === 'unauthenticated') this.outbox.close('unauthenticated');
    else this.#socket.close(TRY_AGAIN_LATER);
  }

  /** A newer token of the same session; another one ends the connection. */
  async #renew(token: string): Promise<void> {
    if (this.#pending >= LIMITS.pending) return;
    this.#pending += 1;
    try {
      const principal = await this.#shared.accounts.authenticate(token);
      if (principal.session === this.#principal?.session) this.#principal = principal;
      else this.outbox.close('unauthenticated');
    } catch (error) {
      if (this.#report('auth', error).code === 'unauthenticated') this.outbox.close('unauthenticated');
    } finally {
      this.#settled();
    }
  }

  #command(command: Command): void {
    const refusal = this.#refusalOf(command);
    if (refusal !== null) {
      this.#refuse(command.id, refusal);
      return;
    }
    this.#pending += 1;
    this.#order ??= new CommandOrder();
    this.#order.start(laneOf(command), { way: wayOf(command), run: () => this.#run(command) });
  }

  #refusalOf(command: Command): ChatError | null {
    if (this.#isDraining) return new ChatError('unavailable', 'this node is ending; connect again');
    if (this.#pending >= LIMITS.pending) {
      return new ChatError('rate_limited', `more than ${LIMITS.pending} commands wait for their answer`, {
        retryAfterMs: PENDING_RETRY_MS,
      });
    }
    return this.#principal === null ? null : this.#shared.dispatch.refusalByRate(this.#principal.user, command.name);
  }

  /** Never rejects. */
  async #run(command: Command): Promise<void> {
    try {
      if (this.#principal === null || this.#stream === null) return;
      const caller = { principal: this.#principal, stream: this.#stream };
      const request = { name: command.name, requestId: `${this.#stream.id}:${command.id}` };
      const work = { ...request, address: this.address, streamOf: this.#principal };
      const result = await this.#shared.dispatch.command(work, caller, command.params);
      this.outbox.send(outgoing({ type: 'ack', id: command.id, result: result as { [field: string]: unknown } }));
    } catch (error) {
      this.#refuse(command.id, error as ChatError);
    } finally {
      this.#settled();
    }
  }

  #refuse(id: number, error: ChatError): void {
    this.outbox.send(outgoingRefusal(id, error));
  }

  #settled(): void {
    this.#pending -= 1;
    this.#closeIfDrained();
  }

  #closeIfDrained(): void {
    if (this.#isDraining && this.#pending === 0) this.outbox.close('draining');
  }

  /** A client that sends absurdly much waits in its own socket until the next tick. */
  #spend(sizeBytes: number): void {
    const { heartbeat, budget } = this.#shared;
    if (this.#read.spend(budget, { tick: heartbeat.now, sizeBytes }) || this.#socket.isPaused) return;
    this.#socket.pause();
    heartbeat.atNextTick(() => {
      if (this.#state !== 'opening') this.#socket.resume();
    });
  }
}
