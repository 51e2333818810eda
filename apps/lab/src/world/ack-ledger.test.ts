import { describe, expect, it } from 'vitest';
import { AckLedger } from './ack-ledger.js';

function ledger() {
  const acked = new AckLedger();
  acked.acked('a', { seq: 3, key: 'three' });
  acked.acked('a', { seq: 2, key: 'two' });
  acked.acked('b', { seq: 9, key: 'nine' });
  return acked;
}

const whole = [
  { seq: 2, key: 'two' },
  { seq: 3, key: 'three' },
];

describe('AckLedger', () => {
  it('finds nothing lost where everything is stored as it was acknowledged', () => {
    expect(
      ledger().lost(
        new Map([
          ['a', whole],
          [
            'b',
            [
              { seq: 9, key: 'nine' },
              { seq: 10, key: 'other' },
            ],
          ],
        ]),
      ),
    ).toBe(0);
    expect(ledger().range('a')).toEqual({ lowest: 2, highest: 3 });
    expect(ledger().range('c')).toEqual({ lowest: 0, highest: 0 });
  });

  it('counts what is not there, or there under another number', () => {
    expect(ledger().lost(new Map([['a', whole]]))).toBe(1);
    expect(
      ledger().lost(
        new Map([
          [
            'a',
            [
              { seq: 2, key: 'three' },
              { seq: 3, key: 'two' },
            ],
          ],
          ['b', []],
        ]),
      ),
    ).toBe(3);
  });

  it('counts two acknowledgements of one number', () => {
    const acked = ledger();
    acked.acked('b', { seq: 9, key: 'ten' });
    expect(
      acked.lost(
        new Map([
          ['a', whole],
          ['b', [{ seq: 9, key: 'ten' }]],
        ]),
      ),
    ).toBe(1);
  });
});
