// What is pinned in a conversation, as long as somebody looks: read when they begin to, and again after whatever may have
// changed which messages those are. What changes a message in the list changes it there. Apart from the rest, for apps that
// want it.
import type { TimelineItem } from '@kith/protocol';
import { LatestReading } from '../latest-reading.js';
import { type Observable, Value } from '../observable.js';
import type { OutboxItem } from '../outbox/outbox-item.js';
import { targetOf } from '../outbox/sender.js';
import type { MessagePlace, Person } from '../person.js';
import type { PersonClient } from '../person-client.js';
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
  readonly #reading = new LatestReading({ read: () => this.#readAll(), isWanted: () => this.#watching > 0 });

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
      const unhide = hidden.subscribe(() => this.#reading.want());
      this.#unsubscribe = () => {
        unsubscribe();
        unhide();
      };
      this.#reading.want();
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
    if (event.type === 'connected') this.#reading.want();
    if (!('conversation' in event) || event.conversation.id !== id || event.type === 'mismatch') return;
    const { type, conversation } = event;
    if (type === 'moved' || type === 'restored') this.#reading.want();
    if (type !== 'changed') return;
    const { entry } = event;
    if (entry.kind === 'message.pinned') this.#reading.want();
    const before = this.#items.getSnapshot();
    const after = before?.map((item) => conversation.changed(item, entry)).filter(({ pinned }) => pinned);
    if (before && after && (after.length < before.length || after.some((item, index) => item !== before[index])))
      this.#items.set(after);
  }

  async #readAll(): Promise<() => void> {
    const { replica, asker } = this.#client;
    const id = this.#conversation;
    const { items, users } = await asker.ask('pins.read', { conversation: id });
    replica.takeUsers(Object.values(users), []);
    return () => this.#items.set(replica.conversation(id)?.current(items) ?? items);
  }
}
