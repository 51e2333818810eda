// The composition root: the only file that names concrete adapters. It opens storage, puts the core on it and the edge
// before it, and takes them down in the opposite order. Tests may put something between the core and its log or bus.

import { existsSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { makeId, type User, type WorkspaceId } from '@kith/protocol';
import { MemoryHub } from './bus/memory.js';
import { isLoopback } from './config/hosts.js';
import type { Config } from './config/schema.js';
import { Accounts } from './core/accounts/accounts.js';
import { HandIns } from './core/accounts/hand-ins.js';
import { guardSizes, SignInGuard } from './core/accounts/sign-in-guard.js';
import type { Bus } from './core/bus.js';
import { ChatCore } from './core/chat-core.js';
import type { Clock, Random } from './core/clock.js';
import { Consumer } from './core/consumers/consumer.js';
import type { ConversationLog } from './core/log.js';
import { rateSizes } from './core/rates.js';
import { SearchIndexer } from './core/search/indexer.js';
import type { Telemetry } from './core/telemetry.js';
import { Throttle } from './core/throttle.js';
import { JwtAssertions } from './edge/assertions.js';
import { type Edge, startEdge } from './edge/edge.js';
import { Argon2Hasher } from './edge/password-hasher.js';
import { NODE_SECRETS } from './edge/secrets.js';
import { SystemRandom, systemClock } from './edge/system-clock.js';
import type { ServerTelemetry } from './edge/telemetry.js';
import { Tls } from './edge/tls.js';
import { JwtTokens } from './edge/tokens.js';
import { openStorage, type Storage } from './storage.js';

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

/** @throws where the certificate or storage cannot be opened or the address is taken; nothing is left running then */
export async function startNode(config: Config, telemetry: ServerTelemetry, meddling: Meddling = {}): Promise<Node> {
  const clock = systemClock(telemetry);
  const random = new SystemRandom();
  const tls = tlsOf(config, { telemetry, clock });
  const storage = await openStorage(config, { clock, random, telemetry });
  try {
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
  const { config, telemetry, clock, random, tls, meddling } = parts;
  const { directory } = storage;
  const bus = new MemoryHub().node();
  const log = meddling.log?.(storage.log) ?? storage.log;
  const chat = new ChatCore({
    log,
    bus: meddling.bus?.(bus) ?? bus,
    directory,
    search: storage.search,
    later: storage.later,
    due: storage.due,
    clock,
    random,
    telemetry,
    node: config.nodeId ?? `${hostname()}-${process.pid}`,
    heartbeatMs: config.heartbeatMs,
    editWindowMs: config.editWindowMinutes * 60_000,
    onSessionsEnded: (sessions) => {
      for (const session of sessions) accounts.forgetSession(session);
    },
  });
  const wanted = { id: makeId<WorkspaceId>(clock.now(), random.bytes(10)), name: 'default', at: clock.now() };
  const workspace = await directory.openWorkspace(wanted);
  const onProfileChanged = ({ user }: { readonly user: User }) => chat.profileChanged(user);
  const assertions = new JwtAssertions(clock);
  const handIns = new HandIns({ directory, assertions, clock, random, onProfileChanged });
  const accounts = new Accounts({
    directory,
    handIns,
    sessions: directory,
    tokens: new JwtTokens({ keys: directory, clock, random, issuer: 'kith' }),
    secrets: NODE_SECRETS,
    hasher: new Argon2Hasher({ cores: availableParallelism() }),
    guard: new SignInGuard(clock, guardSizes(config.rateFactor)),
    clock,
    random,
    signUp: config.signUp,
    isExposed: !isLoopback(config.host),
    selfOf: (principal) => chat.conversations.self(principal),
    onRevoked: ({ user, session }) => chat.revoked(user, session),
    onProfileChanged,
  });
  const setUpCode = await accounts.newSetUpCode(workspace.id);
  const indexing = new Consumer({
    log,
    store: storage.consumers,
    taker: new SearchIndexer({ log, index: storage.search, telemetry }),
    clock,
    telemetry,
  });
  await chat.start();
  const edge = await startEdge({
    config: { ...config, webDir: config.webDir ?? builtPage() },
    chat,
    accounts,
    workspaceKeys: handIns,
    throttle: new Throttle({ clock, sizes: rateSizes(config.rateFactor), most: 100_000 }),
    telemetry,
    tls,
    clock,
    random,
    isReady: () => storage.readiness(),
    workspaceOf: async ({ name, host }) =>
      (await directory.workspaceNamed(name ?? host))?.id ?? (name === null ? workspace.id : null),
  });
  indexing.start();
  chat.laterWorker.start();
  chat.disappearingWorker.start();
  let stopping: Promise<void> | null = null;
  return {
    edge,
    setUpCode,
    failed: storage.failed,
    renewCertificate: () => tls?.renew(),
    stop: () => {
      stopping ??= stopAll({ edge, indexing, chat, storage });
      return stopping;
    },
  };
}

type Running = {
  readonly edge: Edge;
  readonly indexing: Consumer;
  readonly chat: ChatCore;
  readonly storage: Storage;
};

async function stopAll({ edge, indexing, chat, storage }: Running): Promise<void> {
  await edge.drain();
  await indexing.stop();
  await chat.laterWorker.stop();
  await chat.disappearingWorker.stop();
  await chat.stop();
  await storage.close();
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

/** The web page's files: beside the sources in a checkout; null where it was not built. */
function builtPage(): string | null {
  const directory = fileURLToPath(new URL('../../../apps/web/dist', import.meta.url));
  return existsSync(directory) ? directory : null;
}
