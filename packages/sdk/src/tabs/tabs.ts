// What the tabs of one person's app share: one connection, held by the tab that leads (`SharedLink`), what each of them wants
// to see of people (`Companions`), and one outbox, to which all add, and in which the leader alone changes what is there.
import type { CommandName, Params, Presence as PresenceState } from '@kith/protocol';
import { makeKey } from '../platform/make-key.js';
import type { Cancel, Clock, Random } from '../ports.js';
import { type Presence, type PresenceOwner, presenceFor, type Status } from '../presence/presence.js';
import type { Keeper } from '../replica/keeper.js';
import type { Stored } from '../storage/replica-store.js';
import type { LinkEvents } from '../wire/link.js';
import { Companions, HERE_EVERY_MS } from './companions.js';
import type { Role } from './election.js';
import { type OwnLink, SharedLink } from './shared-link.js';
import type { TabChannel } from './tab-channel.js';

/** A change of something in the outbox, as one tab asks another for it. */
export type OutboxChange = {
  readonly verb: 'edit' | 'remove' | 'retry' | 'release' | 'fail';
  readonly key: string;
  readonly value: { readonly [field: string]: unknown };
};

/** Records of the outbox that storage did not take, by key. */
export type Unkept = readonly (readonly [string, Stored | null])[];

export type TabsParts = {
  readonly clock: Clock;
  readonly random: Random;
  /** Whose presence the tabs share. */
  readonly owner: PresenceOwner;
  readonly connect: (events: LinkEvents) => OwnLink;
  readonly events: LinkEvents;
  /** The tab leads or follows from now on, and takes in what the store has. */
  readonly onRole: (role: Role, isKept?: boolean) => Promise<void>;
  /** `isStoreGone`: the store was removed under this tab; one that was opened later has another. */
  readonly keeper: Pick<Keeper, 'isStoreGone' | 'settled'>;
  /** Another tab has written to the outbox's records. @param unkept those that the store did not take */
  readonly reloadOutbox: (unkept: Unkept | null) => Promise<void>;
  /** As the leader: changes an item. @returns it, or null. @throws Refusal */
  readonly changeOutbox: (change: OutboxChange) => Promise<unknown>;
  /** The leader was told that a conversation is gone. */
  readonly forget: (conversation: string) => void;
};

const CHANGE = 'outbox.change';

export class Tabs {
  readonly link: SharedLink;
  readonly #parts: TabsParts;
  readonly #presence: Presence;
  readonly #companions: Companions;
  #role: Role = 'follower';
  #cancelHere: Cancel = () => {};
  #news: Cancel | null = null;

  constructor(channel: TabChannel, parts: TabsParts) {
    const { clock } = parts;
    this.#parts = parts;
    this.#presence = presenceFor(parts.owner);
    this.#companions = new Companions({
      presence: this.#presence,
      clock,
      onPresence: (states) => this.link.tell('presence', states),
    });
    this.link = new SharedLink({
      ...parts,
      isStoreGone: () => parts.keeper.isStoreGone,
      settled: () => parts.keeper.settled(),
      tab: makeKey(parts),
      channel,
      onRole: (role, isKept) => this.#became(role, isKept),
      onTold: (name, value, from) => this.#told(name, value, from),
      answer: (name, params, from) => this.#answer(name, params, from),
    });
  }

  get isLeading(): boolean {
    return this.#role === 'leader';
  }

  /** Whether the person is at this tab. */
  say(status: Status): void {
    if (this.isLeading) this.#companions.sayOwn(status);
    else this.#presence.say(status);
  }

  /**
   * The outbox's records are others: all tabs hear of it once a turn.
   * @param unkept those that the store did not take: the others hear them at once
   */
  wroteOutbox(unkept: Unkept | null = null): void {
    if (unkept) this.link.tell('outbox', unkept);
    else
      this.#news ??= this.#parts.clock.after(0, () => {
        this.#news = null;
        this.link.tell('outbox', null);
      });
  }

  /** As a follower: asks the leader for a change, who alone knows what is on its way. @throws Refusal */
  changeOutbox(change: OutboxChange): Promise<unknown> {
    return this.link.command(CHANGE as CommandName, change as never);
  }

  /** As the leader: a conversation is gone. No frame says so, and who came late may have found it in the store. */
  forgot(conversation: string): void {
    if (this.isLeading) this.link.tell('gone', conversation);
  }

  close(): void {
    this.#cancelHere();
    this.#news?.();
    this.link.stop();
    this.#companions.close();
  }

  async #became(role: Role, isKept?: boolean): Promise<void> {
    this.#role = role;
    this.#cancelHere();
    await this.#parts.onRole(role, isKept);
    if (this.#role !== 'follower' || this.link.state.kind === 'stopped') return;
    this.#sayHere();
    // The leader may have slept as it was told.
    this.wroteOutbox();
  }

  /** The leader forgets tabs that it does not hear of. Where it has no store, it lets one lead that has. */
  #sayHere(): void {
    this.#cancelHere();
    this.link.tell('here', { hasStore: !this.#parts.keeper.isStoreGone });
    this.#cancelHere = this.#parts.clock.after(HERE_EVERY_MS, () => this.#sayHere());
  }

  #heardHere(from: string, value: { readonly hasStore: boolean } | null): void {
    this.#companions.here(from);
    // What that tab keeps to be sent this one cannot read.
    if (value?.hasStore && this.isLeading && this.#parts.keeper.isStoreGone) this.link.resign();
  }

  #told(name: string, value: unknown, from: string): void {
    if (name === 'presence') this.#presence.take(value as readonly PresenceState[]);
    else if (name === 'gone') this.#parts.forget(value as string);
    else if (name === 'here') this.#heardHere(from, value as { readonly hasStore: boolean } | null);
    else if (name === 'outbox') {
      const unkept = value as Unkept | null;
      void this.#parts.reloadOutbox(unkept);
      // Those of one tab reach the leader, who tells the rest. One that has just resigned would tell the next one.
      if (this.link.role === 'leader') this.wroteOutbox(unkept);
    }
  }

  /** What the leader does itself, for all tabs at once. */
  #answer(name: string, params: unknown, from: string): Promise<unknown> | null {
    if (name === CHANGE) return this.#parts.changeOutbox(params as OutboxChange);
    if (name === 'presence.watch') {
      const { users } = params as Params<'presence.watch'>;
      return Promise.resolve({ presence: this.#companions.watch(from, users) });
    }
    if (name === 'presence.set') {
      this.#companions.say(from, (params as Params<'presence.set'>).status);
      return Promise.resolve({});
    }
    return null;
  }
}
