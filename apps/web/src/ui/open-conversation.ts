// The conversation that is looked at: its timeline as long as it is open, and how far it was read. What is on the screen is
// read where the person is at the page and its end is in view; what is scrolled off is not.
import type { ConversationView, Person, Timeline, TimelineView } from '@kith/sdk';

export type OpenConversationParts = {
  readonly person: Person;
  /** Whether the person is at the page. */
  readonly isHere: () => boolean;
  readonly onChange: () => void;
};

export class OpenConversation {
  readonly id: string;
  readonly timeline: Timeline;
  readonly #person: Person;
  readonly #isHere: () => boolean;
  /** Whether the newest message is on the screen. */
  isAtEnd = true;

  constructor(id: string, parts: OpenConversationParts) {
    this.#person = parts.person;
    this.#isHere = parts.isHere;
    this.id = id;
    this.timeline = parts.person.timeline(id);
    this.timeline.view.subscribe(parts.onChange);
  }

  /** Null while it is not known. */
  get conversation(): ConversationView | null {
    return this.#person.conversation(this.id).getSnapshot();
  }

  get view(): TimelineView {
    return this.timeline.view.getSnapshot();
  }

  /** Something of it was shown, or is looked at again. */
  looked(): void {
    const { items, hasAfter } = this.view;
    const last = items.at(-1);
    if (this.isAtEnd && !hasAfter && last && this.#isHere()) this.#person.read(this.id, last.seq);
  }

  close(): void {
    this.timeline.close();
  }
}
