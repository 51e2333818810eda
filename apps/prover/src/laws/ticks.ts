// How far a message of one's own has got, as its author is shown it, is never further than it has got: a receipt may be on its
// way, and may be lost, but nobody is told that somebody read what they did not.
import type { FinalTab, History, ShownConversation } from '../history/history.js';
import type { Breach } from './law.js';
import type { Ledger, LoggedConversation } from './ledger.js';
import { isOutside } from './threads.js';

const STEPS = ['sent', 'delivered', 'read'] as const;

export function judgeTicks({ end }: History, ledger: Ledger): readonly Breach[] {
  return end.tabs.flatMap((tab) =>
    tab.conversations.flatMap((shown) => {
      const log = ledger.get(shown.conversation);
      return log ? judgeShown(tab, shown, log) : [];
    }),
  );
}

function judgeShown({ tab, user }: FinalTab, shown: ShownConversation, log: LoggedConversation): readonly Breach[] {
  const joined = joinedIn(log);
  return shown.ticks.flatMap(({ seq, step }) => {
    const others = [...joined]
      .filter(([other, at]) => other !== user && at <= seq)
      .map(([other]) => marksOf(other, log));
    const reached = (mark: 'delivered' | 'read') => others.length > 0 && others.every((marks) => marks[mark] >= seq);
    const truth = reached('read') ? 'read' : reached('delivered') ? 'delivered' : 'sent';
    if (STEPS.indexOf(step) <= STEPS.indexOf(truth)) return [];
    const found = `${tab} shows number ${seq} of ${shown.conversation} as ${step}, and it is ${truth}`;
    return [{ law: 'marks', found, event: null }];
  });
}

/** Present members, with the number of the entry that made them so. */
function joinedIn({ entries }: LoggedConversation): ReadonlyMap<string, number> {
  const joined = new Map<string, number>();
  for (const { seq, kind, body } of entries) {
    const users = Array.isArray(body.users) ? (body.users as readonly string[]) : [];
    if (kind === 'member.left') for (const user of users) joined.delete(user);
    if (kind === 'member.joined' || kind === 'conversation.created')
      for (const user of users) if (!joined.has(user)) joined.set(user, seq);
  }
  return joined;
}

/** Whoever writes has seen what was there. */
function marksOf(user: string, { entries, marks }: LoggedConversation) {
  const { delivered = 0, read = 0 } = marks.get(user) ?? {};
  const own = entries.findLast((entry) => entry.author === user && isOutside(entry))?.seq ?? 0;
  return { delivered: Math.max(delivered, own), read: Math.max(read, own) };
}
