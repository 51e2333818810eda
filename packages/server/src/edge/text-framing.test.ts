import { expect, it } from 'vitest';
import { outgoing } from '../core/live/sink.js';
import { eventFraming, listOf, POLL_FRAMING, parseEventId } from './text-framing.js';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

it('[F3] [F4] frames are events, and those with a cursor have an id that only this stream has', () => {
  const { bytesOf } = eventFraming('key');
  expect(text(bytesOf(outgoing({ type: 'synced', since: 'c1' })))).toBe(
    'id: c1~key\ndata: {"type":"synced","since":"c1"}\n\n',
  );
  expect(text(bytesOf(outgoing({ type: 'pong' })))).toBe('data: {"type":"pong"}\n\n');
  expect(text(eventFraming('other').bytesOf(outgoing({ type: 'synced', since: 'c1' })))).toContain('id: c1~other\n');
});

it('[F4] a welcome has an id unless there is more to list', () => {
  const welcome = (more: boolean) => outgoing({ type: 'welcome', since: 'c', more } as Parameters<typeof outgoing>[0]);
  expect(welcome(false).since).toBe('c');
  expect(welcome(true).since).toBeUndefined();
});

it('a frame that goes to many is built once', () => {
  const frame = outgoing({ type: 'pong' });
  expect(eventFraming('a').bytesOf(frame)).toBe(eventFraming('b').bytesOf(frame));
  expect(POLL_FRAMING.bytesOf(frame)).toBe(POLL_FRAMING.bytesOf(frame));
});

it('[F3] a text with line ends stays one line of data', () => {
  const frame = outgoing({ type: 'ack', id: 1, result: { text: 'a\r\nb\n\ndata: c\u2028d' } });
  const event = text(eventFraming('k').bytesOf(frame));
  expect(event.slice(0, -2)).not.toMatch(/[\r\n]/);
  expect(JSON.parse(event.slice('data: '.length))).toMatchObject({ result: { text: 'a\r\nb\n\ndata: c\u2028d' } });
});

it('[F7] items make a list', () => {
  const [one, two] = [outgoing({ type: 'pong' }), outgoing({ type: 'synced', since: 'é' })];
  expect(text(listOf([]))).toBe('[]');
  expect(text(listOf([one, two].map(POLL_FRAMING.bytesOf)))).toBe('[{"type":"pong"},{"type":"synced","since":"é"}]');
  expect(text(POLL_FRAMING.bytesOf(one)), 'the bytes that others share are left as they are').toBe(',{"type":"pong"}');
});

it('[F4] an id is a cursor and a key, or a cursor alone', () => {
  expect(parseEventId('c.1~key')).toEqual({ since: 'c.1', resumeKey: 'key' });
  expect(parseEventId('c.1')).toEqual({ since: 'c.1', resumeKey: null });
  expect(parseEventId('~')).toEqual({ since: '', resumeKey: '' });
});
