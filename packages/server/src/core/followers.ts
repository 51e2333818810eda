// Who follows a thread: whom a message that stands in it makes do so, and from where on it is unread to them. Rules T5 and T6
// of docs/protocol/v1.md. Every store keeps what this says, in the transaction of the message.
import type { Entry, EntryBody, ThreadStanding } from '@kith/protocol';
import type { ThreadMark } from './log.js';

/** What a message makes of the followers of its thread. */
export type Following = {
  readonly thread: number;
  /** The seq of the message. */
  readonly seq: number;
  /** Who wrote it: they have read as far as it. */
  readonly author: string;
  /** Others who follow the thread from now on. Where they did not before, they have read up to what is before the message. */
  readonly others: readonly string[];
};

/** @param first what the thread begins with; @returns null for an entry that answers nothing */
export function followingOf({ kind, seq, author, body }: Entry, first: Entry | null): Following | null {
  const { thread, count, mentions } = body as EntryBody<'message.sent'>;
  if (kind !== 'message.sent' || thread === undefined || author === undefined) return null;
  const named = mentions?.users ?? [];
  const begun = count === 1 && first ? [first.author, ...(mentionsOf(first)?.users ?? [])] : [];
  const others = new Set([...begun, ...named].filter((user) => user !== undefined && user !== author));
  return { thread, seq, author, others: [...others] as string[] };
}

function mentionsOf({ body }: Entry): EntryBody<'message.sent'>['mentions'] {
  return (body as EntryBody<'message.sent'>).mentions;
}

/** What of it is said to the person. */
export function standingOf({ follows, read, unread, mentions }: ThreadMark): ThreadStanding {
  return { follows, read, unread, mentions };
}
