import { describe, expect, it } from 'vitest';
import { type FrameListener, FrameWalker } from './frame-walker.js';

function frame(text: string, opcode = 0x1): Buffer {
  const payload = Buffer.from(text);
  if (payload.length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
  const head = Buffer.alloc(payload.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
  } else {
    head[1] = 127;
    head.writeUInt32BE(payload.length, 6);
  }
  return Buffer.concat([head, payload]);
}

function listening() {
  const heard: string[] = [];
  const listener: FrameListener = {
    text: (data, start, end) => heard.push(data.toString('utf8', start, end)),
    ping: (payload) => heard.push(`ping ${payload.toString()}`),
    closed: (code) => heard.push(`close ${code}`),
  };
  return { heard, walker: new FrameWalker(listener) };
}

describe('FrameWalker', () => {
  const texts = [
    '',
    'short',
    'x'.repeat(125),
    'y'.repeat(126),
    'z'.repeat(65_535),
    'w'.repeat(65_536),
    'ü'.repeat(300),
  ];

  it('finds every frame of a stream, of each form of length', () => {
    const { heard, walker } = listening();
    walker.push(Buffer.concat(texts.map((text) => frame(text))));
    expect(heard).toEqual(texts);
  });

  it.each([1, 2, 3, 7, 1_000])('finds the same frames in pieces of %d bytes', (size) => {
    const some = size < 1_000 ? texts.filter((text) => text.length < 200) : texts;
    const { heard, walker } = listening();
    const stream = Buffer.concat(some.map((text) => frame(text)));
    for (let at = 0; at < stream.length; at += size) walker.push(stream.subarray(at, at + size));
    expect(heard).toEqual(some);
  });

  it('tells pings and closes from texts, and skips pongs', () => {
    const { heard, walker } = listening();
    walker.push(Buffer.concat([frame('one', 0x9), frame('', 0xa), frame('text')]));
    expect(heard).toEqual(['ping one', 'text']);
  });

  it('reads the code of a close frame, and its absence', () => {
    const { heard, walker } = listening();
    walker.push(Buffer.from([0x88, 2, 0x0f, 0xa1, 0x88, 0]));
    expect(heard).toEqual(['close 4001', 'close 1005']);
  });

  it('refuses what no server sends: fragments and masks', () => {
    expect(() => listening().walker.push(Buffer.from([0x01, 1, 65]))).toThrow();
    expect(() => listening().walker.push(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 65]))).toThrow();
  });
});
