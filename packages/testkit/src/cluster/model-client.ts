// A client of the wire contract in its plainest form, as a check on the server: it knows frames and rules, nothing of the
// server's inside. It keeps entries by number, reads holes, sends each key until it is answered, and notes every breach of
// a rule the moment it happens.
import {
  ChatError,
  type ConversationId,
  type Entry,
  type Key,
  makeId,
  type Params,
  type Result,
  type ServerFrame,
  type Summary,
  toId,
  type Welcome,
  type Written,
} from '@kith/protocol';
import type { Stream } from '@kith/server/core/chat';
import type { Outgoing, OutgoingEntry, Sink } from '@kith/server/core/live/sink';
import type { Principal } from '@kith/server/core/principal';
import type { Cluster, ClusterNode } from './cluster.js';
import { type Held, holeOf, keepEntry } from './held.js';

type Wish = { readonly conversation: ConversationId; readonly key: Key; readonly text: string; readonly after?: Key };

/** A page of messages as it was read at some time. */
export type View = { readonly conversation: ConversationId } & Result<'messages.read'>;

export type Acked = { readonly conversation: ConversationId; readonly key: Key; readonly seq: number };

/** One connection; cutting it loses everything that has not arrived yet. */
class Wire implements Sink {
  isCut = false;
  readonly lastSeq = new Map<string, number>();
  readonly #client: ModelClient;
  #chain: Promise<void> = Promise.resolve();

  constructor(client: ModelClient) {
    this.#client = client;
  }

  send(frame: Outgoing): void {
    this.#carry(frame.text);
  }

  signal(frame: Outgoing): void {
    this.#carry(frame.text);
  }

  deliver(entry: OutgoingEntry): void {
    this.#carry(entry.text);
  }

  close(): void {
    this.#client.cut(this);
  }

  /** Frames arrive in order, each a little later than it was sent. */
  #carry(text: string): void {
    const { clock, random } = this.#client.cluster;
    const lateMs = random.below(20);
    const arrives = new Promise<void>((resolve) => {
      clock.after(lateMs, resolve);
    });
    this.#chain = Promise.all([this.#chain, arrives]).then(() => {
      if (!this.isCut) this.#client.take(this, JSON.parse(text) as ServerFrame);
    });
  }
}

export class ModelClient {
  readonly cluster: Cluster;
  readonly principal: Principal;
  readonly held = new Map<string, Held>();
  readonly breaches: string[] = [];
  readonly acked: Acked[] = [];
  readonly views: View[] = [];
  readonly #waiting: Wish[] = [];
  #sending = false;
  #since: string | null = null;
  #isListing = false;
  #wire: Wire | null = null;
  #stream: Stream | null = null;
  #node: ClusterNode | null = null;
  #lastKey: Key | null = null;

  constructor(cluster: Cluster, principal: Principal) {
    this.cluster = cluster;
    this.principal = principal;
  }

  get isConnected(): boolean {
    return this.#stream !== null;
  }

  /** All sends are answered and no announced entry is missing. */
  get isSettled(): boolean {
    if (this.#waiting.length > 0) return false;
    for (const held of this.held.values()) if (holeOf(held) !== null) return false;
    return true;
  }

  get unanswered(): number {
    return this.#waiting.length;
  }

  connect(node: ClusterNode): void {
    this.cut(this.#wire);
    const wire = new Wire(this);
    this.#wire = wire;
    this.#node = node;
    const hello = { type: 'hello', token: 'none', ...(this.#since === null ? {} : { since: this.#since }) } as const;
    this.#isListing = false;
    node.core.open(this.principal, hello, wire).then(
      (stream) => {
        if (wire.isCut) stream.closed();
        else this.#stream = stream;
        this.#sendNext();
      },
      () => this.cut(wire),
    );
  }

  isOn(node: ClusterNode): boolean {
    return this.#node === node;
  }

  /** The connection is gone: everything on its way is lost. The server may notice now or later. */
  cut(wire: Wire | null = this.#wire): void {
    if (wire === null || wire.isCut) return;
    wire.isCut = true;
    if (wire !== this.#wire) return;
    this.#stream?.closed();
    this.#stream = null;
    this.#wire = null;
    this.#node = null;
  }

  /** Forgets everything but unanswered sends, as an app does whose storage was cleared. */
  wipe(): void {
    this.cut();
    this.held.clear();
    this.#since = null;
  }

  say(conversation: ConversationId, text: string): void {
    const key = this.#freshKey();
    this.#waiting.push({ conversation, key, text, ...(this.#lastKey === null ? {} : this.#afterOf(conversation)) });
    this.#lastKey = key;
    this.#sendNext();
  }

  #freshKey(): Key {
    return makeId<Key>(this.cluster.clock.now(), this.cluster.random.bytes(10));
  }

  #afterOf(conversation: ConversationId): { readonly after?: Key } {
    const before = this.#waiting.findLast((wish) => wish.conversation === conversation);
    return before ? { after: before.key } : {};
  }

  /** Executes a command on the node that the client is connected to; null where it is not, or refused. */
  async ask<T>(run: (node: ClusterNode) => Promise<T>): Promise<T | null> {
    const node = this.#node;
    if (!node) return null;
    try {
      return await run(node);
    } catch (error) {
      if (error instanceof ChatError) return null;
      throw error;
    }
  }

  /** Executes a write under a key of its own, and notes what it is answered. */
  async write<N extends 'message.send' | 'message.edit' | 'message.delete' | 'reaction.set'>(
    name: N,
    params: Omit<Params<N>, 'key'>,
  ): Promise<void> {
    const key = this.#freshKey();
    const written = await this.ask(
      ({ core }) => core.execute(this.#caller(), name, { ...params, key } as unknown as Params<N>) as Promise<Written>,
    );
    // A duplicate is the answer of another write, which made it so before.
    if (written && !written.duplicate)
      this.acked.push({ conversation: toId(written.conversation), key, seq: written.seq });
  }

  /** Reads the newest messages as a person sees them, to look at again later. */
  async look(conversation: ConversationId): Promise<void> {
    const page = await this.ask(({ core }) =>
      core.execute(this.#caller(), 'messages.read', { conversation, limit: 20 }),
    );
    if (page) this.views.push({ conversation, ...page });
  }

  take(wire: Wire, frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#takeWelcome(wire, frame);
        break;
      case 'conversation':
        this.#takeSummary(wire, frame.summary);
        break;
      case 'entry':
        this.#takeEntry(wire, frame);
        break;
      case 'gap': {
        wire.lastSeq.set(frame.conversation, frame.head);
        const held = this.held.get(frame.conversation);
        if (held) held.head = Math.max(held.head, frame.head);
        break;
      }
      case 'synced':
        this.#since = frame.since;
        break;
      default:
        break;
    }
  }

  /** Reads one missing piece, if there is one and a connection. */
  async mend(): Promise<void> {
    for (const [id, held] of this.held) {
      const after = holeOf(held);
      if (after === null) continue;
      const conversation = id as ConversationId;
      const epoch = after === 0 ? {} : { epoch: held.epoch };
      const page = await this.ask((node) =>
        node.core.execute(this.#caller(), 'entries.read', { conversation, after, limit: 7, ...epoch }),
      );
      if (!page || page.epoch !== held.epoch) continue;
      for (const entry of page.entries) this.#keep(held, entry);
      return;
    }
  }

  /** Reads on where the welcome could not name every conversation. */
  async list(): Promise<void> {
    if (!this.#isListing) return;
    const wire = this.#wire;
    let cursor: string | null = null;
    do {
      const page: { items: Summary[]; next: string | null; since: string | null } | null = await this.ask((node) =>
        node.core.execute(this.#caller(), 'conversations.list', cursor === null ? {} : { cursor }),
      );
      if (!page || wire === null || wire.isCut) return;
      for (const summary of page.items) this.#hold(summary);
      cursor = page.next;
      if (page.since !== null) this.#since = page.since;
    } while (cursor !== null);
    this.#isListing = false;
  }

  #caller() {
    return { principal: this.principal, stream: this.#stream };
  }

  #takeWelcome(wire: Wire, welcome: Welcome): void {
    if (welcome.reset) this.held.clear();
    for (const summary of welcome.conversations) this.#takeSummary(wire, summary);
    this.#isListing = welcome.more;
    // Stored together with what came before it: the heads are held by now.
    if (!welcome.more) this.#since = welcome.since;
  }

  #takeSummary(wire: Wire, summary: Summary): void {
    this.#hold(summary);
    wire.lastSeq.set(summary.id, summary.pushedAfter);
  }

  #hold(summary: Summary): void {
    const { id, epoch, head, first, role } = summary;
    const held = this.held.get(id);
    if (!held || held.epoch !== epoch) {
      this.held.set(id, { epoch, head, first, role, entries: new Map(), summary });
    } else {
      held.head = Math.max(held.head, head);
      held.role = role;
      held.summary = summary;
    }
  }

  #takeEntry(wire: Wire, frame: Entry): void {
    const { type: _type, ...entry } = frame as Entry & { type: string };
    const last = wire.lastSeq.get(entry.conversation);
    const held = this.held.get(entry.conversation);
    if (!held || held.epoch !== entry.epoch) {
      this.breaches.push(`an entry of an unannounced conversation or epoch: ${entry.conversation} ${entry.seq}`);
      return;
    }
    if (last !== undefined && entry.seq !== last + 1) {
      this.breaches.push(`[C3] on one connection ${entry.seq} came after ${last}`);
    }
    wire.lastSeq.set(entry.conversation, entry.seq);
    this.#keep(held, entry);
  }

  #keep(held: Held, entry: Entry): void {
    const before = held.entries.get(entry.seq);
    if (before && before.key !== entry.key) this.breaches.push(`two entries with number ${entry.seq}`);
    keepEntry(held, entry);
    held.head = Math.max(held.head, entry.seq);
  }

  /** Sends what waits, in order, until it is answered; an answer that never comes is asked for again after a reconnect. */
  #sendNext(): void {
    const wish = this.#waiting[0];
    const wire = this.#wire;
    if (this.#sending || !wish || !wire || !this.#stream) return;
    this.#sending = true;
    const { conversation, key, text, after } = wish;
    const params = { conversation, key, text, ...(after === undefined ? {} : { after }) };
    const answered =
      this.#node?.core.execute(this.#caller(), 'message.send', params) ?? Promise.reject(new Error('cut'));
    const given = new Promise<'late'>((resolve) => {
      this.cluster.clock.after(200, () => resolve('late'));
    });
    Promise.race([answered, given])
      .then((written) => {
        // An answer on a connection that is gone never arrives.
        if (written === 'late' || wire.isCut) return;
        this.#waiting.shift();
        this.acked.push({ conversation, key, seq: written.seq });
      })
      .catch((error: unknown) => {
        if (!(error instanceof ChatError)) this.breaches.push(`a bug: ${String(error)}`);
        else if (error.fields.retry !== 'same_key') this.#waiting.shift();
      })
      .finally(() => {
        this.#sending = false;
        this.cluster.clock.after(5, () => this.#sendNext());
      });
  }
}
