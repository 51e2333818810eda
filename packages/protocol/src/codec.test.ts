import { expect, it } from 'vitest';
import { parseClientFrame } from './codec.js';
import { ChatError } from './codes.js';

const REFUSAL = new ChatError('unavailable', 'not now');

it('asks whether a command is taken before its params are read', () => {
  const names: string[] = [];
  const early = (name: string) => {
    names.push(name);
    return name === 'message.send' ? REFUSAL : null;
  };
  const parse = (frame: object) => parseClientFrame(JSON.stringify(frame), early);
  const text = { type: 'command', id: 7, name: 'message.send', text: 5 };
  expect(parse(text)).toEqual({ type: 'refused', id: 7, error: REFUSAL });
  expect(parse({ ...text, name: 'entries.read' })).toMatchObject({ type: 'refused', error: { code: 'bad_request' } });
  expect(parse({ ...text, name: 'nothing' })).toMatchObject({ type: 'refused', error: { code: 'unknown_command' } });
  expect(parse({ type: 'ping' })).toEqual({ type: 'ping' });
  expect(names).toEqual(['message.send', 'entries.read']);
  // Whoever asks nothing has them all read.
  expect(parseClientFrame(JSON.stringify(text))).toMatchObject({ type: 'refused', error: { code: 'bad_request' } });
});
