// One stream over HTTP, where a WebSocket does not come through: server-sent events, and where those are held back, waiting
// polls. A WebSocket is tried again in the background, and takes over when it welcomes: nothing is lost, as it says where it
// was, and commands keep their order (O1).
import { CLOSE_CODES, type Hello, type ServerFrame } from '@kith/protocol';
import { POLL_WAIT_MS } from './poll-transport.js';
import { endOf } from './reconnect.js';
import { Timers } from './timers.js';
import type { CarriedStream, OutgoingFrame, StreamEnd, StreamEvents, Transport, TransportStream } from './transport.js';
import type { ChoiceParts, Fallback, StreamParts, TransportChoice } from './transport-choice.js';

/** Events of which nothing comes for so long before their welcome are held back on the way. */
const EVENTS_MS = 1_500;
const UPGRADE_FIRST_MS = 30_000;
const UPGRADE_LONGEST_MS = 600_000;
const UPGRADE_WELCOME_MS = 15_000;
/** How long commands wait for those that were sent the old way. */
const HOLD_MS = 20_000;

/** One try of one transport. */
type Leg = { readonly index: number; stream: TransportStream | null; end: StreamEnd | null };

/** @param overHttp the last resort last */
export function fallbackTo(overHttp: readonly Transport[]): Fallback {
  return (given) => new FallbackStream(given, overHttp);
}

class FallbackStream implements CarriedStream {
  readonly #parts: ChoiceParts;
  readonly #choice: TransportChoice;
  readonly #events: StreamEvents;
  readonly #hello: Hello;
  /** The socket first, as the choice counts them. */
  readonly #transports: readonly Transport[];
  #leg: Leg | null = null;
  #isOpen = false;
  /** Aborted when it is let go of, with what was asked for it. */
  readonly #over = new AbortController();
  /** The socket that may take over. */
  #candidate: Leg | null = null;
  /** What it took over from, as long as commands are on their way there. */
  #retired: Leg | null = null;
  /** Commands on their way over HTTP, each of which is answered or refused in its time. */
  readonly #unanswered = new Set<number>();
  /** What waits for those; bounded by how many its owner lets wait for answers. */
  #held: OutgoingFrame[] | null = null;
  readonly #timers: Timers<'welcome' | 'upgrade' | 'hold'>;

  constructor({ parts, choice, events, hello }: StreamParts, overHttp: readonly Transport[]) {
    this.#parts = parts;
    this.#choice = choice;
    this.#events = events;
    this.#hello = hello;
    this.#transports = [parts.socket, ...overHttp];
    this.#timers = new Timers(parts.clock);
    this.#begin(Math.max(1, choice.from));
  }

  get transport(): Transport['name'] {
    return this.#transport(this.#leg?.index ?? 1).name;
  }

  send(frame: OutgoingFrame): void {
    if (frame.type === 'command') {
      if (this.#held) {
        this.#held.push(frame);
        return;
      }
      if (this.transport !== 'websocket') this.#unanswered.add(frame.id);
    }
    this.#leg?.stream?.send(frame);
  }

  close(code?: number): void {
    if (!this.#isDone) this.#letGo(code);
  }

  quietMs(heartbeatMs: number): number {
    if (this.transport === 'poll') return POLL_WAIT_MS;
    return this.transport === 'events' ? heartbeatMs / 2 : 0;
  }

  abandon(code: number): void {
    if (this.#isOpen && this.transport === 'events') this.#avoid(this.#leg?.index ?? 0);
    this.close(code);
  }

  recheck(): void {
    if (!this.#mayUpgrade) return;
    this.#parts.reach(this.#over.signal, true).then(
      () => this.#upgrade(),
      (error: unknown) => {
        const end = endOf(error);
        // A server that asks for patience is there.
        if (end.retryAfterMs === undefined) this.#finish({ wasOpen: true, ...end });
      },
    );
  }

  get #mayUpgrade(): boolean {
    return !this.#isDone && this.#isOpen && !this.#candidate && this.#leg?.index !== 0;
  }

  #upgrade(): void {
    if (!this.#mayUpgrade) return;
    this.#timers.cancel('upgrade');
    this.#parts.hello().then(
      (hello) => this.#tryUpgrade(hello),
      // Whatever keeps a token away also ends the stream that is open, if it lasts.
      () => this.#scheduleUpgrade(),
    );
  }

  get #isDone(): boolean {
    return this.#over.signal.aborted;
  }

  #transport(index: number): Transport {
    return this.#transports[index] ?? this.#parts.socket;
  }

  /** Opens the transport at `index` when the server was heard over HTTP. */
  #climb(index: number): void {
    this.#parts.reach(this.#over.signal).then(
      () => this.#begin(index),
      (error: unknown) => {
        this.#choice.unreached();
        this.#finish({ wasOpen: false, ...endOf(error) });
      },
    );
  }

  /** What begins with the transport at `index` is in vain from now on. */
  #avoid(index: number): void {
    this.#choice.beginWith((index + 1) % this.#transports.length);
  }

  #begin(index: number): void {
    if (this.#isDone) return;
    this.#leg = this.#open(index, this.#hello);
    this.#watch(this.#leg);
  }

  #open(index: number, hello: Hello): Leg {
    const leg: Leg = { index, stream: null, end: null };
    leg.stream = this.#transport(index).open(hello, {
      onFrame: (frame) => this.#frame(leg, frame),
      onHeard: () => this.#heard(leg),
      onEnd: (end) => this.#ended(leg, end),
    });
    return leg;
  }

  /** How long nothing may come before the welcome. The last resort has all the time that the owner gives. */
  #watch(leg: Leg): void {
    this.#timers.cancel('welcome');
    if (this.#transport(leg.index).name === 'events') this.#timers.set('welcome', EVENTS_MS, () => this.#leave(leg));
  }

  /** Goes on with the next transport. */
  #leave(leg: Leg): void {
    if (this.#isDone || leg !== this.#leg || this.#isOpen) return;
    this.#timers.cancel('welcome');
    leg.stream?.close();
    const next = leg.index + 1;
    if (next < this.#transports.length) this.#climb(next);
    else this.#finish(leg.end ?? { code: null, wasOpen: false });
  }

  #heard(leg: Leg): void {
    if (leg !== this.#leg) return;
    if (!this.#isOpen) this.#watch(leg);
    this.#events.onHeard();
  }

  #frame(leg: Leg, frame: ServerFrame): void {
    if (this.#isDone) return;
    if (leg === this.#candidate) {
      if (frame.type !== 'welcome') return;
      this.#takeOver(leg);
    }
    if ((frame.type === 'ack' || frame.type === 'error') && frame.id !== undefined) this.#answered(frame.id);
    else if (leg !== this.#leg) return;
    if (frame.type === 'welcome') this.#opened(leg);
    this.#events.onFrame(frame);
  }

  #opened({ index }: Leg): void {
    this.#isOpen = true;
    this.#timers.cancel('welcome');
    this.#choice.worked(index);
    if (index > 0) this.#scheduleUpgrade();
  }

  #ended(leg: Leg, end: StreamEnd): void {
    if (this.#isDone) return;
    leg.end = end;
    if (leg === this.#candidate) {
      this.#candidate = null;
      if (this.#leg?.end) this.#finish({ code: null, wasOpen: true });
      else this.#scheduleUpgrade();
    } else if (leg !== this.#leg) {
      return;
    } else if (this.#isOpen) {
      // The server takes the candidate for the newer one of the two, which it is: its welcome is on the way.
      if (!this.#candidate || end.code !== CLOSE_CODES.replaced) this.#finish(end);
    } else {
      this.#shut(leg, end);
    }
  }

  /** It ended before it opened. */
  #shut(leg: Leg, end: StreamEnd): void {
    if (end.code !== null || end.isNonsense) {
      // The server itself has spoken.
      this.#finish(end);
    } else {
      if (leg.index === this.#transports.length - 1) this.#avoid(leg.index);
      this.#leave(leg);
    }
  }

  #finish(end: StreamEnd): void {
    if (this.#isDone) return;
    this.#letGo();
    this.#events.onEnd(end);
  }

  #letGo(code?: number): void {
    this.#over.abort();
    for (const leg of [this.#leg, this.#candidate, this.#retired]) leg?.stream?.close(code);
    this.#timers.cancelAll();
  }

  #scheduleUpgrade(): void {
    if (this.#isDone) return;
    const waitMs = this.#choice.upgradeMs ?? UPGRADE_FIRST_MS;
    this.#choice.upgradeMs = Math.min(UPGRADE_LONGEST_MS, waitMs * 2);
    this.#timers.set('upgrade', waitMs, () => this.#upgrade());
  }

  #tryUpgrade(hello: Hello): void {
    if (this.#isDone || this.#candidate) return;
    const candidate = this.#open(0, hello);
    this.#candidate = candidate;
    this.#timers.set('upgrade', UPGRADE_WELCOME_MS, () => {
      candidate.stream?.close();
      this.#ended(candidate, { code: null, wasOpen: false });
    });
  }

  #takeOver(candidate: Leg): void {
    this.#timers.cancel('upgrade');
    this.#candidate = null;
    this.#retired = this.#leg;
    this.#leg = candidate;
    this.#retired?.stream?.retire();
    if (this.#unanswered.size === 0) return;
    this.#held = [];
    this.#timers.set('hold', HOLD_MS, () => this.#release());
  }

  #answered(id: number): void {
    this.#unanswered.delete(id);
    if (this.#held && this.#unanswered.size === 0) this.#release();
  }

  #release(): void {
    this.#timers.cancel('hold');
    const held = this.#held ?? [];
    this.#held = null;
    for (const frame of held) this.send(frame);
  }
}
