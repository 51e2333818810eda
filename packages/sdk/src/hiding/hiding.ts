// Hiding messages from the person who is signed in, on all their devices. Which ones those are is what the entries of their own
// conversation say, as far as it is held, and over it what is hidden here and not in the log yet. What is read from the server
// comes hidden already (HD3), so this is about what was held before. It follows that log, is read where entries of it were
// skipped (HD6), and is kept, so that it is right offline too. Bounded by `limits.hidden`.
import { type Entry, type EntryBody, isMessage } from '@kith/protocol';
import type { OutboxItem } from '../outbox/outbox-item.js';
import { targetOf } from '../outbox/sender.js';
import type { MessagePlace, Person } from '../person.js';
import type { PersonClient } from '../person-client.js';
import { Refusal, unavailable } from '../refusal.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import type { ShownItem } from '../replica/shown-entry.js';
import type { Hidden } from '../replica/timeline.js';

import type { Held, Stored } from '../storage/replica-store.js';

const HIDES = 'hides';
const HIDE = 'hide/';
const PAGE = 200;

/** Made once for a person, before anything is shown of theirs; whoever made it closes it. */
export class Hiding {
  readonly #client: Pick<PersonClient, 'replica' | 'asker' | 'keeper' | 'outbox' | 'hidden'>;
  readonly #ends: (() => void)[];
  #held = new Set<string>();
  #shown: ReadonlySet<string> = new Set();
  #epoch = 0;
  /** The seq in the person's own log up to which they are known. */
  #asOf = 0;
  #isRestored = false;
  #isReading = false;
  #followed: string | null = null;

  constructor({ client }: Pick<Person, 'client'>) {
    this.#client = client;
    this.#ends = [client.replica.subscribe((event) => this.#heard(event))];
    void client.keeper
      .load()
      // Where it can't be read it is asked for.
      .then(
        ({ meta }) => this.#restore(meta),
        () => {},
      )
      .then(() => {
        this.#isRestored = true;
        this.#check();
      });
  }

  /**
   * Hides a message for good; nobody else is told. It is shown no more at once, kept and sent as a message is, and shown by
   * `unsent` of the person's own conversation until it is there. One that the server refuses fails visibly, and is shown again.
   * @throws Refusal `unavailable` before the first connection of this device
   */
  async hide({ conversation, ...place }: MessagePlace): Promise<OutboxItem> {
    const { replica, outbox } = this.#client;
    if (replica.self === null) throw unavailable('this device was never connected');
    const params = { conversation, ...targetOf(place) };
    return outbox.add({ conversation: replica.self, command: 'message.hide', params });
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** As they were kept. */
  #restore(meta: Held['meta']): void {
    const { epoch, asOf } = (meta.get(HIDES) ?? {}) as { epoch?: number; asOf?: number };
    if (!epoch || !asOf) return;
    this.#epoch = epoch;
    this.#asOf = asOf;
    this.#held = new Set([...meta.keys()].flatMap((key) => (key.startsWith(HIDE) ? key.slice(HIDE.length) : [])));
    this.#show();
  }

  #heard(event: ReplicaEvent): void {
    const { self } = this.#client.replica;
    if (event.type === 'held' && event.conversation.id === self && event.conversation.epoch === this.#epoch) {
      const next = event.entries.filter(({ seq }) => seq > this.#asOf);
      if (this.#isRestored && next[0]?.seq === this.#asOf + 1) this.#put(next, next.at(-1)?.seq ?? 0);
    }
    this.#check();
  }

  #check(): void {
    const { replica, asker, outbox } = this.#client;
    const { self } = replica;
    if (self === null) return;
    if (this.#followed !== self) {
      this.#followed = self;
      this.#ends.push(outbox.of(self).subscribe(() => this.#show()));
      this.#show();
    }
    const log = replica.conversation(self);
    if (!this.#isRestored || this.#isReading || !log?.isBegun || !asker.isOpen) return;
    if (log.epoch === this.#epoch && log.head <= this.#asOf) return;
    this.#isReading = true;
    void this.#read().catch((error: unknown) => {
      // Asked for again with the next connection, or the next entry. A server that knows of no hiding is not asked again.
      if (!(error instanceof Refusal)) throw error;
      this.#isReading = error.code === 'unknown_command';
    });
  }

  async #read(): Promise<void> {
    const { asker } = this.#client;
    for (let isWhole = false; !isWhole; ) {
      const after = this.#asOf > 0 ? { epoch: this.#epoch, after: this.#asOf } : {};
      const page = await asker.ask('hidden.read', { ...after, limit: PAGE }).catch((error: unknown) => {
        if (error instanceof Refusal && error.code === 'epoch_changed') return null;
        throw error;
      });
      if (page === null || page.epoch !== this.#epoch) {
        // Another log: what was hidden in that one does not count.
        const gone = new Map([...this.#held].map((name) => [HIDE + name, null]));
        this.#held = new Set();
        this.#epoch = page?.epoch ?? 0;
        this.#asOf = 0;
        this.#keep(gone);
        if (page === null || 'epoch' in after) continue;
      }
      isWhole = page.entries.length < PAGE;
      this.#put(page.entries, isWhole ? page.head : (page.entries.at(-1)?.seq ?? page.head));
    }
    this.#isReading = false;
    // Whatever came meanwhile was not next in line.
    this.#check();
  }

  #put(entries: readonly Entry[], asOf: number): void {
    const { replica } = this.#client;
    const meta = new Map<string, Stored | null>();
    for (const { kind, body } of entries) {
      if (kind !== 'message.hidden') continue;
      const { message } = body as EntryBody<'message.hidden'>;
      meta.set(HIDE + nameOf(message), {});
      this.#held.add(nameOf(message));
      replica.change(message.conversation, (conversation) => {
        const { last } = conversation;
        if (last && last.seq === message.seq && last.epoch === message.epoch) conversation.last = asHidden(last);
      });
    }
    this.#asOf = Math.max(this.#asOf, asOf);
    this.#keep(meta);
    // Also where it was shown as hidden already: only now the server leaves it out as well.
    if (meta.size > 0) this.#show(true);
  }

  #keep(changed: ReadonlyMap<string, Stored | null>): void {
    const { keeper } = this.#client;
    const meta = new Map([[HIDES, { epoch: this.#epoch, asOf: this.#asOf } as Stored | null], ...changed]);
    if (keeper.isKeeping) keeper.keep({ meta }).catch(() => {});
  }

  #show(isNew = false): void {
    const items = this.#followed === null ? [] : this.#client.outbox.of(this.#followed).getSnapshot();
    const names = items.flatMap(({ command, status, params: { conversation, epoch, target } }) => {
      const isHiding = command === 'message.hide' && status !== 'failed';
      return isHiding ? nameOf({ conversation: String(conversation), epoch: Number(epoch), seq: Number(target) }) : [];
    });
    const hidden = new Set([...this.#held, ...names]);
    const isSame = hidden.size === this.#shown.size && [...hidden].every((name) => this.#shown.has(name));
    if (isSame && !isNew) return;
    this.#shown = hidden;
    this.#client.hidden.set(without((item) => isMessage(item) && (item.kind === 'hidden' || hidden.has(nameOf(item)))));
  }
}

/** Nothing that is hidden, and what does not change stays the same object. */
function without(isHidden: (item: ShownItem) => boolean): Hidden {
  const views = new WeakMap<object, unknown>();
  const once = <T extends object>(whole: T, make: () => T): T => {
    const made = (views.get(whole) as T | undefined) ?? make();
    views.set(whole, made);
    return made;
  };
  return (view) => ({
    ...view,
    items: once(view.items, () => {
      const items = view.items.filter((item) => !isHidden(item));
      return items.length < view.items.length ? items : view.items;
    }),
    quotes: once(view.quotes, () => {
      const isAny = [...view.quotes.values()].some((item) => item !== null && isHidden(item));
      const quotes = [...view.quotes].map(([seq, item]) => [seq, item && isHidden(item) ? null : item] as const);
      return isAny ? new Map(quotes) : view.quotes;
    }),
  });
}

/** Names a message among all of a person's. */
function nameOf({ conversation, epoch, seq }: MessagePlace): string {
  return `${conversation} ${epoch} ${seq}`;
}

/** As the server gives a message that was hidden: what counts are made of. */
function asHidden(entry: Entry): Entry {
  if (!isMessage(entry)) return entry;
  const { mentions, thread, count } = entry.body;
  const { key: _key, ...rest } = entry;
  return { ...rest, kind: 'hidden', body: { mentions, thread, count } };
}
