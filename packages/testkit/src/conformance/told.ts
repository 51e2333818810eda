// What an answer tells of what was asked: everything but the trace of the request, which is another each time.
type Answer = { readonly status: number; readonly body: unknown };

/** For comparing two answers that must be alike. */
export function told({ status, body }: Answer): { readonly status: number; readonly body: unknown } {
  if (typeof body !== 'object' || body === null) return { status, body };
  const { trace: _trace, ...rest } = body as { readonly [field: string]: unknown };
  return { status, body: rest };
}
