// What the server tells its operator: JSON lines (pino) and metrics (prom-client), both without anyone's text and without
// tokens. Counters of the hot path are plain numbers elsewhere, read when the metrics are asked for.
import { type DestinationStream, type Logger, pino } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Labels, LogFields, Telemetry } from '../core/telemetry.js';
import { METRICS } from './metrics.js';
import type { Span } from './otlp.js';
import { type Traced, traceOf } from './trace.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The core's telemetry and what the edge adds to it. */
export interface EdgeTelemetry extends Telemetry {
  /** A line for those who look for a fault; off by default. */
  debug(message: string, fields?: LogFields): void;
  /** One command or operation was answered: `code` is `ok` or the error's. */
  requestDone(work: Traced & { readonly name: string }, code: string, seconds: number): void;
  /** Reads numbers each time the metrics are asked for. Names end with `_total` where the numbers only grow. */
  watch(read: () => { readonly [name: string]: number }): void;
  /** The metrics in the text format of Prometheus. */
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** Where spans go. */
type SpanSink = { add(span: Span): void };

/** Fields that never reach the log, should anyone pass them. */
const SECRET_FIELDS = [
  ...['token', 'accessToken', 'refreshToken', 'authorization', 'cookie', 'password', 'secret', 'setupCode', 'ticket'],
  ...['text', 'body', 'key'],
];
/** Upper ends of the buckets of a duration, in seconds. */
const BUCKETS_S = [0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Most characters of an error's message in the log: a message may quote what a driver was given. */
const ERROR_CHARACTERS = 500;

export class ServerTelemetry implements EdgeTelemetry {
  readonly #log: Logger;
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #watched: (() => { readonly [name: string]: number })[] = [];
  readonly #requests: Counter<'name' | 'code'>;
  readonly #seconds: Histogram<'name'>;
  #spans: SpanSink | null = null;

  /** @param options.destination where lines go; standard output where it is absent */
  constructor(options: { level: LogLevel; node: string; destination?: DestinationStream; processMetrics?: boolean }) {
    const settings = {
      level: options.level,
      base: { node: options.node },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level: string) => ({ level }) },
      redact: { paths: [...SECRET_FIELDS, ...SECRET_FIELDS.map((field) => `*.${field}`)], censor: '[redacted]' },
    };
    this.#log = options.destination === undefined ? pino(settings) : pino(settings, options.destination);
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: 'kith_requests_total',
      ...helped('kith_requests_total'),
      labelNames: ['name', 'code'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'kith_request_seconds',
      ...helped('kith_request_seconds'),
      labelNames: ['name'],
      buckets: BUCKETS_S,
      registers,
    });
    if (options.processMetrics === true) collectDefaultMetrics({ register: this.#registry });
  }

  count(name: string, by = 1, labels: Labels = {}): void {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = new Counter({ name, ...helped(name), labelNames: Object.keys(labels), registers: [this.#registry] });
      this.#counters.set(name, counter);
    }
    counter.inc(labels, by);
  }

  gauge(name: string, value: number): void {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({ name, ...helped(name), registers: [this.#registry] });
      this.#gauges.set(name, gauge);
    }
    gauge.set(value);
  }

  observe(name: string, seconds: number): void {
    let histogram = this.#histograms.get(name);
    if (histogram === undefined) {
      histogram = new Histogram({ name, ...helped(name), buckets: BUCKETS_S, registers: [this.#registry] });
      this.#histograms.set(name, histogram);
    }
    histogram.observe(seconds);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#log.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#log.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#log.warn(fields, message);
  }

  error(message: string, error: unknown, fields: LogFields = {}): void {
    this.#log.error({ ...fields, error: describeError(error) }, message);
  }

  requestDone(work: Traced & { readonly name: string }, code: string, seconds: number): void {
    const { name } = work;
    this.#requests.inc({ name, code });
    this.#seconds.observe({ name }, seconds);
    if (this.#spans === null) return;
    const endedAt = performance.timeOrigin + performance.now();
    this.#spans.add({ trace: traceOf(work), name, code, startedAt: endedAt - seconds * 1_000, endedAt });
  }

  /** From now on requests are spans, too. */
  traceTo(spans: SpanSink): void {
    this.#spans = spans;
  }

  watch(read: () => { readonly [name: string]: number }): void {
    this.#watched.push(read);
  }

  async metrics(): Promise<{ readonly text: string; readonly contentType: string }> {
    const text = [await this.#registry.metrics(), ...this.#watched.map((read) => formatWatched(read()))].join('\n');
    return { text, contentType: this.#registry.contentType };
  }
}

function formatWatched(numbers: { readonly [name: string]: number }): string {
  return Object.entries(numbers)
    .map(
      ([name, value]) =>
        `# HELP ${name} ${helped(name).help}\n# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n${name} ${value}\n`,
    )
    .join('');
}

function helped(name: string): { help: string } {
  return { help: METRICS.get(name)?.help ?? name.replaceAll('_', ' ') };
}

/** An error as fields: no properties of it but its code, because a driver's may quote what it was given. */
function describeError(error: unknown): { [field: string]: unknown } {
  if (!(error instanceof Error)) return { message: String(error).slice(0, ERROR_CHARACTERS) };
  const described: { [field: string]: unknown } = {
    name: error.name,
    message: error.message.slice(0, ERROR_CHARACTERS),
    stack: error.stack?.split('\n').slice(1).join('\n'),
  };
  if ('code' in error && typeof error.code === 'string') described.code = error.code;
  if (error.cause !== undefined) described.cause = describeError(error.cause);
  return described;
}
