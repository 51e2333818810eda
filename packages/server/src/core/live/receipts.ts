// What the other members of a conversation are told of marks: those of a conversation together. The first are told at once, and
// what comes soon after gathers: in a group whose members all read, each is told a few times a second at most, and not once
// for each of the others.
import type { ConversationId, UserId } from '@kith/protocol';
import type { Cancel, Clock } from '../clock.js';
import type { Advanced } from '../log.js';
import type { MarksFrame } from './own-reads.js';
import type { Told } from './seen-signals.js';

export type ReceiptsPorts = {
  readonly clock: Clock;
  /** Tells the members of a conversation, on all nodes; nobody is told their own marks. */
  readonly tellMembers: (conversation: ConversationId, frame: MarksFrame, told: Told) => void;
};

type Gathered = { readonly epoch: number; readonly byUser: Map<UserId, Advanced> };

/** From one telling of a conversation to the next, at least. */
const GATHER_MS = 250;

export class Receipts {
  readonly #ports: ReceiptsPorts;
  readonly #waiting = new Map<ConversationId, Gathered>();
  /** Of these something was told a moment ago. */
  #recent = new Set<ConversationId>();
  #timer: Cancel | null = null;

  constructor(ports: ReceiptsPorts) {
    this.#ports = ports;
  }

  /** Takes marks that were written. */
  add(mark: Advanced): void {
    const { conversation, epoch, user } = mark;
    const present = this.#waiting.get(conversation);
    const gathered = present?.epoch === epoch ? present : { epoch, byUser: new Map<UserId, Advanced>() };
    const isDelivered = mark.isDelivered || gathered.byUser.get(user)?.isDelivered === true;
    gathered.byUser.set(user, { ...mark, isDelivered });
    this.#waiting.set(conversation, gathered);
  }

  /** Tells those of which nothing was told a moment ago. */
  tell(): void {
    for (const conversation of this.#waiting.keys()) if (!this.#recent.has(conversation)) this.#tell(conversation);
    if (this.#recent.size > 0) this.#timer ??= this.#ports.clock.after(GATHER_MS, () => this.#tick());
  }

  /** Tells all that waits, and leaves no timer. */
  stop(): void {
    this.#timer?.();
    this.#timer = null;
    this.#tellAll();
  }

  #tick(): void {
    this.#timer = null;
    this.#tellAll();
    this.tell();
  }

  #tellAll(): void {
    this.#recent = new Set();
    for (const conversation of this.#waiting.keys()) this.#tell(conversation);
  }

  #tell(conversation: ConversationId): void {
    const gathered = this.#waiting.get(conversation);
    if (gathered === undefined) return;
    this.#waiting.delete(conversation);
    this.#recent.add(conversation);
    const all = [...gathered.byUser.values()];
    const marks = all.map(({ user, delivered, read }) => ({ user, delivered, read }));
    const readOnly = all.filter(({ isDelivered }) => !isDelivered).map(({ user }) => user);
    const frame = { type: 'signal', name: 'marks', conversation, epoch: gathered.epoch, marks } as const;
    this.#ports.tellMembers(conversation, frame, readOnly.length === 0 ? {} : { readOnly });
  }
}
