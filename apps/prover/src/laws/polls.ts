// What stands of polls, folded from the entries as the judge has them. Of an anonymous one no entry says whose vote it is: of that the
// counts alone are judged.
import type { LoggedEntry } from './ledger.js';

type Asked = { readonly options: readonly unknown[]; readonly most: number; readonly anonymous?: boolean };
type Tally = { readonly counts: readonly number[]; readonly voters: number };

/** By message: the last that was said of its poll, and whether it was closed, as an item shows it. */
export function pollsOf(entries: readonly LoggedEntry[]): ReadonlyMap<unknown, string> {
  const polls = new Map<unknown, string>();
  const closed = new Map<unknown, number>();
  for (const { kind, seq, body } of entries) {
    if (kind !== 'poll.voted' && kind !== 'poll.closed') continue;
    if (kind === 'poll.closed') closed.set(body.target, seq);
    if (Array.isArray(body.counts)) polls.set(body.target, shownPoll(body as Tally, closed.get(body.target)));
  }
  return polls;
}

export function shownPoll({ counts, voters }: Tally, closed: number | undefined): string {
  return `${counts.join()} of ${voters}${closed === undefined ? '' : `, ${closed}`}`;
}

/** What an entry says wrongly of a poll, given those before it; null where it is right, or about none. */
export function wrongVote(before: readonly LoggedEntry[], entry: LoggedEntry): string | null {
  const { kind, body } = entry;
  if (kind !== 'poll.voted' && kind !== 'poll.closed') return null;
  const poll = before[Number(body.target) - 1]?.body.poll as Asked | undefined;
  const about = before.filter((one) => one.body.target === body.target);
  if (!poll || about.some((one) => one.kind === 'message.deleted'))
    return `is about ${String(body.target)}, which is no poll`;
  if (about.some((one) => one.kind === 'poll.closed')) return 'comes after the poll was closed';
  const isNameless = kind === 'poll.voted' && (entry.author === undefined || entry.author === null);
  if (kind === 'poll.voted' && isNameless !== (poll.anonymous === true))
    return 'names who must not be named, or nobody';
  if (isNameless && (body.choices !== undefined || entry.key)) return 'tells whose vote it is, or what they chose';
  const last = about.findLast((one) => one.kind === 'poll.voted')?.body as Tally | undefined;
  const [now, was] = [body as unknown as Tally, last ?? { counts: poll.options.map(() => 0), voters: 0 }];
  if (kind === 'poll.closed') return isSame(now, was) ? null : `closes with ${said(now)}, and there is ${said(was)}`;
  if (poll.anonymous) return isPossible(now, was, poll) ? null : `says ${said(now)} after ${said(was)}`;
  const truth = tallyOf([...about, entry], poll);
  return isSame(now, truth) ? null : `says ${said(now)}, and there is ${said(truth)}`;
}

/** Each person's last choice, counted. */
function tallyOf(about: readonly LoggedEntry[], { options }: Asked): Tally {
  const votes = new Map<unknown, readonly unknown[]>();
  for (const { kind, author, body } of about) {
    if (kind === 'poll.voted') votes.set(author, Array.isArray(body.choices) ? body.choices : []);
  }
  const all = [...votes.values()];
  return {
    counts: options.map((_, option) => all.filter((choices) => choices.includes(option)).length),
    voters: all.filter(({ length }) => length > 0).length,
  };
}

/** One vote makes no other difference, and nobody has two. */
function isPossible({ counts, voters }: Tally, was: Tally, { most }: Asked): boolean {
  const sum = counts.reduce((total, count) => total + count, 0);
  const isNear = counts.every((count, option) => count >= 0 && Math.abs(count - (was.counts[option] ?? 0)) <= 1);
  return isNear && Math.abs(voters - was.voters) <= 1 && sum >= voters && sum <= voters * most;
}

function isSame(one: Tally, other: Tally): boolean {
  return said(one) === said(other);
}

function said({ counts, voters }: Tally): string {
  return `${counts.join()} of ${voters}`;
}
