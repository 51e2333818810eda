// What a request of `GET /v1/events` asks for: to open a stream of events, to open one that is polled, or to poll it. Its
// fields are those of `hello`, with a ticket in place of the token; here they are judged, and nowhere else.
import { ChatError, type Hello, requireCleanString } from '@kith/protocol';
import { parseEventId } from './text-framing.js';

type Opening = {
  readonly ticket: string;
  readonly hello: Hello;
  /** Shows that the client has read a stream that the ticket has opened before. */
  readonly resumeKey: string | null;
};

export type StreamRequest =
  | (Opening & { readonly kind: 'events' })
  | (Opening & { readonly kind: 'open_poll' })
  | { readonly kind: 'poll'; readonly connection: string; readonly waitMs: number };

export type Query = { readonly [field: string]: string | readonly string[] | undefined };

const FIELDS = ['ticket', 'connection', 'wait', 'since', 'device', 'instance', 'client'] as const;
type Fields = { readonly [field in (typeof FIELDS)[number]]: string | undefined };

const MOST_UNITS = 500;
/** An id is a cursor and a little more. */
const MOST_ID_UNITS = 600;
const LONGEST_WAIT_S = 60;

/** @throws bad_request, unauthenticated where there is neither a ticket nor a connection */
export function parseStreamRequest(query: Query, lastEventId: string | undefined): StreamRequest {
  const { ticket, connection, wait, since, ...greeting } = fieldsOf(query);
  const waitMs = wait === undefined ? null : parseWait(wait);
  if (connection !== undefined) {
    if (ticket !== undefined) throw new ChatError('bad_request', 'a ticket opens a connection, and is none of one');
    if (waitMs === null) throw new ChatError('bad_request', 'a connection is polled with wait, in seconds');
    return { kind: 'poll', connection, waitMs };
  }
  if (ticket === undefined) throw new ChatError('unauthenticated', 'a ticket is wanted: POST /v1/tickets gives one');
  const id = parseId(lastEventId ?? since);
  const hello: Hello = {
    type: 'hello',
    token: '',
    ...withoutAbsent(greeting),
    ...(id === null ? {} : { since: id.since }),
  };
  const kind = waitMs === null ? 'events' : 'open_poll';
  return { kind, ticket, hello, resumeKey: lastEventId === undefined ? null : (id?.resumeKey ?? null) };
}

function fieldsOf(query: Query): Fields {
  return Object.fromEntries(FIELDS.map((field) => [field, fieldOf(query, field)])) as Fields;
}

function fieldOf(query: Query, field: string): string | undefined {
  const value = query[field];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new ChatError('bad_request', `${field} is given once`);
  requireCleanString(value);
  const most = field === 'since' ? MOST_ID_UNITS : MOST_UNITS;
  if (value.length > most) throw new ChatError('bad_request', `${field} has at most ${most} UTF-16 units`);
  return value;
}

function parseWait(text: string): number {
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST_WAIT_S) return seconds * 1_000;
  throw new ChatError('bad_request', `wait is a whole number of seconds from 1 to ${LONGEST_WAIT_S}`);
}

function parseId(text: string | undefined): ReturnType<typeof parseEventId> | null {
  if (text === undefined) return null;
  requireCleanString(text);
  const id = parseEventId(text);
  if (text.length > MOST_ID_UNITS || id.since.length > MOST_UNITS) {
    throw new ChatError('bad_request', `a cursor has at most ${MOST_UNITS} UTF-16 units`);
  }
  return id;
}

function withoutAbsent(fields: { readonly [field: string]: string | undefined }): Partial<Hello> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
