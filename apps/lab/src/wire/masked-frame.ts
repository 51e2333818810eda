// WebSocket frames of a client (RFC 6455, 5.2): masked, as the standard wants it, with a mask of zeros, which leaves the
// payload as it is and costs the load generator nothing. The server unmasks it all the same.

const MASKED = 0x80;
const TEXT = 0x81;
const PONG = 0x8a;
const MASK_BYTES = 4;

/** One text frame, shorter than 65,536 bytes. */
export function maskedText(text: string): Buffer {
  const sizeBytes = Buffer.byteLength(text);
  const headBytes = (sizeBytes < 126 ? 2 : 4) + MASK_BYTES;
  const frame = Buffer.alloc(headBytes + sizeBytes);
  frame[0] = TEXT;
  if (sizeBytes < 126) frame[1] = MASKED | sizeBytes;
  else {
    frame[1] = MASKED | 126;
    frame.writeUInt16BE(sizeBytes, 2);
  }
  frame.write(text, headBytes);
  return frame;
}

/** The answer to a ping, with its payload (at most 125 bytes). */
export function maskedPong(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([PONG, MASKED | payload.length, 0, 0, 0, 0]), payload]);
}
