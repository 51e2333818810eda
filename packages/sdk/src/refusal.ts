// What a request or command was refused with. Whatever goes wrong between the app and the server ends as one of these.
import type { ErrorCode, ErrorFields, Retry } from '@kith/protocol';

/**
 * Why something was not done: the server's code and words, or `unavailable` where nobody answered. `retry` says what may be
 * done: `same_key` after a wait, `new_key` as a new write, `never` as it is.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, retry, retryAfterMs }: ErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether the same may be asked again, after a wait. */
export function isForNow(error: unknown): error is Refusal {
  return error instanceof Refusal && error.retry === 'same_key';
}

/** Nothing came back: the same key may be sent again. */
export function unavailable(message = 'the server does not answer', options?: ErrorOptions): Refusal {
  return new Refusal({ code: 'unavailable', message, retry: 'same_key' }, options);
}

/** @param fields as the server sent them; null where the answer was not the server's own */
export function refusalOf(fields: unknown, fallback: string): Refusal {
  const given = fields as Partial<ErrorFields> | null;
  if (typeof given?.code !== 'string') return unavailable(fallback);
  return new Refusal({
    code: given.code,
    message: String(given.message ?? fallback),
    // Whatever the code, an error says itself what may be done (E1, E4).
    retry: given.retry === 'same_key' || given.retry === 'new_key' ? given.retry : 'never',
    ...(typeof given.retryAfterMs === 'number' && { retryAfterMs: given.retryAfterMs }),
  });
}
