// Commands of a Groonga server over HTTP: one at a time each, bounded in time, with what went wrong as an error. Nothing that a
// person wrote is ever a part of a command: texts go as data, and conditions are made of numbers and ids alone.
import { ChatError } from '@kith/protocol';

const TIMEOUT_MS = 15_000;
/** A table or column of this name is there already. */
const KNOWN = -22;

export type Params = { readonly [name: string]: string | number };
export type Row = readonly (string | number | boolean)[];

/** The server was there, and would not do it. */
export class GroongaError extends Error {
  override readonly name = 'GroongaError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export class Groonga {
  readonly #url: string;

  /** @param url of the server, without `/d/` */
  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '');
  }

  /** Makes a table or a column, or leaves the one that is there. */
  async make(command: 'table_create' | 'column_create', params: Params): Promise<void> {
    try {
      await this.#ask(command, params);
    } catch (error) {
      if (!(error instanceof GroongaError) || error.code !== KNOWN) throw error;
    }
  }

  /** @returns the rows in the order and with the columns that were asked for */
  async select(params: Params): Promise<readonly Row[]> {
    const body = (await this.#ask('select', params)) as readonly (readonly [unknown, unknown, ...Row[]])[];
    const [, , ...rows] = body[0] ?? [null, null];
    return rows;
  }

  /** Puts records, over those with the same key. */
  async load(params: Params, records: readonly object[]): Promise<void> {
    await this.#ask('load', params, JSON.stringify(records));
  }

  async delete(params: Params): Promise<void> {
    await this.#ask('delete', params);
  }

  /** @throws GroongaError, ChatError unavailable */
  async #ask(command: string, params: Params, records?: string): Promise<unknown> {
    const fields = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) fields.set(name, String(value));
    const query = records === undefined ? '' : `?${fields}`;
    let answer: unknown;
    try {
      const response = await fetch(`${this.#url}/d/${command}${query}`, {
        method: 'POST',
        ...(records === undefined
          ? { body: fields }
          : { body: records, headers: { 'content-type': 'application/json' } }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer = await response.json();
    } catch (cause) {
      throw new ChatError('unavailable', 'the search engine does not answer', { cause });
    }
    const [head, body] = Array.isArray(answer) ? answer : [];
    const [code, , , message] = Array.isArray(head) ? head : [];
    if (typeof code !== 'number') {
      throw new ChatError('unavailable', 'the search engine answers otherwise than Groonga does');
    }
    if (code !== 0) throw new GroongaError(code, `Groonga refused ${command} with ${code}: ${String(message)}`);
    return body;
  }
}
