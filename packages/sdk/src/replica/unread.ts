// What is unread, from what is held (rules N1 to N5). The number of messages up to any entry is in its `n`, so unread is a
// subtraction: messages up to the end less messages up to the own `read` mark, less those in between that do not count.
// Messages that name this person, and erased ones, are known one by one where entries were counted as they came, above
// `after`; further back, also where pages of it are held, there is the server's word alone.
// All here is pure. The server's counts win, and come into the same numbers.
import { type Entry, type EntryBody, isCounted } from '@kith/protocol';

export type Counts = { readonly unread: number; readonly mentions: number };

export type Counting = {
  /** Messages up to the end of what is held; null while that is not known. */
  readonly n: number | null;
  /** Messages up to the own `read` mark: such that the subtraction comes out. */
  readonly nAtRead: number;
  /** Every entry above this seq, up to the end of what is held, was counted one by one. */
  readonly after: number;
  /** Above `read` and counted here: erased messages. */
  readonly skipped: readonly number[];
  /** Above `read` and counted here: messages of others that name this person. */
  readonly mentioned: readonly number[];
  /** Above `read`, by the server's word. */
  readonly mentionsElsewhere: number;
  /** False where `read` went where nothing was counted, or the server's own count ends at its cap. */
  readonly isSure: boolean;
};

/** What the server counted, as of the entry `at`. */
export type Told = Counts & {
  readonly at: number;
  readonly n: number | null;
  readonly read: number;
  /** What was erased here, and what was not counted there, may not be the same. */
  readonly isLate?: boolean;
};

/** A message that was erased. */
export type Erased = Pick<Entry, 'kind' | 'seq' | 'author' | 'erased' | 'body'>;

export const NOTHING_COUNTED: Counting = {
  n: null,
  nAtRead: 0,
  after: 0,
  skipped: [],
  mentioned: [],
  mentionsElsewhere: 0,
  isSure: false,
};

/** Most entries that are named one by one; what is more is counted, and the server asked. */
const MOST_NAMED = 1_000;

export type Moment = {
  readonly read: number;
  /** Messages up to the last entry that is known of, held or not. */
  readonly nAtHead: number;
  /** What the server said as of an entry that is not held yet; null where all of it is. */
  readonly told: Told | null;
  readonly cap: number;
};

/** Unread messages and mentions. */
export function countUnread(counting: Counting, { read, nAtHead, told, cap }: Moment): Counts {
  // Until all that the server counted is here, it knows better.
  if (told && told.read >= read) return { unread: told.unread, mentions: told.mentions };
  const { n, nAtRead, skipped, mentioned, mentionsElsewhere } = counting;
  const unread = within(Math.max(n ?? 0, nAtHead) - nAtRead - skipped.length, cap);
  return { unread, mentions: Math.min(unread, within(mentioned.length + mentionsElsewhere, cap)) };
}

/** After an entry that follows what is held. `read` is the own mark as of now, raised to own messages. */
export function counted(counting: Counting, entry: Entry, { me, read }: { me: string; read: number }): Counting {
  const isCounting = isCounted(entry) && entry.seq > read && entry.author !== me;
  const next = { ...counting, n: entry.n };
  if (entry.seq === read) return countedFrom(next, read, entry.n);
  if (isCounting && entry.erased) return skipping(next, entry.seq);
  if (!isCounting || !names(entry, me)) return next;
  const { mentioned, mentionsElsewhere } = next;
  if (mentioned.length < MOST_NAMED) return { ...next, mentioned: [...mentioned, entry.seq] };
  return { ...next, mentionsElsewhere: mentionsElsewhere + 1, after: entry.seq, isSure: false };
}

/** After a message that is held was erased. */
export function countedErased(counting: Counting, entry: Erased, { me, read }: { me: string; read: number }): Counting {
  if (!isCounted(entry) || entry.seq <= read || entry.author === me) return counting;
  if (counting.skipped.includes(entry.seq)) return counting;
  const next = { ...counting, mentioned: counting.mentioned.filter((seq) => seq !== entry.seq) };
  // The server may have left it out already.
  return entry.seq > counting.after ? skipping(next, entry.seq) : { ...next, isSure: false };
}

/** After the own mark rose. @param nAtRead messages up to it; null where that cannot be seen here */
export function countedFrom(counting: Counting, read: number, nAtRead: number | null): Counting {
  const isCounted = read >= counting.after;
  const next = { ...counting, ...above(counting, read), ...(isCounted ? { mentionsElsewhere: 0 } : {}) };
  return nAtRead === null ? { ...next, isSure: false } : { ...next, nAtRead, isSure: isCounted };
}

/** After a hole, above which nothing was counted: what was counted before stays as numbers. @param after the end of the hole */
export function countedAnew(counting: Counting, after: number): Counting {
  const { nAtRead, skipped, mentioned, mentionsElsewhere } = counting;
  return {
    n: null,
    nAtRead: nAtRead + skipped.length,
    after,
    skipped: [],
    mentioned: [],
    mentionsElsewhere: mentionsElsewhere + mentioned.length,
    isSure: false,
  };
}

/** What is held says so; null where it cannot be compared with what the server says, as of the same entry and mark. */
export function ownCounts(counting: Counting, told: Told, { read, cap }: { read: number; cap: number }): Counts | null {
  if (!counting.isSure || told.n === null || told.read !== read) return null;
  const { nAtRead, skipped, mentioned, mentionsElsewhere } = upTo(counting, told.at);
  return {
    unread: within(told.n - nAtRead - skipped.length, cap),
    mentions: within(mentioned.length + mentionsElsewhere, cap),
  };
}

/** With the server's counts, which win; `cap` is where it stops counting. */
export function countedAs(counting: Counting, told: Told, cap: number): Counting {
  if (told.n === null) return counting;
  const { skipped, mentioned } = upTo(counting, told.at);
  // Those that it counts fewer of are not known one by one.
  const isLess = told.mentions < mentioned.length;
  const isWhole = told.at >= counting.after;
  return {
    ...counting,
    nAtRead: told.n - told.unread - skipped.length,
    after: isLess ? Math.max(counting.after, told.at) : counting.after,
    mentioned: isLess ? counting.mentioned.filter((seq) => seq > told.at) : counting.mentioned,
    mentionsElsewhere: told.mentions - (isLess ? 0 : mentioned.length),
    isSure: isWhole && told.unread < cap && told.mentions < cap,
  };
}

/** Whether a message of somebody else names this person, or all. */
function names({ body }: Entry, me: string): boolean {
  const { mentions } = body as EntryBody<'message.sent'>;
  return mentions?.all === true || (Array.isArray(mentions?.users) && mentions.users.includes(me));
}

function skipping(counting: Counting, seq: number): Counting {
  const { skipped, nAtRead } = counting;
  if (skipped.length < MOST_NAMED) return { ...counting, skipped: [...skipped, seq] };
  return { ...counting, nAtRead: nAtRead + 1, after: Math.max(counting.after, seq), isSure: false };
}

function above({ skipped, mentioned }: Counting, read: number): Pick<Counting, 'skipped' | 'mentioned'> {
  return { skipped: skipped.filter((seq) => seq > read), mentioned: mentioned.filter((seq) => seq > read) };
}

function upTo(counting: Counting, at: number): Counting {
  const { skipped, mentioned } = counting;
  return {
    ...counting,
    skipped: skipped.filter((seq) => seq <= at),
    mentioned: mentioned.filter((seq) => seq <= at),
  };
}

function within(count: number, cap: number): number {
  return Math.min(cap, Math.max(0, count));
}

/** The number of messages before an entry. */
export function nBefore(entry: Entry): number {
  return isCounted(entry) ? entry.n - 1 : entry.n;
}
