// Presence: who is there, with a grace period after the last connection goes. Known exactly for people with streams on this
// node; other nodes are asked and tell changes. A node that died is forgotten when its lease runs out.
import { type Presence as PresenceView, type ServerFrame, type Status, TIMES, type UserId } from '@kith/protocol';
import type { Cancel, Clock } from '../clock.js';
import type { Principal } from '../principal.js';
import { type Privacies, type Privacy, type Sight, sightOf } from '../privacy.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import type { LastSeen } from './last-seen.js';
import type { OpenStream } from './open-stream.js';
import { outgoing } from './sink.js';

export type PresencePorts = {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** This node's name among the others. */
  readonly node: string;
  /** Says something about a person to the other nodes; it may be lost. */
  readonly tell: (user: UserId, message: PresenceMessage) => void;
  /** Listens to what other nodes say about a person. */
  readonly listen: (user: UserId, take: (message: PresenceMessage) => void) => Cancel;
  readonly lastSeen: LastSeen;
  /** Of the ids, those of people of this person's workspace. */
  readonly existing: (principal: Principal, users: readonly UserId[]) => Promise<ReadonlySet<UserId>>;
  /** What people chose of who sees them. */
  readonly privacies: (users: readonly UserId[]) => Promise<Privacies>;
};

export type PresenceMessage =
  | { readonly type: 'presence.ask' }
  | { readonly type: 'presence.is'; readonly node: string; readonly status: Status; readonly at: number };

/** How long what another node said of a person holds; it says so again every third of that. */
const LEASE_MS = 60_000;

/** A person with streams here, or within the grace period after the last one. */
type Host = {
  readonly workspace: Principal['workspace'];
  readonly streams: Map<OpenStream, 'online' | 'away'>;
  status: Status;
  endGrace: Cancel | null;
  readonly unlisten: Cancel;
  /** True where another node asked: it is told again before its lease runs out. */
  isAsked: boolean;
};

/** A person whom streams here watch. */
type Watched = {
  readonly streams: Set<OpenStream>;
  readonly unlisten: Cancel;
  /** What other nodes said, and until when it holds on the monotonic clock. */
  readonly elsewhere: Map<string, { readonly status: Status; readonly until: number }>;
  lastSeenAt: number | null;
  shown: Status;
};

type IsTold = (privacies: Privacies, viewer: UserId, user: UserId) => boolean;

/** A stream, and somebody whom it watches. */
type Pair = { readonly stream: OpenStream; readonly user: UserId };

export class Presence {
  readonly #ports: PresencePorts;
  readonly #hosts = new Map<UserId, Host>();
  readonly #watched = new Map<UserId, Watched>();
  readonly #sets = new Map<OpenStream, ReadonlySet<UserId>>();
  readonly #changed = new Set<UserId>();
  #gathering: Cancel | null = null;
  #leases: Cancel | null = null;

  constructor(ports: PresencePorts) {
    this.#ports = ports;
  }

  connected(stream: OpenStream): void {
    const { user, workspace } = stream.principal;
    let host = this.#hosts.get(user);
    if (!host) {
      const unlisten = this.#ports.listen(user, (message) => this.#takeAsHost(user, message));
      host = { workspace, streams: new Map(), status: 'offline', endGrace: null, unlisten, isAsked: false };
      this.#hosts.set(user, host);
    }
    host.endGrace?.();
    host.endGrace = null;
    host.streams.set(stream, 'online');
    this.#update(user, host);
  }

  disconnected(stream: OpenStream): void {
    this.#unwatch(stream);
    const { user } = stream.principal;
    const host = this.#hosts.get(user);
    if (!host?.streams.delete(stream)) return;
    if (host.streams.size > 0) this.#update(user, host);
    else host.endGrace = this.#ports.clock.after(TIMES.presenceGraceMs, () => this.#leave(user, host));
  }

  /** The person says whether they are at this device. */
  set(stream: OpenStream, status: 'online' | 'away'): void {
    const host = this.#hosts.get(stream.principal.user);
    if (!host?.streams.has(stream)) return;
    host.streams.set(stream, status);
    this.#update(stream.principal.user, host);
  }

  /** Present states, without watching. */
  async read(principal: Principal, users: readonly UserId[]): Promise<readonly PresenceView[]> {
    const [existing, privacies, lastSeen] = await Promise.all([
      this.#ports.existing(principal, users),
      this.#ports.privacies([principal.user, ...users]),
      this.#ports.lastSeen.read(principal.workspace, users),
    ]);
    return users.map((user) => {
      if (!existing.has(user)) return { user, status: 'unknown' };
      const watched = this.#watched.get(user);
      if (watched) watched.lastSeenAt = Math.max(watched.lastSeenAt ?? 0, lastSeen.get(user) ?? 0) || null;
      const sight = sightOf(privacies, principal.user, user);
      return view(sight, { user, status: this.#statusOf(user), lastSeenAt: lastSeen.get(user) ?? null });
    });
  }

  /** Replaces what the stream watches. @returns the present states */
  async watch(stream: OpenStream, users: readonly UserId[]): Promise<readonly PresenceView[]> {
    const existing = await this.#ports.existing(stream.principal, users);
    this.#unwatch(stream);
    this.#sets.set(stream, existing);
    for (const user of existing) this.#watchOne(user).streams.add(stream);
    return this.read(stream.principal, users);
  }

  /** A person chose anew who sees them: those who see more or less of them now are told so, and so is the person. */
  chosen(user: UserId, before: Privacy): void {
    const pairs: Pair[] = [...(this.#watched.get(user)?.streams ?? [])].map((stream) => ({ stream, user }));
    for (const [stream, set] of this.#sets) {
      if (stream.principal.user === user) for (const other of set) pairs.push({ stream, user: other });
    }
    this.#tell(pairs, (privacies, viewer, other) => {
      const was = sightOf(new Map(privacies).set(user, before), viewer, other);
      const is = sightOf(privacies, viewer, other);
      return was.presence !== is.presence || was.lastSeen !== is.lastSeen;
    });
  }

  /** Whoever was here until now was seen now. */
  async stop(): Promise<void> {
    this.#gathering?.();
    this.#leases?.();
    const at = this.#ports.clock.now();
    for (const [user, host] of this.#hosts) {
      host.endGrace?.();
      host.unlisten();
      this.#ports.lastSeen.went(host.workspace, { user, at });
    }
    for (const { unlisten } of this.#watched.values()) unlisten();
    this.#hosts.clear();
    this.#watched.clear();
    this.#sets.clear();
    await this.#ports.lastSeen.stop();
  }

  #watchOne(user: UserId): Watched {
    let watched = this.#watched.get(user);
    if (!watched) {
      const unlisten = this.#ports.listen(user, (message) => this.#takeAsWatcher(user, message));
      watched = { streams: new Set(), unlisten, elsewhere: new Map(), lastSeenAt: null, shown: this.#statusOf(user) };
      this.#watched.set(user, watched);
      this.#ports.tell(user, { type: 'presence.ask' });
      this.#leases ??= this.#ports.clock.after(LEASE_MS / 3, () => this.#renewLeases());
    }
    return watched;
  }

  #unwatch(stream: OpenStream): void {
    for (const user of this.#sets.get(stream) ?? []) {
      const watched = this.#watched.get(user);
      watched?.streams.delete(stream);
      if (watched?.streams.size !== 0) continue;
      watched.unlisten();
      this.#watched.delete(user);
    }
    this.#sets.delete(stream);
  }

  #update(user: UserId, host: Host): void {
    const states = [...host.streams.values()];
    const status = states.includes('online') ? 'online' : states.length > 0 ? 'away' : 'offline';
    if (status === host.status) return;
    host.status = status;
    this.#announce(user, status);
  }

  /** The grace period is over and nobody came back. */
  #leave(user: UserId, host: Host): void {
    const at = this.#ports.clock.now();
    host.unlisten();
    this.#hosts.delete(user);
    const watched = this.#watched.get(user);
    if (watched) watched.lastSeenAt = at;
    this.#announce(user, 'offline');
    this.#ports.lastSeen.went(host.workspace, { user, at });
  }

  #announce(user: UserId, status: Status): void {
    this.#ports.tell(user, { type: 'presence.is', node: this.#ports.node, status, at: this.#ports.clock.now() });
    this.#show(user);
  }

  #takeAsHost(user: UserId, message: PresenceMessage): void {
    const host = this.#hosts.get(user);
    if (!host || message.type !== 'presence.ask') return;
    host.isAsked = true;
    this.#leases ??= this.#ports.clock.after(LEASE_MS / 3, () => this.#renewLeases());
    this.#ports.tell(user, {
      type: 'presence.is',
      node: this.#ports.node,
      status: host.status,
      at: this.#ports.clock.now(),
    });
  }

  #takeAsWatcher(user: UserId, message: PresenceMessage): void {
    const watched = this.#watched.get(user);
    if (!watched || message.type !== 'presence.is') return;
    if (message.status === 'offline') {
      watched.elsewhere.delete(message.node);
      watched.lastSeenAt = Math.max(watched.lastSeenAt ?? 0, message.at);
    } else {
      const until = this.#ports.clock.monotonic() + LEASE_MS;
      watched.elsewhere.set(message.node, { status: message.status, until });
    }
    this.#show(user);
  }

  /** Tells again whom others asked about, and lets go of what nobody renewed. */
  #renewLeases(): void {
    this.#leases = null;
    const now = this.#ports.clock.monotonic();
    for (const [user, host] of this.#hosts) {
      if (!host.isAsked) continue;
      this.#ports.tell(user, {
        type: 'presence.is',
        node: this.#ports.node,
        status: host.status,
        at: this.#ports.clock.now(),
      });
    }
    for (const [user, watched] of this.#watched) {
      for (const [node, { until }] of watched.elsewhere) if (until <= now) watched.elsewhere.delete(node);
      this.#show(user);
    }
    const isNeeded = this.#watched.size > 0 || [...this.#hosts.values()].some(({ isAsked }) => isAsked);
    if (isNeeded) this.#leases = this.#ports.clock.after(LEASE_MS / 3, () => this.#renewLeases());
  }

  #statusOf(user: UserId): Status {
    const states = [this.#hosts.get(user)?.status];
    for (const { status } of this.#watched.get(user)?.elsewhere.values() ?? []) states.push(status);
    return states.includes('online') ? 'online' : states.includes('away') ? 'away' : 'offline';
  }

  /** Notes a change for those who watch; changes of a second go out together. */
  #show(user: UserId): void {
    const watched = this.#watched.get(user);
    if (!watched || watched.shown === this.#statusOf(user)) return;
    this.#changed.add(user);
    this.#gathering ??= this.#ports.clock.after(TIMES.presenceGatherMs, () => this.#flush());
  }

  #flush(): void {
    this.#gathering = null;
    const pairs: Pair[] = [];
    for (const user of this.#changed) {
      const watched = this.#watched.get(user);
      const status = this.#statusOf(user);
      if (!watched || watched.shown === status) continue;
      watched.shown = status;
      for (const stream of watched.streams) pairs.push({ stream, user });
    }
    this.#changed.clear();
    this.#tell(pairs, (privacies, viewer, user) => sightOf(privacies, viewer, user).presence);
  }

  /** Tells streams of people whom they watch, where there is something to be told, as each of them may see it then. */
  #tell(pairs: readonly Pair[], isTold: IsTold): void {
    if (pairs.length === 0) return;
    const people = new Set(pairs.flatMap(({ stream, user }) => [stream.principal.user, user]));
    this.#ports
      .privacies([...people])
      .then((privacies) => {
        const told = pairs.filter(({ stream, user }) => isTold(privacies, stream.principal.user, user));
        this.#tellSeen(told, privacies);
      })
      .catch((error: unknown) => {
        // Nobody was told: the next renewal of leases finds a state that was not shown.
        for (const { user } of pairs) {
          const watched = this.#watched.get(user);
          if (watched) watched.shown = 'unknown';
        }
        reportFailure(this.#ports.telemetry, 'presence was not told', error);
      });
  }

  #tellSeen(pairs: readonly Pair[], privacies: Privacies): void {
    const frames = new Map<OpenStream, Map<UserId, PresenceView>>();
    for (const { stream, user } of pairs) {
      const watched = this.#watched.get(user);
      if (!watched?.streams.has(stream)) continue;
      const states = frames.get(stream) ?? new Map<UserId, PresenceView>();
      const sight = sightOf(privacies, stream.principal.user, user);
      states.set(user, view(sight, { user, status: this.#statusOf(user), lastSeenAt: watched.lastSeenAt }));
      frames.set(stream, states);
    }
    for (const [stream, states] of frames) {
      const frame: ServerFrame = { type: 'signal', name: 'presence', presence: [...states.values()] };
      stream.routed.signal(outgoing(frame));
    }
  }
}

type State = { readonly user: UserId; readonly status: Status; readonly lastSeenAt: number | null };

function view(sight: Sight, { user, status, lastSeenAt }: State): PresenceView {
  if (!sight.presence) return { user, status: 'unknown' };
  return sight.lastSeen && status === 'offline' && lastSeenAt !== null
    ? { user, status, lastSeenAt }
    : { user, status };
}
