// The one parser of network input: text to typed frames and requests, or a refusal with a code. Rules: docs/protocol/v1.md.
// A text that is no frame at all throws FrameError (the socket closes with 4400); a command that can be answered but not
// taken comes back as `refused` with its id.
import { ChatError } from './codes.js';
import type { CommandName, Params } from './commands.js';
import { COMMANDS } from './commands.js';
import type { Entry } from './entries.js';
import type { ClientFrame, Hello, ServerFrame } from './frames.js';
import { readJson, requireClean } from './json.js';
import type { OperationName, OperationParams } from './operations.js';
import { type RequestName, schemasOf } from './registry.js';
import { requireTogether } from './rules.js';
import { makeShapeReader, type ShapeReader } from './shape.js';
import { type ClientSignal, SIGNALS } from './signals.js';

/** The text is no frame of the contract: the connection ends with 4400. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

export type RefusedFrame = { readonly type: 'refused'; readonly id: number; readonly error: ChatError };

type JsonObject = { readonly [field: string]: unknown };

/** Why a command of this name is not taken, whatever it asks; null where it is read on. */
export type EarlyRefusal = (name: CommandName) => ChatError | null;

const NEVER: EarlyRefusal = () => null;

/**
 * @param text one text frame, not longer than `LIMITS.frame` bytes
 * @param early asked for each command before its params are read, so that to refuse one takes little
 * @returns null for a frame of a type, or a signal of a name, that this version does not know
 * @throws FrameError
 */
export function parseClientFrame(text: string, early = NEVER): ClientFrame | RefusedFrame | null {
  const frame = frameOf(() => requireObject(readJson(text)));
  if (frame.type === 'command') return parseCommandFrame(frame, text, early);
  frameOf(() => requireClean(text, frame));
  switch (frame.type) {
    case 'signal': {
      const signal = frameOf(() => parseSignal(frame));
      return signal && { type: 'signal', signal };
    }
    case 'ping':
      return { type: 'ping' };
    case 'hello':
      return parseHello(frame);
    case 'auth':
      return { type: 'auth', token: requireToken(frame) };
    default:
      if (typeof frame.type !== 'string') throw new FrameError('a frame needs a type');
      return null;
  }
}

/** Reads a frame of the server as a client does: by shape, trusting the rest. @throws FrameError */
export function parseServerFrame(text: string): ServerFrame {
  const frame = frameOf(() => requireObject(JSON.parse(text)));
  if (typeof frame.type !== 'string') throw new FrameError('a frame needs a type');
  return frame as ServerFrame;
}

/**
 * The params of a command or operation, checked against its schema: only the fields that it names, ids in lower case.
 * @throws bad_request, too_large
 */
export function parseParams<N extends CommandName>(name: N, value: unknown): Params<N>;
export function parseParams<N extends OperationName>(name: N, value: unknown): OperationParams<N>;
export function parseParams(name: RequestName, value: unknown): unknown {
  const params = requireObject(readerOf(name)(requireObject(value)));
  requireTogether(name, params);
  return params;
}

/**
 * A signal; null for one of a name that this version does not know.
 * @throws bad_request where a known signal has another form
 */
export function parseSignal(value: unknown): ClientSignal | null {
  const { name } = requireObject(value);
  if (typeof name !== 'string' || !Object.hasOwn(SIGNALS, name)) return null;
  return signalReaderOf(name as keyof typeof SIGNALS)(value) as ClientSignal;
}

/** An entry as the text of its frame. */
export function encodeEntry(entry: Entry): string {
  return `{"type":"entry",${JSON.stringify(entry).slice(1)}`;
}

/** Any frame of the server as text. */
export function encodeFrame(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

/** What goes wrong in `read` is the frame's fault. */
function frameOf<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FrameError(error instanceof ChatError ? error.message : 'this is no frame', { cause: error });
  }
}

function requireObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChatError('bad_request', 'a JSON object is wanted');
  }
  return value as JsonObject;
}

function parseCommandFrame(frame: JsonObject, ...[text, early]: [string, EarlyRefusal]): ClientFrame | RefusedFrame {
  if (!isCommandId(frame.id)) throw new FrameError('a command needs an id: an integer from 0 to 2^53 - 1');
  // -0 is read as 0.
  const id = frame.id + 0;
  try {
    const name = requireCommandName(frame.name);
    const refusal = early(name);
    if (refusal !== null) return { type: 'refused', id, error: refusal };
    requireClean(text, frame);
    return { type: 'command', id, name, params: parseParams(name, fieldsOf(name, frame)) } as ClientFrame;
  } catch (error) {
    if (error instanceof ChatError) return { type: 'refused', id, error };
    throw error;
  }
}

function isCommandId(id: unknown): id is number {
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0;
}

function requireCommandName(name: unknown): CommandName {
  if (typeof name === 'string' && Object.hasOwn(COMMANDS, name)) return name as CommandName;
  throw new ChatError('unknown_command', 'no command of that name');
}

/**
 * A command's fields stand in the frame itself or, where there is a `params`, in that. In the frame itself `name` is
 * the command's, so a command that has a `name` of its own can be given it in `params` alone.
 */
function fieldsOf(name: CommandName, frame: JsonObject): unknown {
  if (frame.params !== undefined) return frame.params;
  return 'name' in COMMANDS[name].params.properties ? { ...frame, name: undefined } : frame;
}

function requireToken(frame: JsonObject): string {
  if (typeof frame.token !== 'string') throw new FrameError(`${String(frame.type)} needs a token`);
  return frame.token;
}

const HELLO_TEXTS = ['device', 'instance', 'client', 'since'] as const;
const MOST_CAPABILITIES = 100;

function parseHello(frame: JsonObject): Hello {
  const hello: { -readonly [field in keyof Hello]: Hello[field] } = { type: 'hello', token: requireToken(frame) };
  for (const field of HELLO_TEXTS) {
    const value = frame[field];
    if (value === undefined) continue;
    if (!isShortText(value)) throw new FrameError(`hello.${field} is a string of at most 500 UTF-16 units`);
    hello[field] = value;
  }
  const { capabilities, lean } = frame;
  if (lean !== undefined) {
    if (typeof lean !== 'boolean') throw new FrameError('hello.lean is true or false');
    hello.lean = lean;
  }
  if (capabilities === undefined) return hello;
  if (!Array.isArray(capabilities) || capabilities.length > MOST_CAPABILITIES || !capabilities.every(isShortText)) {
    throw new FrameError(`hello.capabilities is a list of at most ${MOST_CAPABILITIES} short strings`);
  }
  hello.capabilities = capabilities;
  return hello;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 500;
}

/** Readers are made at their first use and kept: there are as many as there are requests and signals. */
const readers = new Map<RequestName, ShapeReader>();
const signalReaders = new Map<keyof typeof SIGNALS, ShapeReader>();

function readerOf(name: RequestName): ShapeReader {
  const reader = readers.get(name) ?? makeShapeReader(schemasOf(name).params, name);
  readers.set(name, reader);
  return reader;
}

function signalReaderOf(name: keyof typeof SIGNALS): ShapeReader {
  const reader = signalReaders.get(name) ?? makeShapeReader(SIGNALS[name], `signal ${name}`);
  signalReaders.set(name, reader);
  return reader;
}
