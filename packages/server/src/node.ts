// The composition root: the only file that names concrete adapters. It opens storage, puts the core on it and the edge
// before it, and takes them down in the opposite order. Tests may put something between the core and its log or bus.

import { existsSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { makeId, type User, type WorkspaceId } from '@kith/protocol';
import { MemoryHub } from './bus/memory.js';
import type { RedisBus } from './bus/redis.js';
import { isLoopback } from './config/hosts.js';
import type { Config } from './config/schema.js';
import { Accounts } from './core/accounts/accounts.js';
import { GuestTimes } from './core/accounts/guest-times.js';
import { HandIns } from './core/accounts/hand-ins.js';
import { guardSizes, SignInGuard } from './core/accounts/sign-in-guard.js';
import type { RevokedSession } from './core/accounts/sign-ins.js';
import { WorkspacePeople } from './core/accounts/workspace-people.js';
import type { EndedToken } from './core/apps/bot-store.js';
import { AllTokens } from './core/apps/bot-token.js';
import { Bots } from './core/apps/bots.js';
import { HookDeliverer } from './core/apps/hook-deliverer.js';
import { HookTaker } from './core/apps/hook-taker.js';
import { IncomingHooks } from './core/apps/incoming-hooks.js';
import { OutgoingHooks } from './core/apps/outgoing-hooks.js';
import { InvocationTeller } from './core/apps/slash-commands/invocation-teller.js';
import { TokenExpiry } from './core/apps/token-expiry.js';
import { AuditKeeper } from './core/audit/audit-keeper.js';
import { AuditTrail } from './core/audit/audit-trail.js';
import type { Bus } from './core/bus.js';
import { ChatCore } from './core/chat-core.js';
import type { Clock, Random } from './core/clock.js';
import { Consumer } from './core/consumers/consumer.js';
import { unexpired } from './core/disappearing/unexpired-log.js';
import type { ConversationLog } from './core/log.js';
import { WorkspaceLooks } from './core/look/looks.js';
import { rateSizes } from './core/rates.js';
import { retained } from './core/retention/retained-log.js';
import { WorkspaceRetention } from './core/retention/retention.js';
import { SearchIndexer } from './core/search/indexer.js';
import type { Telemetry } from './core/telemetry.js';
import { Throttle } from './core/throttle.js';
import { JwtAssertions } from './edge/assertions.js';
import { type Edge, startEdge } from './edge/edge.js';
import { EgressAddresses } from './edge/egress-addresses.js';
import { hrefOf } from './edge/hrefs.js';
import { Argon2Hasher } from './edge/password-hasher.js';
import { NODE_SECRETS } from './edge/secrets.js';
import { SystemRandom, systemClock } from './edge/system-clock.js';
import type { ServerTelemetry } from './edge/telemetry.js';
import { Tls } from './edge/tls.js';
import { JwtTokens } from './edge/tokens.js';
import { WebhookSender } from './edge/webhook-sender.js';
import { type EmbeddedDatabase, openEmbedded } from './embedded-database.js';
import { openStorage, type Storage } from './storage.js';

/** Files of the web page: beside the sources in a checkout, beside this package in a release. */
const PAGES = ['../../../apps/web/dist', '../../web/dist'];
/** And of the document site, which is built for a release, or by `npm run docs:site`. */
const SITES = ['../../../dist/docs', '../../web/docs'];

/** What a test may put around the core's ports: to fail, or to kill the process, at a named point. */
export type Meddling = {
  readonly log?: (log: ConversationLog) => ConversationLog;
  readonly bus?: (bus: Bus) => Bus;
};

export type Node = {
  readonly edge: Edge;
  /** A set-up code to print, or null where none is needed. */
  readonly setUpCode: string | null;
  /** Settles when storage is gone for good; the process cannot go on then. */
  readonly failed: Promise<Error>;
  /** Reads the certificate's files again, for connections to come; where they are no good, the log says so. */
  renewCertificate(): void;
  /** Drains and stops. Idempotent. */
  stop(): Promise<void>;
};

export type NodeOptions = {
  /** The embedded database, begun before this module was loaded; the node stops it. Left out, it is opened here. */
  readonly database?: Promise<EmbeddedDatabase | null>;
  readonly meddling?: Meddling;
};

/** @throws where the certificate or storage cannot be opened or the address is taken; nothing is left running then */
export async function startNode(
  config: Config,
  telemetry: ServerTelemetry,
  { database = openEmbedded(config, telemetry), meddling = {} }: NodeOptions = {},
): Promise<Node> {
  const clock = systemClock(telemetry);
  const random = new SystemRandom();
  const storage = await openStorage(config, { clock, random, telemetry }, await database);
  try {
    const tls = tlsOf(config, { telemetry, clock });
    return await startOn(storage, { config, telemetry, clock, random, tls, meddling });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

type Parts = {
  readonly config: Config;
  readonly telemetry: ServerTelemetry;
  readonly clock: Clock;
  readonly random: Random;
  readonly tls: Tls | null;
  readonly meddling: Meddling;
};

async function startOn(storage: Storage, parts: Parts): Promise<Node> {
  const redis = await openRedis(storage.id, parts);
  try {
    return await startWith(redis, storage, parts);
  } catch (error) {
    await redis?.close();
    throw error;
  }
}

/** Loaded where it is wanted alone: it would take a tenth of the time to start. */
async function openRedis(
  scope: string,
  { config: { redisUrl: url }, ...ports }: Pick<Parts, 'config' | 'clock' | 'random' | 'telemetry'>,
): Promise<RedisBus | null> {
  if (url === null) return null;
  const { RedisBus } = await import('./bus/redis.js');
  return new RedisBus({ url, scope, ...ports });
}

async function startWith(redis: RedisBus | null, storage: Storage, parts: Parts): Promise<Node> {
  const { config, telemetry, clock, random, tls, meddling } = parts;
  const { directory } = storage;
  const bus: Bus = redis ?? new MemoryHub().node();
  const log = meddling.log?.(storage.log) ?? storage.log;
  const node = config.nodeId ?? `${hostname()}-${process.pid}`;
  const chat = new ChatCore({
    log,
    bus: meddling.bus?.(bus) ?? bus,
    directory,
    search: storage.search,
    secrets: NODE_SECRETS,
    later: storage.later,
    ...{ due: storage.due, slash: storage.slash, retention: storage.retention },
    hasRoom: () => storage.room.hasRoom,
    retentionDays: config.retentionDays === 0 ? null : config.retentionDays,
    clock,
    random,
    telemetry,
    node,
    heartbeatMs: config.heartbeatMs,
    editWindowMs: config.editWindowMinutes * 60_000,
    onInvoked: () => teller.poke(),
    onSessionsEnded: (sessions) => {
      for (const session of sessions) accounts.forgetSession(session);
    },
  });
  const wanted = { id: makeId<WorkspaceId>(clock.now(), random.bytes(10)), name: 'default', at: clock.now() };
  const workspace = await directory.openWorkspace(wanted);
  const onProfileChanged = ({ user }: { readonly user: User }) => chat.profileChanged(user);
  const onRevoked = ({ user, session }: RevokedSession) => {
    accounts.forgetSession(session);
    chat.revoked(user, session);
  };
  const people = new WorkspacePeople({ directory, clock, onProfileChanged, onRevoked });
  const retention = new WorkspaceRetention({ store: storage.retention, policies: chat.policies, directory });
  const looks = new WorkspaceLooks({
    ...{ store: storage.looks, directory, clock, telemetry },
    routes: () => chat.routes,
  });
  const guestTimes = new GuestTimes({ people, clock, telemetry });
  const assertions = new JwtAssertions(clock);
  const handIns = new HandIns({ directory, assertions, clock, random, onProfileChanged });
  const accounts = new Accounts({
    directory,
    handIns,
    invitations: chat.invites,
    sessions: directory,
    tokens: new AllTokens({
      tokens: new JwtTokens({ keys: directory, clock, random, issuer: 'kith' }),
      bots: storage.bots,
      secrets: NODE_SECRETS,
      clock,
    }),
    secrets: NODE_SECRETS,
    hasher: new Argon2Hasher({ cores: availableParallelism() }),
    guard: new SignInGuard(clock, guardSizes(config.rateFactor)),
    clock,
    random,
    signUp: config.signUp,
    isExposed: !isLoopback(config.host),
    selfOf: (principal) => chat.conversations.self(principal),
    onRevoked,
    onProfileChanged,
  });
  const onTokenEnded = ({ user, session }: EndedToken) => {
    accounts.forgetSession(session);
    chat.revoked(user, session);
  };
  const bots = new Bots({
    ...{ bots: storage.bots, directory, sessions: directory, secrets: NODE_SECRETS, clock, random },
    onRevoked: onTokenEnded,
    onProfileChanged,
  });
  const expiry = new TokenExpiry({ bots: storage.bots, clock, telemetry, onEnded: onTokenEnded });
  const incomingHooks = new IncomingHooks({
    ...{ hooks: storage.incomingHooks, directory, log, secrets: NODE_SECRETS, clock, random, hrefOf },
    url: () => edge.url,
  });
  const outbound = new WebhookSender({ addresses: new EgressAddresses(config.egressAllow), clock });
  const hooks = storage.outgoingHooks;
  const deliverer = new HookDeliverer({
    ...{
      hooks,
      log: unexpired(retained(log, { policies: chat.policies, clock }), clock),
      profiles: directory,
      outbound,
      clock,
      random,
      telemetry,
    },
    toIso,
  });
  const teller: InvocationTeller = new InvocationTeller({
    ...{ store: storage.slash, hooks, invocations: chat.invocations, log, profiles: directory, outbound, hrefOf },
    ...{ secrets: NODE_SECRETS, clock, random, telemetry, toIso },
    tell: (user, frame) => chat.tellOfSlash(user, frame),
    url: () => edge.url,
  });
  const onQueued = () => {
    deliverer.poke();
    teller.poke();
  };
  const outgoingHooks = new OutgoingHooks({
    ...{ hooks, slash: storage.slash, directory, outbound, clock, random, onQueued },
    toBase64: (bytes) => Buffer.from(bytes).toString('base64'),
  });
  const hooking = new Consumer({
    log,
    store: storage.consumers,
    node,
    taker: new HookTaker({ hooks, log, secrets: NODE_SECRETS, clock, telemetry, onQueued }),
    clock,
    telemetry,
  });
  const auditKeeper = new AuditKeeper({
    ...{ store: storage.audit, clock, telemetry },
    days: config.auditRetentionDays === 0 ? null : config.auditRetentionDays,
  });
  const setUpCode = await accounts.newSetUpCode(workspace.id);
  const indexing = new Consumer({
    log,
    store: storage.consumers,
    node,
    taker: new SearchIndexer({ log, index: storage.search, name: storage.searchName, telemetry }),
    clock,
    telemetry,
  });
  await chat.start();
  // Before anybody can make a webhook: what is written after that is seen.
  await hooking.poll();
  const edge: Edge = await startEdge({
    config: { ...config, webDir: config.webDir ?? firstThere(PAGES), docsDir: firstThere(SITES) },
    chat,
    accounts,
    workspaceKeys: handIns,
    ...{ bots, slashCommands: chat.slashCommands, invocations: chat.invocations },
    incomingHooks,
    outgoingHooks,
    workspacePeople: people,
    retention,
    looks,
    audit: new AuditTrail({ store: storage.audit, directory, clock }),
    invites: chat.invites,
    throttle: new Throttle({ clock, sizes: rateSizes(config.rateFactor), most: 100_000 }),
    room: storage.room,
    telemetry,
    tls,
    clock,
    random,
    isReady: () => readinessOf(storage, redis),
    workspaceOf: async ({ name, host }) =>
      (await directory.workspaceNamed(name ?? host))?.id ?? (name === null ? workspace.id : null),
  });
  indexing.start();
  guestTimes.start();
  looks.start();
  chat.laterWorker.start();
  expiry.start();
  auditKeeper.start();
  hooking.start();
  deliverer.start();
  teller.start();
  chat.disappearingWorker.start();
  chat.retentionWorker.start();
  let stopping: Promise<void> | null = null;
  return {
    edge,
    setUpCode,
    failed: storage.failed,
    renewCertificate: () => tls?.renew(),
    stop: () => {
      stopping ??= stopAll({
        edge,
        background: [
          hooking,
          deliverer,
          teller,
          indexing,
          expiry,
          auditKeeper,
          guestTimes,
          looks,
          chat.laterWorker,
          chat.disappearingWorker,
          chat.retentionWorker,
        ],
        chat,
        redis,
        storage,
      });
      return stopping;
    },
  };
}

type Running = {
  readonly edge: Edge;
  /** What goes on beside serving. */
  readonly background: readonly { stop(): Promise<void> }[];
  readonly chat: ChatCore;
  readonly redis: RedisBus | null;
  readonly storage: Storage;
};

async function stopAll({ edge, background, chat, redis, storage }: Running): Promise<void> {
  await edge.drain();
  await Promise.all(background.map((each) => each.stop()));
  await chat.stop();
  await redis?.close();
  await storage.close();
}

/** Without its bus a node serves as before, and is later than it could be. */
function readinessOf(storage: Storage, redis: RedisBus | null): ReturnType<Storage['readiness']> {
  const { warnings, ...readiness } = storage.readiness();
  if (redis === null || redis.isConnected) return { ...readiness, warnings };
  const warning = 'REDIS_URL does not answer: what happens on other nodes comes up to two seconds late';
  return { ...readiness, warnings: [...warnings, warning] };
}

/** @throws Error where the files are no good */
function tlsOf(
  { tlsCert, tlsKey }: Config,
  ports: { readonly telemetry: Telemetry; readonly clock: Clock },
): Tls | null {
  return tlsCert === null || tlsKey === null
    ? null
    : new Tls({ files: { certificate: tlsCert, key: tlsKey }, ...ports });
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}

/** Null where none was built. */
function firstThere(places: readonly string[]): string | null {
  const directories = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return directories.find((directory) => existsSync(directory)) ?? null;
}
