// Requests over HTTP: accounts and sessions, which come before there is a socket.
// Whatever fails is a `Refusal`: with the server's code where it answered, `unavailable` where nothing came back.
import { ERROR_CODES, type ErrorCode, type ErrorFields, type Retry } from '@kith/protocol';

/** What a request or command was refused with, or `unavailable` where the connection went. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, retry, retryAfterMs }: ErrorFields) {
    super(message);
    this.code = code;
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
  }
}

export function unavailable(message: string): Refusal {
  return new Refusal({ code: 'unavailable', message, retry: 'same_key' });
}

const TIMEOUT_MS = 20_000;

type Request = {
  readonly method: 'POST' | 'DELETE';
  /** Below `/v1`. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
};

/** @throws Refusal */
export async function request({ method, path, body, token }: Request): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw unavailable('the server does not answer');
  }
  const answer: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return answer;
  throw refusalOf(answer, response.status);
}

/** A proxy's own error page has no fields of ours. */
function refusalOf(answer: unknown, status: number): Refusal {
  const fields = answer as Partial<ErrorFields> | null;
  if (fields?.code && fields.code in ERROR_CODES) {
    return new Refusal({ retry: ERROR_CODES[fields.code].retry, message: '', ...fields, code: fields.code });
  }
  return unavailable(`the server answered with ${status}`);
}
