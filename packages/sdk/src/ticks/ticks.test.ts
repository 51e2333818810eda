import { describe, expect, it } from 'vitest';
import { type Audience, ticksOf } from './ticks.js';

const NOBODY: Audience = { me: 'me', peer: null, members: null, marks: new Map() };
const mark = (delivered: number, read: number) => ({ delivered, read });

describe('ticks', () => {
  it('[M12] go from sent over delivered to read, one to one', () => {
    const steps = [mark(4, 4), mark(5, 4), mark(5, 5)].map((peers) => {
      return ticksOf(5, { ...NOBODY, peer: 'ben', marks: new Map([['ben', peers]]) }).step;
    });
    expect(steps).toEqual(['sent', 'delivered', 'read']);
  });

  it('are those of the slowest in a group, of the people who were there when the message was written and still are', () => {
    const members = new Map([
      ['me', { joined: 1, left: null }],
      ['ann', { joined: 2, left: null }],
      ['ben', { joined: 5, left: null }],
      ['cho', { joined: 6, left: null }],
      ['dan', { joined: 1, left: 7 }],
    ]);
    const marks = new Map([['ann', mark(9, 5)]]);
    expect(ticksOf(4, { ...NOBODY, members, marks })).toEqual({ step: 'read', delivered: 1, read: 1, of: 1 });
    expect(ticksOf(5, { ...NOBODY, members, marks })).toEqual({ step: 'sent', delivered: 1, read: 1, of: 2 });
    marks.set('ben', mark(5, 0));
    expect(ticksOf(5, { ...NOBODY, members, marks })).toEqual({ step: 'delivered', delivered: 2, read: 1, of: 2 });
  });

  it('say sent where nobody else is there, or it is not known who is', () => {
    const alone = { step: 'sent', delivered: 0, read: 0, of: 0 };
    expect(ticksOf(1, { ...NOBODY, members: new Map([['me', { joined: 1, left: null }]]) })).toEqual(alone);
    expect(ticksOf(1, { ...NOBODY, marks: new Map([['ann', mark(1, 1)]]) })).toEqual(alone);
  });
});
