// What a request or command was refused with. Whatever goes wrong between the app and the server ends as one of these.
import { ERROR_CODES, type ErrorCode, type ErrorFields, type Retry } from '@kith/protocol';

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

/** Nothing came back: the same key may be sent again. */
export function unavailable(message: string, options?: ErrorOptions): Refusal {
  return new Refusal({ code: 'unavailable', message, retry: 'same_key' }, options);
}

/** @param fields as the server sent them; null where the answer was not the server's own */
export function refusalOf(fields: unknown, fallback: string): Refusal {
  const given = fields as Partial<ErrorFields> | null;
  if (typeof given?.code !== 'string') return unavailable(fallback);
  // A code of a later server is met by what it says of retrying.
  const known = Object.hasOwn(ERROR_CODES, given.code) ? ERROR_CODES[given.code].retry : 'never';
  const retryAfterMs = typeof given.retryAfterMs === 'number' ? given.retryAfterMs : undefined;
  return new Refusal({
    code: given.code,
    message: typeof given.message === 'string' ? given.message : fallback,
    retry: given.retry === 'same_key' || given.retry === 'new_key' || given.retry === 'never' ? given.retry : known,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
