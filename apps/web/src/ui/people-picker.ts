// Finds people by name and lets several be chosen: a search field, its answers as check boxes, the chosen ones on top.
import type { User } from '@kith/protocol';
import { type Person, Refusal } from '@kith/sdk';
import { avatar } from './avatar.js';
import { el, KeyedList, on, setText } from './element.js';

const WAIT_MS = 200;
const AGAIN_MS = 1_000;

export class PeoplePicker {
  /** No `type=search`: that takes Escape for itself, which should close the dialog. */
  readonly #input = el('input', { type: 'text', role: 'searchbox', autocomplete: 'off', maxlength: '100' });
  readonly #list = el('ul', { class: 'people', 'aria-label': 'People' });
  readonly #state = el('p', { class: 'hint', role: 'status' });
  readonly element = el('div', { class: 'picker' }, this.#input, this.#state, this.#list);
  readonly chosen = new Map<string, User>();
  readonly #items = new KeyedList<User>(this.#list, {
    key: ({ id }) => id,
    stamp: ({ version }) => String(version),
    make: (user) => this.#item(user),
  });
  readonly #person: Person;
  readonly #isOffered: (user: string) => boolean;
  readonly #onChange: () => void;
  #found: readonly User[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(person: Person, parts: { readonly isOffered: (user: string) => boolean; readonly onChange: () => void }) {
    this.#person = person;
    this.#isOffered = parts.isOffered;
    this.#onChange = parts.onChange;
    this.#input.placeholder = 'Name or username';
    this.#input.setAttribute('aria-label', 'Find people');
    on(this.#input, 'input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#search(), WAIT_MS);
    });
  }

  async #search(): Promise<void> {
    const query = this.#input.value.trim();
    try {
      const answer = query === '' ? { users: [] } : await this.#person.command('users.search', { query });
      // An answer to what was typed before is not shown.
      if (query !== this.#input.value.trim()) return;
      this.#found = answer.users.filter(({ id }) => this.#isOffered(id));
      setText(this.#state, query !== '' && this.#found.length === 0 ? 'Nobody of that name.' : '');
      this.#show();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (query !== this.#input.value.trim() || !this.element.isConnected) return;
      setText(this.#state, 'The search does not answer yet.');
      this.#timer = setTimeout(() => void this.#search(), AGAIN_MS);
    }
  }

  #show(): void {
    const others = this.#found.filter(({ id }) => !this.chosen.has(id));
    this.#items.show([...this.chosen.values(), ...others]);
  }

  #item(user: User): HTMLElement {
    const box = el('input', { type: 'checkbox', checked: this.chosen.has(user.id) });
    on(box, 'change', () => {
      if (box.checked) this.chosen.set(user.id, user);
      else this.chosen.delete(user.id);
      this.#onChange();
    });
    const title = el('span', { class: 'title' }, el('bdi', {}, user.name));
    const who = el('span', { class: 'who' }, title, el('span', { class: 'preview' }, `@${user.username}`));
    return el('li', {}, el('label', {}, box, avatar(user.id, user.name), who));
  }
}
