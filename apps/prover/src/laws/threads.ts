// Messages that answer another: where they stand, and what is said of them at the one that they answer.
import type { LoggedEntry } from './ledger.js';

/** A message that stands in no thread: what `n` and unread counts are about. */
export function isOutside({ kind, body }: LoggedEntry): boolean {
  return kind === 'message.sent' && body.thread === undefined;
}

/**
 * What an entry says wrongly of the messages before it, those outside threads and those in its own; null where it is right.
 * @param messages outside threads, with this one
 */
export function wrongPlace(
  before: readonly LoggedEntry[],
  { kind, n, body }: LoggedEntry,
  messages: number,
): string | null {
  if (n !== messages) return `counts ${n} messages, not ${messages}`;
  if (kind !== 'message.sent' || body.thread === undefined) return null;
  const first = before[Number(body.thread) - 1];
  if (first === undefined || !isOutside(first)) return `answers ${String(body.thread)}, with which no thread begins`;
  const right = before.filter((one) => one.kind === 'message.sent' && one.body.thread === body.thread).length + 1;
  return body.count === right ? null : `says that it is answer ${String(body.count)}, and is ${right}`;
}

/** By the message that is answered: `count seq` of the last answer. */
export function answersIn(entries: readonly LoggedEntry[]): ReadonlyMap<unknown, string> {
  const last = new Map<unknown, string>();
  for (const { kind, seq, body } of entries) {
    if (kind === 'message.sent' && body.thread !== undefined) last.set(body.thread, `${String(body.count)} ${seq}`);
  }
  return last;
}
