// What a person has read, on its way to their own devices. Nodes tell each other once, which may be lost; the change feed
// names it again, and whoever was not told by then is told from the log.
import { type ConversationId, type ServerFrame, toId, type UserId } from '@kith/protocol';
import type { ConversationLog, ReadMark } from '../log.js';
import type { Router } from './router.js';
import { outgoing } from './sink.js';

export type OwnReadsPorts = { readonly log: ConversationLog; readonly router: Router };

/** Marks of one person, as their devices are told them. */
export type MarksFrame = Extract<ServerFrame, { readonly name: 'marks' }>;

/** Summaries that are read at the same time. */
const AT_ONCE = 10;

export class OwnReads {
  readonly #ports: OwnReadsPorts;
  /** The highest `read` that every device of a person here was told: since the last poll of the feed, and before it. */
  #told = new Map<string, number>();
  #toldBefore = new Map<string, number>();

  constructor(ports: OwnReadsPorts) {
    this.#ports = ports;
  }

  /** Tells the person's devices on this node. */
  tell(user: UserId, frame: MarksFrame): void {
    const route = this.#ports.router.routeOf(user);
    if (!route) return;
    const { conversation, epoch, marks } = frame;
    route.signal(toId<ConversationId>(conversation), outgoing(frame));
    // A device that catches up is sent no signals: it may have the mark from before.
    if (!route.streams.every(({ isLive }) => isLive)) return;
    for (const { user: who, read } of marks) {
      if (who === user) this.#note(nameOf({ conversation, epoch, user }), read);
    }
  }

  /**
   * Tells those who were not told yet. To be called with every answer of the feed.
   * @throws ChatError unavailable: those and all the others are to be named again
   */
  async repair(reads: readonly ReadMark[]): Promise<void> {
    const untold = reads.filter((mark) => this.#isUntold(mark));
    for (let start = 0; start < untold.length; start += AT_ONCE) {
      await Promise.all(untold.slice(start, start + AT_ONCE).map((mark) => this.#tellFromLog(mark)));
    }
    this.#toldBefore = this.#told;
    this.#told = new Map();
  }

  async #tellFromLog({ conversation, user }: ReadMark): Promise<void> {
    const summary = await this.#ports.log.summary(conversation, user);
    if (!summary || summary.role === 'none') return;
    const { epoch, delivered, read, unread, mentions } = summary;
    const marks = [{ user, delivered, read }];
    this.tell(user, { type: 'signal', name: 'marks', conversation, epoch, marks, unread, mentions });
  }

  #isUntold(mark: ReadMark): boolean {
    if (!this.#ports.router.routeOf(mark.user)) return false;
    const name = nameOf(mark);
    return Math.max(this.#told.get(name) ?? 0, this.#toldBefore.get(name) ?? 0) < mark.read;
  }

  #note(name: string, read: number): void {
    this.#told.set(name, Math.max(read, this.#told.get(name) ?? 0));
  }
}

function nameOf({ conversation, epoch, user }: { conversation: string; epoch: number; user: UserId }): string {
  return `${user} ${conversation} ${epoch}`;
}
