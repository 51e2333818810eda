import { expect, it } from 'vitest';
import type { FinalTab, History } from '../history/history.js';
import { Ledger } from './ledger.js';
import { judgeTicks } from './ticks.js';

const ID = 'all';
const entry = (seq: number, fields: object) => ({ conversation: ID, epoch: 1, seq, n: 0, at: 0, body: {}, ...fields });

/** Ann, Bob and Cat are in it; 3 and 5 are Ann's, 4 is Bob's. Bob has read up to 3, and Cat has got 3. */
function ledger(): Ledger {
  const made = new Ledger();
  const entries = [
    entry(1, { kind: 'conversation.created', author: 'ann', body: { kind: 'group', users: ['ann'] } }),
    entry(2, { kind: 'member.joined', author: 'ann', body: { users: ['bob', 'cat'] } }),
    entry(3, { kind: 'message.sent', author: 'ann' }),
    entry(4, { kind: 'message.sent', author: 'bob' }),
    entry(5, { kind: 'message.sent', author: 'ann' }),
  ];
  const log = made.commit({ type: 'committed', at: 0, who: 'database', conversation: ID, entries } as never);
  log.marks.set('bob', { user: 'bob', delivered: 3, read: 3 });
  log.marks.set('cat', { user: 'cat', delivered: 3, read: 0 });
  return made;
}

function found(ticks: readonly { readonly seq: number; readonly step: string }[]): readonly string[] {
  const tab = { tab: 'ann/1.1', user: 'ann', conversations: [{ conversation: ID, ticks }] } as unknown as FinalTab;
  return judgeTicks({ end: { tabs: [tab] } } as unknown as History, ledger()).map((breach) => breach.found);
}

it('a tick may say less than the marks do, and nothing more', () => {
  expect(
    found([
      { seq: 3, step: 'sent' },
      { seq: 3, step: 'delivered' },
      { seq: 5, step: 'sent' },
    ]),
  ).toEqual([]);
  expect(found([{ seq: 3, step: 'read' }])).toEqual(['ann/1.1 shows number 3 of all as read, and it is delivered']);
  expect(found([{ seq: 5, step: 'delivered' }])).toEqual([
    'ann/1.1 shows number 5 of all as delivered, and it is sent',
  ]);
});
