// A tab counts otherwise than its server, as may be where something disappears, and as may not.
import { append, type Draft, first } from './draft.js';

/** Nobody may. */
export function countMore(draft: Draft): void {
  miscount(draft, { own: 1, told: 0 });
}

/** The server counts more than had disappeared. */
export function countLess(draft: Draft): void {
  miscount(draft, { own: 0, told: disappeared(draft).count + 1 });
}

/** No breach: its server has counted what it had not erased yet. */
export function countWithoutDisappeared(draft: Draft): void {
  miscount(draft, { own: 0, told: disappeared(draft).count });
}

/** It is not said when. */
export function countSilently({ end }: Draft): void {
  first(end.tabs).mismatches += 1;
}

function miscount(draft: Draft, { own, told }: { readonly own: number; readonly told: number }): void {
  const { tab, conversation } = disappeared(draft);
  tab.mismatches += 1;
  const counts = { own: { unread: own, mentions: 0 }, told: { unread: told, mentions: 0 } };
  const time = Number.MAX_SAFE_INTEGER;
  append(draft, { type: 'miscounted', at: 0, who: tab.tab, conversation, ...counts, time });
}

/** A conversation in which messages have disappeared, with a tab of somebody who wrote none of them, and how many there were. */
function disappeared({ end }: Draft) {
  const found = end.logs.flatMap(({ conversation, entries }) => {
    const targets = entries.flatMap(({ body }) => (body.expired === true ? body.target : []));
    const gone = entries.filter(({ seq }) => targets.includes(seq));
    const tab = end.tabs.find(({ user }) => gone.every(({ author }) => author !== user));
    return gone.length > 0 && tab ? { conversation, tab, count: gone.length } : [];
  });
  return first(found);
}
