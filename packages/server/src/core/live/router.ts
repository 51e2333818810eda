// The router: which people have streams on this node, which conversations reach them, and how an entry gets from the log to
// them. Each entry is encoded once. Membership changes only by entries, in order: who is removed gets the entry that
// removes them and nothing above it; who joins gets a `conversation` frame first.
import {
  type ConversationId,
  type Entry,
  isStructural,
  type SessionId,
  toId,
  type UserId,
  usersChangedBy,
  type WorkspaceId,
} from '@kith/protocol';
import type { Bus } from '../bus.js';
import { type Clock, delay } from '../clock.js';
import type { ConversationHead } from '../log.js';
import { mutedBy } from '../settings.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import { Feed } from './feed.js';
import { announceChange, announceJoin, announceLeft, follow, type JoiningPorts } from './joining.js';
import { Route } from './route.js';
import type { RoutedStream } from './routed-stream.js';
import { type OutgoingEntry, outgoing, outgoingEntry } from './sink.js';
import type { Announcement } from './stream-buffer.js';
import { type NodeMessage, type Topic, topicName } from './topics.js';

export type RouterPorts = JoiningPorts & {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Takes what other nodes say of a conversation or a person that is no entry. */
  readonly onMessage: (topic: Topic, message: NodeMessage) => void;
  /** Messages of the bus may have been lost: the change feed is to be asked now. */
  readonly onGap: () => void;
};

const RETRY_MS = 500;

export class Router {
  readonly #ports: RouterPorts;
  readonly #routes = new Map<UserId, Route>();
  readonly #feeds = new Map<ConversationId, Feed>();
  readonly #userTopics = new Map<UserId, () => void>();
  #joining = 0;
  #isStopped = false;

  constructor(ports: RouterPorts) {
    this.#ports = ports;
  }

  routeOf(user: UserId): Route | undefined {
    return this.#routes.get(user);
  }

  feedOf(conversation: ConversationId): Feed | undefined {
    return this.#feeds.get(conversation);
  }

  get routes(): Iterable<Route> {
    return this.#routes.values();
  }

  get counts(): { readonly people: number; readonly feeds: number } {
    return { people: this.#routes.size, feeds: this.#feeds.size };
  }

  /** True where all that this node knows to exist was handed to the streams. */
  get isWhole(): boolean {
    if (this.#joining > 0) return false;
    for (const feed of this.#feeds.values()) if (feed.isBehind || feed.position === null) return false;
    return true;
  }

  /** True where no entry of the conversation up to `seq` can reach the person's streams any more. */
  isPast(conversation: ConversationId, seq: number, user: UserId): boolean {
    const feed = this.#feeds.get(conversation);
    const route = this.#routes.get(user);
    if (!feed || !route?.conversations.has(conversation) || route.isHolding(conversation)) return false;
    return feed.position !== null && feed.position >= seq;
  }

  /** Adds a stream; its route's `ready` settles when all of the person's conversations are followed. */
  connect(user: UserId, workspace: WorkspaceId, stream: RoutedStream): Route {
    let route = this.#routes.get(user);
    if (!route) {
      route = new Route(user, workspace);
      this.#routes.set(user, route);
      this.#userTopics.set(user, this.#subscribe({ kind: 'user', id: user }));
      route.ready = this.#followAll(route);
      // Whoever opens the stream awaits `ready`; a failure is theirs to report.
      route.ready.catch(() => {});
    }
    route.streams.push(stream);
    return route;
  }

  /** @returns true where it was the person's last stream on this node */
  disconnect(route: Route, stream: RoutedStream): boolean {
    const index = route.streams.indexOf(stream);
    if (index >= 0) route.streams.splice(index, 1);
    if (route.streams.length > 0 || this.#routes.get(route.user) !== route) return false;
    this.#routes.delete(route.user);
    this.#userTopics.get(route.user)?.();
    this.#userTopics.delete(route.user);
    for (const conversation of route.conversations) this.#unfollow(route, conversation);
    return true;
  }

  /** The route could not be made ready: the next stream of the person begins anew. */
  forget(route: Route): void {
    if (this.#routes.get(route.user) !== route) return;
    for (const stream of [...route.streams]) {
      stream.sink.close('draining', RETRY_MS);
      this.disconnect(route, stream);
    }
  }

  /** Announces entries that were just committed on this node. Losing what goes to the bus is legal. */
  publish(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const out = outgoingEntry(entry);
      const conversation = toId<ConversationId>(entry.conversation);
      this.#accept(entry, out);
      this.#ports.bus.publish(topicName({ kind: 'conversation', id: conversation }), out.text);
      if (entry.kind !== 'member.joined' && entry.kind !== 'conversation.created') continue;
      for (const user of usersChangedBy(entry)) {
        this.tell({ kind: 'user', id: user }, { type: 'joined', conversation });
        this.reconcile(toId<UserId>(user), conversation);
      }
    }
  }

  /** Somebody reads a channel from now on, or no more, as the log has it: no entry says so. Losing that on the bus is legal. */
  publishReader(user: UserId, conversation: ConversationId): void {
    this.tell({ kind: 'user', id: user }, { type: 'joined', conversation });
    this.reconcile(user, conversation);
  }

  /** Tells other nodes something about a conversation or a person. */
  tell(topic: Topic, message: NodeMessage): void {
    this.#ports.bus.publish(topicName(topic), JSON.stringify(message));
  }

  /** The change feed says that a conversation has entries up to `head`. */
  catchUp(conversation: ConversationId, head: number): void {
    const feed = this.#feeds.get(conversation);
    if (feed?.wantHead(head)) this.#repair(feed);
  }

  /**
   * A person's membership may have changed: follow the conversation if they are in it now and it is not followed. That one
   * who is a member leaves comes as an entry; whether one still reads who isn't is looked up.
   */
  reconcile(user: UserId, conversation: ConversationId): void {
    const route = this.#routes.get(user);
    if (!route || route.joinedMeanwhile(conversation)) return;
    if (!route.conversations.has(conversation)) this.#task('follow', this.#join(route, conversation));
    else if (route.isReading(conversation)) this.#task('look', this.#lookAgain(route, this.#openFeed(conversation)));
  }

  stop(): void {
    this.#isStopped = true;
    for (const feed of this.#feeds.values()) feed.unsubscribe();
    for (const unsubscribe of this.#userTopics.values()) unsubscribe();
    this.#feeds.clear();
    this.#userTopics.clear();
    this.#routes.clear();
  }

  /** Ends the streams of a session on this node. */
  endSession(user: UserId, session: SessionId): void {
    for (const stream of this.#routes.get(user)?.streams ?? []) {
      if (stream.session === session) stream.sink.close('session_revoked');
    }
  }

  async #followAll(route: Route): Promise<void> {
    const { log } = this.#ports;
    const held = (await log.conversationsOf(route.user)).filter((head) => this.#follow(route, head));
    if (held.length === 0) return;
    // Among what was delivered to others before this person was there may be the entry that removes them (B2).
    const present = new Set((await log.conversationsOf(route.user)).map(({ id }) => id));
    for (const { id } of held) {
      if (!present.has(id)) this.#unfollow(route, id);
      this.#release(route, id, present.has(id) ? 0 : Number.MAX_SAFE_INTEGER);
    }
  }

  /** @returns whether entries wait for `release`: others were sent more than there was when the membership was read */
  #follow(route: Route, head: ConversationHead): boolean {
    if (this.#routes.get(route.user) !== route) return false;
    const feed = this.#openFeed(head.id);
    // A join that came meanwhile holds it already, and reads for itself.
    const isHeld = feed.isAheadOf(head.epoch, head.head) && !route.isHolding(head.id);
    route.readsFrom(head.id, head.first);
    route.setReading(head.id, head.isReader);
    if (isHeld) route.hold(head.id);
    feed.routes.add(route);
    route.conversations.add(feed.id);
    feed.begin(head.epoch, head.head);
    if (feed.isBehind) this.#repair(feed);
    return isHeld;
  }

  #openFeed(id: ConversationId): Feed {
    let feed = this.#feeds.get(id);
    if (!feed) {
      feed = new Feed(id, this.#subscribe({ kind: 'conversation', id }));
      this.#feeds.set(id, feed);
    }
    return feed;
  }

  #unfollow(route: Route, conversation: ConversationId): void {
    route.conversations.delete(conversation);
    route.setReading(conversation, false);
    // What waits is sent yet, as they may see it.
    if (!route.isHolding(conversation)) route.readsFrom(conversation, 1);
    const feed = this.#feeds.get(conversation);
    feed?.routes.delete(route);
    if (!feed || feed.routes.size > 0) return;
    feed.unsubscribe();
    this.#feeds.delete(conversation);
  }

  /** Begins to follow a conversation for a person who joined: the frame first, then the entries from the join on. */
  async #join(route: Route, conversation: ConversationId): Promise<void> {
    const feed = this.#openFeed(conversation);
    this.#joining += 1;
    route.hold(conversation);
    feed.routes.add(route);
    route.conversations.add(feed.id);
    let floor = Number.MAX_SAFE_INTEGER;
    try {
      const summary = await this.#ports.log.summary(conversation, route.user);
      if (summary && summary.role !== 'none') {
        floor = await announceJoin(this.#ports, { route, feed, summary });
        if (feed.isBehind) this.#repair(feed);
      } else {
        this.#unfollow(route, conversation);
        if (summary) await announceLeft(this.#ports, route, summary);
      }
    } catch (error) {
      // Without the frame the entries would make no sense to the client: it starts over.
      this.forget(route);
      throw error;
    } finally {
      this.#joining -= 1;
      this.#release(route, conversation, floor);
    }
  }

  #accept(entry: Entry, out: OutgoingEntry): void {
    const feed = this.#feeds.get(out.conversation as ConversationId);
    if (!feed) return;
    const next = feed.accept(entry);
    if (next === 'deliver') this.#deliver(feed, entry, out);
    else if (next === 'repair') this.#repair(feed);
  }

  #deliver(feed: Feed, entry: Entry, out: OutgoingEntry): void {
    if (isStructural(entry.kind)) {
      this.#deliverStructural(feed, entry, out);
      return;
    }
    if (entry.kind === 'setting.set') this.#tellMuted(feed, entry);
    for (const route of feed.routes) route.deliver(feed.id, out);
  }

  #deliverStructural(feed: Feed, entry: Entry, out: OutgoingEntry): void {
    const changed = usersChangedBy(entry).map((user) => this.#routes.get(toId<UserId>(user)));
    for (const route of changed) if (route && isRanked(route, feed.id, entry)) this.#rank(route, feed, entry);
    for (const route of feed.routes) route.deliver(feed.id, out);
    for (const route of changed) {
      // Whoever came back, and was told so before the feed got there, has not left.
      if (!route || route.isAnnounced(out)) continue;
      if (entry.kind === 'member.left') {
        if (!route.leftMeanwhile(feed.id, entry.seq)) this.#leave(route, feed.id, entry.seq);
        if (entry.body.reading === true) this.reconcile(route.user, feed.id);
      } else if (entry.kind !== 'member.role') this.reconcile(route.user, feed.id);
    }
  }

  /** The entry that removes the person was handed to their streams. */
  #leave(route: Route, conversation: ConversationId, seq: number): void {
    if (route.conversations.has(conversation)) route.leave(conversation, seq);
    this.#unfollow(route, conversation);
  }

  /** Entries above `floor` that waited go out, and what they say of the person's membership is so. */
  #release(route: Route, conversation: ConversationId, floor: number): void {
    const { left, isJoined } = route.release(conversation, floor);
    if (left !== null) this.#leave(route, conversation, left);
    if (isJoined) this.reconcile(route.user, conversation);
  }

  #rank(route: Route, feed: Feed, { seq }: Entry): void {
    this.#task('announce', this.#reannounce(route, feed, seq));
  }

  /** The person's own role changed: their summary first, then the entry, which waits meanwhile. */
  async #reannounce(route: Route, feed: Feed, seq: number): Promise<void> {
    if (route.isHolding(feed.id)) return;
    this.#joining += 1;
    route.hold(feed.id);
    try {
      const summary = await this.#ports.log.summary(feed.id, route.user);
      if (!summary) return;
      follow({ route, feed, summary });
      const frame = outgoing(await this.#ports.announce(route, summary, seq - 1));
      route.announce({ conversation: feed.id, epoch: summary.epoch, cause: seq, frame });
    } finally {
      this.#joining -= 1;
      this.#release(route, feed.id, 0);
    }
  }

  /** How who reads does so now. */
  async #lookAgain(route: Route, feed: Feed): Promise<void> {
    let left: Announcement | null = null;
    this.#joining += 1;
    route.hold(feed.id);
    try {
      left = await announceChange(this.#ports, route, feed);
    } finally {
      this.#joining -= 1;
      this.#release(route, feed.id, 0);
      if (left !== null) route.announce(left);
    }
  }

  /** A person muted one of their conversations, or not any more: its summary goes before the entry that says so. */
  #tellMuted(self: Feed, entry: Entry): void {
    const muted = this.#feeds.get(mutedBy(entry) as ConversationId);
    if (!muted) return;
    for (const route of self.routes) {
      if (route.conversations.has(muted.id)) this.#task('announce', this.#reannounceSettings(route, self, muted));
    }
  }

  async #reannounceSettings(route: Route, self: Feed, muted: Feed): Promise<void> {
    if (route.isHolding(self.id) || route.isHolding(muted.id) || muted.position === null) return;
    const pushedAfter = muted.position;
    this.#joining += 1;
    route.hold(self.id);
    route.hold(muted.id);
    try {
      const summary = await this.#ports.log.summary(muted.id, route.user);
      if (summary) route.sendLive(outgoing(await this.#ports.announce(route, summary, pushedAfter)));
    } finally {
      this.#joining -= 1;
      this.#release(route, self.id, 0);
      this.#release(route, muted.id, 0);
    }
  }

  #repair(feed: Feed): void {
    this.#task('repair', this.#repairUntilWhole(feed));
  }

  async #repairUntilWhole(feed: Feed): Promise<void> {
    const { log, clock, telemetry } = this.#ports;
    while (feed.isBehind && feed.routes.size > 0 && !this.#isStopped) {
      try {
        telemetry.count('kith_feed_repairs_total');
        await feed.repair(log, (which, entry) => this.#deliver(which, entry, outgoingEntry(entry)));
      } catch {
        // The log is away: what is missing stays wanted, and the next try reads it.
        await delay(clock, RETRY_MS);
      }
    }
  }

  #subscribe(topic: Topic): () => void {
    return this.#ports.bus.subscribe(topicName(topic), (text) => this.#take(topic, text), this.#ports.onGap);
  }

  #take(topic: Topic, text: string): void {
    const message = JSON.parse(text) as NodeMessage;
    if (message.type === 'entry') {
      const entry = message as unknown as Entry;
      this.#ports.log.told(entry);
      this.#accept(entry, outgoingEntry(entry));
    } else if (message.type === 'joined') {
      this.reconcile(toId<UserId>(topic.id), message.conversation as ConversationId);
    } else this.#ports.onMessage(topic, message);
  }

  #task(name: string, promise: Promise<void>): void {
    promise.catch((error: unknown) => reportFailure(this.#ports.telemetry, `${name} failed`, error));
  }
}

/** Whether the role of one who follows it already changes; of readers it does where they become members. */
function isRanked(route: Route, conversation: ConversationId, { kind }: Entry): boolean {
  if (!route.conversations.has(conversation)) return false;
  return kind === 'member.role' || (kind === 'member.joined' && route.isReading(conversation));
}
