// What a node of the cluster answers over HTTP: tickets, streams of server-sent events and of polls, commands and signals. The
// shipped edge does it, from the door for streams to the outbox, on the node's own clock; only the HTTP library is not there.
import { ChatError, parseJson, parseSignal, REGISTRY, type SessionId } from '@kith/protocol';
import type { HttpRequest } from '@kith/sdk';
import type { Stream } from '@kith/server/core/chat';
import type { Principal } from '@kith/server/core/principal';
import { authenticateBearer } from '@kith/server/edge/bearer';
import { ClientAddresses } from '@kith/server/edge/client-address';
import type { ConnectionShared } from '@kith/server/edge/connection-shared';
import { Connections } from '@kith/server/edge/connections';
import { Heartbeat } from '@kith/server/edge/heartbeat';
import { HttpStreams } from '@kith/server/edge/http-streams';
import { Openings } from '@kith/server/edge/openings';
import { Origins } from '@kith/server/edge/origins';
import { noOutboxCounts, type OutboxShared } from '@kith/server/edge/outbox';
import { problemOf } from '@kith/server/edge/problem';
import { readBudget } from '@kith/server/edge/read-budget';
import { commandFrame } from '@kith/server/edge/routes';
import { Tally } from '@kith/server/edge/tally';
import { Tickets } from '@kith/server/edge/tickets';
import type { Cluster, ClusterNode } from './cluster.js';
import type { CoreReply } from './core-reply.js';
import { type FrameWatch, framesOfEvents, framesOfList } from './frame-watch.js';

export type CoreHttpParts = {
  readonly cluster: Cluster;
  readonly node: ClusterNode;
  /** Whose token it is; null refuses it. */
  readonly principalOf: (token: string) => Principal | null;
  /** By default every session lives. */
  readonly isSessionLive?: (session: SessionId) => boolean;
};

/** A request as it has come to the node, and where its answer goes. */
export type CoreCall = {
  readonly request: Pick<HttpRequest, 'method' | 'headers' | 'body'>;
  readonly url: URL;
  readonly reply: CoreReply;
  readonly watch: FrameWatch;
};

/** As `welcome` says it. */
const HEARTBEAT_MS = 30_000;
const HELLO_MS = 10_000;
/** Small, so that a reader who stalls is soon given a `gap`. */
const OUTBOX_BYTES = 100_000;
const CONFIG = { maxHandshakes: 1_000, connectionsPerAddress: 1_000 };

export class CoreHttp {
  readonly node: ClusterNode;
  readonly #cluster: Cluster;
  readonly #accounts: ConnectionShared['accounts'];
  readonly #tickets: Tickets;
  readonly #heartbeat = new Heartbeat(HEARTBEAT_MS);
  readonly #openings = new Openings({ defer: (task) => task() });
  readonly #outbox: OutboxShared;
  readonly #connections: Connections;
  readonly #streams: HttpStreams;
  /** Who reads along, by the id of a connection that is polled. */
  readonly #watches = new Map<string, FrameWatch>();
  #isTurning = false;
  #isDraining = false;

  constructor({ cluster, node, principalOf, isSessionLive = () => true }: CoreHttpParts) {
    this.node = node;
    this.#cluster = cluster;
    const { clock } = node.gate;
    const monotonic = () => clock.monotonic();
    this.#accounts = {
      async authenticate(token) {
        const principal = principalOf(token);
        if (principal === null) throw new ChatError('unauthenticated', 'this token is not taken');
        return principal;
      },
      isSessionLive: async ({ session }) => isSessionLive(session),
    };
    this.#tickets = new Tickets({ clock, random: cluster.random.fork(`${node.name} http`) });
    this.#outbox = {
      flusher: { add: (flushable) => void clock.after(0, () => flushable.flush()) },
      limitBytes: OUTBOX_BYTES,
      monotonic,
      stalled: new Set(),
      counts: noOutboxCounts(),
    };
    const byAddress = new Tally();
    this.#connections = new Connections((connection) => {
      byAddress.remove(connection.address);
      this.#watches.delete(connection.stream?.id ?? '');
      this.#streams.gone(connection);
    });
    this.#streams = new HttpStreams({
      config: CONFIG,
      addresses: new ClientAddresses([]),
      origins: new Origins({ publicUrl: null, allowedOrigins: [] }),
      clock,
      shared: this.#shared(),
      tickets: this.#tickets,
      isDraining: () => this.#isDraining,
      handshakes: () => this.#connections.handshakes,
      byAddress,
    });
  }

  /** Connections that are here, open or not. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Never rejects. */
  async answer(call: CoreCall): Promise<void> {
    const { request, reply, watch } = call;
    try {
      await this.#answer(call);
    } catch (error) {
      const refusal = this.#refusalOf(error);
      const id = idOf(request.body);
      if (id !== null && this.node.isAlive) watch.said(JSON.stringify({ type: 'error', id, ...refusal.fields }));
      reply.whole(refusal.status, JSON.stringify(problemOf(refusal)));
    }
  }

  /** Says when to come back, and opens nothing any more. */
  drain(afterMs: number): void {
    this.#isDraining = true;
    for (const connection of this.#connections.all()) connection.drain(afterMs);
  }

  async #answer(call: CoreCall): Promise<void> {
    const { request, url, reply, watch } = call;
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /v1/events':
        await this.#events(call);
        return;
      case 'POST /v1/tickets': {
        const principal = await authenticateBearer(this.#accounts, request);
        reply.whole(REGISTRY['ticket.create'].status, JSON.stringify({ ticket: this.#tickets.issue(principal) }));
        return;
      }
      case 'POST /v1/commands': {
        const principal = await authenticateBearer(this.#accounts, request);
        watch.heard(request.body ?? '');
        const { id, name, params } = commandFrame(request.body);
        const caller = { principal, stream: this.#streamOf(request, principal) };
        const result = await this.node.core.execute(caller, name, params);
        const ack = JSON.stringify({ type: 'ack', id, result });
        if (this.node.isAlive) watch.said(ack);
        reply.whole(200, ack);
        return;
      }
      case 'POST /v1/signals': {
        const principal = await authenticateBearer(this.#accounts, request);
        const signal = parseSignal(parseJson(request.body ?? ''));
        const caller = { principal, stream: this.#streamOf(request, principal) };
        if (signal !== null) this.node.core.signal(caller, signal);
        reply.whole(204, '');
        return;
      }
      default:
        throw new ChatError('not_found', 'there is nothing at this path');
    }
  }

  async #events({ request, url, reply, watch }: CoreCall): Promise<void> {
    this.#turn();
    reply.said = (text, how) => {
      if (!this.node.isAlive) return;
      if (how === 'list') this.#saidList(text, url.searchParams.get('connection'), watch);
      else for (const frame of framesOfEvents(text)) watch.said(frame);
    };
    const query = Object.fromEntries(url.searchParams);
    await this.#streams.answer({ query, headers: request.headers, socket: {} }, reply);
  }

  /** What answers polls of one connection is heard by whoever reads along since it was opened. */
  #saidList(text: string, ...[polled, watch]: [string | null, FrameWatch]): void {
    const frames = framesOfList(text);
    const holder = this.#watches.get(polled ?? '') ?? watch;
    for (const frame of frames) holder.said(frame);
    const { type, connection } = JSON.parse(frames[0] ?? '{}') as {
      readonly type?: string;
      readonly connection?: string;
    };
    const isThere = this.#connections.all().some(({ stream }) => stream?.id === connection);
    if (type === 'welcome' && connection !== undefined && isThere) this.#watches.set(connection, watch);
  }

  #streamOf({ headers }: CoreCall['request'], principal: Principal): Stream | null {
    const id = headers['kith-connection'];
    if (id === undefined) return null;
    const stream = this.#connections.streamOf(id, principal);
    if (stream === null) throw new ChatError('not_found', 'Kith-Connection names no open connection of yours');
    return stream;
  }

  #shared(): ConnectionShared {
    const { core } = this.node;
    return {
      chat: core,
      accounts: this.#accounts,
      dispatch: {
        command: (work, caller, params) => core.execute(caller, work.name, params),
        refusalByLoad: () => null,
        refusalByRate: () => null,
        refusalOf: (error) => this.#refusalOf(error),
        signalRefusal: () => null,
        streamRefusal: () => null,
      },
      heartbeat: this.#heartbeat,
      openings: this.#openings,
      outbox: this.#outbox,
      helloMs: HELLO_MS,
      budget: readBudget(this.#heartbeat.tickMs, 1),
      connections: this.#connections,
    };
  }

  /** Turns the wheel as long as there is something on it. */
  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    const { clock } = this.node.gate;
    clock.after(this.#heartbeat.tickMs, () => {
      this.#isTurning = false;
      this.#heartbeat.tick();
      for (const stalled of this.#outbox.stalled) stalled.judge(clock.monotonic());
      this.#tickets.sweep();
      if (this.#connections.size > 0) this.#turn();
    });
  }

  /** What is no refusal is an error that nobody expected. */
  #refusalOf(error: unknown): ChatError {
    if (error instanceof ChatError) return error;
    if (this.node.isAlive) this.#cluster.reported.push({ message: 'a request failed', error });
    return new ChatError('unavailable', 'an error of the server', { cause: error });
  }
}

/** Of the command that a body is, or null. */
function idOf(body: string | undefined): unknown {
  if (body === undefined) return null;
  return (JSON.parse(body) as { readonly id?: unknown }).id ?? null;
}
