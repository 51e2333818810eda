// Frames as bytes where a stream goes over HTTP: as server-sent events (WHATWG HTML, 9.2), and as items of the list that
// answers a poll. JSON holds no line ends, so a frame is one line of `data`.
import type { Outgoing } from '../core/live/sink.js';
import type { Framing } from './client-socket.js';

/** Between the cursor and what shows that an id was read from the stream: no cursor has it. */
const ID_MARK = '~';

/** @param resumeKey ends the id of each event that has one, so that who gives it back has read the stream */
export function eventFraming(resumeKey: string): Framing {
  const bytesOf = (frame: Outgoing): Uint8Array =>
    frame.since === undefined
      ? eventOf(frame)
      : Buffer.from(`id: ${frame.since}${ID_MARK}${resumeKey}\ndata: ${frame.text}\n\n`);
  return { bytesOf, heartbeat: COMMENT };
}

export const COMMENT: Uint8Array = Buffer.from(':\n\n');

/** The last event of a stream. */
export function endEvent(code: number): string {
  return `event: end\ndata: {"code":${code}}\n\n`;
}

/** The cursor and the key that an id was made of; an id may be a cursor alone. */
export function parseEventId(id: string): { readonly since: string; readonly resumeKey: string | null } {
  const at = id.lastIndexOf(ID_MARK);
  return at === -1 ? { since: id, resumeKey: null } : { since: id.slice(0, at), resumeKey: id.slice(at + 1) };
}

/** Items begin with a comma; whoever makes a list of them puts a bracket in the place of the first. */
export const POLL_FRAMING: Framing = { bytesOf: itemOf, heartbeat: null };

/** The last item of a stream. */
export function endItem(code: number): Uint8Array {
  return Buffer.from(`,{"type":"end","code":${code}}`);
}

/** @param items each with its comma */
export function listOf(items: readonly Uint8Array[]): Buffer {
  if (items.length === 0) return Buffer.from('[]');
  const list = Buffer.concat([...items, Buffer.from(']')]);
  list.write('[');
  return list;
}

/** Built once for all connections of a transport; they go when the frame goes. */
const events = new WeakMap<Outgoing, Uint8Array>();
const items = new WeakMap<Outgoing, Uint8Array>();

function eventOf(frame: Outgoing): Uint8Array {
  const bytes = events.get(frame) ?? Buffer.from(`data: ${frame.text}\n\n`);
  events.set(frame, bytes);
  return bytes;
}

function itemOf(frame: Outgoing): Uint8Array {
  const bytes = items.get(frame) ?? Buffer.from(`,${frame.text}`);
  items.set(frame, bytes);
  return bytes;
}
