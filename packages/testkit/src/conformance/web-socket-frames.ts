// RFC 6455 frames as bytes, the client's side: made with whatever is wrong about them that a test wants, and read one by
// one from what a server sends. Nothing is checked that a test might want to see.

export const OPCODES = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

export type RawFrame = { readonly opcode: number; readonly payload: Buffer; readonly isLast: boolean };

export type FrameForm = {
  readonly opcode?: number;
  /** False for a part that others follow. */
  readonly isLast?: boolean;
  /** A client has to mask; false breaks that rule. */
  readonly isMasked?: boolean;
  /** Added to the first byte: bits that are reserved. */
  readonly reservedBits?: number;
};

const MASK = Buffer.from([0x5a, 0x01, 0xc3, 0x77]);

export function clientFrame(payload: Buffer | string, form: FrameForm = {}): Buffer {
  const { opcode = OPCODES.text, isLast = true, isMasked = true, reservedBits = 0 } = form;
  const bytes = Buffer.from(payload);
  const first = Buffer.from([(isLast ? 0x80 : 0) | reservedBits | opcode]);
  const length = lengthBytes(bytes.length, isMasked ? 0x80 : 0);
  if (!isMasked) return Buffer.concat([first, length, bytes]);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = (bytes[index] ?? 0) ^ (MASK[index % 4] ?? 0);
  return Buffer.concat([first, length, MASK, bytes]);
}

function lengthBytes(length: number, flag: number): Buffer {
  if (length < 126) return Buffer.from([flag | length]);
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 9);
  bytes[0] = flag | (length < 65_536 ? 126 : 127);
  if (length < 65_536) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** Takes bytes as they come and gives the whole frames among them. */
export class FrameReader {
  #parts: Buffer[] = [];
  #size = 0;

  read(bytes: Buffer): readonly RawFrame[] {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    const frames: RawFrame[] = [];
    for (let frame = this.#next(); frame !== null; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): RawFrame | null {
    if (this.#size < 2) return null;
    const head = this.#joined();
    const short = (head[1] ?? 0) & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (head.length < start) return null;
    const length = short === 126 ? head.readUInt16BE(2) : short === 127 ? Number(head.readBigUInt64BE(2)) : short;
    if (head.length < start + length) return null;
    const [first = 0] = head;
    this.#parts = [head.subarray(start + length)];
    this.#size -= start + length;
    return {
      opcode: first & 0x0f,
      isLast: (first & 0x80) !== 0,
      payload: head.subarray(start, start + length),
    };
  }

  #joined(): Buffer {
    const [only] = this.#parts;
    if (this.#parts.length === 1 && only !== undefined) return only;
    const joined = Buffer.concat(this.#parts);
    this.#parts = [joined];
    return joined;
  }
}
