// How a person stands to threads, on its way to their own devices. As with what they have read of a conversation, nodes tell
// each other once, which may be lost; the change feed names it again, and whoever was not told by then is told from the log.
import { type ConversationId, type ServerFrame, toId, type UserId } from '@kith/protocol';
import type { Changes, ConversationLog, ThreadMark } from '../log.js';
import type { Router } from './router.js';
import { outgoing } from './sink.js';

export type OwnThreadsPorts = { readonly log: ConversationLog; readonly router: Router };

/** A person's standing to one thread, as their devices are told it. */
export type ThreadFrame = Extract<ServerFrame, { readonly name: 'thread' }>;

type Named = Changes['threads'][number];

/** Standings that are read at the same time. */
const AT_ONCE = 10;

export class OwnThreads {
  readonly #ports: OwnThreadsPorts;
  /** What every device of a person here was told: since the last poll of the feed, and before it. */
  #told = new Map<string, string>();
  #toldBefore = new Map<string, string>();

  constructor(ports: OwnThreadsPorts) {
    this.#ports = ports;
  }

  /** Tells the person's devices on this node. */
  tell(user: UserId, frame: ThreadFrame): void {
    const route = this.#ports.router.routeOf(user);
    if (!route) return;
    const conversation = toId<ConversationId>(frame.conversation);
    route.signal(conversation, outgoing(frame));
    // A device that catches up is sent no signals.
    if (!route.streams.every(({ isLive }) => isLive)) return;
    const mark = { ...frame, conversation, user };
    this.#told.set(nameOf(mark), stateOf(mark));
  }

  /**
   * Tells those who were not told yet. To be called with every answer of the feed.
   * @throws ChatError unavailable: those and all the others are to be named again
   */
  async repair(named: readonly Named[]): Promise<void> {
    const untold = named.filter((mark) => this.#isUntold(mark));
    for (let start = 0; start < untold.length; start += AT_ONCE) {
      await Promise.all(untold.slice(start, start + AT_ONCE).map((mark) => this.#tellFromLog(mark)));
    }
    this.#toldBefore = this.#told;
    this.#told = new Map();
  }

  async #tellFromLog(named: Named): Promise<void> {
    const mark = await this.#ports.log.thread(named);
    if (mark) this.tell(mark.user, threadFrame(mark));
  }

  #isUntold(mark: Named): boolean {
    if (!this.#ports.router.routeOf(mark.user)) return false;
    const name = nameOf(mark);
    return (this.#told.get(name) ?? this.#toldBefore.get(name)) !== stateOf(mark);
  }
}

export function threadFrame({ user: _user, ...mark }: ThreadMark): ThreadFrame {
  return { type: 'signal', name: 'thread', ...mark };
}

function nameOf({ user, conversation, epoch, thread }: Omit<Named, 'follows' | 'read'>): string {
  return `${user} ${conversation} ${epoch} ${thread}`;
}

function stateOf({ follows, read }: Pick<Named, 'follows' | 'read'>): string {
  return `${follows} ${read}`;
}
