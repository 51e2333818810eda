// Repair: every two seconds, and whenever the bus may have lost something, a node asks the change feed what happened since
// its mark and treats the answer as publishes. So a lost publish, the last one of a conversation or the first one for a new
// member included, is mended within five seconds without further traffic.
import type { ConversationId, Cursor, SessionId } from '@kith/protocol';
import type { Cancel, Clock } from '../clock.js';
import type { Changes, ConversationHead, ConversationLog } from '../log.js';
import type { Telemetry } from '../telemetry.js';
import type { OwnReads } from './own-reads.js';
import type { OwnThreads } from './own-threads.js';
import type { Router } from './router.js';
import { outgoing } from './sink.js';

export type RepairPorts = {
  readonly log: ConversationLog;
  readonly router: Router;
  readonly ownReads: OwnReads;
  readonly ownThreads: OwnThreads;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Told of all conversations in which something happened. */
  readonly onChanged: (conversations: Changes['conversations']) => void;
  readonly onRevoked: (sessions: readonly SessionId[]) => void;
};

const POLL_MS = 2_000;
/** Streams learn a newer cursor every so many polls, where something was sent to them. */
const POLLS_PER_SYNCED = 5;

export class Repair {
  readonly #ports: RepairPorts;
  #mark: Cursor | null = null;
  #timer: Cancel | null = null;
  #polling: Promise<void> | null = null;
  #polls = 0;
  #isStopped = false;

  constructor(ports: RepairPorts) {
    this.#ports = ports;
  }

  /** Takes the mark from which changes are followed. @throws ChatError unavailable */
  async start(): Promise<void> {
    this.#mark = (await this.#ports.log.changes(null)).mark;
    this.#schedule();
  }

  /** Asks now. */
  poll(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = null;
    });
    return this.#polling;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.();
    await this.#polling;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#ports.clock.after(POLL_MS, () => {
      this.poll()
        .catch((error: unknown) =>
          this.#ports.telemetry.warn('the change feed did not answer', { reason: String(error) }),
        )
        .finally(() => this.#schedule());
    });
  }

  async #poll(): Promise<void> {
    const { log, router, ownReads, ownThreads } = this.#ports;
    const changes = await log.changes(this.#mark);
    this.#ports.onChanged(changes.conversations);
    for (const { id, head } of changes.conversations) router.catchUp(id, head);
    for (const { conversation, user } of changes.members) router.reconcile(user, conversation);
    if (changes.revoked.length > 0) this.#ports.onRevoked(changes.revoked);
    for (const { id, epoch, first } of changes.trimmed) this.#tellTrimmed(id, { epoch, first });
    await ownReads.repair(changes.reads);
    await ownThreads.repair(changes.threads);
    const previous = this.#mark;
    this.#mark = changes.mark;
    this.#polls += 1;
    // The mark before this poll: what it names was announced by now, whatever this poll still has to repair.
    if (previous !== null && this.#polls % POLLS_PER_SYNCED === 0 && router.isWhole) this.#tellSynced(previous);
  }

  /** Whoever is there lets go of what is below it (RT6): it may be lost, and a summary says the same. */
  #tellTrimmed(conversation: ConversationId, { epoch, first }: Pick<ConversationHead, 'epoch' | 'first'>): void {
    const frame = outgoing({ type: 'signal', name: 'marks', conversation, epoch, marks: [], first });
    for (const route of this.#ports.router.feedOf(conversation)?.routes ?? []) {
      route.raiseFirst(conversation, first);
      route.signal(conversation, frame);
    }
  }

  #tellSynced(since: Cursor): void {
    const frame = outgoing({ type: 'synced', since });
    for (const route of this.#ports.router.routes) {
      for (const stream of route.streams) {
        if (!stream.isDirty || stream.isCatchingUp) continue;
        stream.isDirty = false;
        stream.send(frame);
      }
    }
  }
}
