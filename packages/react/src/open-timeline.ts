// A timeline that is open while somebody is subscribed, and only then: React renders components that it never shows, and
// mounts those that it shows as often as it likes.
import type { Observable, Opening, Person, Timeline, TimelineView } from '@kith/sdk';

/** Of a timeline that is not open yet. */
export const UNOPENED: TimelineView = {
  items: [],
  hasBefore: false,
  hasAfter: false,
  isLoading: true,
  firstUnread: null,
  quotes: new Map(),
  error: null,
};

export class OpenTimeline implements Observable<TimelineView> {
  readonly #person: Person;
  readonly #id: string;
  readonly #opening: Opening;
  #timeline: Timeline | null = null;
  #subscribers = 0;

  constructor(person: Person, id: string, opening: Opening) {
    this.#person = person;
    this.#id = id;
    this.#opening = opening;
  }

  // Bound, so that they can be handed over without their object, and stay the same.
  readonly getSnapshot = (): TimelineView => this.#timeline?.view.getSnapshot() ?? UNOPENED;

  readonly subscribe = (listener: () => void): (() => void) => {
    const timeline = this.#timeline ?? this.#person.timeline(this.#id, this.#opening);
    this.#timeline = timeline;
    this.#subscribers += 1;
    const end = timeline.view.subscribe(listener);
    return () => {
      end();
      this.#subscribers -= 1;
      if (this.#subscribers > 0) return;
      timeline.close();
      this.#timeline = null;
    };
  };

  readonly loadBefore = async (): Promise<void> => await this.#timeline?.loadBefore();

  readonly loadAfter = async (): Promise<void> => await this.#timeline?.loadAfter();

  readonly open = async (opening: Opening): Promise<void> => await this.#timeline?.open(opening);
}
