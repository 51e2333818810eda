// What the core reports about itself: counters and lines for the log. Never anyone's text, never a token.

import { ChatError } from '@kith/protocol';

export type LogFields = { readonly [name: string]: string | number | boolean | null };

export type Labels = { readonly [name: string]: string };

export interface Telemetry {
  /** Adds to a counter. Names are those of docs/metrics.md; labels always have the same names, and few values. */
  count(name: string, by?: number, labels?: Labels): void;
  /** Sets the present value of a gauge. */
  gauge(name: string, value: number): void;
  /** Records one duration in seconds. */
  observe(name: string, seconds: number): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, error: unknown, fields?: LogFields): void;
}

/** Says what came to nothing: a warning where the store is gone for now, and the same will be tried again. */
export function reportFailure(telemetry: Telemetry, message: string, error: unknown): void {
  if (isUnavailable(error)) telemetry.warn(message, { reason: error.message });
  else telemetry.error(message, error);
}

/** Nothing was done, or nobody knows: the same may be asked again. */
export function isUnavailable(error: unknown): error is ChatError {
  return error instanceof ChatError && error.code === 'unavailable';
}

/** For tests and tools: takes everything in and keeps nothing. */
export const SILENT: Telemetry = {
  count() {},
  gauge() {},
  observe() {},
  info() {},
  warn() {},
  error() {},
};
