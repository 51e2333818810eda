// Errors over HTTP: `application/problem+json` (RFC 9457) with the very fields of an `error` frame. Nothing of an error of
// our own is told but that there was one; the log has it under the same request id.
import { ChatError, ERROR_CODES, type ErrorFields } from '@kith/protocol';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export type Problem = ErrorFields & {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** By which the log has it. */
  readonly trace?: string;
};

/**
 * @param status where HTTP has a better one than the code's own: 405, 408, 415, 426, 431
 * @param trace the id of the request's trace; null where there is no request yet
 */
export function problemOf(error: ChatError, status: number = error.status, trace: string | null = null): Problem {
  const problem = { type: 'about:blank' as const, title: ERROR_CODES[error.code].meaning, status, ...error.fields };
  return trace === null ? problem : { ...problem, trace };
}

/** Headers that go with a problem. */
export function problemHeaders(error: ChatError): { readonly [name: string]: string } {
  const headers = { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' };
  if (error.code === 'unauthenticated') return { ...headers, 'www-authenticate': 'Bearer' };
  if (error.retryAfterMs === undefined) return headers;
  return { ...headers, 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) };
}

/** What the HTTP library refuses by itself, by its code. */
const LIBRARY_CODES: { readonly [code: string]: { readonly error: ChatError; readonly status: number } } = {
  FST_ERR_CTP_BODY_TOO_LARGE: refusal('too_large', 413, 'the body is larger than `limits.frame`'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: refusal('bad_request', 415, 'a body is sent as application/json'),
  FST_ERR_BAD_URL: refusal('bad_request', 400, 'the path is not well-formed'),
  FST_ERR_MAX_PARAM_LENGTH: refusal('bad_request', 414, 'a part of the path is too long'),
  HPE_HEADER_OVERFLOW: refusal('too_large', 431, 'the head of the request is too large'),
  ERR_HTTP_REQUEST_TIMEOUT: refusal('bad_request', 408, 'the request did not come in time'),
};

function refusal(code: 'bad_request' | 'too_large', ...[status, message]: [number, string]) {
  return { error: new ChatError(code, message), status };
}

/** How a refusal of the HTTP library is told; null for what is no refusal but an error of our own. */
export function libraryRefusal(error: unknown): { readonly error: ChatError; readonly status: number } | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = LIBRARY_CODES[code];
  if (known !== undefined) return known;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  return status >= 400 && status < 500 ? refusal('bad_request', status, 'the request is not well-formed') : null;
}

/** A whole answer for a socket that no HTTP library looks after. The connection ends with it. */
export function rawProblem(
  { error, status }: { readonly error: ChatError; readonly status: number },
  headers: { readonly [name: string]: string },
): string {
  const body = JSON.stringify(problemOf(error, status));
  const all = {
    ...headers,
    ...problemHeaders(error),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${error.code}\r\n${lines.join('')}\r\n${body}`;
}
