// A poll as a person sees it: what was asked, what stands, what they have chosen themselves, and whether it is closed. It follows
// the log, shows what is chosen here before the server has it, and is read again where an entry can't say whose a vote is (PO5 of
// docs/protocol/v1.md). Apart from the rest, for apps that want it.
import type { EntryBody, TimelineItem } from '@kith/protocol';
import { LatestReading } from '../latest-reading.js';
import { type Observable, Value } from '../observable.js';
import type { OutboxItem } from '../outbox/outbox-item.js';
import { targetOf } from '../outbox/sender.js';
import type { MessagePlace, Person } from '../person.js';
import type { Cancel } from '../ports.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import type { ShownItem } from '../replica/shown-entry.js';

/** To be asked: `person.send(conversation, question, { poll })`. */
export type NewPoll = {
  /** 2 to `limits.pollOptions`, no two alike. */
  readonly options: readonly { readonly text: string }[];
  /** How many of them one person may choose; 1 where it is absent. */
  readonly most?: number;
  /** Nobody is told who has chosen what. */
  readonly anonymous?: boolean;
  /** A time to come, in milliseconds since the epoch, from which on nobody votes. */
  readonly closesAt?: number;
};

export type PollOption = { readonly text: string; readonly count: number; readonly isMine: boolean };

export type PollView = {
  readonly question: string;
  readonly options: readonly PollOption[];
  /** What this person has chosen: places of options, from 0, rising. */
  readonly mine: readonly number[];
  /** How many people have chosen any. */
  readonly voters: number;
  /** How many options one person may choose. */
  readonly most: number;
  readonly isAnonymous: boolean;
  readonly closesAt: number | null;
  /** By an entry, or because its time is over by this device's clock. */
  readonly isClosed: boolean;
  /** The entry that closed it, and who wrote that; null where none did. */
  readonly closed: { readonly seq: number; readonly at: number; readonly by?: string } | null;
  /** What is shown as chosen here isn't in the log yet. */
  readonly isSending: boolean;
};

export type Voters = {
  readonly voters: readonly { readonly user: string; readonly choices: readonly number[] }[];
  /** Where the next page begins; null where there is none. */
  readonly next: string | null;
};

/** No timer is set further ahead than this: then it looks again. */
const FURTHEST_MS = 86_400_000;
const COMMAND = 'poll.vote';
const TOLD = 'kith:voted';

/** Kept right as long as somebody is subscribed. Null where there is no poll that this person may see, or it was deleted. */
export class Poll implements Observable<PollView | null> {
  readonly #person: Person;
  readonly #view = new Value<PollView | null>(null);
  readonly #place: MessagePlace;
  #item: TimelineItem | null;
  /** What was chosen here and is not in the log yet. */
  #unsent: { readonly key: string; readonly choices: readonly number[] } | null = null;
  #watching = 0;
  #ends: Cancel[] = [];
  #timer: Cancel | null = null;
  readonly #reading = new LatestReading({ read: () => this.#readItem(), isWanted: () => this.#watching > 0 });

  /** @param message the poll, as a timeline has it, or its place alone */
  constructor(person: Person, message: ShownItem | MessagePlace) {
    this.#person = person;
    const { conversation, epoch, seq } = message;
    this.#place = { conversation, epoch, seq };
    this.#item = 'kind' in message ? (message as TimelineItem) : null;
    this.#show();
  }

  readonly getSnapshot = (): PollView | null => this.#view.getSnapshot();

  readonly subscribe = (listener: () => void): (() => void) => {
    const end = this.#view.subscribe(listener);
    this.#watching += 1;
    if (this.#watching === 1) this.#watch();
    let isOver = false;
    return () => {
      end();
      if (isOver) return;
      isOver = true;
      this.#watching -= 1;
      if (this.#watching > 0) return;
      for (const cancel of this.#ends.splice(0)) cancel();
      this.#timer?.();
      this.#timer = null;
    };
  };

  /**
   * Chooses these options and no others: what was chosen before is replaced. It is shown at once, kept and sent as a message is; one
   * that the server refuses fails visibly among `unsent`, and is shown no more.
   */
  vote(choices: readonly number[]): Promise<OutboxItem> {
    const { outbox } = this.#person.client;
    const { conversation, ...place } = this.#place;
    const wanted = [...new Set(choices)].sort((one, other) => one - other);
    return outbox.add({ conversation, command: COMMAND, params: { ...targetOf(place), choices: wanted } });
  }

  /** Takes the own vote back. */
  retract(): Promise<OutboxItem> {
    return this.vote([]);
  }

  /** Closes the poll for good, for its author and those who may delete what others write. Kept and sent as a vote is. */
  close(): Promise<OutboxItem> {
    const { conversation, ...place } = this.#place;
    return this.#person.client.outbox.add({ conversation, command: 'poll.close', params: targetOf(place) });
  }

  /**
   * Who has chosen what in an open poll, those whose vote stands for longest first. Needs a connection.
   * @param option of one option alone, by its place
   * @throws Refusal forbidden in an anonymous poll
   */
  async voters({ option, cursor }: { readonly option?: number; readonly cursor?: string } = {}): Promise<Voters> {
    const { asker, replica } = this.#person.client;
    const { conversation, epoch, seq: target } = this.#place;
    const wanted = { ...(option === undefined ? {} : { option }), ...(cursor === undefined ? {} : { cursor }) };
    const { items, next, users } = await asker.ask('votes.read', { conversation, epoch, target, ...wanted });
    replica.takeUsers(Object.values(users), []);
    return { voters: items.map(({ user, choices }) => ({ user, choices })), next };
  }

  #watch(): void {
    const { replica, outbox, hidden } = this.#person.client;
    this.#ends = [
      replica.subscribe((event) => this.#heard(event)),
      outbox.of(this.#place.conversation).subscribe(() => this.#sent()),
      hidden.subscribe(() => this.#reading.want()),
    ];
    this.#sent();
    this.#reading.want();
  }

  #heard(event: ReplicaEvent): void {
    const { conversation: id } = this.#place;
    if (event.type === 'connected') this.#reading.want();
    if (event.type === 'gone' && event.id === id) this.#take(null);
    if (!('conversation' in event) || event.type === 'mismatch') return;
    const { type, conversation } = event;
    if (
      type === 'held' &&
      conversation.id === this.#person.self &&
      event.entries.some((entry) => this.#isTold(entry))
    ) {
      this.#reading.want();
    }
    if (conversation.id !== id) return;
    if (type === 'moved' || type === 'restored') this.#reading.want();
    if (type === 'changed' && this.#item) this.#take(conversation.changed(this.#item, event.entry));
  }

  /** Another device of this person has voted in it: of an anonymous poll no other entry says so. */
  #isTold({ kind, body }: Pick<TimelineItem, 'kind' | 'body'>): boolean {
    const { conversation, seq } = (body.value ?? {}) as Partial<MessagePlace>;
    const isHere = conversation === this.#place.conversation && seq === this.#place.seq;
    return kind === 'setting.set' && body.name === TOLD && isHere;
  }

  #waiting(): readonly OutboxItem[] {
    const all = this.#person.client.outbox.of(this.#place.conversation).getSnapshot();
    return all.filter(
      ({ command, status, params }) =>
        command === COMMAND &&
        status !== 'failed' &&
        params.target === this.#place.seq &&
        params.epoch === this.#place.epoch,
    );
  }

  /** What is in the log now is this person's, also where its entry doesn't say so. */
  #sent(): void {
    const all = this.#person.client.outbox.of(this.#place.conversation).getSnapshot();
    const last = this.#waiting().at(-1);
    const before = this.#unsent;
    this.#unsent = last ? { key: last.key, choices: last.params.choices as readonly number[] } : null;
    const hasLanded = before !== null && !all.some(({ key }) => key === before.key);
    if (hasLanded && this.#item?.poll && pollIn(this.#item)?.anonymous) {
      this.#item = { ...this.#item, poll: { ...this.#item.poll, mine: [...before.choices] } };
      this.#reading.want();
    }
    this.#show();
  }

  async #readItem(): Promise<() => void> {
    const { asker, replica } = this.#person.client;
    const { conversation: id, epoch, seq } = this.#place;
    const { items, users } = await asker.ask('quotes.read', { conversation: id, epoch, targets: [seq] });
    replica.takeUsers(Object.values(users), []);
    return () => {
      const [item = null] = replica.conversation(id)?.current(items) ?? items;
      this.#take(item);
    };
  }

  #take(item: TimelineItem | null): void {
    if (item === this.#item) return;
    this.#item = item;
    this.#show();
  }

  #show(): void {
    const { clock } = this.#person.client.platform;
    const view = this.#item && viewOf(this.#item, { choices: this.#unsent?.choices ?? null, nowMs: clock.now() });
    if (JSON.stringify(view) !== JSON.stringify(this.#view.getSnapshot())) this.#view.set(view);
    this.#timer?.();
    this.#timer = null;
    if (this.#watching === 0 || !view || view.isClosed || view.closesAt === null) return;
    this.#timer = clock.after(Math.min(FURTHEST_MS, Math.max(1, view.closesAt - clock.now())), () => this.#show());
  }
}

/**
 * The poll in a message of a timeline, as it stands; null where there is none. An app that shows many may show them by this, and
 * opens a `Poll` where the person looks closer.
 * @param choices what this person has chosen and is not in the log yet; null for nothing
 */
export function viewOf(
  item: ShownItem | TimelineItem,
  { choices, nowMs }: { readonly choices: readonly number[] | null; readonly nowMs: number },
): PollView | null {
  const asked = pollIn(item);
  if (asked === undefined || item.erased) return null;
  const { options, most, anonymous = false, closesAt = null } = asked;
  const { counts = [], voters = 0, mine: own = [], closed = null } = item.poll ?? {};
  const isClosed = closed !== null || (closesAt !== null && nowMs >= closesAt);
  const mine = isClosed ? own : (choices ?? own);
  const text = item.body.text;
  return {
    question: typeof text === 'string' ? text : '',
    options: options.map((option, index) => ({
      text: option.text,
      count: (counts[index] ?? 0) + Number(mine.includes(index)) - Number(own.includes(index)),
      isMine: mine.includes(index),
    })),
    mine,
    voters: voters + Number(mine.length > 0) - Number(own.length > 0),
    most,
    isAnonymous: anonymous,
    closesAt,
    isClosed,
    closed,
    isSending: choices !== null && !isClosed,
  };
}

function pollIn({ kind, body }: Pick<ShownItem, 'kind'> & { readonly body: object }) {
  return kind === 'message.sent' ? (body as EntryBody<'message.sent'>).poll : undefined;
}
