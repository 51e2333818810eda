import { type Entry, encodeEntry, encodeFrame } from '@kith/protocol';
import { describe, expect, it } from 'vitest';
import { EntryScan } from './entry-scan.js';

const ID = '0190b3c4-1111-7222-8333-944455556666';

function entry(seq: number, epoch = 1_700_000_000_000): Entry {
  return {
    conversation: ID,
    epoch,
    seq,
    n: seq,
    at: 5,
    author: ID,
    key: ID,
    kind: 'message.sent',
    body: { text: 'seq' },
  };
}

function read(scan: EntryScan, text: string, before = 0): boolean {
  const data = Buffer.concat([Buffer.alloc(before), Buffer.from(text), Buffer.from('{"type":"entry",')]);
  return scan.read(data, before, before + Buffer.byteLength(text));
}

describe('EntryScan', () => {
  it('reads conversation and seq where the server puts them, without parsing', () => {
    const scan = new EntryScan();
    for (const [seq, epoch] of [
      [1, 1],
      [42, 1_700_000_000_000],
      [1_234_567, 9],
    ] as const) {
      expect(read(scan, encodeEntry(entry(seq, epoch)), 7)).toBe(true);
      expect([scan.conversation, scan.seq]).toEqual([ID, seq]);
    }
    expect(scan.parsed).toBe(0);
  });

  it('reads an entry whose fields stand in another order', () => {
    const { conversation, ...rest } = entry(7);
    const scan = new EntryScan();
    expect(read(scan, JSON.stringify({ type: 'entry', ...rest, conversation }))).toBe(true);
    expect([scan.conversation, scan.seq, scan.parsed]).toEqual([ID, 7, 1]);
  });

  it('takes no other frame for an entry', () => {
    const scan = new EntryScan();
    expect(read(scan, encodeFrame({ type: 'pong' }))).toBe(false);
    expect(read(scan, '{"type":"error","id":1}')).toBe(false);
    expect(read(scan, '{"type":"ack","id":1,"result":{"seq":4}}')).toBe(false);
  });

  it('parses one entry in a hundred, to see that the scan reads what is there', () => {
    const scan = new EntryScan();
    for (let seq = 1; seq <= 250; seq += 1) read(scan, encodeEntry(entry(seq)));
    expect(scan.parsed).toBe(2);
    const wrong = encodeEntry(entry(5)).replace(/}$/, ',"seq":6}');
    expect(() => {
      for (let seq = 1; seq <= 100; seq += 1) read(scan, wrong);
    }).toThrow('something else');
  });
});
