// HTTP by the platform's `fetch`. Where a body cannot be read as it comes (React Native), there are no streams.
import type { Http } from '../ports.js';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export function fetchHttp(fetch: Fetch): Http {
  return async ({ isStream, ...init }) => {
    const response = await fetch(init.url, {
      ...init,
      cache: 'no-store',
      headers: { ...init.headers, ...(isStream ? { accept: 'text/event-stream' } : {}) },
    });
    return {
      status: response.status,
      text: () => response.text(),
      stream: isStream && response.body ? chunksOf(response.body) : null,
    };
  };
}

/** Not every browser lets a stream be read by `for await`. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}
