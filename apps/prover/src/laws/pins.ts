// What is pinned, folded from the entries as the judge has them.
import type { LoggedEntry } from './ledger.js';

/** By message: `seq author` of the entry that pinned it. A deletion unpins. */
export function pinsOf(entries: readonly LoggedEntry[]): ReadonlyMap<unknown, string> {
  const pinned = new Map<unknown, string>();
  for (const { kind, seq, author = '', body } of entries) {
    if (kind === 'message.pinned' && body.on === true) pinned.set(body.target, `${seq} ${author}`);
    else if (kind === 'message.pinned' || kind === 'message.deleted') pinned.delete(body.target);
  }
  return pinned;
}

/** What an entry says wrongly, given those before it; null where it is right, or pins nothing. */
export function wrongPin(before: readonly LoggedEntry[], { kind, body }: LoggedEntry): string | null {
  if (kind !== 'message.pinned') return null;
  const message = before[Number(body.target) - 1];
  const isGone = before.some((one) => one.kind === 'message.deleted' && one.body.target === body.target);
  if (message?.kind !== 'message.sent' || isGone) return `is about ${String(body.target)}, which is no message`;
  return pinsOf(before).has(body.target) === (body.on === true) ? 'changes nothing' : null;
}
