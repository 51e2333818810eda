// What of a signal to the members of a conversation each of them may see, by the privacy of those whom it is about (V2 to V5, V9).
import { type ServerFrame, toId, type UserId } from '@kith/protocol';
import { marksSeen, type Privacies, sightOf } from '../privacy.js';

/** Whom a signal to the members of a conversation is about, where that is not everyone's to see. */
export function peopleIn(frame: ServerFrame): readonly UserId[] {
  if (frame.type !== 'signal') return [];
  if (frame.name === 'typing') return frame.users.map((user) => toId<UserId>(user));
  return frame.name === 'marks' ? frame.marks.map(({ user }) => toId<UserId>(user)) : [];
}

/** How marks are told. */
export type Told = {
  /** Of these people nothing but what they have read has changed. */
  readonly readOnly?: readonly string[];
  /** The node that tells others. */
  readonly from?: string;
};

/**
 * What of a signal a person may see, or null for nothing. Nobody is told that they are typing themselves, nor their own marks:
 * those come with counts, to them alone.
 */
export function signalSeen(
  frame: ServerFrame,
  viewer: UserId,
  { known, readOnly = [] }: Told & { readonly known: Privacies },
): ServerFrame | null {
  if (frame.type !== 'signal') return frame;
  const sight = (user: string) => sightOf(known, viewer, toId<UserId>(user));
  if (frame.name === 'typing') {
    const users = frame.users.filter((user) => user !== viewer && sight(user).typing);
    if (users.length === frame.users.length) return frame;
    return users.length > 0 ? { ...frame, users } : null;
  }
  if (frame.name !== 'marks' || frame.marks.every(({ user }) => user !== viewer && sight(user).read)) return frame;
  // Where nothing but what is read has changed, the signal itself would tell that it has.
  const isSeen = (user: string) => sight(user).read || (sight(user).delivered && !readOnly.includes(user));
  const marks = frame.marks
    .filter(({ user }) => user !== viewer && isSeen(user))
    .map((one) => marksSeen(sight(one.user), one));
  return marks.length > 0 ? { ...frame, marks } : null;
}
