// Messages that were left with the server: each is in the log, or its author is told why not. That it is there once is the law
// of its key. Its time has passed long before the end.
import type { History } from '../history/history.js';
import { hasStep } from '../plan.js';
import type { Breach } from './law.js';
import type { Ledger } from './ledger.js';

type Left = { readonly conversation: string; readonly who: string };

export function judgeScheduled(history: History, ledger: Ledger): readonly Breach[] {
  const { plan, events, end, people } = history;
  const ids = new Map(people.map(({ name, id }) => [name, id]));
  const left = new Map<string, Left>();
  // A node whose clock was set back takes its time.
  const isOnTime = !hasStep(plan, 'jump');
  for (const event of events) {
    if (event.type === 'scheduled') left.set(event.key, event);
    if (event.type === 'unscheduled') left.delete(event.key);
    // What was promised after the backup is gone with it, and nobody can tell from here what was not.
    if (event.type === 'restored') left.clear();
  }
  return [...left].flatMap(([key, { conversation, who }]) => {
    if (ledger.get(conversation)?.entries.some((entry) => entry.key === key)) return [];
    const waiting = end.scheduled.find(({ user }) => user === ids.get(who.split('/')[0] ?? ''));
    const item = waiting?.items?.find((one) => one.key === key);
    if (!waiting?.items || item?.refused || (item && !isOnTime)) return [];
    const is = item ? 'waits for ever' : 'is neither in the log nor in the list of what waits';
    return [{ law: 'kept', found: `${key} was to be sent to ${conversation}, and ${is}`, event: null }];
  });
}
