// What the two streams over HTTP have in common: how they begin, how they end, and their way up. Commands go by
// `POST /v1/commands`, those for one conversation one after another, as they would over a socket (O1); signals by
// `POST /v1/signals`. Only what concerns the connection itself names it (H7): a message is sent whether the stream lives or not.
import type { Hello, ServerFrame } from '@kith/protocol';
import type { Clock } from '../ports.js';
import { Refusal, unavailable } from '../refusal.js';
import type { AccessToken, Requests } from './http.js';
import { endOf } from './reconnect.js';
import { NonsenseError, toServerFrame } from './server-frame.js';
import type { Tickets } from './tickets.js';
import type { OutgoingFrame, StreamEnd, StreamEvents, TransportStream } from './transport.js';

export type HttpStreamParts = {
  readonly requests: Requests;
  readonly accessToken: AccessToken;
  readonly tickets: Tickets;
  readonly clock: Clock;
};

type OutgoingCommand = OutgoingFrame & { readonly type: 'command' };

/** Signals on their way; more are dropped (G1). */
const MOST_SIGNALS = 8;

export abstract class HttpStream implements TransportStream {
  protected readonly parts: HttpStreamParts;
  /** Aborted when nothing is to be heard any more. */
  protected readonly hearing = new AbortController();
  protected connection: string | null = null;
  readonly #events: StreamEvents;
  /** Aborted when nothing is to be sent any more. */
  readonly #sending = new AbortController();
  readonly #lanes = new Map<string, Promise<void>>();
  #signals = 0;

  constructor(parts: HttpStreamParts, events: StreamEvents) {
    this.parts = parts;
    this.#events = events;
  }

  /** Reads until there is an end. @throws Refusal, NonsenseError */
  protected abstract read(hello: Hello): Promise<void>;

  protected get isDone(): boolean {
    return this.hearing.signal.aborted;
  }

  open(hello: Hello): this {
    void this.run(hello);
    return this;
  }

  /** @throws Error where a fault of our own ended it, which is not hidden */
  async run(hello: Hello): Promise<void> {
    try {
      await this.read(hello);
      this.end({ code: null });
    } catch (error) {
      this.end(error instanceof NonsenseError ? { code: null, isNonsense: true } : endOf(error));
      if (!(error instanceof Refusal || error instanceof NonsenseError)) throw error;
    }
  }

  send(frame: OutgoingFrame): void {
    if (frame.type === 'command') this.#line(frame);
    else if (frame.type === 'signal') void this.#signal(frame);
  }

  close(): void {
    this.retire();
    this.#sending.abort();
  }

  retire(): void {
    this.hearing.abort();
  }

  protected heard(): void {
    if (!this.isDone) this.#events.onHeard();
  }

  /** @throws NonsenseError */
  protected take(value: unknown): void {
    if (this.isDone) return;
    const frame = toServerFrame(value);
    if (frame?.type === 'welcome') this.connection = frame.connection;
    if (frame) this.#events.onFrame(frame);
    else this.#events.onHeard();
  }

  /** Its owner closes it, or has commands that were sent answered still: what takes over from it may be on its way. */
  protected end(end: Omit<StreamEnd, 'wasOpen'>): void {
    if (this.isDone) return;
    this.retire();
    this.#events.onEnd({ wasOpen: this.connection !== null, ...end });
  }

  #line(frame: OutgoingCommand): void {
    const lane = laneOf(frame);
    const turn = (this.#lanes.get(lane) ?? Promise.resolve()).then(() => this.#command(frame));
    this.#lanes.set(lane, turn);
    void turn.then(() => {
      if (this.#lanes.get(lane) === turn) this.#lanes.delete(lane);
    });
  }

  async #command(frame: OutgoingCommand): Promise<void> {
    const isOfConnection = frame.name.startsWith('presence.');
    let answer: ServerFrame | Refusal | null;
    try {
      answer = toServerFrame(await this.#post('/commands', frame, isOfConnection ? this.connection : null));
    } catch (error) {
      answer = error instanceof Refusal ? error : null;
    }
    if (this.#sending.signal.aborted) return;
    // The server has let go of the stream, and we have not heard yet.
    const isGone = isOfConnection && answer instanceof Refusal && answer.code === 'not_found';
    if (answer instanceof Refusal && !isGone) this.#events.onFrame(errorFrame(frame.id, answer));
    else if (answer && 'type' in answer && answer.type === 'ack' && answer.id === frame.id)
      this.#events.onFrame(answer);
    else this.#events.onFrame(errorFrame(frame.id, unavailable()));
    if (isGone) this.end({ code: null });
  }

  async #signal(frame: OutgoingFrame): Promise<void> {
    if (this.#signals >= MOST_SIGNALS) return;
    this.#signals += 1;
    try {
      await this.#post('/signals', frame, this.connection);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    } finally {
      this.#signals -= 1;
    }
  }

  #post(path: string, body: OutgoingFrame, connection: string | null): Promise<unknown> {
    const { requests, accessToken } = this.parts;
    return requests.askAs(accessToken, { method: 'POST', path, body, connection, signal: this.#sending.signal });
  }
}

/** The query by which a stream over HTTP is opened: what `hello` says, with a ticket in place of the token. */
export function openingQuery({ device, instance, client, since }: Hello, ticket: string): string {
  const fields = Object.entries({ ticket, since, device, instance, client });
  return fields
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');
}

/** Where a command takes its place; what is for no conversation goes at once. */
function laneOf({ id, name, params }: OutgoingCommand): string {
  const conversation = (params as { readonly conversation?: unknown } | null)?.conversation;
  if (typeof conversation === 'string') return conversation.toLowerCase();
  return name.startsWith('setting') ? 'self' : `command ${id}`;
}

function errorFrame(id: number, { code, message, retry, retryAfterMs }: Refusal): ServerFrame {
  return { type: 'error', id, code, message, retry, retryAfterMs } as ServerFrame;
}
