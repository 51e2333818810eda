// Where a tab counted otherwise than its server. What was to disappear has had its time before the server comes to erase it:
// until then that counts it, and gives it empty, so that whoever is given it then does not count it. By so many messages the
// server may count more, and by no others. Nobody may count more than their server, but what they took from it so, and what has
// been kept for its days.
import type { HistoryEvent } from '../history/history.js';
import type { LoggedEntry } from './ledger.js';
import { isOutside } from './threads.js';

type Miscounted = Extract<HistoryEvent, { readonly type: 'miscounted' }>;

type Seen = {
  /** The log of that conversation at that moment. */
  readonly entries: readonly LoggedEntry[];
  readonly user: string;
  /** False where clocks were set: then nobody knows when what has had its time. */
  readonly areTimesKnown: boolean;
  /** The device took counts of its server that were higher than its own. */
  readonly hasTaken: boolean;
  /** Whether an entry may have been kept for as long as it is to be. */
  readonly hasAged: (entry: LoggedEntry) => boolean;
};

/** @returns what nothing explains of it; null where all of it is explained */
export function wrongCount({ conversation, own, told, time }: Miscounted, seen: Seen): string | null {
  const most = overIn(seen, time);
  // Who has not heard yet that the log begins further up counts what is gone; and so does who took its server's counts before.
  const aged = seen.entries.filter((entry) => isOutside(entry) && seen.hasAged(entry)).length;
  const least = seen.hasTaken ? -most : -aged;
  const more = [told.unread - own.unread, told.mentions - own.mentions];
  if (more.every((count) => count >= least && count <= most)) return null;
  const counts = `${own.unread}, ${own.mentions} in ${conversation}, and its server ${told.unread}, ${told.mentions}`;
  return `counted ${counts}, where ${most} messages had disappeared`;
}

/** How many messages of others have had their time, erased or not. */
function overIn({ entries, user, areTimesKnown, hasAged }: Seen, time: number): number {
  const erased = new Set(entries.flatMap(({ body }) => (body.expired === true ? Number(body.target) : [])));
  return entries.filter((entry) => {
    const { seq, author, body } = entry;
    const isOver = typeof body.disappearAt === 'number' && (!areTimesKnown || body.disappearAt <= time);
    return isOutside(entry) && author !== user && (isOver || erased.has(seq) || hasAged(entry));
  }).length;
}
