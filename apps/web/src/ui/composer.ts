// Where a message is written: Enter sends, Shift+Enter begins a line. What is typed for one conversation waits there
// while another is open, for as long as the page lives.
import { LIMITS } from '@kith/protocol';
import { type ConversationView, type Person, Refusal } from '@kith/sdk';
import { typed } from '@kith/sdk/typing/typing';
import { el, on, setText } from './element.js';
import type { Answered } from './timeline.js';

export class Composer {
  readonly #input = el('textarea', {
    rows: '1',
    maxlength: String(LIMITS.text),
    placeholder: 'Write a message',
    'aria-label': 'Message',
    enterkeyhint: 'send',
  });
  readonly #problem = el('p', { class: 'problem', role: 'alert' });
  readonly #answered = el('p', { class: 'answered', hidden: true });
  readonly element = el('form', { class: 'composer' });
  readonly #person: Person;
  readonly #onSent: () => void;
  readonly #drafts = new Map<string, string>();
  /** By conversation: the message that is replied to. */
  readonly #answers = new Map<string, Answered>();
  #shown: string | null = null;

  constructor(person: Person, onSent: () => void) {
    this.#person = person;
    this.#onSent = onSent;
    this.element.append(
      this.#problem,
      this.#answered,
      this.#input,
      el('button', { type: 'submit', class: 'primary' }, 'Send'),
    );
    on(this.element, 'submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    on(this.#input, 'keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) this.answer(null);
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    on(this.#input, 'input', () => {
      this.#fit();
      if (this.#input.value.trim() !== '' && this.#shown !== null) typed(person, this.#shown);
    });
  }

  /** @param conversation the one that is open */
  show(conversation: ConversationView | null): void {
    this.element.hidden = conversation === null || conversation.role === 'none' || conversation.role === 'reader';
    const id = conversation?.id ?? null;
    if (id === this.#shown) return;
    if (this.#shown !== null) this.#drafts.set(this.#shown, this.#input.value);
    this.#shown = id;
    this.#input.value = (id !== null && this.#drafts.get(id)) || '';
    setText(this.#problem, '');
    this.#showAnswered();
    this.#fit();
  }

  /** What is written next replies to this; null takes that back. */
  answer(message: Answered | null): void {
    const id = this.#shown;
    if (id === null) return;
    if (message) this.#answers.set(id, message);
    else this.#answers.delete(id);
    this.#showAnswered();
    this.focus();
  }

  focus(): void {
    this.#input.focus();
  }

  #send(): void {
    // The server takes neither (it says so in its contract), and no keyboard makes them.
    const text = this.#input.value.replaceAll('\0', '').toWellFormed();
    const id = this.#shown;
    if (text.trim() === '' || id === null) return;
    const { seq: replyTo } = this.#answers.get(id) ?? {};
    this.#answers.delete(id);
    this.#input.value = '';
    setText(this.#problem, '');
    this.#showAnswered();
    this.#fit();
    this.#person
      .send(id, text, replyTo === undefined ? {} : { replyTo })
      .then(this.#onSent, (error: unknown) => this.#refused(id, text, error));
  }

  /** Too much waits to be sent: what was written is given back. */
  #refused(id: string, text: string, error: unknown): void {
    if (!(error instanceof Refusal)) throw error;
    if (this.#shown !== id) this.#drafts.set(id, text);
    else {
      this.#input.value = `${text}${this.#input.value}`;
      setText(this.#problem, `${error.message}.`);
      this.#fit();
    }
  }

  #showAnswered(): void {
    const message = this.#shown === null ? undefined : this.#answers.get(this.#shown);
    this.#answered.hidden = message === undefined;
    if (!message) return;
    const cancel = el('button', { type: 'button', class: 'link', 'aria-label': 'Do not reply to it' }, '×');
    on(cancel, 'click', () => this.answer(null));
    const author = el('bdi', {}, message.author);
    const words = el(
      'span',
      { class: 'quoted', dir: 'auto' },
      'Reply to ',
      author,
      `: ${message.text.slice(0, 300).toWellFormed()}`,
    );
    this.#answered.replaceChildren(words, cancel);
  }

  /** As high as what is typed, up to what the style sheet allows. */
  #fit(): void {
    this.#input.style.height = 'auto';
    this.#input.style.height = `${this.#input.scrollHeight + 2}px`;
  }
}
