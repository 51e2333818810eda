// The edge put together: one HTTP server with the API, the probes, the web page and the doors for streams; the wheel
// that turns for all connections; the numbers about them; and the way out, which is a drain.
// Whoever starts an edge closes it; nothing it opened is left then.
import type { AddressInfo } from 'node:net';
import type { ChatService } from '../core/chat.js';
import { type Clock, delay, type Random } from '../core/clock.js';
import { AccessLog } from './access-log.js';
import { addApiDocument } from './api-document.js';
import { Auditing, type AuditingParts } from './auditing.js';
import { ClientAddresses } from './client-address.js';
import type { ConnectionShared } from './connection-shared.js';
import { Connections } from './connections.js';
import { Dispatch } from './dispatch.js';
import type { EdgeConfig } from './edge-config.js';
import { embeddable, refuseEmbedding } from './embedding.js';
import { Flusher } from './flusher.js';
import { Heartbeat } from './heartbeat.js';
import { answerRest, createHttp } from './http.js';
import { HttpStreams } from './http-streams.js';
import { addIncomingHooks } from './incoming-hooks.js';
import { Openings } from './openings.js';
import { Origins } from './origins.js';
import { noOutboxCounts, type OutboxCounts, type OutboxShared } from './outbox.js';
import type {
  Accounts,
  AuditReader,
  Bots,
  IncomingHooks,
  Invites,
  Invocations,
  OutgoingHooks,
  Readiness,
  Room,
  SlashCommands,
  Throttle,
  WorkspaceKeys,
  WorkspaceLooks,
  WorkspaceOf,
  WorkspacePeople,
  WorkspaceRetention,
} from './ports.js';
import { addProbes } from './probes.js';
import { readBudget } from './read-budget.js';
import { addRoutes } from './routes.js';
import { securityHeaders } from './security-headers.js';
import { readStaticFiles } from './static.js';
import { Tally } from './tally.js';
import type { EdgeTelemetry } from './telemetry.js';
import { Tickets } from './tickets.js';
import type { Tls } from './tls.js';
import { Upgrades } from './upgrade.js';

/**
 * Connections that the system has accepted and this process has yet to take; it cuts it to net.core.somaxconn. When
 * everybody comes back at once, Node's 511 are full in an instant: the system then drops, and each comer tries again after
 * one second, three and seven.
 */
const BACKLOG = 4_096;

export type EdgeParts = {
  readonly config: EdgeConfig;
  readonly chat: ChatService;
  readonly accounts: Accounts;
  readonly workspaceKeys: WorkspaceKeys;
  readonly bots: Bots;
  readonly slashCommands: SlashCommands;
  readonly invocations: Invocations;
  readonly incomingHooks: IncomingHooks;
  readonly outgoingHooks: OutgoingHooks;
  readonly workspacePeople: WorkspacePeople;
  readonly retention: WorkspaceRetention;
  readonly looks: WorkspaceLooks;
  readonly invites: Invites;
  readonly audit: AuditReader & AuditingParts['trail'];
  readonly throttle: Throttle;
  readonly room: Room;
  readonly telemetry: EdgeTelemetry;
  /** Null for a server that speaks plain HTTP: on this machine, or to a proxy. */
  readonly tls: Tls | null;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether what stands below can serve; a drain is the edge's own affair. */
  readonly isReady: () => Readiness;
  readonly workspaceOf: WorkspaceOf;
};

export interface Edge {
  readonly address: { readonly host: string; readonly port: number };
  /** Where it answers, without a path. */
  readonly url: string;
  /** Streams that are open now. */
  connections(): number;
  /** No new streams, `bye` to the open ones, what is pending answered; then nothing listens. At most `drainMs`. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** @throws Error where the port is taken, or the directory of the web page cannot be read */
export async function startEdge(parts: EdgeParts): Promise<Edge> {
  const { config, telemetry, clock, random, tls } = parts;
  const headers = securityHeaders({ isHttps: tls !== null || config.publicUrl?.startsWith('https://') === true });
  const addresses = new ClientAddresses(config.trustedProxies);
  const origins = new Origins(config);
  const monotonic = () => clock.monotonic();
  const tickets = new Tickets({ clock, random });
  const accessLog = config.accessLog === 'on' ? new AccessLog({ telemetry, addresses }) : null;
  const dispatch = new Dispatch({
    ...parts,
    tickets,
    monotonic,
    accessLog,
    auditing: new Auditing({ trail: parts.audit, telemetry }),
  });
  const heartbeat = new Heartbeat(config.heartbeatMs);
  const counts = noOutboxCounts();
  const outbox: OutboxShared = {
    flusher: new Flusher(),
    limitBytes: config.outboxBytes,
    monotonic,
    stalled: new Set(),
    counts,
  };
  const byAddress = new Tally();
  const connections = new Connections((connection) => {
    byAddress.remove(connection.address);
    httpStreams.gone(connection);
  });
  const shared: ConnectionShared = {
    ...parts,
    dispatch,
    heartbeat,
    openings: new Openings(),
    outbox,
    helloMs: config.helloMs,
    budget: readBudget(heartbeat.tickMs, config.rateFactor),
    connections,
  };
  let isDraining = false;
  const door = {
    config,
    addresses,
    origins,
    shared,
    byAddress,
    isDraining: () => isDraining,
    handshakes: () => connections.handshakes,
  };
  const upgrades = new Upgrades({ ...door, securityHeaders: headers });
  const httpStreams = new HttpStreams({ ...door, clock, tickets });

  const { app, server } = createHttp({ config, origins, random, telemetry, accessLog, tls, securityHeaders: headers });
  const routes: { method: string; path: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) routes.push({ method: name, path: url });
  });
  addRoutes(app, { ...parts, dispatch, addresses, origins, streamOf: (id, who) => connections.streamOf(id, who) });
  addIncomingHooks(app, { hooks: parts.incomingHooks, invocations: parts.invocations, dispatch, addresses });
  httpStreams.addRoute(app);
  addProbes(app, {
    telemetry,
    metricsToken: config.metricsToken,
    isReady: () => (isDraining ? { ready: false, reason: 'draining' } : parts.isReady()),
  });
  addApiDocument(app, { hasSite: config.docsDir !== null });
  const files = [
    ...embeddable(config.webDir === null ? [] : readStaticFiles(config.webDir), config.embedOrigins),
    ...(config.docsDir === null ? [] : readStaticFiles(config.docsDir, '/docs')),
  ];
  // Links in it are relative, so that it may lie anywhere: its index needs the slash.
  if (config.docsDir !== null) app.get('/docs', async (_request, reply) => reply.redirect('/docs/', 308));
  if (config.embedOrigins.length === 0) refuseEmbedding(app);
  answerRest(app, routes, new Map(files.map((file) => [file.path, file])));
  upgrades.attach(server);
  telemetry.watch(() => numbersOf(connections, counts, tickets));

  await app.listen({ host: config.host, port: config.port, backlog: BACKLOG });
  const wheel = setInterval(() => {
    heartbeat.tick();
    const nowMs = monotonic();
    for (const stalled of outbox.stalled) stalled.judge(nowMs);
    tickets.sweep();
  }, heartbeat.tickMs);
  wheel.unref();

  const close = async () => {
    isDraining = true;
    clearInterval(wheel);
    for (const connection of connections.all()) connection.end();
    server.closeAllConnections();
    tls?.end();
    await app.close();
  };
  return {
    address: addressOf(server.address(), config.host),
    url: urlOf(server.address(), config, tls === null ? 'http' : 'https'),
    connections: () => connections.open,
    close,
    async drain() {
      isDraining = true;
      telemetry.info('draining', { connections: connections.size });
      for (const connection of connections.all()) connection.drain(spread(random, config.drainSpreadMs));
      await Promise.race([connections.gone(), delay(clock, config.drainMs)]);
      await close();
    },
  };
}

function numbersOf(
  connections: Connections,
  counts: OutboxCounts,
  tickets: Tickets,
): { readonly [name: string]: number } {
  const { heapUsed, external } = process.memoryUsage();
  const { websocket, events, poll } = connections.openByTransport;
  return {
    kith_connections: connections.open,
    kith_connections_websocket: websocket,
    kith_connections_events: events,
    kith_connections_poll: poll,
    kith_tickets: tickets.size,
    kith_handshakes: connections.handshakes,
    kith_bytes_per_connection: connections.size === 0 ? 0 : Math.round((heapUsed + external) / connections.size),
    kith_frames_sent_total: counts.frames,
    kith_writes_total: counts.writes,
    kith_bytes_sent_total: counts.bytes,
    kith_gaps_total: counts.gaps,
    kith_entries_dropped_total: counts.droppedEntries,
    kith_signals_dropped_total: counts.droppedSignals,
    kith_queues_looked_through_total: counts.looks,
    kith_frames_overtook_total: counts.overtook,
    kith_slow_closes_total: counts.slowCloses,
  };
}

function spread(random: Random, spreadMs: number): number {
  const [high = 0, low = 0] = random.bytes(2);
  return Math.floor(((high * 256 + low) / 65_536) * spreadMs);
}

function addressOf(address: AddressInfo | string | null, host: string): { host: string; port: number } {
  return { host, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

function urlOf(
  address: AddressInfo | string | null,
  { host, publicUrl }: EdgeConfig,
  scheme: 'http' | 'https',
): string {
  if (publicUrl !== null) return publicUrl;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${addressOf(address, host).port}`;
}
