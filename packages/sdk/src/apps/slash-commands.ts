// The slash commands of a conversation, as a person completes and invokes them, and what bots answered to this person alone. Such
// answers are in no log: they are held here, for as long as this is open. Rules SC2, SC3 and SC7 of docs/protocol/v1.md.
import type { Answer, Result, SlashCommand, User } from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import type { Person } from '../person.js';
import { makeKey } from '../platform/make-key.js';
import type { Cancel } from '../ports.js';
import { Refusal } from '../refusal.js';

export type SlashCommandsView = {
  /** By name. */
  readonly commands: readonly SlashCommand[];
  /** The bots whose they are, by id. */
  readonly users: { readonly [id: string]: User };
  /** What was answered to this person alone since this was opened, the last one last; at most 100. */
  readonly answers: readonly Answer[];
  readonly isLoading: boolean;
  /** Why they could not be read. It is tried again with the next connection. */
  readonly error: Refusal | null;
};

export type Invoked = Result<'command.invoke'>;

const MOST_ANSWERS = 100;
const FORM = /^\/([a-z0-9][a-z0-9_-]*)(?:\s+([\s\S]*))?$/;

/** Whoever made it closes it. */
export class SlashCommands {
  readonly #person: Person;
  readonly #conversation: string;
  readonly #view = new Value<SlashCommandsView>({ commands: [], users: {}, answers: [], isLoading: true, error: null });
  readonly #unsubscribe: Cancel;
  #isClosed = false;

  constructor(person: Person, conversation: string) {
    this.#person = person;
    this.#conversation = conversation;
    this.#unsubscribe = person.client.replica.subscribe((event) => {
      if (event.type === 'connected') void this.read();
      else if (event.type === 'signal' && event.signal.name === 'answer') this.#answered(event.signal.answer);
    });
    void this.read();
  }

  get view(): Observable<SlashCommandsView> {
    return this.#view;
  }

  /** Commands that what is typed may become, by name; none where it is no beginning of a command. */
  completions(typed: string): readonly SlashCommand[] {
    const [, begun] = /^\/([a-z0-9_-]*)$/.exec(typed) ?? [];
    if (begun === undefined) return [];
    return this.#view.getSnapshot().commands.filter(({ name }) => name.startsWith(begun));
  }

  /** Whether what is typed is one of these commands, with or without something behind it. */
  isCommand(typed: string): boolean {
    const name = FORM.exec(typed)?.[1];
    return this.#view.getSnapshot().commands.some((command) => command.name === name);
  }

  /**
   * Invokes what is typed: `/name` and what stands behind it.
   * @param key a UUID: the same one again is the same invocation, where the answer to an attempt was lost
   * @throws Refusal bad_request for what is no command; what `command.invoke` is refused with
   */
  invoke(typed: string, key: string = makeKey(this.#person.client.platform)): Promise<Invoked> {
    const [, name, text = ''] = FORM.exec(typed) ?? [];
    if (name === undefined) {
      const message = 'a command is / and a name of small letters, digits, - and _';
      return Promise.reject(new Refusal({ code: 'bad_request', message, retry: 'never' }));
    }
    return this.#person.client.asker.ask('command.invoke', { conversation: this.#conversation, name, key, text });
  }

  /** Takes an answer away; it is nowhere else. */
  dismiss(id: string): void {
    this.#set({ answers: this.#view.getSnapshot().answers.filter((answer) => answer.id !== id) });
  }

  /** Reads them anew. Resolves when they are there, or cannot be had now. */
  async read(): Promise<void> {
    try {
      const { items, users } = await this.#person.client.asker.ask('commands.list', {
        conversation: this.#conversation,
      });
      if (!this.#isClosed) this.#set({ commands: items, users, isLoading: false, error: null });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!this.#isClosed) this.#set({ isLoading: false, error });
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
  }

  /** A repeat has the same id. */
  #answered(answer: Answer): void {
    if (answer.conversation !== this.#conversation) return;
    const others = this.#view.getSnapshot().answers.filter(({ id }) => id !== answer.id);
    this.#set({ answers: [...others, answer].slice(-MOST_ANSWERS) });
  }

  #set(part: Partial<SlashCommandsView>): void {
    this.#view.set({ ...this.#view.getSnapshot(), ...part });
  }
}
