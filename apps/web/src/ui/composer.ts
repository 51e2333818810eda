// Where a message is written: Enter sends, Shift+Enter begins a line. What is typed for one conversation waits there
// while another is open, for as long as the page lives.
import { LIMITS } from '@kith/protocol';
import type { Client } from '../client.js';
import { el, on, setText } from './element.js';

export class Composer {
  readonly #input = el('textarea', {
    rows: '1',
    maxlength: String(LIMITS.text),
    placeholder: 'Write a message',
    'aria-label': 'Message',
    enterkeyhint: 'send',
  });
  readonly #problem = el('p', { class: 'problem', role: 'alert' });
  readonly element = el('form', { class: 'composer' });
  readonly #client: Client;
  readonly #drafts = new Map<string, string>();
  #shown: string | null = null;

  constructor(client: Client) {
    this.#client = client;
    this.element.append(this.#problem, this.#input, el('button', { type: 'submit', class: 'primary' }, 'Send'));
    on(this.element, 'submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    on(this.#input, 'keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    on(this.#input, 'input', () => {
      this.#fit();
      if (this.#input.value.trim() !== '') client.typing();
    });
  }

  show(): void {
    const conversation = this.#client.open;
    this.element.hidden = conversation === null || conversation.role === 'none' || conversation.role === 'reader';
    const id = conversation?.id ?? null;
    if (id === this.#shown) return;
    if (this.#shown !== null) this.#drafts.set(this.#shown, this.#input.value);
    this.#shown = id;
    this.#input.value = (id !== null && this.#drafts.get(id)) || '';
    setText(this.#problem, '');
    this.#fit();
  }

  focus(): void {
    this.#input.focus();
  }

  #send(): void {
    // The server takes neither (it says so in its contract), and no keyboard makes them.
    const text = this.#input.value.replaceAll('\0', '').toWellFormed();
    if (text.trim() === '') return;
    try {
      this.#client.send(text);
      this.#input.value = '';
      setText(this.#problem, '');
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      setText(this.#problem, "This browser's storage is full, so the message can't be kept safe until it is sent.");
    }
    this.#fit();
  }

  /** As high as what is typed, up to what the style sheet allows. */
  #fit(): void {
    this.#input.style.height = 'auto';
    this.#input.style.height = `${this.#input.scrollHeight + 2}px`;
  }
}
