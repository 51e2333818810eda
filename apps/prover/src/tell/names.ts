// Short names for whoever reads a run: `all` or `#1` for a conversation, `all:7` for an entry, `m3` for a message. Whatever
// people wrote is cut and made harmless for a terminal here; a page escapes it besides.
import type { Entry } from '@kith/protocol';
import type { History } from '../history/history.js';

const MOST_CHARACTERS = 24;
const TAIL = 4;
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal must not get
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g;

type Place = { readonly conversation: string; readonly seq: number };

export class Names {
  readonly #people: ReadonlyMap<string, string>;
  readonly #conversations = new Map<string, string>();
  readonly #messages = new Map<string, string>();
  readonly #texts = new Map<number, string>();

  constructor({ people, events, end }: Pick<History, 'people' | 'events' | 'end'>) {
    this.#people = new Map(people.map(({ id, name }) => [id, brief(name)]));
    for (const event of events) {
      if (event.type === 'committed') for (const entry of event.entries) this.#learn(entry);
      if (event.type === 'wrote') this.#texts.set(event.id, event.text);
      if (event.type === 'kept') this.#messages.set(event.key, this.written(event.id));
    }
    for (const { entries } of end.logs) for (const entry of entries) this.#learn(entry);
  }

  /** In the order in which they began. */
  get conversations(): readonly string[] {
    return [...this.#conversations.values()];
  }

  person(id: string | null | undefined): string {
    if (id === null || id === undefined) return 'the server';
    return this.#people.get(id) ?? tailOf(id);
  }

  /** Always the name with which it began, whatever it is called later. */
  conversation(id: string): string {
    const known = this.#conversations.get(id);
    if (known !== undefined) return known;
    const fresh = `#${this.#conversations.size + 1}`;
    this.#conversations.set(id, fresh);
    return fresh;
  }

  place({ conversation, seq }: Place): string {
    return `${this.conversation(conversation)}:${seq}`;
  }

  /** `all:3-5 g5:1` */
  places(entries: readonly Place[]): string {
    const runs: { conversation: string; from: number; to: number }[] = [];
    for (const { conversation, seq } of entries) {
      const last = runs.at(-1);
      if (last?.conversation === conversation && last.to === seq - 1) last.to = seq;
      else if (last?.conversation !== conversation || last.to !== seq) runs.push({ conversation, from: seq, to: seq });
    }
    return runs
      .map(({ conversation, from, to }) => `${this.conversation(conversation)}:${from === to ? from : `${from}-${to}`}`)
      .join(' ');
  }

  /** Empty for what is no person's message. */
  message(key: string | null | undefined): string {
    return this.#messages.get(key ?? '') ?? '';
  }

  /** By the number under which it was written: the first word of its text, which no other has. */
  written(id: number): string {
    return brief(this.#texts.get(id)?.split(' ')[0] ?? `message ${id}`);
  }

  /** A sentence with the ids in it replaced by their short names. */
  shorten(sentence: string): string {
    return printable(
      sentence.replaceAll(ID, (id) => {
        return this.#conversations.get(id) ?? this.#people.get(id) ?? this.#messages.get(id) ?? tailOf(id);
      }),
    );
  }

  #learn({ conversation, kind, body }: Entry): void {
    if (this.#conversations.has(conversation) || kind !== 'conversation.created') return;
    const users = Array.isArray(body.users) ? body.users.map((user) => this.person(String(user))) : [];
    const called = typeof body.name === 'string' && body.name.trim() !== '' ? brief(body.name) : null;
    const fallback = body.kind === 'self' ? `self(${users.join()})` : users.join('+');
    this.#conversations.set(conversation, this.#free(called ?? fallback));
  }

  #free(name: string): string {
    const taken = new Set(this.#conversations.values());
    if (name === '') return `#${taken.size + 1}`;
    for (let count = 1; ; count += 1) {
      const tried = count === 1 ? name : `${name}(${count})`;
      if (!taken.has(tried)) return tried;
    }
  }
}

/** What a person wrote, in a few characters. */
export function brief(text: string): string {
  const clean = printable(text);
  return clean.length > MOST_CHARACTERS ? `${clean.slice(0, MOST_CHARACTERS - 1)}…` : clean;
}

export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '·');
}

function tailOf(id: string): string {
  return `…${id.slice(-TAIL)}`;
}
