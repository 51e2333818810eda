// The run's own way to the server, as a state machine: connecting, open (after `welcome`), waiting, stopped. It begins a stream,
// notices when that is silent or the device slept, and comes back after every ending as `reconnect.ts` decides. Rules L1 to
// L5. What belongs to an earlier stream is never heard.
import {
  CLOSE_CODES,
  type CommandName,
  type Hello,
  type Params,
  type Result,
  type ServerFrame,
  type Welcome,
} from '@kith/protocol';
import { makeKey } from '../platform/make-key.js';
import type { Cancel, Device, Random } from '../ports.js';
import { Refusal, unavailable } from '../refusal.js';
import type { AccessToken } from './http.js';
import type { Link, LinkEvents, LinkState, OutgoingSignal, WhyStopped } from './link.js';
import { PendingCommands } from './pending-commands.js';
import { afterEnd, endOf, STEADY_MS } from './reconnect.js';
import { refusalOfParams } from './sendable.js';
import { Timers } from './timers.js';
import type { CarriedStream, StreamEnd } from './transport.js';
import { type ChoiceParts, TransportChoice } from './transport-choice.js';

/** What `hello` says of this run beside its token and its own name. */
export type Greeting = Pick<Hello, 'device' | 'client' | 'since' | 'capabilities'>;

export type ConnectionParts = Omit<ChoiceParts, 'hello'> & {
  readonly random: Random;
  readonly device: Device;
  /** @throws Refusal `unauthenticated` where there is no session any more */
  readonly accessToken: AccessToken;
  /** Asked anew for every stream. */
  readonly greeting: () => Greeting;
  readonly events: LinkEvents;
};

/** For all transports that are tried in a row. */
const WELCOME_MS = 20_000;
/** In which something must be heard after the device woke. */
const PROBE_MS = 5_000;
const LEAST_HEARTBEAT_MS = 50;
/** A newer token comes this long before the old one ends. */
const RENEW_BEFORE_MS = 30_000;
const RENEW_AGAIN_MS = 5_000;

const NO_END: StreamEnd = { code: null, wasOpen: true };

export class Connection implements Link {
  readonly #parts: ConnectionParts;
  readonly #choice: TransportChoice;
  readonly #commands: PendingCommands;
  readonly #timers: Timers<'welcome' | 'retry' | 'beat' | 'probe' | 'renewal'>;
  #state: LinkState = { kind: 'stopped', why: 'closed' };
  #stream: CarriedStream | null = null;
  /** Counts streams, so that what was asked for an earlier one is dropped. */
  #run = 0;
  #attempt = 0;
  #instance: string;
  #token = '';
  /** The one that a stream refused last. */
  #rejected: string | undefined;
  #hasRenewed = false;
  #askedMs: number | null = null;
  #isWaitAsked = false;
  #heartbeatMs = 0;
  #openedMs = 0;
  #heardMs = 0;
  #heardAt = 0;
  #cancelWake: Cancel = () => {};

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#instance = makeKey(parts);
    this.#timers = new Timers(parts.clock);
    this.#commands = new PendingCommands(parts.clock, (frame) => this.#stream?.send(frame));
    this.#choice = new TransportChoice({ ...parts, hello: () => this.#hello() });
  }

  get state(): LinkState {
    return this.#state;
  }

  start(): void {
    if (this.#state.kind !== 'stopped') return;
    this.#attempt = 0;
    this.#hasRenewed = false;
    this.#cancelWake = this.#parts.device.onWake(() => this.#woke());
    void this.#connect();
  }

  stop(): void {
    this.#stopped('closed');
  }

  command<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>> {
    if (this.#state.kind !== 'open') return Promise.reject(unavailable('there is no connection'));
    const refusal = refusalOfParams(params);
    if (refusal) return Promise.reject(refusal);
    return this.#commands.ask(name, params) as Promise<Result<N>>;
  }

  signal(signal: OutgoingSignal): void {
    if (this.#state.kind === 'open') this.#stream?.send({ type: 'signal', ...signal });
  }

  async #connect(): Promise<void> {
    this.#drop();
    const run = this.#run;
    this.#move({ kind: 'connecting' });
    if (run !== this.#run) return;
    let hello: Hello;
    try {
      hello = await this.#hello();
    } catch (error) {
      if (run !== this.#run) return;
      const isEnded = error instanceof Refusal && error.code === 'unauthenticated';
      if (isEnded) this.#stopped('signed_out');
      else this.#ended({ wasOpen: false, ...endOf(error) });
      return;
    }
    if (run !== this.#run) return;
    this.#timers.set('welcome', WELCOME_MS, () => this.#ended(NO_END));
    this.#stream = this.#choice.open(hello, {
      onFrame: (frame) => this.#take(frame),
      onHeard: () => this.#heard(),
      onEnd: (end) => this.#ended(end),
    });
  }

  async #hello(): Promise<Hello> {
    const token = await this.#parts.accessToken(this.#rejected);
    this.#token = token;
    return { type: 'hello', token, instance: this.#instance, lean: true, ...this.#parts.greeting() };
  }

  #take(frame: ServerFrame): void {
    this.#heard();
    switch (frame.type) {
      case 'welcome':
        this.#opened(frame);
        break;
      case 'ack':
        this.#commands.answered(frame.id, frame.result);
        break;
      case 'error':
        if (frame.id !== undefined) this.#commands.refused(frame.id, frame);
        break;
      case 'bye':
        this.#askedMs = frame.afterMs;
        break;
      case 'pong':
        break;
      default:
        // The welcome is first (C1).
        if (this.#state.kind !== 'open') this.#ended(NO_END);
    }
    if (this.#state.kind === 'open') this.#parts.events.onFrame(frame);
  }

  #opened({ heartbeatMs, authUntil, serverTime, limits }: Welcome): void {
    if (!this.#stream) return;
    const { clock } = this.#parts;
    this.#timers.cancelAll();
    if (this.#state.kind !== 'open') this.#openedMs = clock.monotonic();
    this.#askedMs = null;
    this.#heartbeatMs = Math.max(LEAST_HEARTBEAT_MS, heartbeatMs);
    this.#beat();
    if (authUntil !== null) this.#renewEvery(Math.max(RENEW_AGAIN_MS, authUntil - serverTime - RENEW_BEFORE_MS));
    const { transport } = this.#stream;
    this.#commands.allow(limits.pending);
    this.#move({ kind: 'open', transport });
  }

  #heard(): void {
    const { clock } = this.#parts;
    this.#heardMs = clock.monotonic();
    this.#heardAt = clock.now();
    this.#timers.cancel('probe');
  }

  /** The server's own pings cannot be seen, so it is asked for a `pong` (L1). */
  #beat(): void {
    const { clock } = this.#parts;
    this.#timers.set('beat', this.#heartbeatMs / 2, () => this.#beat());
    const silentMs = clock.monotonic() - this.#heardMs;
    if (silentMs < this.#heartbeatMs / 2) return;
    this.#stream?.send({ type: 'ping' });
    // Where the timer is late, what came while the device slept is read first.
    if (silentMs >= 2 * Math.max(this.#heartbeatMs, this.#quietMs)) this.#probe(PROBE_MS);
  }

  /** How long the stream may say nothing without being asked. */
  get #quietMs(): number {
    return this.#stream?.quietMs(this.#heartbeatMs) ?? 0;
  }

  #probe(withinMs: number): void {
    if (this.#timers.has('probe')) return;
    this.#stream?.send({ type: 'ping' });
    this.#timers.set('probe', withinMs, () => {
      this.#stream?.abandon(CLOSE_CODES.no_heartbeat);
      this.#ended(NO_END);
    });
  }

  /** The device slept, or its network changed: the stream may be gone without a word. */
  #woke(): void {
    const { clock } = this.#parts;
    if (this.#state.kind === 'waiting') {
      this.#choice.forget();
      if (!this.#isWaitAsked) void this.#connect();
    } else if (this.#state.kind === 'open') {
      const silentMs = Math.max(clock.monotonic() - this.#heardMs, clock.now() - this.#heardAt);
      this.#probe(Math.max(PROBE_MS, this.#quietMs + PROBE_MS - silentMs));
      this.#stream?.recheck();
    } else if (this.#stream) {
      this.#probe(PROBE_MS);
    }
  }

  /** A failure is met by the end that follows it. */
  #renewEvery(everyMs: number, afterMs: number = everyMs): void {
    this.#timers.set('renewal', afterMs, () => {
      const run = this.#run;
      const renewed = (token: string | null) => {
        if (run !== this.#run) return;
        if (token !== null) {
          this.#token = token;
          this.#stream?.send({ type: 'auth', token });
        }
        this.#renewEvery(everyMs, token === null ? RENEW_AGAIN_MS : everyMs);
      };
      this.#parts.accessToken(this.#token).then(renewed, () => renewed(null));
    });
  }

  #ended({ code, retryAfterMs }: StreamEnd): void {
    const { clock, random } = this.#parts;
    const isSteady = this.#state.kind === 'open' && clock.monotonic() - this.#openedMs >= STEADY_MS;
    if (isSteady) {
      this.#attempt = 0;
      this.#hasRenewed = false;
    }
    if (code === CLOSE_CODES.unauthenticated || code === CLOSE_CODES.session_revoked) this.#rejected = this.#token;
    const next = afterEnd({
      code,
      askedMs: this.#askedMs ?? retryAfterMs ?? null,
      attempt: this.#attempt,
      hasRenewed: this.#hasRenewed,
      fraction: random.fraction(),
    });
    if (code === CLOSE_CODES.replaced) this.#instance = makeKey(this.#parts);
    switch (next.kind) {
      case 'retry':
        this.#wait(next.afterMs, next.isAsked);
        return;
      case 'renew':
        this.#hasRenewed = true;
        void this.#connect();
        return;
      case 'stop':
        this.#stopped(next.why);
        return;
    }
  }

  #wait(inMs: number, isAsked: boolean): void {
    this.#drop();
    this.#attempt += 1;
    this.#isWaitAsked = isAsked;
    this.#timers.set('retry', inMs, () => void this.#connect());
    this.#move({ kind: 'waiting', inMs, attempt: this.#attempt });
  }

  #stopped(why: WhyStopped): void {
    this.#drop();
    this.#cancelWake();
    this.#move({ kind: 'stopped', why });
  }

  /** Lets go of the stream and of all that waits for it. */
  #drop(): void {
    this.#run += 1;
    this.#timers.cancelAll();
    this.#askedMs = null;
    this.#stream?.close();
    this.#stream = null;
    this.#commands.dropAll();
  }

  #move(state: LinkState): void {
    this.#state = state;
    this.#parts.events.onState(state);
  }
}
