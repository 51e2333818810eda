// The one parser of what the server says: from text to a frame whose fields have the shape that the rest of the SDK relies
// on. By hand and small: the schemas of the contract are a server's, and big. Words of lists that may grow (roles, kinds,
// codes) are taken as any text; results of commands as any object. What is of an unknown type is nothing to heed (W6).
import { CLIENT_LIMITS, type Limits, type ServerFrame } from '@kith/protocol';

/** What came is no frame of the contract: whoever sent it, the stream cannot be trusted any further. */
export class NonsenseError extends Error {
  override readonly name = 'NonsenseError';
}

type Check = (value: unknown) => boolean;
type Fields = { readonly [field: string]: Check };

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
/** A time may lie before 1970. */
const isTime: Check = (value) => Number.isSafeInteger(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const byName =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value as object).every(check);

function shape(fields: Fields): Check {
  const checks = Object.entries(fields);
  return (value) => isObject(value) && checks.every(([field, check]) => check((value as Frame)[field]));
}

type Frame = { readonly [field: string]: unknown };

const entry: Fields = {
  conversation: isText,
  epoch: isCount,
  seq: isCount,
  n: isCount,
  at: isTime,
  author: maybe(isText),
  key: maybe(isText),
  kind: isText,
  body: isObject,
};
const isMarks = shape({ user: isText, delivered: isCount, read: isCount });
const isUser = shape({
  id: isText,
  kind: isText,
  name: isText,
  username: isText,
  avatar: orNull(isText),
  version: isCount,
});
const isSummary = shape({
  id: isText,
  kind: isText,
  name: orNull(isText),
  epoch: isCount,
  first: isCount,
  head: isCount,
  pushedAfter: isCount,
  delivered: isCount,
  read: isCount,
  unread: isCount,
  mentions: isCount,
  role: isText,
  muted: isFlag,
  updatedAt: isTime,
  members: isCount,
  peer: maybe(isMarks),
  last: orNull(shape(entry)),
});

const asked: Fields = { id: isText, bot: isText, command: isText, text: isText, conversation: isText, at: isTime };

const FRAMES: ReadonlyMap<unknown, Check> = new Map([
  [
    'welcome',
    shape({
      connection: isText,
      user: isUser,
      self: isText,
      session: isText,
      serverTime: isTime,
      heartbeatMs: isCount,
      authUntil: orNull(isTime),
      limits: byName(isCount),
      capabilities: listOf(isText),
      since: isText,
      reset: isFlag,
      conversations: listOf(isSummary),
      users: byName(isUser),
      more: isFlag,
    }),
  ],
  ['ack', shape({ id: isCount, result: isObject })],
  ['error', shape({ id: maybe(isCount), code: isText, message: isText })],
  ['entry', shape(entry)],
  ['gap', shape({ conversation: isText, epoch: isCount, after: isCount, head: isCount })],
  ['conversation', shape({ summary: isSummary, users: maybe(byName(isUser)) })],
  ['synced', shape({ since: isText })],
  ['pong', isObject],
  ['bye', shape({ code: isText, afterMs: isCount })],
]);

const SIGNALS: ReadonlyMap<unknown, Check> = new Map([
  ['typing', shape({ conversation: isText, users: listOf(isText), expiresInMs: isCount })],
  [
    'marks',
    shape({
      conversation: isText,
      epoch: isCount,
      marks: listOf(isMarks),
      unread: maybe(isCount),
      mentions: maybe(isCount),
    }),
  ],
  [
    'thread',
    shape({
      conversation: isText,
      epoch: isCount,
      thread: isCount,
      follows: isFlag,
      read: isCount,
      unread: isCount,
      mentions: isCount,
    }),
  ],
  ['presence', shape({ presence: listOf(shape({ user: isText, status: isText, lastSeenAt: maybe(isTime) })) })],
  ['look', shape({ accent: isText })],
  ['user', shape({ users: listOf(shape({ id: isText, version: isCount })) })],
  ['invocation', shape({ invocation: shape({ ...asked, user: isText, expiresAt: isTime }) })],
  ['answer', shape({ answer: shape({ ...asked, invocation: isText }) })],
]);

/** @returns null for a frame or signal that this version does not know. @throws NonsenseError */
export function parseServerFrame(text: string): ServerFrame | null {
  return toServerFrame(parseJson(text));
}

/** The same for a frame that stands in a list. @throws NonsenseError */
export function toServerFrame(value: unknown): ServerFrame | null {
  if (!isObject(value) || !isText((value as Frame).type)) throw new NonsenseError();
  const frame = value as Frame;
  const check = frame.type === 'signal' ? SIGNALS.get(frame.name) : FRAMES.get(frame.type);
  if (!check) return null;
  if (!check(frame)) throw new NonsenseError();
  if (frame.type !== 'welcome') return frame as ServerFrame;
  // A server from before a limit was named keeps to what this version knows.
  return { ...frame, limits: { ...CLIENT_LIMITS, ...(frame.limits as Limits) } } as ServerFrame;
}

/** @throws NonsenseError */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NonsenseError();
  }
}
