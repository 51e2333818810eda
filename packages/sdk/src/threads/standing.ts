// How a person stands to a thread after one more entry of it: what rules T5 to T7 say, computed as the server does. The server's
// own word wins wherever it comes.
import { CLIENT_LIMITS, type EntryFields, isMessage, type ThreadStanding, type TimelineItem } from '@kith/protocol';

type Said = Pick<TimelineItem, 'seq' | 'author' | 'kind'> & { readonly body: EntryFields };

type Asker = {
  /** Who stands to it so. */
  readonly me: string;
  /** What the thread begins with; null where that is not known. */
  readonly first: (Pick<TimelineItem, 'author'> & { readonly body: EntryFields }) | null;
};

/** @param entry an answer, or the deletion of one */
export function standingAfter(standing: ThreadStanding, entry: Said, asker: Asker): ThreadStanding {
  return isMessage(entry) ? answered(standing, entry, asker) : deleted(standing, entry, asker.me);
}

function answered(standing: ThreadStanding, { seq, author, body }: Said, { me, first }: Asker): ThreadStanding {
  if (author === me) return { follows: true, read: Math.max(seq, standing.read), unread: 0, mentions: 0 };
  const isNamed = names(body, me);
  const isBegun = body.count === 1 && first !== null && (first.author === me || names(first.body, me));
  if (!standing.follows && !isNamed && !isBegun) return standing;
  const before = standing.follows ? standing : { follows: true, read: seq - 1, unread: 0, mentions: 0 };
  if (seq <= before.read) return before;
  return { ...before, ...counted(before, isNamed || body.mentions?.all === true, 1) };
}

function names({ mentions }: EntryFields, me: string): boolean {
  return mentions?.users?.includes(me) === true;
}

function deleted(standing: ThreadStanding, { body }: Said, me: string): ThreadStanding {
  const { target = 0, author } = body;
  if (!standing.follows || target <= standing.read || author === me) return standing;
  return { ...standing, ...counted(standing, body.mentions?.all === true || names(body, me), -1) };
}

function counted({ unread, mentions }: ThreadStanding, isMentioned: boolean, by: number) {
  const within = (count: number) => Math.min(Math.max(count, 0), CLIENT_LIMITS.unreadCap);
  return { unread: within(unread + by), mentions: isMentioned ? within(mentions + by) : mentions };
}
