// A WebSocket of a client straight into a node of the cluster: what the client sends goes through the shipped codec to the
// shipped core, what the core sends comes back as text. Frames travel in order, each a little later than it was sent; a cut
// loses whatever is on its way, in both directions, and the server notices some time later.
import {
  ChatError,
  CLOSE_CODES,
  type ClientFrame,
  type CloseReason,
  type Command,
  FrameError,
  parseClientFrame,
  type RefusedFrame,
} from '@kith/protocol';
import type { Stream } from '@kith/server/core/chat';
import { type Outgoing, type OutgoingEntry, outgoing, type Sink } from '@kith/server/core/live/sink';
import type { Principal } from '@kith/server/core/principal';
import { CommandOrder, laneOf, wayOf } from '@kith/server/edge/command-order';
import type { SeededRandom } from '../seeded-random.js';
import type { Cluster, ClusterNode } from './cluster.js';
import type { FrameWatch } from './frame-watch.js';
import { Lane } from './lane.js';

export type CoreSocketParts = {
  readonly cluster: Cluster;
  /** Null where no node can be reached: the socket ends by itself. */
  readonly node: ClusterNode | null;
  /** Whose token it is; null refuses it. */
  readonly principalOf: (token: string) => Principal | null;
  /** Longest time that a frame is under way, in milliseconds. */
  readonly maxDelayMs: number;
  /** By default the cluster's own. */
  readonly random?: SeededRandom;
  readonly watch?: FrameWatch;
};

type Gap = { readonly conversation: string; readonly epoch: number; readonly after: number; head: number };

const ABNORMAL = 1006;
const TRY_AGAIN_LATER = 1013;
/** A server ends a stream of which it has heard nothing for so long. */
const UNHEARD_MS = 60_000;

/** The client's end, in the shape of the platform's own socket. */
export class CoreSocket implements Sink {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #parts: CoreSocketParts;
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  readonly #order = new CommandOrder();
  #principal: Principal | null = null;
  #stream: Stream | null = null;
  /** What came while the stream was opening. */
  #held: (ClientFrame | RefusedFrame)[] = [];
  /** What the client does not read for now; null while it reads. */
  #waiting: (Outgoing | Gap)[] | null = null;
  #isGarbling = false;
  #isEnded = false;

  constructor(parts: CoreSocketParts) {
    this.#parts = parts;
    const { cluster, random = cluster.random, maxDelayMs } = parts;
    this.#toServer = new Lane({ clock: cluster.clock, random, maxDelayMs });
    this.#toClient = new Lane({ clock: cluster.clock, random, maxDelayMs });
    if (parts.node?.isAlive) this.#toClient.carry(() => this.onopen?.());
    else this.#toClient.carry(() => this.#end(ABNORMAL));
  }

  /** False once the connection was cut or closed. */
  get isLive(): boolean {
    return !this.#isEnded;
  }

  /** It has vanished, and the client has not found out yet. */
  get isLost(): boolean {
    return this.#toClient.isCut && !this.#isEnded;
  }

  isOn(node: ClusterNode): boolean {
    return this.#parts.node === node;
  }

  /** Nothing comes through any more, and nobody is told: each side finds out by its own heartbeat. */
  vanish(): void {
    this.#toServer.isCut = true;
    this.#toClient.isCut = true;
    this.#closeStream(UNHEARD_MS);
  }

  /** The connection is gone; the client is told, the server finds out within a second. */
  cut(): void {
    this.#toServer.isCut = true;
    this.#toClient.isCut = true;
    this.#end(ABNORMAL);
  }

  send(frame: string | Outgoing): void {
    if (typeof frame === 'string') this.#toServer.carry(() => this.#parts.node?.gate.enter(() => this.#heard(frame)));
    else this.#say(frame);
  }

  signal(frame: Outgoing): void {
    this.#say(frame);
  }

  deliver(entry: OutgoingEntry): void {
    if (this.#waiting === null) this.#say(entry);
    else this.#leaveOut(this.#waiting, entry);
  }

  /** The next text to the client arrives as half of it, as no server would send it. */
  garble(): void {
    this.#isGarbling = true;
  }

  /** The client reads nothing for a while: entries that come meanwhile are left out for a `gap`, as a full outbox does. */
  stall(): void {
    this.#waiting ??= [];
  }

  /** It reads on. */
  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const frame of waiting) this.#say('text' in frame ? frame : outgoing({ type: 'gap', ...frame }));
  }

  /** Of the platform's socket with a number or nothing, of the core's sink with a reason, and when to come back. */
  close(reason?: number | CloseReason, afterMs?: number): void {
    if (typeof reason === 'string') {
      if (afterMs !== undefined) this.#say(outgoing({ type: 'bye', code: reason, reconnect: true, afterMs }));
      this.#toClient.carry(() => this.#end(CLOSE_CODES[reason]));
      return;
    }
    this.#toClient.isCut = true;
    this.#end(null);
  }

  #leaveOut(waiting: (Outgoing | Gap)[], { conversation, epoch, seq }: OutgoingEntry): void {
    const gap = waiting.findLast((frame): frame is Gap => 'after' in frame && frame.conversation === conversation);
    if (gap?.epoch === epoch) gap.head = seq;
    else waiting.push({ conversation, epoch, after: seq - 1, head: seq });
  }

  #say(frame: Outgoing): void {
    if (this.#waiting !== null) {
      this.#waiting.push(frame);
      return;
    }
    const { text } = frame;
    if (!this.#parts.node?.isAlive || this.#isEnded) return;
    this.#parts.watch?.said(text);
    const data = this.#isGarbling ? text.slice(text.length >> 1) : text;
    this.#isGarbling = false;
    this.#toClient.carry(() => this.onmessage?.({ data }));
  }

  #end(code: number | null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#closeStream(1_000);
    if (code !== null) this.onclose?.({ code });
  }

  /** The server notices that nobody is there, now or later. */
  #closeStream(withinMs: number): void {
    const { cluster, node, random = cluster.random } = this.#parts;
    cluster.clock.after(random.below(withinMs), () => node?.gate.enter(() => this.#stream?.closed()));
  }

  #heard(text: string): void {
    this.#parts.watch?.heard(text);
    let frame: ClientFrame | RefusedFrame | null;
    try {
      frame = parseClientFrame(text);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.close('bad_frame');
      return;
    }
    if (frame === null) return;
    if (frame.type === 'hello') void this.#open(frame);
    else if (this.#stream === null) this.#held.push(frame);
    else this.#take(this.#stream, frame);
  }

  async #open(hello: ClientFrame & { readonly type: 'hello' }): Promise<void> {
    const { node, principalOf } = this.#parts;
    this.#principal = principalOf(hello.token);
    if (this.#principal === null || node === null) {
      this.close('unauthenticated');
      return;
    }
    try {
      const stream = await node.core.open(this.#principal, hello, this);
      if (this.#isEnded) {
        stream.closed();
        return;
      }
      this.#stream = stream;
      for (const frame of this.#held.splice(0)) this.#take(stream, frame);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#toClient.carry(() => this.#end(TRY_AGAIN_LATER));
    }
  }

  #take(stream: Stream, frame: ClientFrame | RefusedFrame): void {
    const { node } = this.#parts;
    if (this.#principal === null || node === null) return;
    switch (frame.type) {
      case 'command': {
        this.#order.start(laneOf(frame), { way: wayOf(frame), run: () => this.#run(stream, frame) });
        return;
      }
      case 'signal':
        node.core.signal({ principal: this.#principal, stream }, frame.signal);
        return;
      case 'refused':
        this.#say(outgoing({ type: 'error', id: frame.id, ...frame.error.fields }));
        return;
      case 'ping':
        this.#say(outgoing({ type: 'pong' }));
        return;
      default:
        return;
    }
  }

  async #run(stream: Stream, { id, name, params }: Command): Promise<void> {
    const { node } = this.#parts;
    if (this.#principal === null || node === null) return;
    try {
      const result = await node.core.execute({ principal: this.#principal, stream }, name, params);
      this.#say(outgoing({ type: 'ack', id, result: result as { [field: string]: unknown } }));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#say(outgoing({ type: 'error', id, ...error.fields }));
    }
  }
}
