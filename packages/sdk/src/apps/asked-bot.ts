// What is asked of a bot by slash commands, as its program answers it: each once in this run, also what came while nobody was
// there. What was not done for a reason of the program's own comes again. Rules SC4 to SC6 of docs/protocol/v1.md.
import type { Invocation, Params, Result } from '@kith/protocol';
import type { Person } from '../person.js';
import { makeKey } from '../platform/make-key.js';
import type { Cancel } from '../ports.js';
import { Refusal } from '../refusal.js';

export type Answering = Pick<Params<'invocation.answer'>, 'to' | 'mentions'> & {
  /** A UUID: the same one again is the same answer. */
  readonly key?: string;
};

/** Something that was asked. */
export type Asked = Invocation & {
  /** By default to the invoker alone. @throws Refusal what `invocation.answer` is refused with */
  readonly answer: (text: string, more?: Answering) => Promise<Result<'invocation.answer'>>;
};

export type AskedBotOptions = {
  /** What is done for each command, by its name without the slash; `*` for all others. */
  readonly commands: { readonly [name: string]: (asked: Asked) => unknown };
  /** Told of what a command threw, or the server refused; the invocation comes again, while it may be answered. */
  readonly onFailure?: (error: unknown, invocation: Invocation | null) => void;
};

/** Most that is remembered as having come; beyond them the oldest is forgotten. */
const MOST_SEEN = 1_000;

/** Whoever made it closes it. */
export class AskedBot {
  readonly #person: Person;
  readonly #options: AskedBotOptions;
  readonly #seen = new Set<string>();
  readonly #unsubscribe: Cancel;

  constructor(person: Person, options: AskedBotOptions) {
    this.#person = person;
    this.#options = options;
    this.#unsubscribe = person.client.replica.subscribe((event) => {
      if (event.type === 'connected') void this.#readWaiting();
      else if (event.type === 'signal' && event.signal.name === 'invocation') this.#take(event.signal.invocation);
    });
    void this.#readWaiting();
  }

  close(): void {
    this.#unsubscribe();
  }

  async #readWaiting(): Promise<void> {
    const { asker } = this.#person.client;
    // Without a connection the next one has it read.
    if (!asker.isOpen) return;
    try {
      const { items } = await asker.ask('invocations.read', {});
      for (const invocation of items) this.#take(invocation);
    } catch (error) {
      this.#failed(error, null);
    }
  }

  #take(invocation: Invocation): void {
    const { id, command } = invocation;
    const { commands } = this.#options;
    const work = Object.hasOwn(commands, command) ? commands[command] : commands['*'];
    if (!work || this.#seen.has(id)) return;
    this.#seen.add(id);
    const [oldest] = this.#seen;
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
    void this.#work(invocation, work);
  }

  async #work(invocation: Invocation, work: (asked: Asked) => unknown): Promise<void> {
    const { asker, platform } = this.#person.client;
    const { id } = invocation;
    let isAnswered = false;
    const answer: Asked['answer'] = async (text, { key = makeKey(platform), ...more } = {}) => {
      const result = await asker.ask('invocation.answer', { invocation: id, key, text, ...more });
      isAnswered = true;
      return result;
    };
    try {
      await work({ ...invocation, answer });
      // An answer says that it has come.
      if (!isAnswered) await asker.ask('invocation.take', { invocation: id });
    } catch (error) {
      if (!(error instanceof Refusal) || error.retry === 'same_key') this.#seen.delete(id);
      this.#failed(error, invocation);
    }
  }

  #failed(error: unknown, invocation: Invocation | null): void {
    this.#options.onFailure?.(error, invocation);
  }
}
