import type { Entry } from '@kith/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { CONVERSATION, ME, message, PEER, summary, THIRD } from '../testing/fakes.js';
import { Conversation } from './conversation.js';

const seqs = ({ entries }: Conversation) => entries.map(({ seq }) => seq);

describe('a conversation', () => {
  let conversation: Conversation;

  beforeEach(() => {
    conversation = new Conversation(CONVERSATION, ME);
    conversation.applySummary(summary({ head: 3, delivered: 1, read: 1, unread: 2 }));
  });

  it('[S52] takes each entry once, in order, and holds a hole open until it is read', () => {
    expect([conversation.to, conversation.wanted, conversation.isBehind]).toEqual([1, 3, true]);
    expect([2, 2, 3, 6, 4, 5, 6].map((seq) => conversation.take(message(seq)))).toEqual([
      'next',
      'known',
      'next',
      'hole',
      'next',
      'next',
      'next',
    ]);
    expect(seqs(conversation)).toEqual([2, 3, 4, 5, 6]);
    expect(conversation.isBehind).toBe(false);
  });

  it('waits for what is pushed by itself, and reads only what is not', () => {
    const pushed = new Conversation(CONVERSATION, ME);
    pushed.applySummary(summary({ head: 9, delivered: 4, pushedAfter: 4 }));
    expect(pushed.isBehind).toBe(false);
  });

  it('lets an erased entry win over the one that it holds', () => {
    conversation.take(message(2));
    const erased: Entry = { ...message(2), body: {}, erased: true };
    expect(conversation.take(erased)).toBe('known');
    expect(conversation.entries).toEqual([erased]);
  });

  it('lets go of everything when the epoch is another one', () => {
    conversation.take(message(2));
    expect(conversation.take(message(3, PEER, 2))).toBe('other_epoch');
    expect(conversation.applySummary(summary({ epoch: 2, head: 1 }))).toBe(false);
    expect([conversation.epoch, conversation.to, seqs(conversation)]).toEqual([2, 1, []]);
  });

  it('counts unread messages by subtraction: up with each of others, to nothing with an own one', () => {
    expect(conversation.unread).toBe(2);
    for (const seq of [2, 3, 4]) conversation.take(message(seq));
    expect(conversation.unread).toBe(3);
    conversation.raiseOwn({ delivered: 4, read: 3 });
    expect(conversation.unread).toBe(1);
    conversation.take(message(5, ME));
    expect(conversation.unread).toBe(0);
    conversation.take(message(6));
    expect(conversation.unread).toBe(1);
  });

  it('takes the server’s count where it cannot see how many messages there were at its mark', () => {
    const far = new Conversation(CONVERSATION, ME);
    far.applySummary(summary({ head: 100, delivered: 90, read: 10, unread: 50 }));
    far.takeMarks([{ user: ME, delivered: 90, read: 20 }], 42);
    expect(far.unread).toBe(42);
  });

  it('keeps its own higher mark when a summary comes that does not know it yet', () => {
    for (const seq of [2, 3]) conversation.take(message(seq));
    conversation.raiseOwn({ delivered: 3, read: 3 });
    conversation.applySummary(summary({ head: 3, delivered: 1, read: 1, unread: 2 }));
    expect(conversation.unread).toBe(0);
    expect(conversation.confirmed).toEqual({ delivered: 1, read: 1 });
  });

  it('never lets a mark go back', () => {
    conversation.takeMarks([{ user: PEER, delivered: 3, read: 2 }]);
    conversation.takeMarks([{ user: PEER, delivered: 2, read: 1 }]);
    expect(conversation.marks.get(PEER)).toEqual({ delivered: 3, read: 2 });
  });

  it('puts older pages in front without doubling anything', () => {
    conversation.applySummary(summary({ head: 3 }));
    for (const seq of [2, 3]) conversation.take(message(seq));
    conversation.prepend([message(1), message(2)], 1);
    expect(seqs(conversation)).toEqual([1, 2, 3]);
    expect(conversation.after).toBe(0);
  });

  it('applies to the members what came while they were being read', () => {
    const group = new Conversation(CONVERSATION, ME);
    group.applySummary(summary({ kind: 'group', head: 2, role: 'owner' }));
    const asOf = group.to;
    const joined: Entry = { ...message(3, ME), kind: 'member.joined', body: { users: [THIRD] } };
    const left: Entry = { ...message(4, ME), kind: 'member.left', body: { users: [PEER] } };
    group.take(joined);
    group.take(left);
    const member = (user: string) => ({ user, role: 'member', joined: 1 }) as const;
    group.takeMembers([member(ME), member(PEER)], asOf);
    const present = [...group.state.members].filter(([, state]) => state.left === null).map(([id]) => id);
    expect(present).toEqual([ME, THIRD]);
    expect(group.state.size).toBe(2);
  });

  it('knows that this person was removed', () => {
    conversation.applySummary(summary({ kind: 'group', head: 1, pushedAfter: 1 }));
    for (const seq of [2, 3]) conversation.take(message(seq));
    conversation.take({ ...message(4, PEER), kind: 'member.left', body: { users: [ME] } });
    expect(conversation.role).toBe('none');
  });
});
