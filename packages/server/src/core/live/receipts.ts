// What the other members of a conversation are told of marks: those of a conversation together. The first are told at once, and
// what comes soon after gathers: in a group whose members all read, each is told a few times a second at most, and not once
// for each of the others. So it is with what is told here, of all nodes. Other nodes are told as seldom by all nodes together: each
// waits for so many times as long as there are nodes that tell of the conversation.
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
  /** Those on other nodes; who told is added. */
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
  readonly #others: Others;

  constructor({ clock, tellHere, tellNodes }: ReceiptsPorts) {
    this.#others = new Others(clock);
    this.#here = new Gatherer({ clock, tellMembers: tellHere, ticksOf: () => 1 });
    this.#nodes = new Gatherer({
      clock,
      tellMembers: tellNodes,
      ticksOf: (conversation) => Math.min(MOST_TICKS, 1 + this.#others.of(conversation)),
    });
  }

  /** Takes marks that were written by this node; they are told with `tell`. */
  add(receipt: Receipt): void {
    this.#here.add(receipt);
    this.#nodes.add(receipt);
  }

  /** Takes what another node has told. */
  heard({ conversation, epoch, marks }: MarksFrame, { readOnly = [], from }: Told): void {
    if (from !== undefined) this.#others.heard(toId(conversation), from);
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

/** From one telling of a conversation to the next, at least, by all nodes together. */
const GATHER_MS = 250;
/** Beyond so many nodes each tells once a second: whoever waits for a receipt does not wait for longer. */
const MOST_TICKS = 4;

type GathererParts = {
  readonly clock: Clock;
  readonly tellMembers: TellMembers;
  /** From one telling of a conversation to the next, in units of `GATHER_MS`. */
  readonly ticksOf: (conversation: ConversationId) => number;
};

class Gatherer {
  readonly #parts: GathererParts;
  readonly #waiting = new Map<ConversationId, Gathered>();
  /** Of these something was told a moment ago; in how many ticks they are told again. */
  readonly #recent = new Map<ConversationId, number>();
  #timer: Cancel | null = null;

  constructor(parts: GathererParts) {
    this.#parts = parts;
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
    if (this.#recent.size > 0) this.#timer ??= this.#parts.clock.after(GATHER_MS, () => this.#tick());
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
    for (const conversation of this.#waiting.keys()) this.#tell(conversation);
    this.#recent.clear();
  }

  #tick(): void {
    this.#timer = null;
    for (const [conversation, ticks] of this.#recent) {
      if (ticks > 1) this.#recent.set(conversation, ticks - 1);
      else this.#recent.delete(conversation);
    }
    this.tell();
  }

  #tell(conversation: ConversationId): void {
    const gathered = this.#waiting.get(conversation);
    if (gathered === undefined) return;
    this.#waiting.delete(conversation);
    this.#recent.set(conversation, this.#parts.ticksOf(conversation));
    const all = [...gathered.byUser.values()];
    const marks = all.map(({ user, delivered, read }) => ({ user, delivered, read }));
    const readOnly = all.filter(({ isDelivered }) => !isDelivered).map(({ user }) => user);
    const frame = { type: 'signal', name: 'marks', conversation, epoch: gathered.epoch, marks } as const;
    this.#parts.tellMembers(conversation, frame, readOnly.length === 0 ? {} : { readOnly });
  }
}

/** Twice as long, at most, a node counts among those that tell of a conversation after it last did. */
const REMEMBERED_MS = 5_000;
/** Conversations of which it is known who tells of them; of more it is not known. */
const MOST_REMEMBERED = 100_000;

type NodesByConversation = Map<ConversationId, Set<string>>;

/** How many other nodes tell of a conversation just now. */
class Others {
  readonly #clock: Clock;
  #young: NodesByConversation = new Map();
  #old: NodesByConversation = new Map();
  #youngSince: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#youngSince = clock.monotonic();
  }

  heard(conversation: ConversationId, node: string): void {
    this.#age();
    const nodes = this.#young.get(conversation);
    if (nodes !== undefined) nodes.add(node);
    else if (this.#young.size < MOST_REMEMBERED) this.#young.set(conversation, new Set([node]));
  }

  of(conversation: ConversationId): number {
    this.#age();
    const [young, old] = [this.#young.get(conversation), this.#old.get(conversation)];
    if (young === undefined || old === undefined) return (young ?? old)?.size ?? 0;
    return new Set([...young, ...old]).size;
  }

  #age(): void {
    const now = this.#clock.monotonic();
    const age = now - this.#youngSince;
    if (age < REMEMBERED_MS) return;
    this.#old = age < 2 * REMEMBERED_MS ? this.#young : new Map();
    this.#young = new Map();
    this.#youngSince = now;
  }
}
