// What the other members of a conversation are told of marks: those of a conversation together. The first are told at once, and
// what comes soon after gathers: in a group whose members all read, each is told a few times a second at most, and not once
// for each of the others. So it is with what other nodes are told, and, with what those say, with what is told here.
import { type ConversationId, toId, type UserId } from '@kith/protocol';
import type { Cancel, Clock } from '../clock.js';
import type { MarksFrame } from './own-reads.js';
import type { Told } from './seen-signals.js';

/** Tells the members of a conversation; nobody is told their own marks. */
export type TellMembers = (conversation: ConversationId, frame: MarksFrame, told: Told) => void;

export type ReceiptsPorts = {
  readonly clock: Clock;
  /** Those on this node. */
  readonly tellHere: TellMembers;
  /** Those on other nodes. */
  readonly tellNodes: TellMembers;
};

/** Marks that were written. `isDelivered` where `delivered` is higher than before. */
export type Receipt = {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly user: UserId;
  readonly delivered: number;
  readonly read: number;
  readonly isDelivered: boolean;
};

export class Receipts {
  readonly #here: Gatherer;
  readonly #nodes: Gatherer;

  constructor({ clock, tellHere, tellNodes }: ReceiptsPorts) {
    this.#here = new Gatherer(clock, tellHere);
    this.#nodes = new Gatherer(clock, tellNodes);
  }

  /** Takes marks that were written by this node; they are told with `tell`. */
  add(receipt: Receipt): void {
    this.#here.add(receipt);
    this.#nodes.add(receipt);
  }

  /** Takes what another node has told. */
  heard({ conversation, epoch, marks }: MarksFrame, { readOnly = [] }: Told): void {
    for (const { user, delivered, read } of marks) {
      const isDelivered = !readOnly.includes(user);
      const place = { conversation: toId<ConversationId>(conversation), epoch, user: toId<UserId>(user) };
      this.#here.add({ ...place, delivered, read, isDelivered });
    }
    this.#here.tell();
  }

  /** Tells those of which nothing was told a moment ago. */
  tell(): void {
    this.#here.tell();
    this.#nodes.tell();
  }

  /** Tells all that waits, and leaves no timer. */
  stop(): void {
    this.#here.stop();
    this.#nodes.stop();
  }
}

type Gathered = { readonly epoch: number; readonly byUser: Map<UserId, Receipt> };

/** From one telling of a conversation to the next, at least. */
const GATHER_MS = 250;

class Gatherer {
  readonly #clock: Clock;
  readonly #tellMembers: TellMembers;
  readonly #waiting = new Map<ConversationId, Gathered>();
  /** Of these something was told a moment ago. */
  #recent = new Set<ConversationId>();
  #timer: Cancel | null = null;

  constructor(clock: Clock, tellMembers: TellMembers) {
    this.#clock = clock;
    this.#tellMembers = tellMembers;
  }

  add(receipt: Receipt): void {
    const { conversation, epoch, user } = receipt;
    const present = this.#waiting.get(conversation);
    const gathered = present?.epoch === epoch ? present : { epoch, byUser: new Map<UserId, Receipt>() };
    const isDelivered = receipt.isDelivered || gathered.byUser.get(user)?.isDelivered === true;
    gathered.byUser.set(user, { ...receipt, isDelivered });
    this.#waiting.set(conversation, gathered);
  }

  tell(): void {
    for (const conversation of this.#waiting.keys()) if (!this.#recent.has(conversation)) this.#tell(conversation);
    if (this.#recent.size > 0) this.#timer ??= this.#clock.after(GATHER_MS, () => this.#tick());
  }

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
    this.#tellMembers(conversation, frame, readOnly.length === 0 ? {} : { readOnly });
  }
}
