// Requests over HTTP for tests, with whatever is wrong about them that a test wants. Answers are read whole and kept as
// they came: status, headers, body.

export type Fields = { readonly [field: string]: unknown };

export type Answer<T = Fields> = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; empty where it is none. */
  readonly body: T;
};

export type Asked = {
  readonly token?: string | undefined;
  /** Sent as JSON; a string goes as it is. */
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
  /** Else it is given up after a while. */
  readonly signal?: AbortSignal;
};

const TIMEOUT_MS = 30_000;

/** @param route method and path, as `GET /v1/me` */
export async function ask<T = Fields>(url: string, route: string, asked: Asked = {}): Promise<Answer<T>> {
  const { token, body, headers, signal = AbortSignal.timeout(TIMEOUT_MS) } = asked;
  const [method = 'GET', path = '/'] = route.split(' ');
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    signal,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) as T };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
