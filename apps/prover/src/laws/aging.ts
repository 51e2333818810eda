// How long what is said is kept: as a conversation has it, or all of them. What had no time anywhere may not be emptied; what has
// had it everywhere is empty in the end, from the beginning of a log up to the first entry whose time has not come.
import type { History } from '../history/history.js';
import type { Breach } from './law.js';
import { kindOf, type Ledger, type LoggedEntry } from './ledger.js';

const DAY_MS = 86_400_000;

/** The fewest days that ever were set, for a conversation or for all. */
export class Aging {
  readonly #least = new Map<string, number>();
  #standard = Number.POSITIVE_INFINITY;

  standard({ days }: { readonly days: number | null }): void {
    this.#standard = Math.min(this.#standard, days ?? Number.POSITIVE_INFINITY);
  }

  take({ conversation, body }: LoggedEntry): void {
    const days = Number(body.retentionDays ?? 0);
    if (days > 0) this.#least.set(conversation, Math.min(days, this.#least.get(conversation) ?? days));
  }

  /** Whether an entry may have had its time. */
  isAged(conversation: string, time: number): (entry: LoggedEntry) => boolean {
    const days = Math.min(this.#standard, this.#least.get(conversation) ?? Number.POSITIVE_INFINITY);
    return ({ at }) => at <= time - days * DAY_MS;
  }

  /** The number of the first entry whose time cannot have come; undefined where there is none. */
  early(conversation: string, entries: readonly LoggedEntry[], time: number): number | undefined {
    const isAged = this.isAged(conversation, time);
    return entries.find((entry) => !isAged(entry))?.seq;
  }
}

/** Entries that may have had their time at some moment: whoever read them then has them empty, whatever was set later. */
export function agedIn({
  events,
  end,
}: History): (log: { readonly entries: readonly LoggedEntry[] }) => ReadonlySet<number> {
  const aging = new Aging();
  for (const event of events) if (event.type === 'retention') aging.standard(event);
  return ({ entries }) => {
    if (!end.retention) return new Set();
    for (const entry of entries) aging.take(entry);
    return new Set(
      entries.filter(aging.isAged(entries[0]?.conversation ?? '', end.retention.time)).map(({ seq }) => seq),
    );
  };
}

/** All that has had its time at the beginning of a log is below where it begins. */
export function judgeAging({ end }: History, ledger: Ledger): readonly Breach[] {
  const { retention } = end;
  if (!retention) return [];
  return [...ledger.all()].flatMap(({ id, first, entries }): readonly Breach[] => {
    const days = kindOf(entries) === 'self' ? null : daysOf(entries, retention);
    const cutoff = days === null ? Number.NEGATIVE_INFINITY : retention.time - days * DAY_MS;
    const oldest = entries[first - 1];
    if (!oldest || oldest.at > cutoff) return [];
    return [{ law: 'erased', found: `number ${first} of ${id} has had its ${days} days, and is there`, event: null }];
  });
}

type Standard = { readonly days: number | null; readonly longer: boolean };

/** Null is for ever. */
function daysOf(entries: readonly LoggedEntry[], { days, longer }: Standard): number | null {
  const own = entries.findLast(({ body }) => body.retentionDays !== undefined)?.body.retentionDays;
  if (typeof own !== 'number') return days;
  if (longer || days === null || (own > 0 && own <= days)) return own === 0 ? null : own;
  return days;
}
