// The one table of error codes and the one table of close codes. A code is never reused or given another meaning.
// What a client may do next follows from `retry` and, for a close code it has never seen, from its range.

/** What a client does with a failed command: give up, correct it and use a new key, or send the very same again. */
export type Retry = 'never' | 'new_key' | 'same_key';

type CodeRow = { readonly status: number; readonly retry: Retry; readonly meaning: string };

export const ERROR_CODES = {
  bad_request: { status: 400, retry: 'never', meaning: 'The request is not of the form that the contract gives.' },
  unknown_command: { status: 400, retry: 'never', meaning: 'This server does not know a command of that name.' },
  unauthenticated: { status: 401, retry: 'same_key', meaning: 'No valid access token: get a fresh one, then repeat.' },
  forbidden: {
    status: 403,
    retry: 'new_key',
    meaning: 'The role, the kind of the conversation, the scopes of the session or the time do not allow it.',
  },
  not_found: { status: 404, retry: 'new_key', meaning: 'It does not exist, or is not yours to see.' },
  conflict: {
    status: 409,
    retry: 'new_key',
    meaning: 'What the write was based on has changed: read, then decide anew.',
  },
  key_reused: { status: 409, retry: 'new_key', meaning: 'The key belongs to an earlier write with other content.' },
  epoch_changed: { status: 409, retry: 'new_key', meaning: 'The log was restored: discard, read again, then decide.' },
  out_of_order: { status: 409, retry: 'same_key', meaning: 'The write named by `after` is not in the log yet.' },
  too_large: { status: 413, retry: 'never', meaning: 'Larger than a limit that `welcome.limits` names.' },
  rate_limited: { status: 429, retry: 'same_key', meaning: 'Too many: repeat after `retryAfterMs`.' },
  unavailable: {
    status: 503,
    retry: 'same_key',
    meaning: 'It may or may not have been written: repeat with the same key.',
  },
} as const satisfies Record<string, CodeRow>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error as it travels: in an `error` frame, and inside `application/problem+json`. */
export type ErrorFields = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry: Retry;
  readonly retryAfterMs?: number;
};

/** An expected refusal. Its message is for a developer and never holds anyone's content. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get fields(): ErrorFields {
    const fields: ErrorFields = { code: this.code, message: this.message, retry: ERROR_CODES[this.code].retry };
    return this.retryAfterMs === undefined ? fields : { ...fields, retryAfterMs: this.retryAfterMs };
  }
}

/** 4000–4099: connect again. 4400–4499: not with the same `hello`. Any other: again, with backoff. */
export const CLOSE_CODES = {
  draining: 4000,
  too_slow: 4001,
  no_heartbeat: 4002,
  too_many_connections: 4004,
  bad_frame: 4400,
  unauthenticated: 4401,
  session_revoked: 4403,
  scope_missing: 4405,
  no_hello: 4408,
  version_not_spoken: 4409,
  replaced: 4410,
  frame_too_large: 4413,
} as const;

export type CloseReason = keyof typeof CLOSE_CODES;
