// Nobody comes by an invitation beyond those whom it was for, however many come at once.
import type { History } from '../history/history.js';
import type { Breach } from './law.js';
import type { Ledger } from './ledger.js';

export function judgeInvitations({ events, people }: History, ledger: Ledger): readonly Breach[] {
  const names = new Map(people.map(({ id, name }) => [id, name]));
  const places = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'invited') continue;
    const by = `${event.conversation} ${event.who.split('/')[0]}`;
    places.set(by, (places.get(by) ?? 0) + event.maxUses);
  }
  const found: Breach[] = [];
  for (const { id, entries } of ledger.all()) {
    const came = new Map<string, number>();
    for (const { kind, body } of entries) {
      if (kind !== 'member.joined' || body.invitedBy === undefined) continue;
      const by = names.get(String(body.invitedBy)) ?? 'a stranger';
      came.set(by, (came.get(by) ?? 0) + 1);
    }
    for (const [by, count] of came) {
      const most = places.get(`${id} ${by}`) ?? 0;
      if (count <= most) continue;
      found.push({ law: 'members-only', found: `${count} came to ${id} by ${by}, who asked ${most}`, event: null });
    }
  }
  return found;
}
