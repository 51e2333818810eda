// What was missed of a conversation is the same for all who were there up to the same entry. After a restart everybody comes
// back with the same cursors, so it is read once for all who ask in these seconds, and put on the wire once; what several
// people still want is read together.
// What is kept is a range with both of its ends, which what is said later is no part of. What is emptied in place without an
// entry that tells of it (what disappears, what is too old to be kept) may be handed out for as long as a page is kept.
// Bounded in time, in entries, and in what is on the wire of them. Where there is no room for more, what is kept stays until its
// time is over: people of one conversation come with thousands between them, and what goes for those would be gone for these.
import type { ConversationId, Entry } from '@kith/protocol';
import type { Clock } from '../clock.js';
import { GATHERED, Gathered } from '../gathered.js';
import type { ConversationLog, LogPage } from '../log.js';
import { type OutgoingEntry, outgoingEntry } from './sink.js';

/** The entries above `after` up to `head`, as they stand in one epoch. */
export type Missed = {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly after: number;
  readonly head: number;
};

type Kept = {
  readonly page: Promise<LogPage | undefined>;
  readonly count: number;
  readonly untilMs: number;
  /** Once they are there. */
  entries: readonly Entry[];
  /** UTF-16 units of their frames. */
  text: number;
};
type Framed = { readonly kept: Kept; frame: OutgoingEntry | null };

const KEPT_MS = 5_000;
const MOST_ENTRIES = 50_000;
/** UTF-16 units of frames. */
const MOST_TEXT = 32 * 1024 * 1024;

export class SharedPages {
  readonly #clock: Clock;
  readonly #unread: Gathered<readonly Missed[], readonly (LogPage | undefined)[]>;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept>();
  #entries = 0;
  #text = 0;
  #isSweepDue = false;
  /** Of the entries of kept pages, once somebody wanted it. */
  readonly #frames = new Map<Entry, Framed>();

  constructor(parts: { readonly log: Pick<ConversationLog, 'readMany'>; readonly clock: Clock }) {
    this.#clock = parts.clock;
    this.#unread = new Gathered({ ...GATHERED, ask: (asks) => readTogether(parts.log, asks) });
  }

  /** Those of them that are there. What is not kept is read in one query. @throws what the log throws */
  async read(missed: readonly Missed[]): Promise<readonly LogPage[]> {
    this.#sweep();
    const known = new Map(missed.map((one) => [one, this.#kept.get(nameOf(one))?.page]));
    const wanted = missed.filter((one) => known.get(one) === undefined);
    if (wanted.length > 0) {
      const answer = this.#unread.ask(wanted);
      wanted.forEach((one, index) => {
        const page = answer.then((pages) => pages[index]);
        known.set(one, page);
        const [count, untilMs] = [one.head - one.after, this.#clock.monotonic() + KEPT_MS];
        this.#keep(nameOf(one), { page, count, untilMs, entries: [], text: 0 });
      });
    }
    const pages = await Promise.all(known.values());
    return pages.filter((page) => page !== undefined);
  }

  /** The frame of an entry: one for all who are given the same entry of a page that is kept. */
  outgoing(entry: Entry): OutgoingEntry {
    const known = this.#frames.get(entry);
    if (known === undefined) return outgoingEntry(entry);
    if (known.frame === null) {
      known.frame = outgoingEntry(entry);
      known.kept.text += known.frame.text.length;
      this.#text += known.frame.text.length;
    }
    return known.frame;
  }

  #keep(name: string, kept: Kept): void {
    if (this.#entries + kept.count > MOST_ENTRIES || this.#text >= MOST_TEXT) return;
    this.#kept.set(name, kept);
    this.#entries += kept.count;
    kept.page.then(
      (page) => {
        if (this.#kept.get(name) !== kept) return;
        // Many may have been asked for before there was anything on the wire of the first.
        if (this.#text >= MOST_TEXT) {
          this.#letGo(name, kept);
          return;
        }
        kept.entries = page?.entries ?? [];
        for (const entry of kept.entries) this.#frames.set(entry, { kept, frame: null });
      },
      () => {
        if (this.#kept.get(name) === kept) this.#letGo(name, kept);
      },
    );
    this.#sweepLater();
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonic();
    for (const [name, kept] of this.#kept) {
      if (kept.untilMs > nowMs) break;
      this.#letGo(name, kept);
    }
    if (this.#kept.size > 0) this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#isSweepDue) return;
    this.#isSweepDue = true;
    this.#clock.after(KEPT_MS, () => {
      this.#isSweepDue = false;
      this.#sweep();
    });
  }

  #letGo(name: string, { count, entries, text }: Kept): void {
    this.#kept.delete(name);
    this.#entries -= count;
    this.#text -= text;
    for (const entry of entries) this.#frames.delete(entry);
  }
}

/** Of each who asks, a page for each of theirs that is there. */
async function readTogether(
  log: Pick<ConversationLog, 'readMany'>,
  asks: readonly (readonly Missed[])[],
): Promise<readonly (readonly (LogPage | undefined)[])[]> {
  const pages = await log.readMany(asks.flat().map(rangeOf));
  // They come in the order in which they are asked for, without those that are not there.
  let next = 0;
  return asks.map((wanted) =>
    wanted.map(({ conversation }) => {
      const page = pages[next];
      if (page?.record.id !== conversation) return undefined;
      next += 1;
      return page;
    }),
  );
}

function nameOf({ conversation, epoch, after, head }: Missed): string {
  return `${conversation} ${epoch} ${after} ${head}`;
}

function rangeOf({ conversation, after, head }: Missed) {
  return { conversation, after, upTo: head, limit: head - after, from: 'lower' } as const;
}
