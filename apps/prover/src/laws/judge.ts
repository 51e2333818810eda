// The judge: holds a history against the laws. It knows the history alone, and shares no code with what it judges.
import type { History } from '../history/history.js';
import { hasStep } from '../plan.js';
import { judgeAging } from './aging.js';
import { judgeApart } from './apart.js';
import { judgeErasure } from './erasure.js';
import { EventLaws } from './event-laws.js';
import { judgeFinalLogs } from './final-logs.js';
import { judgeFinding } from './finding.js';
import { judgeFollowers } from './followers.js';
import { judgeInvitations } from './invitations.js';
import type { Breach } from './law.js';
import { judgePromises } from './promises.js';
import { judgeReplicas } from './replicas.js';
import { judgeScheduled } from './scheduled.js';
import { judgeTicks } from './ticks.js';

/** @returns what was broken, in the order in which it shows; empty where every law holds */
export function judge(history: History): readonly Breach[] {
  const laws = new EventLaws(usersOf(history), !hasStep(history.plan, 'jump'));
  for (const [index, event] of history.events.entries()) laws.take(event, index);
  laws.end();
  return [
    ...laws.breaches,
    ...judgePromises(history, laws.ledger, laws.undone),
    ...judgeInvitations(history, laws.ledger),
    ...judgeApart(history, laws.ledger),
    ...judgeScheduled(history, laws.ledger),
    ...judgeReplicas(history, laws.ledger),
    ...judgeTicks(history, laws.ledger),
    ...judgeFollowers(history, laws.ledger),
    ...judgeErasure(history, laws.ledger),
    ...judgeAging(history, laws.ledger),
    ...judgeFinding(history, laws.ledger),
    ...judgeFinalLogs(history, laws.ledger),
    ...history.end.errors.map((found): Breach => ({ law: 'no-faults', found, event: null })),
  ];
}

/** Whose each tab is: `ann/1.2` is the second tab of ann's first device. */
function usersOf({ people, events }: History): ReadonlyMap<string, string> {
  const ids = new Map(people.map(({ id, name }) => [name, id]));
  const tabs = new Set(events.flatMap(({ who, by }) => (by === undefined ? [who] : [who, by])));
  return new Map(
    [...tabs].flatMap((tab) => {
      const id = ids.get(tab.split('/')[0] ?? '');
      return id === undefined ? [] : [[tab, id]];
    }),
  );
}
