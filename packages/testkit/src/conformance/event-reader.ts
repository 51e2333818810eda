// Server-sent events as a browser's own EventSource reads them (WHATWG HTML, 9.2), for tests: it connects again by itself
// with the same URL and the last id, and stops for good where the answer is none of events. It keeps what came, and can
// be cut.
import { WAIT_MS } from './client.js';

export type ReadEvent = { readonly name: string; readonly data: string; readonly id: string };

/** Browsers wait some seconds; a test need not. */
const RECONNECT_MS = 50;

export class EventReader {
  /** Everything that came, oldest first, over however many connections. */
  readonly events: ReadEvent[] = [];
  /** Statuses of the answers, oldest first. */
  readonly statuses: number[] = [];
  /** When comments came, by `performance.now()`. */
  readonly commentedAt: number[] = [];
  headers = new Headers();
  lastEventId: string;
  readonly #url: string;
  readonly #waiting = new Set<() => void>();
  #attempt = new AbortController();
  #isClosed = false;

  /** @param lastEventId as a page gives none, and a client of one's own may */
  constructor(url: string, lastEventId = '') {
    this.#url = url;
    this.lastEventId = lastEventId;
    void this.#run();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Frames that came, those of the name `end` aside. */
  get frames(): readonly { readonly type: string; readonly [field: string]: unknown }[] {
    return this.events.filter(({ name }) => name === 'message').map(({ data }) => JSON.parse(data));
  }

  /** Seqs of the entries of a conversation that came, in the order of their coming. */
  seqs(conversation: string): readonly unknown[] {
    return this.frames
      .filter((frame) => frame.type === 'entry' && frame.conversation === conversation)
      .map(({ seq }) => seq);
  }

  /** Ends the connection as a network does; it comes again by itself. */
  cut(): void {
    this.#attempt.abort();
  }

  close(): void {
    this.#isClosed = true;
    this.cut();
  }

  /** Waits until it holds. @throws Error with what came instead */
  async until<T>(fact: () => T | undefined | false, waitMs = WAIT_MS): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`not seen: ${fact.toString()}\n${JSON.stringify([this.statuses, this.events.slice(-5)])}`));
      }, waitMs);
      const look = () => {
        const found = fact();
        if (found === undefined || found === false) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The code of the last word. */
  end(): Promise<number> {
    return this.until(() => {
      const end = this.events.find(({ name }) => name === 'end');
      return end && (JSON.parse(end.data) as { code: number }).code;
    });
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#attempt = new AbortController();
      try {
        await this.#read(this.#attempt.signal);
      } catch {
        // Cut: again.
      }
      this.#look();
      if (!this.#isClosed) await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const id = this.lastEventId;
    const headers = { accept: 'text/event-stream', ...(id === '' ? {} : { 'last-event-id': id }) };
    const response = await fetch(this.#url, { headers, signal });
    this.statuses.push(response.status);
    this.headers = response.headers;
    if (response.status !== 200 || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      this.#isClosed = true;
      await response.body?.cancel();
      return;
    }
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
      this.#look();
    }
  }

  /** An event without data is none, and changes no id. */
  #take(block: string): void {
    const fields = block.split('\n').map((line) => /^([^:]*):? ?(.*)$/.exec(line) ?? []);
    const value = (field: string) => fields.findLast(([, name]) => name === field)?.[2];
    if (fields.some(([, name]) => name === '')) this.commentedAt.push(performance.now());
    const data = value('data');
    this.lastEventId = value('id') ?? this.lastEventId;
    if (data !== undefined) this.events.push({ name: value('event') ?? 'message', data, id: value('id') ?? '' });
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }
}
