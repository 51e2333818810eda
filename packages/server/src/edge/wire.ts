// WebSocket frames of the server as bytes (RFC 6455, section 5.2): never masked, never compressed, never fragmented.
// A frame is built once, however many sockets it goes to: `wireOf` keeps the bytes beside the text they come from.
import type { Outgoing } from '../core/live/sink.js';
import type { Framing } from './client-socket.js';

const FIN = 0x80;
const TEXT = FIN | 0x01;
const PING = FIN | 0x09;
const PONG = FIN | 0x0a;
/** Longest payload of a control frame, in bytes. */
const CONTROL_BYTES = 125;

/** One text frame: header and UTF-8. */
export function frameText(text: string): Uint8Array {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes < 126) {
    const frame = Buffer.allocUnsafe(2 + sizeBytes);
    frame[0] = TEXT;
    frame[1] = sizeBytes;
    frame.write(text, 2);
    return frame;
  }
  if (sizeBytes < 65_536) {
    const frame = Buffer.allocUnsafe(4 + sizeBytes);
    frame[0] = TEXT;
    frame[1] = 126;
    frame.writeUInt16BE(sizeBytes, 2);
    frame.write(text, 4);
    return frame;
  }
  const frame = Buffer.allocUnsafe(10 + sizeBytes);
  frame[0] = TEXT;
  frame[1] = 127;
  frame.writeUInt32BE(0, 2);
  frame.writeUInt32BE(sizeBytes, 6);
  frame.write(text, 10);
  return frame;
}

/** The bytes of a frame, built at its first use. */
function wireOf(frame: Outgoing): Uint8Array {
  if (frame.wire !== null) return frame.wire;
  const wire = frameText(frame.text);
  frame.wire = wire;
  return wire;
}

/** The heartbeat is a ping without payload. */
export const WEB_SOCKET_FRAMING: Framing = { bytesOf: wireOf, heartbeat: Uint8Array.of(PING, 0) };

/** The answer to a ping, with its payload (at most 125 bytes). */
export function pongFrame(payload: Uint8Array): Uint8Array {
  const sizeBytes = Math.min(payload.length, CONTROL_BYTES);
  const frame = Buffer.allocUnsafe(2 + sizeBytes);
  frame[0] = PONG;
  frame[1] = sizeBytes;
  frame.set(payload.subarray(0, sizeBytes), 2);
  return frame;
}
