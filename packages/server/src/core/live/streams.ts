// Streams: opening one (welcome, what was missed, then live without a hole between), and letting go of it.
// A stream is routed before anything is read: what happens meanwhile waits in its buffer and is spliced in.
import { type Hello, LIMITS, makeId, type SessionId, toId, type UserId } from '@kith/protocol';
import type { Stream } from '../chat.js';
import type { Clock, Random } from '../clock.js';
import type { Conversations } from '../conversations.js';
import type { ConversationLog } from '../log.js';
import { namedInEntries, namedInSummaries, type Profiles, readUsers } from '../people.js';
import type { Principal } from '../principal.js';
import { summariesSeen } from '../privacy.js';
import { WorkQueue } from '../work-queue.js';
import { type CaughtUp, catchUp } from './catch-up.js';
import type { KnownChoices } from './choices.js';
import { OpenStream } from './open-stream.js';
import type { Presence } from './presence.js';
import type { Route } from './route.js';
import { RoutedStream } from './routed-stream.js';
import type { Router } from './router.js';
import { SharedPages } from './shared-pages.js';
import { outgoing, type Sink } from './sink.js';

export type StreamPorts = {
  readonly log: ConversationLog;
  readonly router: Router;
  readonly conversations: Conversations;
  readonly presence: Presence;
  readonly choices: KnownChoices;
  readonly profiles: Profiles;
  readonly clock: Clock;
  readonly random: Random;
  /** From one ping of a connection to the next, as the edge beats: clients are told. */
  readonly heartbeatMs: number;
  /** What this server can do beside the contract's first version; both sides' names are in `welcome`. */
  readonly capabilities: readonly string[];
};

/**
 * Streams that are opened at once, and those that wait for it: a rush after a restart takes its turn, instead of holding
 * up whoever is connected already. What those read who are opened at the same time, the store reads together: a listing for
 * eight takes three times as long as one.
 */
const OPENINGS = { width: 32, waiting: 10_000, typicalMs: 40 };

export class Streams {
  readonly #ports: StreamPorts;
  readonly #openings = new WorkQueue(OPENINGS);
  readonly #pages: SharedPages;

  constructor(ports: StreamPorts) {
    this.#ports = ports;
    this.#pages = new SharedPages(ports);
  }

  /** @throws ChatError unavailable where the log cannot be read now, rate_limited where too many wait to be opened */
  open(principal: Principal, hello: Hello, sink: Sink): Promise<Stream> {
    return this.#openings.run(() => this.#open(principal, hello, sink));
  }

  async #open(principal: Principal, hello: Hello, sink: Sink): Promise<Stream> {
    const { router, clock, random, presence } = this.#ports;
    const routed = new RoutedStream({
      id: makeId(clock.now(), random.bytes(10)),
      session: principal.session,
      instance: hello.instance ?? null,
      sink,
    });
    this.#replaceEarlier(principal.user, routed);
    const route = router.connect(principal.user, principal.workspace, routed);
    try {
      await route.ready;
      await this.#welcome(principal, hello, routed);
    } catch (error) {
      router.disconnect(route, routed);
      throw error;
    }
    const stream = new OpenStream(principal, routed, { route, close: (closing, of) => this.#closed(closing, of) });
    // One that may only read shows its person to nobody.
    if (principal.scopes.includes('write')) presence.connected(stream);
    return stream;
  }

  /** The same run of an app connected again: its earlier connections are dead, or will be taken for it. */
  #replaceEarlier(user: UserId, stream: RoutedStream): void {
    if (stream.instance === null) return;
    const { instance, id } = stream;
    this.endInstance(user, { instance, except: id });
    this.#ports.router.tell({ kind: 'user', id: user }, { type: 'replaced', instance, except: id });
  }

  endInstance(user: UserId, which: { readonly instance: string; readonly except: string }): void {
    for (const stream of this.#ports.router.routeOf(user)?.streams ?? []) {
      if (stream.instance === which.instance && stream.id !== which.except) stream.sink.close('replaced');
    }
  }

  endSession(user: UserId, session: SessionId): void {
    this.#ports.router.endSession(user, session);
  }

  async #welcome(principal: Principal, hello: Hello, stream: RoutedStream): Promise<void> {
    const { router, conversations, profiles, clock } = this.#ports;
    // First, so that a person's own conversation is there to be named.
    const self = await conversations.self(principal);
    const missed = await this.#missed(principal, hello);
    const named = [principal.user, ...namedInSummaries(missed.summaries), ...namedInEntries(missed.entries)];
    const users = await readUsers(profiles, principal.workspace, named);
    const user = users[principal.user];
    if (!user) throw new Error('a live session without an account');
    const { sink } = stream;
    sink.send(
      outgoing({
        type: 'welcome',
        connection: stream.id,
        user,
        self,
        session: principal.session,
        serverTime: clock.now(),
        heartbeatMs: this.#ports.heartbeatMs,
        authUntil: null,
        limits: LIMITS,
        capabilities: this.#ports.capabilities.filter((name) => hello.capabilities?.includes(name)),
        since: missed.cursor,
        reset: missed.reset,
        conversations: missed.summaries,
        users,
        more: missed.more,
      }),
    );
    for (const entry of missed.entries) sink.deliver(this.#pages.outgoing(entry));
    if (missed.entries.length > 0 && !missed.more) sink.send(outgoing({ type: 'synced', since: missed.cursor }));
    stream.isListed = !missed.more;
    const floors = new Map(missed.summaries.map(({ id, epoch, head }) => [id as string, { epoch, seq: head }]));
    stream.goLive(floors, (conversation, floor) => router.isPast(toId(conversation), floor, principal.user));
    for (const { id, head, role } of missed.summaries) {
      router.catchUp(toId(id), head);
      // Joined after the conversations to follow were read.
      if (role !== 'none') router.reconcile(principal.user, toId(id));
    }
  }

  /** What was missed, as the person may see it. */
  async #missed(principal: Principal, hello: Hello): Promise<CaughtUp> {
    const { log, choices } = this.#ports;
    const missed = await catchUp({ log, pages: this.#pages }, principal, hello);
    return { ...missed, summaries: await summariesSeen(choices, principal.user, missed.summaries) };
  }

  #closed(stream: OpenStream, route: Route): void {
    this.#ports.router.disconnect(route, stream.routed);
    this.#ports.presence.disconnected(stream);
  }
}
