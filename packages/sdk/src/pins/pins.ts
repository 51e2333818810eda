// What is pinned in a conversation, as long as somebody looks: read when they begin to, and again after whatever may have
// changed which messages those are. What changes a message in the list changes it there. Apart from the rest, for apps that
// want it.
import type { TimelineItem } from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import type { OutboxItem } from '../outbox/outbox-item.js';
import { targetOf } from '../outbox/sender.js';
import type { MessagePlace, Person } from '../person.js';
import type { PersonClient } from '../person-client.js';
import { Refusal } from '../refusal.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import type { ShownItem } from '../replica/shown-entry.js';

/**
 * Pins a message for everyone in its conversation, or unpins it, whoever pinned it; its item then has `pinned`, or no more. Kept
 * and sent as an edit is.
 */
export function setPinned(person: Person, { conversation, ...place }: MessagePlace, on = true): Promise<OutboxItem> {
  const params = { ...(on ? {} : { on }), ...targetOf(place) };
  return person.client.outbox.add({ conversation, command: 'message.pin', params });
}

/** The last pinned first; kept right as long as somebody is subscribed, null until it is known. */
export class Pins implements Observable<readonly ShownItem[] | null> {
  readonly #client: PersonClient;
  readonly #conversation: string;
  readonly #items = new Value<readonly TimelineItem[] | null>(null);
  #watching = 0;
  #unsubscribe = () => {};
  /** Counts what asks for a reading: one that was overtaken is done again. */
  #wanted = 0;
  #isReading = false;

  constructor(person: Person, conversation: string) {
    this.#client = person.client;
    this.#conversation = conversation;
  }

  readonly getSnapshot = (): readonly ShownItem[] | null => this.#items.getSnapshot();

  readonly subscribe = (listener: () => void): (() => void) => {
    const end = this.#items.subscribe(listener);
    this.#watching += 1;
    if (this.#watching === 1) {
      const { replica, hidden } = this.#client;
      const unsubscribe = replica.subscribe((event) => this.#heard(event));
      const unhide = hidden.subscribe(() => this.#read());
      this.#unsubscribe = () => {
        unsubscribe();
        unhide();
      };
      this.#read();
    }
    let isOver = false;
    return () => {
      end();
      if (isOver) return;
      isOver = true;
      this.#watching -= 1;
      if (this.#watching === 0) this.#unsubscribe();
    };
  };

  #heard(event: ReplicaEvent): void {
    const id = this.#conversation;
    if (event.type === 'gone' && event.id === id) this.#items.set(null);
    if (event.type === 'connected') this.#read();
    if (!('conversation' in event) || event.conversation.id !== id || event.type === 'mismatch') return;
    const { type, conversation } = event;
    if (type === 'moved' || type === 'restored') this.#read();
    if (type !== 'changed') return;
    const { entry } = event;
    if (entry.kind === 'message.pinned') this.#read();
    const before = this.#items.getSnapshot();
    const after = before?.map((item) => conversation.changed(item, entry)).filter(({ pinned }) => pinned);
    if (before && after && (after.length < before.length || after.some((item, index) => item !== before[index])))
      this.#items.set(after);
  }

  #read(): void {
    this.#wanted += 1;
    if (this.#isReading || this.#watching === 0) return;
    this.#isReading = true;
    void this.#readAll()
      // The next connection asks again.
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      })
      .finally(() => {
        this.#isReading = false;
      });
  }

  async #readAll(): Promise<void> {
    const { replica, asker } = this.#client;
    const id = this.#conversation;
    for (let read = -1; read !== this.#wanted && this.#watching > 0; ) {
      read = this.#wanted;
      const { items, users } = await asker.ask('pins.read', { conversation: id });
      replica.takeUsers(Object.values(users), []);
      const conversation = replica.conversation(id);
      if (read === this.#wanted) this.#items.set(conversation ? conversation.current(items) : items);
    }
  }
}
