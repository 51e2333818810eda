// Walks the WebSocket frames of a server in the bytes of a TCP stream, without copying or decoding their payloads: what a
// receiver costs must stay small beside what the server costs. Server frames are never masked and never fragmented.

export interface FrameListener {
  /** A text frame: its payload is `data` from `start` (inclusive) to `end`. Not to be kept: the bytes may be reused. */
  text(data: Buffer, start: number, end: number): void;
  ping(payload: Buffer): void;
  /** A close frame, with its code; 1005 where it has none. */
  closed(code: number): void;
}

const OPCODE = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;
const FIN = 0x80;
const NO_CODE = 1005;

export class FrameWalker {
  readonly #listener: FrameListener;
  /** The beginning of a frame whose end has not come yet. */
  #rest: Buffer | null = null;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** Takes the next bytes of the stream. @throws Error for what no server of the contract sends */
  push(chunk: Buffer): void {
    const data = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < data.length) {
      const next = this.#frame(data, at);
      if (next < 0) break;
      at = next;
    }
    this.#rest = at < data.length ? data.subarray(at) : null;
  }

  /** @returns where the next frame begins; -1 where this one is not whole */
  #frame(data: Buffer, at: number): number {
    const first = data[at] ?? 0;
    const second = data[at + 1];
    if (second === undefined) return -1;
    if ((first & FIN) === 0 || second > 127) throw new Error('a fragmented or masked frame of the server');
    let start = at + 2;
    let sizeBytes = second;
    if (second === 126) {
      start = at + 4;
      if (start > data.length) return -1;
      sizeBytes = ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0);
    } else if (second === 127) {
      start = at + 10;
      if (start > data.length) return -1;
      sizeBytes = data.readUInt32BE(at + 2) * 2 ** 32 + data.readUInt32BE(at + 6);
    }
    const end = start + sizeBytes;
    if (end > data.length) return -1;
    const opcode = first & 0x0f;
    if (opcode === OPCODE.text) this.#listener.text(data, start, end);
    else this.#control(opcode, data.subarray(start, end));
    return end;
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.#listener.ping(payload);
    else if (opcode === OPCODE.close) this.#listener.closed(payload.length < 2 ? NO_CODE : payload.readUInt16BE(0));
    else if (opcode !== OPCODE.pong) throw new Error(`a frame with opcode ${opcode} of the server`);
  }
}
