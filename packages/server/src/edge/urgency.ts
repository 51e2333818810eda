// What goes first to a reader who is behind: the frames about conversations in which something is urgent for that person. Nothing
// here is looked at for a socket that takes what it is given. Rules UG1 to UG3 of docs/protocol/v1.md.
import type { Outgoing, OutgoingEntry } from '../core/live/sink.js';

/** Entries that were dropped, of which some were urgent. */
export type UrgentGap = Outgoing & { readonly conversation: string; isUrgent: boolean };

type Queued = Outgoing | OutgoingEntry | UrgentGap;

export function isUrgentFor({ urgency }: OutgoingEntry, person: string | null): boolean {
  if (urgency === null || person === null || urgency.author === person) return false;
  return urgency.all || urgency.users.includes(person);
}

/** The conversations of which something urgent waits behind the last `welcome`. */
export function urgentOf(queue: readonly Queued[], person: string | null): ReadonlySet<string> {
  const urgent = new Set<string>();
  for (const frame of queue) {
    if (frame.rank === 'welcome') urgent.clear();
    else if ('urgency' in frame && isUrgentFor(frame, person)) urgent.add(frame.conversation);
    else if ('isUrgent' in frame && frame.isUrgent) urgent.add(frame.conversation);
  }
  return urgent;
}

/**
 * The same frames with all about those conversations first, each kind in its order; nothing overtakes a `welcome`.
 * @returns and how many frames overtook another
 */
export function urgentFirst<F extends Queued>(
  queue: readonly F[],
  urgent: ReadonlySet<string>,
): { readonly queue: F[]; readonly moved: number } {
  const start = queue.findLastIndex(({ rank }) => rank === 'welcome') + 1;
  const [first, rest]: [F[], F[]] = [[], []];
  let moved = 0;
  for (const frame of queue.slice(start)) {
    if (!urgent.has(conversationOf(frame) ?? '')) rest.push(frame);
    else {
      first.push(frame);
      if (rest.length > 0) moved += 1;
    }
  }
  return { queue: [...queue.slice(0, start), ...first, ...rest], moved };
}

function conversationOf(frame: Queued): string | undefined {
  return 'conversation' in frame ? frame.conversation : frame.about;
}
