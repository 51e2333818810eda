// What somebody has typed and not sent, by person and conversation, as long as the page lives: it is there again when they
// come back to a conversation, and it is never shown in another one, nor to another person. Of 200 conversations at most:
// beyond that the text that was touched the longest ago is forgotten.
import type { Observable, Person } from '@kith/sdk';

const MOST = 200;

export class Drafts {
  readonly #byPerson = new WeakMap<Person, Map<string, string>>();
  /** As many as there are composers. */
  readonly #listeners = new Set<() => void>();

  /** Empty where nothing was typed. */
  of(person: Person, conversation: string): Observable<string> {
    return {
      getSnapshot: () => this.#byPerson.get(person)?.get(conversation) ?? '',
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => {
          this.#listeners.delete(listener);
        };
      },
    };
  }

  set(person: Person, conversation: string, text: string): void {
    const texts = this.#byPerson.get(person) ?? new Map<string, string>();
    this.#byPerson.set(person, texts);
    texts.delete(conversation);
    if (text !== '') texts.set(conversation, text);
    for (const oldest of texts.keys()) {
      if (texts.size <= MOST) break;
      texts.delete(oldest);
    }
    for (const listener of [...this.#listeners]) listener();
  }
}
