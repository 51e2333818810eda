import { ChatError, type ErrorFields } from '@kith/protocol';
import { expect, it } from 'vitest';
import { outgoing, outgoingRefusal } from './sink.js';

it('says a refusal, again and again, as any other frame is said', () => {
  const errors = [
    new ChatError('unavailable', 'later "soon"', { retryAfterMs: 150 }),
    new ChatError('bad_request', 'no'),
    new ChatError('unavailable', 'later', { retryAfterMs: 200 }),
  ];
  for (const id of [0, 1, Number.MAX_SAFE_INTEGER]) {
    for (const error of errors) {
      const fields: ErrorFields = error.fields;
      expect(outgoingRefusal(id, error)).toEqual(outgoing({ type: 'error', id, ...fields }));
    }
  }
});
