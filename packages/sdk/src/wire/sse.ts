// Server-sent events, as far as the contract uses them: names and data. Text goes in as it comes, cut anywhere; whole events
// come out. Comments, ids and fields that nobody knows are passed over (WHATWG HTML, 9.2.6).
import { NonsenseError } from './server-frame.js';

/** Far above the longest event of a server, `welcome`. UTF-16 units. */
const MOST_UNITS = 8 * 1024 * 1024;
/** CR LF may come apart, so a CR at the end waits for what follows. */
const LINE_END = /\r\n|\n|\r(?!$)/;

export type ServerSentEvent = { readonly name: string; readonly data: string };

export class EventParser {
  /** The line that has begun. */
  #line = '';
  #name = '';
  #data: string[] = [];
  /** Held in `data`. */
  #units = 0;

  /** @throws NonsenseError where an event has no end */
  push(text: string): readonly ServerSentEvent[] {
    const lines = (this.#line + text).split(LINE_END);
    this.#line = lines.pop() ?? '';
    const events = lines.flatMap((line) => this.#take(line) ?? []);
    if (this.#line.length + this.#units > MOST_UNITS) throw new NonsenseError();
    return events;
  }

  /** @returns the event that this line ends */
  #take(line: string): ServerSentEvent | null {
    if (line === '') {
      const event = this.#data.length > 0 ? { name: this.#name, data: this.#data.join('\n') } : null;
      this.#name = '';
      this.#data = [];
      this.#units = 0;
      return event;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    if (field !== 'data') return null;
    this.#data.push(value);
    this.#units += value.length;
    return null;
  }
}
