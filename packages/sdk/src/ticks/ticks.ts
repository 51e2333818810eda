// How far a message of one's own that is in the log has got: the least that holds for everybody who was there when it was
// written, and still is (rules M12 and G4). Pure: whoever shows it calls it again when marks or members change. Apart
// from the rest, for apps that want it.
import type { FoldedMember } from '@kith/protocol';

/** How far a message has got: the step is the least that holds for everybody. */
export type Ticks = {
  readonly step: 'sent' | 'delivered' | 'read';
  /** How many of them have it, and have read it. */
  readonly delivered: number;
  readonly read: number;
  /** The other people who could get it; 0 where that is not known. */
  readonly of: number;
};

export type Audience = {
  readonly me: string;
  /** The other person of a direct conversation, else null. */
  readonly peer: string | null;
  /** Null where not all of them are known. */
  readonly members: ReadonlyMap<string, Pick<FoldedMember, 'joined' | 'left'>> | null;
  /** By user. Of conversations above `limits.receiptMembers` people nobody's are pushed. */
  readonly marks: ReadonlyMap<string, { readonly delivered: number; readonly read: number }>;
};

/** How far a message of one's own has got. @param seq of the message @param audience as `Person.people` shows it */
export function ticksOf(seq: number, audience: Audience): Ticks {
  const others = othersAt(seq, audience);
  const marks = others.map((user) => audience.marks.get(user));
  const delivered = marks.filter((mark) => mark !== undefined && mark.delivered >= seq).length;
  const read = marks.filter((mark) => mark !== undefined && mark.read >= seq).length;
  const of = others.length;
  return { step: of === 0 || delivered < of ? 'sent' : read < of ? 'delivered' : 'read', delivered, read, of };
}

function othersAt(seq: number, { me, peer, members }: Audience): readonly string[] {
  if (peer !== null) return [peer];
  return [...(members ?? [])]
    .filter(([user, { joined, left }]) => user !== me && left === null && joined <= seq)
    .map(([user]) => user);
}
