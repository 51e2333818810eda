import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NonsenseError } from './server-frame.js';
import { EventParser, type ServerSentEvent } from './sse.js';

function parse(chunks: readonly string[]): readonly ServerSentEvent[] {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

/** Cuts a text at the given places. */
function cut(text: string, places: readonly number[]): readonly string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((one, other) => one - other);
  return [...ends, text.length].map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
}

describe('server-sent events', () => {
  const text = [
    ': hello\n\n',
    'id: c1\ndata: {"type":"welcome"}\n\n',
    'data:{"a":\ndata: 1}\n\n',
    'retry: 5\nunknown\n\n',
    'event: end\ndata: {"code":4000}\n\n',
    'data: never ended',
  ].join('');
  const events = [
    { name: '', data: '{"type":"welcome"}' },
    { name: '', data: '{"a":\n1}' },
    { name: 'end', data: '{"code":4000}' },
  ];

  it.each([
    ['line feeds', '\n'],
    ['carriage returns', '\r'],
    ['both', '\r\n'],
  ])('come out the same however the text is cut, with lines that end in %s', (_, lineEnd) => {
    const spelled = text.replaceAll('\n', lineEnd);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (places) => {
        expect(parse(cut(spelled, places))).toEqual(events);
      }),
    );
    expect(parse([...spelled])).toEqual(events);
  });

  it('keep no name from the one before', () => {
    expect(parse(['event: end\n\ndata: 1\n\n'])).toEqual([{ name: '', data: '1' }]);
  });

  it('are nonsense where one has no end', () => {
    const parser = new EventParser();
    const megabyte = 'x'.repeat(1024 * 1024);
    const forever = () => {
      for (let count = 0; count < 12; count += 1) parser.push(megabyte);
    };
    expect(forever).toThrow(NonsenseError);
    const lines = new EventParser();
    const foreverInLines = () => {
      for (let count = 0; count < 12; count += 1) lines.push(`data:${megabyte}\n`);
    };
    expect(foreverInLines).toThrow(NonsenseError);
  });

  it('may be kept waiting by comments for ever', () => {
    const parser = new EventParser();
    for (let count = 0; count < 12; count += 1) parser.push(`:${' '.repeat(1024 * 1024)}\n`);
    expect(parser.push('data: 1\n\n')).toEqual([{ name: '', data: '1' }]);
  });
});
