// Where one of two people blocks the other nothing is written in what the two have together, by a write that began when the
// block was known to stand. One on its way then is in the log a while after it, so this looks at what came later: by when it
// was committed, as the clocks of nodes may be hours apart.
import type { History } from '../history/history.js';
import { hasStep } from '../plan.js';
import type { Breach } from './law.js';
import { kindOf, type Ledger, type LoggedEntry, standingAt } from './ledger.js';

/** A write takes a few calls to the store. */
const ON_ITS_WAY_MS = 1_000;
/** A statement that the network has lost is given up, and asked again. */
const ON_ITS_WAY_TO_DATABASE_MS = 15_000;

export function judgeApart({ plan, events }: History, ledger: Ledger): readonly Breach[] {
  // A node that stands still may hold a write for as long as it does, and a day may pass while one is on its way.
  if (hasStep(plan, 'pause') || hasStep(plan, 'age')) return [];
  const marginMs = plan.database ? ON_ITS_WAY_TO_DATABASE_MS : ON_ITS_WAY_MS;
  const logs = timed(ledger, events);
  const blocks = logs.flatMap(({ entries }) => (kindOf(entries) === 'self' ? blocksIn(entries) : []));
  return logs.flatMap(({ id, entries }) => {
    if (kindOf(entries) !== 'direct') return [];
    const people = [...standingAt(entries, entries.length).roles.keys()];
    const own = blocks.filter(({ by, whom }) => by !== whom && people.includes(by) && people.includes(whom));
    const wrong = entries.filter(({ kind, at }) => {
      const isWriting = kind === 'message.sent' || kind === 'message.edited';
      return isWriting && own.some(({ from, to }) => at > from + marginMs && at < to);
    });
    return wrong.map(({ seq }): Breach => {
      return { law: 'apart', found: `number ${seq} of ${id} was written between two who are apart`, event: null };
    });
  });
}

type Timed = { readonly id: string; readonly entries: readonly LoggedEntry[] };

/** The logs, `at` being when an entry was committed. */
function timed(ledger: Ledger, events: History['events']): readonly Timed[] {
  const times = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'committed') continue;
    for (const { epoch, seq } of event.entries) times.set(`${event.conversation} ${epoch} ${seq}`, event.at);
  }
  return [...ledger.all()].map(({ id, entries }) => {
    return {
      id,
      entries: entries.map((entry) => ({ ...entry, at: times.get(`${id} ${entry.epoch} ${entry.seq}`) ?? 0 })),
    };
  });
}

type Block = { readonly by: string; readonly whom: string; readonly from: number; to: number };

/** What somebody's own log says, each from when to when. */
function blocksIn(entries: readonly LoggedEntry[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const { kind, author = '', at, body } of entries) {
    const whom = /^block:(.*)$/.exec(String(body.name))?.[1];
    if (kind !== 'setting.set' || whom === undefined) continue;
    const standing = blocks.find((block) => block.whom === whom && block.to === Number.POSITIVE_INFINITY);
    if (body.value !== true && standing) standing.to = at;
    if (body.value === true && !standing) blocks.push({ by: author, whom, from: at, to: Number.POSITIVE_INFINITY });
  }
  return blocks;
}
