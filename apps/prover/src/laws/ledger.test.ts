import { expect, it } from 'vitest';
import { Ledger } from './ledger.js';

const ID = 'all';
const entry = (seq: number, fields: object) => ({ conversation: ID, epoch: 1, seq, n: 0, at: 0, body: {}, ...fields });

function deleted(): Ledger {
  const ledger = new Ledger();
  const entries = [
    entry(1, { kind: 'conversation.created', body: { users: ['ann'] } }),
    entry(2, { kind: 'message.sent', author: 'ann', body: { text: 'gone' } }),
    entry(3, { kind: 'message.deleted', author: 'ann', body: { target: 2 } }),
  ];
  ledger.commit({ type: 'committed', at: 0, who: 'database', conversation: ID, entries } as never);
  return ledger;
}

function restored(head: number): Ledger {
  const ledger = deleted();
  const logs = [{ conversation: ID, epoch: 2, head, marks: [] }];
  ledger.restore({ type: 'restored', at: 0, who: 'database', logs } as never);
  return ledger;
}

it('a backup from before a deletion brings back what it deleted, and one from after it does not', () => {
  expect(deleted().get(ID)?.entries[1]).toMatchObject({ erased: true, body: {} });
  const before = restored(2);
  expect(before.get(ID)?.entries.map(({ epoch, body }) => [epoch, body.text])).toEqual([
    [2, undefined],
    [2, 'gone'],
  ]);
  expect(before.erased.size).toBe(0);
  const after = restored(3);
  expect(after.get(ID)?.entries[1]).toMatchObject({ epoch: 2, erased: true, body: {} });
  expect([...after.erased.keys()]).toEqual(['gone']);
});
