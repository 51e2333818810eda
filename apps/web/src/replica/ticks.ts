// How far a message of one's own has got: the least that holds for everybody who was there when it was written.
import type { Conversation } from './conversation.js';

export type Ticks = {
  readonly step: 'sent' | 'delivered' | 'read';
  readonly delivered: number;
  readonly read: number;
  /** The other people who could get it; 0 where nobody else is known. */
  readonly of: number;
};

export function ticksOf(conversation: Conversation, seq: number): Ticks {
  const others = othersAt(conversation, seq);
  const marks = others.map((user) => conversation.marks.get(user) ?? { delivered: 0, read: 0 });
  const delivered = marks.filter((mark) => mark.delivered >= seq).length;
  const read = marks.filter((mark) => mark.read >= seq).length;
  const of = others.length;
  const step = of > 0 && read === of ? 'read' : of > 0 && delivered === of ? 'delivered' : 'sent';
  return { step, delivered, read, of };
}

function othersAt({ state, peer, me }: Conversation, seq: number): readonly string[] {
  if (peer !== null) return [peer];
  return [...state.members]
    .filter(([user, { left, joined }]) => {
      return user !== me && left === null && joined <= seq;
    })
    .map(([user]) => user);
}
