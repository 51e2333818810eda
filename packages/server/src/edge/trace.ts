// The trace that a request belongs to: that of its `traceparent` (W3C Trace Context), or one of its own, which follows from the
// request's id, so that nothing has to be carried along and the same request always has the same.
import { createHash } from 'node:crypto';

export type Trace = {
  /** 32 hexadecimal digits, not all 0. */
  readonly id: string;
  /** The span of the client's that asked; null where it named none. */
  readonly parent: string | null;
};

/** What a trace follows from. */
export type Traced = { readonly requestId: string; readonly traceparent?: string | undefined };

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-[\da-f]{2}(?:-.{0,256})?$/;
const ID_DIGITS = 32;

export function traceOf({ requestId, traceparent = '' }: Traced): Trace {
  const [, id, parent] = TRACEPARENT.exec(traceparent) ?? [];
  if (id !== undefined && parent !== undefined) return { id, parent };
  return { id: createHash('sha256').update(requestId).digest('hex').slice(0, ID_DIGITS), parent: null };
}

/** What the trace of a request over HTTP follows from. */
export function tracedBy({
  id,
  headers,
}: {
  readonly id: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}): Traced {
  const { traceparent } = headers;
  return { requestId: id, traceparent: typeof traceparent === 'string' ? traceparent : undefined };
}
