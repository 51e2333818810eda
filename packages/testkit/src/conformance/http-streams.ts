// What a person does over HTTP alone, for tests: tickets, readers of events and polls. Readers are closed by `leave`.
import { expect } from 'vitest';
import { EventReader } from './event-reader.js';
import type { Answer } from './http-client.js';
import type { Person, World } from './world.js';

export type Frame = { readonly type: string; readonly [field: string]: unknown };

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Whatever else it may be of: an answer that refuses. */
export function expectProblem(answer: Answer<unknown>, status: number, code: string): void {
  expect([answer.status, (answer.body as { code?: unknown }).code], answer.text).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
}

/** What a person does over HTTP alone. */
export class Streams {
  readonly #world: World;
  readonly #readers: EventReader[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async ticket(person: Person): Promise<string> {
    return (await this.#world.do<{ ticket: string }>(person, 'POST /v1/tickets')).ticket;
  }

  /** A reader of events; the query is added to the ticket. */
  async read(person: Person, query = '', lastEventId = ''): Promise<EventReader> {
    return this.readWith(await this.ticket(person), query, lastEventId);
  }

  readWith(ticket: string, query = '', lastEventId = ''): EventReader {
    const reader = new EventReader(`${this.#world.url}/v1/events?ticket=${ticket}${query}`, lastEventId);
    this.#readers.push(reader);
    return reader;
  }

  async welcomed(person: Person, query = ''): Promise<{ reader: EventReader; welcome: Frame }> {
    const reader = await this.read(person, query);
    const welcome = await reader.until(() => reader.frames[0]);
    return { reader, welcome };
  }

  async openPolls(person: Person, query = ''): Promise<{ connection: string; frames: readonly Frame[] }> {
    const route = `GET /v1/events?wait=25&ticket=${await this.ticket(person)}${query}`;
    const { status, body, text } = await this.#world.ask<readonly Frame[]>(null, route);
    expect(status, text).toBe(200);
    return { connection: String(body[0]?.connection), frames: body };
  }

  poll(person: Person, connection: string, wait: number | string = 25): Promise<Answer<readonly Frame[]>> {
    return this.#world.ask(person, `GET /v1/events?wait=${wait}&connection=${connection}`);
  }

  /** Polls until what came holds. */
  async pollUntil(person: Person, connection: string, holds: (frame: Frame) => boolean): Promise<readonly Frame[]> {
    const frames: Frame[] = [];
    while (!frames.some(holds)) {
      const { status, body, text } = await this.poll(person, connection);
      expect(status, text).toBe(200);
      frames.push(...body);
    }
    return frames;
  }

  leave(): void {
    for (const reader of this.#readers.splice(0)) reader.close();
  }
}
