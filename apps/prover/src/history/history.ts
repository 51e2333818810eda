// What happened in a run, as plain data: it is written to a file as it is, and whoever judges it needs nothing else. The
// order of the events is the order in which they happened. `docs/history.md` describes it for those who write a checker.
import type { Entry } from '@kith/protocol';
import type { Plan, Step } from '../plan.js';

export const HISTORY_FORMAT = 'kith-history/1';

/** An entry as it was seen on its way: as much of it as tells it apart. */
export type SeenEntry = {
  readonly conversation: string;
  readonly epoch: number;
  readonly seq: number;
  readonly kind: string;
  readonly author: string | null;
  readonly key: string | null;
};

/** A mark of a person, as the store has it. */
export type Mark = { readonly user: string; readonly delivered: number; readonly read: number };

export type LogHead = {
  readonly conversation: string;
  readonly epoch: number;
  readonly head: number;
  /** Where the log begins; absent where that is 1. */
  readonly first?: number;
  readonly marks: readonly Mark[];
};

/** A conversation as the server described it to a person. */
export type ToldSummary = {
  readonly conversation: string;
  readonly epoch: number;
  readonly head: number;
  readonly name: string | null;
  readonly role: string;
  readonly members: number;
  /** Entries above this come by themselves, where `isPushing`. */
  readonly pushedAfter: number;
};

/** What is unread in a conversation. */
export type Counted = { readonly unread: number; readonly mentions: number };

type Happening =
  /** The plan's next step, by its number. */
  | { readonly type: 'step'; readonly index: number; readonly step: Step }
  /** Everything was healed: from here on nothing goes wrong any more. */
  | { readonly type: 'quiet' }
  /** What the database has committed: entries that follow those before, in order. */
  | { readonly type: 'committed'; readonly conversation: string; readonly entries: readonly Entry[] }
  /** Marks in the database that changed. */
  | { readonly type: 'marked'; readonly conversation: string; readonly epoch: number; readonly marks: readonly Mark[] }
  /** The database was put back to an earlier moment: these are its logs now, each up to `head`. */
  | { readonly type: 'restored'; readonly logs: readonly LogHead[] }
  /** A log begins with `first` now: what was said below is emptied. `time`: what the servers' clocks say. */
  | {
      readonly type: 'trimmed';
      readonly conversation: string;
      readonly epoch: number;
      readonly first: number;
      readonly time: number;
    }
  /** From now on messages are kept for so many days where a conversation has not set it otherwise; null for ever. */
  | { readonly type: 'retention'; readonly days: number | null; readonly longer: boolean }
  /** A command reached a node. */
  | { readonly type: 'asked'; readonly name: string; readonly conversation: string | null; readonly key: string | null }
  /** A node confirmed a write. */
  | {
      readonly type: 'acked';
      readonly name: string;
      readonly conversation: string;
      readonly key: string | null;
      readonly epoch: number;
      /** The one that the command named, or null. */
      readonly askedEpoch: number | null;
      readonly seq: number;
      readonly isDuplicate: boolean;
    }
  /** A node refused a command. */
  | { readonly type: 'refused'; readonly name: string; readonly key: string | null; readonly code: string }
  /** A node gave entries out over a connection, pushed as they came or as the answer to a read. */
  | {
      readonly type: 'told';
      readonly connection: string;
      readonly entries: readonly SeenEntry[];
      readonly isPushed: boolean;
    }
  /** A node said over a connection that it leaves out the entries above `after` and up to `head`. */
  | {
      readonly type: 'left out';
      readonly connection: string;
      readonly conversation: string;
      readonly epoch: number;
      readonly after: number;
      readonly head: number;
    }
  /** A node described conversations over a connection. `isPushing`: what follows them comes by itself. */
  | {
      readonly type: 'described';
      readonly connection: string;
      readonly summaries: readonly ToldSummary[];
      readonly isPushing: boolean;
    }
  /** A person wrote a message. `replyTo`: the entry that it answers; `thread`: the one in whose thread it stands. */
  | {
      readonly type: 'wrote';
      readonly id: number;
      readonly conversation: string;
      readonly text: string;
      readonly replyTo?: number;
      readonly thread?: number;
    }
  /** The SDK took it: it promised to send it, durably or for this run. */
  | { readonly type: 'kept'; readonly id: number; readonly key: string; readonly isDurable: boolean }
  /** What the person did with a message that was not sent. `moved`: it may stand elsewhere now. */
  | { readonly type: 'changed'; readonly id: number; readonly how: 'edited' | 'discarded' | 'moved' }
  /** A server promised to send a message at its time. */
  | { readonly type: 'scheduled'; readonly conversation: string; readonly key: string }
  /** Its author asked to have it back. */
  | { readonly type: 'unscheduled'; readonly key: string }
  /** A tab, `who`, counted otherwise than its server, as of an entry that both knew. `time`: what the servers' clocks say. */
  | {
      readonly type: 'miscounted';
      readonly conversation: string;
      readonly own: Counted;
      readonly told: Counted;
      readonly time: number;
    }
  /** A person made an invitation, by which so many may come. */
  | { readonly type: 'invited'; readonly conversation: string; readonly maxUses: number }
  /** A tab was opened, closed or crashed, a node started or died, a device's store was wiped, and so on. */
  | { readonly type: 'life'; readonly what: string };

/** `who` is a lane: a node, a tab, a device, `database`, `plan`; `by` the tab on whose behalf a node acts. */
export type Noted = Happening & { readonly who: string; readonly by?: string };

/** `at` in milliseconds of virtual time. */
export type HistoryEvent = Noted & { readonly at: number };

export type FinalLog = {
  readonly conversation: string;
  readonly epoch: number;
  /** Where it begins; absent where that is 1. */
  readonly first?: number;
  readonly entries: readonly Entry[];
  readonly marks: readonly Mark[];
};

export type ShownItem = {
  readonly seq: number;
  readonly kind: string;
  readonly author: string | null;
  readonly text: string | null;
  /** `emoji count`, or `emoji count mine`, in the order of coming; absent where there are none. */
  readonly reactions?: readonly string[];
  /** What stands of its poll: `<counts> of <voters>`, then `, <seq>` of the entry that closed it; absent without a vote. */
  readonly poll?: string | undefined;
  /** `count seq` of the last message in its thread; absent where there is none. */
  readonly answers?: string | undefined;
  /** `seq author` of the entry that pinned it; absent where it is not pinned. */
  readonly pinned?: string | undefined;
};

export type ShownConversation = {
  readonly conversation: string;
  readonly epoch: number;
  readonly head: number;
  readonly name: string | null;
  readonly role: string;
  readonly size: number;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
  /** The newest page, rising; null where it could not be read. */
  readonly items: readonly ShownItem[] | null;
  readonly hasBefore: boolean;
  /** `user role`, sorted. */
  readonly members: readonly string[];
  /** How far the own messages among the items have got, as their author is shown it. */
  readonly ticks: readonly { readonly seq: number; readonly step: 'sent' | 'delivered' | 'read' }[];
};

/** A thread of the list of those that a person follows, with its last answer. */
export type FollowedThread = {
  readonly conversation: string;
  readonly thread: number;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
  readonly last: number;
};

/** A thread that was opened on the way and stayed open: the numbers of the answers that it shows, and how the person stands to it. */
export type OpenThread = Omit<FollowedThread, 'last'> & {
  readonly epoch: number;
  readonly answers: readonly number[];
  readonly hasBefore: boolean;
  readonly follows: boolean;
};

/** What a tab shows when everything has come to rest. */
export type FinalTab = {
  readonly tab: string;
  readonly device: string;
  readonly user: string;
  readonly isLeading: boolean;
  /** What it holds outlives it: its store has not failed. */
  readonly isDurable: boolean;
  readonly connection: string;
  readonly openSockets: number;
  readonly mismatches: number;
  readonly conversations: readonly ShownConversation[];
  readonly unsent: readonly {
    readonly key: string;
    readonly conversation: string;
    readonly status: string;
    readonly code: string | null;
  }[];
  /** Timelines that were opened on the way and stayed open. */
  readonly windows: readonly {
    readonly conversation: string;
    readonly items: readonly ShownItem[];
    readonly hasAfter: boolean;
  }[];
  /** The threads that the person follows; null where the tab did not look at them, or they could not be read. */
  readonly followed: {
    readonly items: readonly FollowedThread[];
    readonly unread: number;
    readonly hasMore: boolean;
  } | null;
  readonly threads: readonly OpenThread[];
};

/** What a person finds in the end by a word, as `conversation seq`; null where the answer did not come. */
export type FoundByWord = {
  readonly tab: string;
  readonly user: string;
  readonly word: string;
  readonly hits: readonly string[] | null;
};

/** What a person's server has still to send, with the code for which it could not; null where the answer did not come. */
export type LeftWithServer = {
  readonly user: string;
  readonly items: readonly { readonly key: string; readonly refused: string | null }[] | null;
};

export type History = {
  readonly format: typeof HISTORY_FORMAT;
  readonly plan: Plan;
  readonly people: readonly { readonly id: string; readonly name: string }[];
  readonly events: readonly HistoryEvent[];
  readonly end: {
    readonly logs: readonly FinalLog[];
    readonly tabs: readonly FinalTab[];
    /** By each word that was searched for; empty where nothing keeps an index. */
    readonly found: readonly FoundByWord[];
    /** Of each person; empty where nothing was left with the server. */
    readonly scheduled: readonly LeftWithServer[];
    /** How long messages are kept in the end, and what the servers' clocks say then; absent where nobody sets it. */
    readonly retention?: { readonly days: number | null; readonly longer: boolean; readonly time: number };
    /** Everything that a device keeps. */
    readonly stores: readonly { readonly device: string; readonly contents: unknown }[];
    /** Errors that nobody expected: reported by a node, or thrown. */
    readonly errors: readonly string[];
  };
};
