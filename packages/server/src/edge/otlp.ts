// Sends spans to a collector by OTLP over HTTP, as JSON. Loaded only where an endpoint is set. Spans wait in a bounded queue and go
// in batches; nobody waits for them, and what finds no room, or no collector, is dropped and counted. Format:
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
import { randomBytes } from 'node:crypto';
import type { Trace } from './trace.js';

export type Span = {
  readonly trace: Trace;
  readonly name: string;
  /** `ok`, or the code of the error. */
  readonly code: string;
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
};

export type OtlpOptions = {
  /** As `http://collector:4318`: the path of traces is added. */
  readonly endpoint: string;
  /** As `name=value,other=value`; null for none. */
  readonly headers: string | null;
  /** This node's name. */
  readonly node: string;
  readonly count: (name: 'kith_spans_sent_total' | 'kith_spans_dropped_total', by: number) => void;
};

const MOST_WAITING = 4_096;
const MOST_SENT = 512;
const EVERY_MS = 2_000;
const TIMEOUT_MS = 5_000;
const SERVER_KIND = 2;
const STATUS = { ok: 1, failed: 2 } as const;

export class OtlpSpans {
  readonly #options: OtlpOptions;
  readonly #url: string;
  readonly #headers: { readonly [name: string]: string };
  #waiting: Span[] = [];
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #isStopped = false;

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.#url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
    this.#headers = { ...headersOf(options.headers ?? ''), 'content-type': 'application/json' };
  }

  add(span: Span): void {
    if (this.#isStopped || this.#waiting.length >= MOST_WAITING) {
      this.#options.count('kith_spans_dropped_total', 1);
      return;
    }
    this.#waiting.push(span);
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#sending ??= this.#sendAll().finally(() => {
        this.#sending = null;
      });
    }, EVERY_MS);
    this.#timer.unref();
  }

  /** Sends what waits, once. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sending;
    await this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_SENT);
      const isTaken = await this.#send(batch);
      this.#options.count(isTaken ? 'kith_spans_sent_total' : 'kith_spans_dropped_total', batch.length);
      // Those that came meanwhile wait for the next turn.
      if (!isTaken) return;
    }
  }

  async #send(batch: readonly Span[]): Promise<boolean> {
    try {
      const body = JSON.stringify(payloadOf(batch, this.#options.node));
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await fetch(this.#url, { method: 'POST', headers: this.#headers, body, signal });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }
}

function payloadOf(batch: readonly Span[], node: string) {
  const attributes = [attribute('service.name', 'kith'), attribute('service.instance.id', node)];
  const scopeSpans = [{ scope: { name: 'kith' }, spans: batch.map(spanOf) }];
  return { resourceSpans: [{ resource: { attributes }, scopeSpans }] };
}

function spanOf({ trace, name, code, startedAt, endedAt }: Span) {
  return {
    traceId: trace.id,
    spanId: randomBytes(8).toString('hex'),
    ...(trace.parent === null ? {} : { parentSpanId: trace.parent }),
    name,
    kind: SERVER_KIND,
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(endedAt),
    attributes: [attribute('kith.code', code)],
    // Of the codes only this one is a fault of the server.
    status: { code: code === 'unavailable' ? STATUS.failed : STATUS.ok },
  };
}

function attribute(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

/** Text, since numbers of JSON are not that exact. */
function nanoseconds(atMs: number): string {
  return `${BigInt(Math.round(atMs * 1_000)) * 1_000n}`;
}

function headersOf(text: string): { readonly [name: string]: string } {
  const pairs = text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())] as const];
  });
  return Object.fromEntries(pairs);
}

/** Values may be percent-encoded, as the specification of the variable has it. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
