// The one parser of network input: text to typed frames and requests, or a refusal with a code. Rules: docs/protocol/v1.md.
// A text that is no frame at all throws FrameError (the socket closes with 4400); a command that can be answered but not
// taken comes back as `refused` with its id.
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { ChatError } from './codes.js';
import type { CommandName, Params } from './commands.js';
import { COMMANDS } from './commands.js';
import type { Entry } from './entries.js';
import type { ClientFrame, ServerFrame } from './frames.js';
import { parseJson } from './json.js';
import { LIMITS } from './limits.js';
import type { OperationName, OperationParams } from './operations.js';
import { type RequestName, schemasOf } from './registry.js';
import { SIGNALS, type ClientSignal } from './signals.js';

/** The text is no frame of the contract: the connection ends with 4400. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

export type RefusedFrame = { readonly type: 'refused'; readonly id: number; readonly error: ChatError };

type JsonObject = { readonly [field: string]: unknown };

/**
 * @param text one text frame, not longer than `LIMITS.frame` bytes
 * @returns null for a frame of a type, or a signal of a name, that this version does not know
 * @throws FrameError
 */
export function parseClientFrame(text: string): ClientFrame | RefusedFrame | null {
  const frame = parseFrameObject(text);
  switch (frame.type) {
    case 'command':
      return parseCommandFrame(frame);
    case 'signal':
      return parseSignalFrame(frame);
    case 'ping':
      return { type: 'ping' };
    case 'hello':
      return parseHello(frame);
    case 'auth':
      if (typeof frame.token !== 'string') throw new FrameError('auth needs a token');
      return { type: 'auth', token: frame.token };
    default:
      if (typeof frame.type !== 'string') throw new FrameError('a frame needs a type');
      return null;
  }
}

/** Reads a frame of the server as a client does: by shape, trusting the rest. @throws FrameError */
export function parseServerFrame(text: string): ServerFrame {
  const frame = parseFrameObject(text);
  if (typeof frame.type !== 'string') throw new FrameError('a frame needs a type');
  return frame as ServerFrame;
}

/**
 * The params of a command or operation, checked against its schema. Ids stay as they came: `toId` makes them canonical.
 * @throws bad_request, too_large
 */
export function parseParams<N extends CommandName>(name: N, value: unknown): Params<N>;
export function parseParams<N extends OperationName>(name: N, value: unknown): OperationParams<N>;
export function parseParams(name: RequestName, value: unknown): unknown {
  const params = requireObject(value);
  if (typeof params.text === 'string' && params.text.length > LIMITS.text) {
    throw new ChatError('too_large', `text is longer than ${LIMITS.text} UTF-16 units`);
  }
  requireSchema(name, schemasOf(name).params, params);
  return params;
}

/** An entry as the text of its frame. */
export function encodeEntry(entry: Entry): string {
  return `{"type":"entry",${JSON.stringify(entry).slice(1)}`;
}

/** Any frame of the server as text. */
export function encodeFrame(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

function parseFrameObject(text: string): JsonObject {
  try {
    return requireObject(parseJson(text));
  } catch (error) {
    throw new FrameError(error instanceof Error ? error.message : 'bad frame', { cause: error });
  }
}

function requireObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChatError('bad_request', 'a JSON object is wanted');
  }
  return value as JsonObject;
}

function parseCommandFrame(frame: JsonObject): ClientFrame | RefusedFrame {
  const { id, name } = frame;
  if (!Number.isSafeInteger(id) || (id as number) < 0) throw new FrameError('a command needs an id: an integer from 0');
  const commandId = id as number;
  if (typeof name !== 'string' || !Object.hasOwn(COMMANDS, name)) {
    return { type: 'refused', id: commandId, error: new ChatError('unknown_command', 'no command of that name') };
  }
  try {
    const command = name as CommandName;
    return { type: 'command', id: commandId, name: command, params: parseParams(command, frame) } as ClientFrame;
  } catch (error) {
    if (error instanceof ChatError) return { type: 'refused', id: commandId, error };
    throw error;
  }
}

/** @throws bad_request where a known signal has another form; null for an unknown one */
export function parseSignal(value: unknown): ClientSignal | null {
  const signal = requireObject(value);
  if (typeof signal.name !== 'string' || !Object.hasOwn(SIGNALS, signal.name)) return null;
  const name = signal.name as keyof typeof SIGNALS;
  requireSchema(`signal ${name}`, SIGNALS[name], signal);
  return signal as ClientSignal;
}

function parseSignalFrame(frame: JsonObject): ClientFrame | null {
  try {
    const signal = parseSignal(frame);
    return signal && { type: 'signal', signal };
  } catch (error) {
    throw new FrameError(error instanceof Error ? error.message : 'bad signal', { cause: error });
  }
}

const HELLO_TEXTS = ['device', 'instance', 'client', 'since'] as const;

function parseHello(frame: JsonObject): ClientFrame {
  if (typeof frame.token !== 'string') throw new FrameError('hello needs a token');
  for (const field of HELLO_TEXTS) {
    const value = frame[field];
    if (value !== undefined && (typeof value !== 'string' || value.length > 500)) {
      throw new FrameError(`hello.${field} is a string of at most 500 characters`);
    }
  }
  return frame as ClientFrame;
}

const checks = new Map<string, ReturnType<typeof Compile>>();

/** Validators are compiled at their first use and kept: there are as many as there are commands. */
function requireSchema(name: string, schema: TSchema, value: JsonObject): void {
  let check = checks.get(name);
  if (!check) {
    check = Compile(schema);
    checks.set(name, check);
  }
  if (check.Check(value)) return;
  const [first] = check.Errors(value);
  throw new ChatError('bad_request', `${first?.instancePath.slice(1) || name}: ${first?.message ?? 'not of its form'}`);
}
