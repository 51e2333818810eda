import { describe, expect, it } from 'vitest';
import { CONVERSATION, ME, PEER, summary, THIRD } from '../testing/fakes.js';
import { Conversation } from './conversation.js';
import { ticksOf } from './ticks.js';

describe('ticks', () => {
  it('go from sent over delivered to read, one to one', () => {
    const conversation = new Conversation(CONVERSATION, ME);
    conversation.applySummary(summary({ head: 5 }));
    const steps = [
      { delivered: 4, read: 4 },
      { delivered: 5, read: 4 },
      { delivered: 5, read: 5 },
    ].map((mark) => {
      conversation.takeMarks([{ user: PEER, ...mark }]);
      return ticksOf(conversation, 5).step;
    });
    expect(steps).toEqual(['sent', 'delivered', 'read']);
  });

  it('count the others of a group who were there when the message was written', () => {
    const group = new Conversation(CONVERSATION, ME);
    group.applySummary(summary({ kind: 'group', head: 5 }));
    const member = (user: string, joined: number) => ({ user, role: 'member', joined }) as const;
    group.takeMembers([member(ME, 1), member(PEER, 2), member(THIRD, 5)], 5);
    group.takeMarks([{ user: PEER, delivered: 4, read: 4 }]);
    expect(ticksOf(group, 4)).toEqual({ step: 'read', delivered: 1, read: 1, of: 1 });
    expect(ticksOf(group, 5)).toEqual({ step: 'sent', delivered: 0, read: 0, of: 2 });
  });
});
