// One HTTP request of a client to a node of the cluster, and its answer, whole or as a stream. Both travel as the frames of a
// `CoreSocket` do: in order, each piece a little later than it was sent. A cut loses what is on its way in both directions,
// and the server notices some time later. A proxy that holds streams back passes an answer on when it has ended.
import type { HttpAnswer, HttpRequest } from '@kith/sdk';
import type { Gate } from '../gate.js';
import type { SeededRandom } from '../seeded-random.js';
import { AnswerBody } from './answer-body.js';
import type { Cluster, ClusterNode } from './cluster.js';
import type { CoreHttp } from './core-http.js';
import { CoreReply, type Piece } from './core-reply.js';
import type { FrameWatch } from './frame-watch.js';
import { Lane } from './lane.js';

export type CoreExchangeParts = {
  readonly cluster: Cluster;
  /** Null where no node can be reached: the request fails. */
  readonly http: CoreHttp | null;
  readonly request: HttpRequest;
  /** Longest time that a piece is under way, in milliseconds. */
  readonly maxDelayMs: number;
  /** By default the cluster's own. */
  readonly random?: SeededRandom;
  /** Of the process that asks: what comes back comes through it. */
  readonly gate?: Gate;
  readonly watch?: FrameWatch;
  /** A proxy on the way holds streams back. */
  readonly isHeldBack?: boolean;
  /** The request is over. Not called before the constructor has returned. */
  readonly ended?: () => void;
};

/** A server ends a request of which it has heard nothing for so long. */
const UNHEARD_MS = 60_000;
const NOTICED_MS = 1_000;
const UNWATCHED: FrameWatch = { heard() {}, said() {} };

export class CoreExchange {
  readonly answer: Promise<HttpAnswer>;
  readonly #parts: CoreExchangeParts;
  readonly #random: SeededRandom;
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  readonly #reply: CoreReply;
  #settle: { readonly resolve: (answer: HttpAnswer) => void; readonly reject: (error: Error) => void };
  #body: AnswerBody | null = null;
  /** What the client does not read for now, or a proxy keeps. */
  #kept: Piece[] = [];
  #isStalled = false;
  #isHeldBack = false;
  #isGarbling = false;
  #isEnded = false;

  constructor(parts: CoreExchangeParts) {
    this.#parts = parts;
    const { cluster, random = cluster.random, maxDelayMs, http, request } = parts;
    this.#random = random;
    this.#toServer = new Lane({ clock: cluster.clock, random, maxDelayMs });
    this.#toClient = new Lane({ clock: cluster.clock, random, maxDelayMs });
    this.#settle = { resolve: () => {}, reject: () => {} };
    this.answer = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#reply = this.#replyOf(parts);
    if (parts.isHeldBack) this.holdBack();
    request.signal.addEventListener('abort', this.#onAbort);
    if (request.signal.aborted) queueMicrotask(() => this.#abort());
    else if (!http?.node.isAlive) this.#toClient.carry(() => this.#enter(() => this.#fail()));
    else this.#toServer.carry(() => http.node.gate.enter(() => void http.answer(this.#call())));
  }

  /** False once the answer is there, or will not come any more. */
  get isLive(): boolean {
    return !this.#isEnded;
  }

  /** It has vanished, and the client has not found out yet. */
  get isLost(): boolean {
    return this.#toClient.isCut && !this.#isEnded;
  }

  /** Whether it is, or is to be, a stream, or a poll of one. */
  get isOfStream(): boolean {
    return this.#url.pathname.endsWith('/events');
  }

  isOn(node: ClusterNode): boolean {
    return this.#parts.http?.node === node;
  }

  /** Nothing comes through any more, and nobody is told. */
  vanish(): void {
    this.#toServer.isCut = true;
    this.#toClient.isCut = true;
    this.#closeReply(UNHEARD_MS);
  }

  /** The connection is gone; the client is told, the server finds out within a second. */
  cut(): void {
    this.#toServer.isCut = true;
    this.#toClient.isCut = true;
    this.#closeReply(NOTICED_MS);
    this.#enter(() => this.#fail());
  }

  /** The next piece to the client arrives as half of it, and is the last. */
  garble(): void {
    this.#isGarbling = true;
  }

  /** The client reads nothing for a while. */
  stall(): void {
    this.#isStalled = true;
    this.#inNode(() => this.#reply.stall(this.#isStalled && !this.#isHeldBack));
  }

  /** A proxy keeps from now on what comes of a stream, until its end. */
  holdBack(): void {
    this.#isHeldBack = this.#parts.request.isStream === true;
  }

  /** The proxy keeps nothing any more. */
  letThrough(): void {
    this.#isHeldBack = false;
    this.#release();
  }

  /** The client reads on. */
  resume(): void {
    this.#isStalled = false;
    this.#release();
    this.#inNode(() => this.#reply.stall(false));
  }

  get #url(): URL {
    return new URL(this.#parts.request.url);
  }

  readonly #onAbort = () => this.#abort();

  #call() {
    const { request, watch = UNWATCHED } = this.#parts;
    return { request, url: this.#url, reply: this.#reply, watch };
  }

  #replyOf({ cluster, http }: CoreExchangeParts): CoreReply {
    return new CoreReply({
      carry: (piece) => {
        if (http?.node.isAlive) this.#carry(piece);
      },
      soon: (task) => cluster.clock.after(0, () => http?.node.gate.enter(task)),
    });
  }

  #carry(piece: Piece): void {
    if (this.#isStalled || this.#isHeldBack) {
      this.#kept.push(piece);
      const hasEnded = piece.type === 'end' || piece.type === 'break' || piece.type === 'whole';
      if (hasEnded) this.letThrough();
      return;
    }
    const isGarbled = this.#isGarbling && piece.type !== 'head';
    this.#toClient.carry(() => this.#enter(() => this.#arrived(isGarbled ? halfOf(piece) : piece)));
    if (isGarbled && piece.type === 'chunk') this.#toClient.carry(() => this.cut());
    if (isGarbled) this.#isGarbling = false;
  }

  #release(): void {
    if (this.#isStalled || this.#isHeldBack) return;
    for (const piece of this.#kept.splice(0)) this.#carry(piece);
  }

  #arrived(piece: Piece): void {
    if (this.#isEnded) return;
    switch (piece.type) {
      case 'whole':
        this.#end();
        this.#settle.resolve({ status: piece.status, text: () => Promise.resolve(piece.text), stream: null });
        return;
      case 'head':
        this.#body = new AnswerBody(() => this.#abort());
        this.#settle.resolve({ status: piece.status, text: () => Promise.resolve(''), stream: this.#body });
        return;
      case 'chunk':
        this.#body?.push(piece.bytes);
        return;
      case 'end':
        this.#end();
        this.#body?.end(null);
        return;
      case 'break':
        this.#fail();
        return;
    }
  }

  /** The client wants no more of it. */
  #abort(): void {
    if (this.#isEnded) return;
    this.#toClient.isCut = true;
    this.#closeReply(NOTICED_MS);
    this.#fail();
  }

  #fail(): void {
    if (this.#isEnded) return;
    this.#end();
    const error = new TypeError('the network is down');
    this.#settle.reject(error);
    this.#body?.end(error);
  }

  #end(): void {
    this.#isEnded = true;
    this.#parts.ended?.();
    this.#parts.request.signal.removeEventListener('abort', this.#onAbort);
  }

  #enter(task: () => void): void {
    const { gate } = this.#parts;
    if (gate) gate.enter(task);
    else task();
  }

  #inNode(task: () => void): void {
    this.#parts.http?.node.gate.enter(task);
  }

  /** The server notices that nobody is there, now or later. */
  #closeReply(withinMs: number): void {
    this.#parts.cluster.clock.after(this.#random.below(withinMs), () => this.#inNode(() => this.#reply.gone()));
  }
}

function halfOf(piece: Piece): Piece {
  if (piece.type === 'whole') return { ...piece, text: piece.text.slice(piece.text.length >> 1) };
  return piece.type === 'chunk' ? { ...piece, bytes: piece.bytes.slice(0, piece.bytes.length >> 1) } : piece;
}
