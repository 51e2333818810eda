// What of a signal to the members of a conversation each of them may see, by the privacy of those whom it is about (V2 to V5, V9).
import { type ServerFrame, toId, type UserId } from '@kith/protocol';
import { marksSeen, type Privacies, sightOf } from '../privacy.js';

/** Whom a signal to the members of a conversation is about, where that is not everyone's to see. */
export function peopleIn(frame: ServerFrame): readonly UserId[] {
  if (frame.type !== 'signal') return [];
  if (frame.name === 'typing') return frame.users.map((user) => toId<UserId>(user));
  return frame.name === 'marks' ? frame.marks.map(({ user }) => toId<UserId>(user)) : [];
}

/** What of a signal a person may see, or null for nothing. Nobody is told that they are typing themselves. */
export function signalSeen(
  frame: ServerFrame,
  viewer: UserId,
  { known, isDelivered }: { readonly known: Privacies; readonly isDelivered: boolean },
): ServerFrame | null {
  if (frame.type !== 'signal') return frame;
  const sight = (user: string) => sightOf(known, viewer, toId<UserId>(user));
  if (frame.name === 'typing') {
    const users = frame.users.filter((user) => user !== viewer && sight(user).typing);
    if (users.length === frame.users.length) return frame;
    return users.length > 0 ? { ...frame, users } : null;
  }
  if (frame.name !== 'marks' || frame.marks.every(({ user }) => sight(user).read)) return frame;
  // Where nothing but what is read has changed, the signal itself would tell that it has.
  const marks = frame.marks
    .filter(({ user }) => sight(user).read || (sight(user).delivered && isDelivered))
    .map((one) => marksSeen(sight(one.user), one));
  return marks.length > 0 ? { ...frame, marks } : null;
}
